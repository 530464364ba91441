"""Rows of bookkeeping in one statement: no object is made of a verdict or of a change.

For tables of the import alone. People and their points go through their own door and its guard.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection, models


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Store these rows; the values stand in the order of the columns."""
    fields = [model._meta.get_field(name) for name in columns]
    quoted = connection.ops.quote_name
    names = ", ".join(quoted(field.column) for field in fields)  # type: ignore[union-attr]
    most = max(1, (connection.features.max_query_params or 60_000) // len(columns))
    one = f"({', '.join(['%s'] * len(columns))})"
    remaining = iter(rows)
    with connection.cursor() as cursor:
        while part := list(islice(remaining, most)):
            values: list[Any] = [value for row in part for value in row]
            cursor.execute(
                f"INSERT INTO {quoted(model._meta.db_table)} ({names})"
                f" VALUES {', '.join([one] * len(part))}",
                values,
            )


def adapted(model: type[models.Model], column: str, value: Any) -> Any:
    """A value as this database takes it."""
    return model._meta.get_field(column).get_db_prep_save(value, connection)  # type: ignore[union-attr]
