"""Triggers that keep append-only tables append-only, also against raw SQL (DESIGN 9).

SQLite's table rebuilds drop triggers silently, and refuse to rebuild a table of which a trigger
names a column that goes; so `pre_migrate` drops them, `post_migrate` makes them anew, for as many
columns as the schema has, and a check proves that they are there. The one exception: while a row
stands in `privacy_permit`, which disposal inserts and deletes within its own transaction. A row of
a sealed model is refused from the moment on which its seal is filled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.models import Model

from privacy.models.append_only import AppendOnlyModel

REFUSAL = "this table is append-only"


def append_only_models() -> Iterator[type[Model]]:
    """Every concrete append-only model that is installed."""
    for model in apps.get_models():
        if issubclass(model, AppendOnlyModel) and not model._meta.proxy:
            yield model


def names(model: type[Model], vendor: str) -> list[str]:
    """The triggers that this table must have."""
    table = model._meta.db_table
    acts = ["update", "delete"] + (["truncate"] if vendor == "postgresql" else [])
    return [f"{table}_no_{act}" for act in acts]


def create(using: str = "default") -> None:
    """Make every trigger anew."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION privacy_append_only() RETURNS trigger AS $$ BEGIN "
                "IF EXISTS (SELECT 1 FROM privacy_permit) THEN "
                "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END IF; "
                f"RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
            )
        for model in append_only_models():
            table = model._meta.db_table
            if table not in existing or "privacy_permit" not in existing:
                continue
            seal = getattr(model, "sealed_by", "")
            if seal and seal not in _columns(connection, cursor, table):
                # An older schema, in which nothing was sealed.
                continue
            for name in names(model, connection.vendor):
                for statement in _statements(name, table, connection.vendor, seal):
                    cursor.execute(statement)


def missing(using: str = "default") -> list[str]:
    """Triggers that are not there, of tables that are."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {name for (name,) in cursor.fetchall()}
    return [
        name
        for model in append_only_models()
        if model._meta.db_table in tables
        for name in names(model, connection.vendor)
        if name not in present
    ]


def drop(using: str = "default") -> None:
    """Take every trigger of ours off its table, whatever version made it."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'privacy_append_only'"
                " AND c.relnamespace = current_schema()::regnamespace"
            )
            for name, table in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
            return
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE %s",
            [f"%{REFUSAL}%"],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"')


def _columns(connection: Any, cursor: Any, table: str) -> set[str]:
    return {one.name for one in connection.introspection.get_table_description(cursor, table)}


def withdraw(using: str, **_kwargs: Any) -> None:
    """Receiver of `pre_migrate`: a step of the schema, forth or back, meets no trigger."""
    drop(using)


def recreate(using: str, **_kwargs: Any) -> None:
    """Receiver of `post_migrate`."""
    create(using)


def _statements(name: str, table: str, vendor: str, seal: str) -> list[str]:
    act = name.rsplit("_", 1)[1].upper()
    sealed = f'OLD."{seal}" IS NOT NULL' if seal else ""
    if vendor == "postgresql":
        level = "STATEMENT" if act == "TRUNCATE" else "ROW"
        if sealed and level == "ROW":
            level = f"ROW WHEN ({sealed})"
        return [
            f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"',
            (
                f'CREATE TRIGGER "{name}" BEFORE {act} ON "{table}" FOR EACH {level} '
                "EXECUTE FUNCTION privacy_append_only()"
            ),
        ]
    return [
        f'DROP TRIGGER IF EXISTS "{name}"',
        (
            f'CREATE TRIGGER "{name}" BEFORE {act} ON "{table}" '
            f"WHEN {sealed + ' AND ' if sealed else ''}"
            "NOT EXISTS (SELECT 1 FROM privacy_permit) "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        ),
    ]
