"""The database itself: triggers, permits, strangers among its tables, and its letters.

Asked with `manage.py check --database default`, and by `manage.py up` at every start.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from privacy import schema, sealing, triggers
from privacy.inventory import registry
from privacy.models import Permit


@register("privacy", Tags.database)
def check_triggers(
    app_configs: Any, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """E008: an append-only table that raw SQL could change (S95)."""
    return [
        Error(
            f"The trigger {trigger} is gone: its table is no longer append-only.",
            hint="Type: manage.py migrate --skip-checks (it puts the triggers back).",
            id="privacy.E008",
        )
        for alias in databases or ()
        if schema.is_current(alias)
        for trigger in triggers.missing(alias)
    ]


@register("privacy", Tags.database)
def check_permits(
    app_configs: Any, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """E018: a permit that outlived its transaction switches every append-only trigger off."""
    return [
        Error(
            "A permit was left behind: append-only tables can be changed.",
            hint="Find out who left it, then type in SQL: DELETE FROM privacy_permit.",
            id="privacy.E018",
        )
        for alias in databases or ()
        if schema.is_current(alias) and Permit.objects.using(alias).exists()
    ]


@register("privacy", Tags.database)
def check_schema(
    app_configs: Any, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """E015: a table or column that came in beside the models."""
    return [
        error
        for alias in databases or ()
        if schema.is_current(alias)
        for error in _strangers(alias)
    ]


@register("privacy", Tags.database)
def check_letters(
    app_configs: Any, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """E016: with ctype C, PostgreSQL does not know Ł from ł, and a search misses a person."""
    errors: list[CheckMessage] = []
    for alias in databases or ():
        encoding, ctype = schema.encoding_and_ctype(alias)
        if encoding != schema.UTF8 or ctype in {"C", "POSIX"}:
            errors.append(
                Error(
                    f"The database {alias!r} is {encoding} with ctype {ctype}.",
                    hint="Type: createdb --encoding=UTF8 --locale=C.UTF-8 --template=template0 …",
                    id="privacy.E016",
                )
            )
    return errors


@register("privacy", Tags.database)
def check_seals(
    app_configs: Any, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """W001: files of an older release that whoever takes the disk can read (S91)."""
    count = sum(sealing.in_clear().values()) if databases else 0
    if not count:
        return []
    return [
        checks.Warning(
            f"Stored files that lie in clear: {count}.",
            hint="Type: manage.py seal_files (it can be run again, and while people work).",
            id="privacy.W001",
        )
    ]


def _strangers(alias: str) -> Iterator[Error]:
    for table in (*schema.undeclared_tables(alias, registry), *schema.other_schemas(alias)):
        yield Error(
            f"The table {table} is in the database, but nobody declared it.",
            hint=(
                f'Type in a personal_data.py: declare(RawTable("{table}", About.NOBODY, '
                '"<why it may exist>")), or: DROP TABLE.'
            ),
            id="privacy.E015",
        )
    for column in schema.undeclared_columns(alias):
        yield Error(
            f"The column {column} is in the database, but no model knows it.",
            hint="Add it to its model and declare it, or: ALTER TABLE … DROP COLUMN.",
            id="privacy.E015",
        )
