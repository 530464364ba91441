"""The database itself, out and in again, by its own tools: SQLite's backup, PostgreSQL's pg_dump.

A dump is a stream of pieces that fit into memory. What the tools say is not repeated: it may quote
a row.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, cast

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.postgresql.client import DatabaseClient
from django.utils.translation import gettext as _

from config.backups.errors import BackupRefused

PIECE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Dump:
    """One moment of the database: how many rows each table has, and its content."""

    rows: dict[str, int]
    pieces: Iterator[bytes]


@contextmanager
def dumped() -> Iterator[Dump]:
    """Both are of the same moment, whatever is written meanwhile."""
    own = _dumped_from_sqlite if connection.vendor == "sqlite" else _dumped_from_postgresql
    with own() as dump:
        yield dump


def refuse_unless_empty() -> None:
    """A restore overwrites nothing: refused where the database has a table already."""
    if connection.introspection.table_names():
        raise BackupRefused(
            _("The database is not empty: restore into a new one (DATABASE_URL, LETHE_VAR).")
        )


def load(pieces: Iterable[bytes], *, expected: dict[str, int]) -> None:
    """Fill the empty database, or leave it empty; refused where rows are missing afterwards."""
    if connection.vendor == "sqlite":
        _load_into_sqlite(pieces, expected)
    else:
        _load_into_postgresql(pieces, expected)


# --- SQLite -------------------------------------------------------------------------------------


@contextmanager
def _dumped_from_sqlite() -> Iterator[Dump]:
    connection.ensure_connection()
    with TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        path = Path(folder) / "database"
        path.touch(mode=0o600)
        copy = sqlite3.connect(path)
        try:
            connection.connection.backup(copy)
            # A file of its own, without a write-ahead log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
            tables = [
                name
                for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            rows = {
                table: copy.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
                for table in sorted(tables)
            }
        finally:
            copy.close()
        with path.open("rb") as file:
            yield Dump(rows, _pieces(file))


def _load_into_sqlite(pieces: Iterable[bytes], expected: dict[str, int]) -> None:
    target = Path(connection.settings_dict["NAME"])
    part = target.with_name(f".{target.name}.restoring")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        copy = sqlite3.connect(part)
        try:
            (verdict,) = copy.execute("PRAGMA integrity_check").fetchone()
            whole = verdict == "ok" and all(
                copy.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] == count
                for table, count in expected.items()
            )
        except sqlite3.DatabaseError:
            whole = False
        finally:
            copy.close()
        if not whole:
            raise _damaged()
        connection.close()
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


# --- PostgreSQL ---------------------------------------------------------------------------------


@contextmanager
def _dumped_from_postgresql() -> Iterator[Dump]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        arguments = ("--format=custom", "--no-comments", f"--snapshot={snapshot}")
        with _tool("pg_dump", *arguments) as tool:
            yield Dump(_counted(), _pieces(cast("IO[bytes]", tool.stdout)))
        if tool.returncode:
            raise BackupRefused(
                _("pg_dump failed; is it as new as the server, and may this user read all tables?")
            )


def _load_into_postgresql(pieces: Iterable[bytes], expected: dict[str, int]) -> None:
    try:
        with _tool("pg_restore", "--single-transaction", "--exit-on-error") as tool:
            _feed(tool, pieces)
        failed = bool(tool.returncode)
    except BrokenPipeError:
        failed = True
    if failed:
        raise BackupRefused(
            _("pg_restore failed; is it as new as the server, and this user the database's owner?")
        )
    if any(_counted().get(table) != count for table, count in expected.items()):
        raise _damaged()


def _feed(tool: subprocess.Popen, pieces: Iterable[bytes]) -> None:
    """All pieces; half a dump must not look like a whole one, so that the tool is killed then."""
    stdin = cast("IO[bytes]", tool.stdin)
    try:
        for piece in pieces:
            stdin.write(piece)
        stdin.close()
    except BaseException:
        tool.kill()
        raise


@contextmanager
def _tool(name: str, *arguments: str) -> Iterator[subprocess.Popen]:
    """One of PostgreSQL's own commands on this database; the password goes by its environment."""
    if not shutil.which(name):
        raise BackupRefused(_("%s is missing: install PostgreSQL's client tools.") % name)
    client, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    database = client.pop()
    writes = name == "pg_dump"
    process = subprocess.Popen(
        [name, *client[1:], "--dbname", database, "--no-owner", "--no-privileges", *arguments],
        env={**os.environ, **(environment or {})},
        stdin=None if writes else subprocess.PIPE,
        stdout=subprocess.PIPE if writes else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with process:
        yield process


def _counted() -> dict[str, int]:
    """Rows by table."""
    with connection.cursor() as cursor:
        tables = [info.name for info in connection.introspection.get_table_list(cursor)]
        rows = {}
        for table in sorted(tables):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            (rows[table],) = cursor.fetchone()
        return rows


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def _damaged() -> BackupRefused:
    return BackupRefused(_("The backup does not hold what it says it holds; take another one."))
