"""The haystack: every row of every table, and every file, as the database and the disk have them.

No model is asked what a table holds: what raw SQL or a forgotten column brought in is read too.
Sealed files are read as what they hold; one that does not open is named, as it may hold anybody.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import storages
from django.db import connection

from privacy import inventory, readers, seals
from privacy.errors import SealBroken, SealKeyInvalid
from privacy.inventory import Store
from privacy.readers import Reader

CHUNK = 2_000
# What no text stands in.
PLAIN = (int, float, Decimal, date, time, timedelta, UUID)


class Row(NamedTuple):
    """The texts of one row, with their columns; `key` is None outside the models' tables."""

    table: str
    key: Any
    cells: list[tuple[str, str]]
    # The column, or "" in a store, whose file does not open.
    unopened: str | None = None

    @property
    def place(self) -> str:
        """Where a file that does not open stands, as a finding names it."""
        return f"{self.table}.{self.unopened}" if self.unopened else self.table


def tables() -> Iterator[Row]:
    """Every row of the whole schema that holds a text."""
    for table in connection.introspection.table_names():
        yield from rows_of(table)


def rows_of(table: str, pks: Collection[Any] | None = None) -> Iterator[Row]:
    """The rows of one table, or those under these primary keys."""
    quote = connection.ops.quote_name
    key = _keys().get(table)
    statement, parameters = f"SELECT * FROM {quote(table)}", []
    if pks is not None:
        parameters = list(pks)
        marks = ", ".join(["%s"] * len(parameters))
        statement += f" WHERE {quote(str(key))} IN ({marks})"
    # A cursor of the server's own where there is one: no table is read into memory.
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        columns: list[str] = []
        while rows := cursor.fetchmany(CHUNK):
            columns = columns or [column[0] for column in cursor.description]
            place = columns.index(key) if key in columns else None
            for row in rows:
                cells = [
                    (column, text)
                    for column, value in zip(columns, row, strict=True)
                    if value and not isinstance(value, PLAIN)
                    for text in ((value,) if isinstance(value, str) else _texts(value))
                ]
                if cells:
                    yield Row(table, None if place is None else row[place], cells)


def files() -> Iterator[Row]:
    """Every text in a file: under its row where a row names it, else under its store.

    A file that does not open gives a row without cells that says so.
    """
    for file in _stored():
        try:
            with file.open() as source:
                content = source.read()
        except FileNotFoundError:
            # Queues and beats come and go while we read; what a row names must be there.
            if file.key is not None:
                yield Row(file.table, file.key, [], file.column)
            continue
        except (OSError, SealBroken, SealKeyInvalid):
            yield Row(file.table, file.key, [], file.column)
            continue
        yield Row(file.table, file.key, [(file.column, text) for text in file.reader(content)])


def unopened() -> Iterator[Row]:
    """The stored files that do not open now, each read to its end; nothing is kept of them."""
    for file in _stored():
        try:
            if file.sealed:
                with file.open() as source:
                    seals.prove(source)
        except FileNotFoundError:
            if file.key is not None:
                yield Row(file.table, file.key, [], file.column)
        except (OSError, SealBroken, SealKeyInvalid):
            yield Row(file.table, file.key, [], file.column)


class _File(NamedTuple):
    """One file: where a finding places it, and how it is read."""

    table: str
    key: Any
    column: str
    open: Callable[[], IO[bytes]]
    reader: Reader
    sealed: bool


def _stored() -> Iterator[_File]:
    known: set[str] = set()
    present = set(connection.introspection.table_names())
    for holding in inventory.registry.holdings.values():
        for column, alias in holding.files.items():
            table = holding.model_class._meta.db_table
            if table not in present:
                continue
            rows = holding.model_class._base_manager.exclude(**{column: ""})
            for pk, name in rows.values_list("pk", column).iterator(chunk_size=CHUNK):
                try:
                    known.add(storages[alias].path(name))
                except SuspiciousFileOperation:
                    # What its row does not lead to is still read in its store's folder.
                    continue
                yield _File(
                    table, pk, column, partial(storages[alias].open, name), readers.texts, True
                )
    for store in inventory.registry.stores.values():
        if not store.searched:
            continue
        folder = settings.VAR / store.folder
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if str(path) not in known and path.is_file() and not seals.is_under_way(path):
                yield _File(
                    f"store {store.name}",
                    None,
                    "",
                    _opener(store, path),
                    store.reader,
                    store.sealed,
                )


def _opener(store: Store, path: Path) -> Callable[[], IO[bytes]]:
    if store.sealed:
        return partial(seals.opened, path, store=store.name)
    return lambda: path.open("rb")


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case bytes() | memoryview():
            yield from readers.texts(bytes(value))
        case dict():
            for name, item in value.items():
                yield str(name)
                yield from _texts(item)
        case list() | tuple():
            for item in value:
                yield from _texts(item)


def _keys() -> dict[str, str]:
    """Table to the column of its primary key."""
    return {
        model._meta.db_table: str(model._meta.pk.column)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.pk is not None
    }
