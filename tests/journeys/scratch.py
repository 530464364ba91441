"""A database of its own for tests that look at files, dumps and raw bytes."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connections


@contextmanager
def database(folder: Path, *, migrated: bool = True, library: bool = False) -> Iterator[None]:
    """Point `default` at a new database, a file or one of PostgreSQL's, then drop it.

    `library`: with the tables of the test-only app, which has no migrations.
    """
    kept = connections["default"]
    kept.close()
    name = f"lethe_scratch_{uuid.uuid4().hex[:12]}"
    if kept.vendor == "sqlite":
        connections["default"] = type(kept)(
            {**kept.settings_dict, "NAME": str(folder / "lethe.sqlite3")}, "default"
        )
    else:
        with kept._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        connections["default"] = type(kept)({**kept.settings_dict, "NAME": name}, "default")
    try:
        if migrated:
            call_command("migrate", verbosity=0, run_syncdb=library)
        yield
    finally:
        connections["default"].close()
        connections["default"] = kept
        if kept.vendor == "postgresql":
            with kept._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def raw_bytes(folder: Path) -> bytes:
    """The database from outside: its file and write-ahead log, or what pg_dump writes."""
    connection = connections["default"]
    if connection.vendor == "sqlite":
        return b"\n\n".join(path.read_bytes() for path in sorted(folder.glob("lethe.sqlite3*")))
    settings = connection.settings_dict
    return subprocess.run(
        ["pg_dump", "--encoding=UTF8", settings["NAME"]],
        check=True,
        capture_output=True,
        env={
            **os.environ,
            "PGHOST": settings["HOST"],
            "PGPORT": str(settings["PORT"] or 5432),
            "PGUSER": settings["USER"],
            "PGPASSWORD": settings["PASSWORD"],
        },
    ).stdout
