"""The database as it is, against the declarations: tables and columns that raw SQL brought in.

Models are not asked, the database is: a table that no declaration covers may hold anybody.
A schema that is behind its migrations is not judged; `migrate` will change it first.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from privacy.inventory import Inventory

UTF8 = "UTF8"


def is_current(alias: str) -> bool:
    """Whether every migration has run."""
    executor = MigrationExecutor(connections[alias])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def undeclared_tables(alias: str, inventory: Inventory) -> list[str]:
    """Tables and views that neither a model nor a RawTable describes."""
    with connections[alias].cursor() as cursor:
        found = connections[alias].introspection.table_names(cursor, include_views=True)
    return sorted(set(found) - set(_columns_of_models()) - set(inventory.raw_tables))


def undeclared_columns(alias: str) -> Iterator[str]:
    """`table.column` of every column that its table's model does not know."""
    known = _columns_of_models()
    introspection = connections[alias].introspection
    with connections[alias].cursor() as cursor:
        for table in introspection.table_names(cursor):
            for column in introspection.get_table_description(cursor, table):
                if table in known and column.name not in known[table]:
                    yield f"{table}.{column.name}"


def other_schemas(alias: str) -> list[str]:
    """Tables outside the search path (PostgreSQL): `schema.table`."""
    if connections[alias].vendor != "postgresql":
        return []
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f') AND NOT pg_table_is_visible(c.oid)"
            " AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
            " ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def encoding_and_ctype(alias: str) -> tuple[str, str]:
    """How this database stores and compares letters; SQLite is always UTF-8."""
    if connections[alias].vendor != "postgresql":
        return (UTF8, "C.UTF-8")
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT pg_encoding_to_char(encoding), datctype FROM pg_database"
            " WHERE datname = current_database()"
        )
        return cursor.fetchone()


def _columns_of_models() -> dict[str, set[str]]:
    columns: dict[str, set[str]] = {}
    for model in apps.get_models(include_auto_created=True):
        names = columns.setdefault(model._meta.db_table, set())
        names |= {str(field.column) for field in model._meta.local_concrete_fields}
    return columns
