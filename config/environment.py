"""Mint `.env` on a fresh machine: random keys, one purpose each, readable by the owner alone.

Only for an empty database: fresh keys beside old data would make its suppression file and its
journal unreadable, so that is refused with a sentence. The one key that is added to an existing
`.env` is that of the stored files, while no file was sealed. Needs no Django settings.
"""

import os
import re
import secrets
import sqlite3
import sys
from pathlib import Path

import environ
import psycopg2
from pyrage import x25519

ROOT = Path(__file__).resolve().parent.parent
SECRETS = (
    "DJANGO_SECRET_KEY",
    "PRIVACY_SUPPRESSION_KEYS",
    "PRIVACY_JOURNAL_KEY",
    "RETENTION_ARCHIVE_KEYS",
    "PRIVACY_SEAL_KEYS",
)
NEW_KEY = "s1: and 64 hex digits (python -c 'import secrets; print(secrets.token_hex(32))')"
# Younger than the others: an office of an older release has none yet.
SEAL_KEYS = "PRIVACY_SEAL_KEYS"
# Minted with them, but nothing fails to start without it.
ALSO = "BACKUP_KEY"


def text() -> str:
    """The contents of a new `.env`."""
    return "\n".join(
        (
            "# Made once, for one database. Keep a copy apart from the database and its backups.",
            f"DJANGO_SECRET_KEY={secrets.token_urlsafe(64)}",
            f"PRIVACY_SUPPRESSION_KEYS=k1:{secrets.token_hex(32)}",
            f"PRIVACY_JOURNAL_KEY={secrets.token_hex(32)}",
            f"RETENTION_ARCHIVE_KEYS=a1:{secrets.token_hex(32)}",
            seal_keys(),
            f"{ALSO}={x25519.Identity.generate()}",
            "# False only while Lethe serves this machine's loopback address alone.",
            "LETHE_HTTPS=False",
            "",
        )
    )


def seal_keys() -> str:
    """The line of `.env` with a fresh key for the stored files."""
    return f"{SEAL_KEYS}=s1:{secrets.token_hex(32)}"


def database_is_empty(url: str, var: Path) -> bool:
    """Whether no table of Lethe exists yet in the database that this environment names."""
    return not _count(url, var, "django_migrations", "{tables} WHERE {name} = '{table}'")


def has_sealed(url: str, var: Path) -> bool:
    """Whether the database knows a key under which files were sealed."""
    table = "privacy_sealkey"
    there = _count(url, var, table, "{tables} WHERE {name} = '{table}'")
    return bool(there and _count(url, var, table, "{table}"))


def _count(url: str, var: Path, table: str, of: str) -> int:
    """How many rows there are; a SQLite file that is absent has none, and is not made."""
    if not url:
        url = f"sqlite:///{var / 'lethe.sqlite3'}"
    config = environ.Env.db_url_config(url)
    if "sqlite" in config["ENGINE"]:
        path = Path(config["NAME"])
        if not path.exists() or not path.stat().st_size:
            return 0
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        tables, name = "sqlite_master", "name"
    else:
        connection = psycopg2.connect(url, connect_timeout=5)
        tables, name = "pg_tables", "tablename"
    try:
        cursor = connection.cursor()
        # Names of the program's own; nothing that somebody typed.
        cursor.execute("SELECT count(*) FROM " + of.format(tables=tables, name=name, table=table))
        return cursor.fetchone()[0]
    finally:
        connection.close()


def mint(path: Path, *, database_url: str, var: Path) -> str:
    """Write `.env` if it is absent, or the one key that it lacks; SystemExit with a sentence."""
    try:
        empty = database_is_empty(database_url, var)
        sealed = has_sealed(database_url, var)
    except (psycopg2.Error, sqlite3.Error):
        sys.exit("The database of DATABASE_URL cannot be reached; start it, then try again.")
    others = [name for name in SECRETS if name != SEAL_KEYS]
    if path.exists():
        return _add_seal_keys(path, sealed=sealed)
    if not os.environ.get(SEAL_KEYS) and all(map(os.environ.get, others)):
        # No `.env`: what is written beside it might not be there at the next start.
        sys.exit(
            f"{SEAL_KEYS} is missing beside the other keys of the environment. "
            + (LOST if sealed else f"Set it to {NEW_KEY}, and keep a copy.")
        )
    if all(os.environ.get(name) for name in SECRETS):
        return "The keys come from the environment; no .env was written."
    if not empty:
        sys.exit(
            "The database holds data, but .env with its keys is missing. "
            "Restore .env from your copy; new keys would not fit."
        )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text())
    return "Wrote .env with fresh keys. Keep a copy of it apart from the database."


LOST = "The database knows sealed files: restore the key from your copy; a new one opens none."


def _add_seal_keys(path: Path, *, sealed: bool) -> str:
    """Add a key for the stored files to a `.env` of an older release, and say so."""
    written = path.read_text()
    line = re.search(rf"^(?:export )?{SEAL_KEYS}=(.*)$", written, re.MULTILINE)
    if os.environ.get(SEAL_KEYS) or (line and line[1].strip()):
        return ""
    if sealed:
        sys.exit(f"{SEAL_KEYS} is missing in .env. {LOST}")
    if line:
        sys.exit(f"{SEAL_KEYS} is empty in .env; take the line out, and type make setup again.")
    added = f"# Seals the stored files.\n{seal_keys()}\n"
    try:
        with path.open("a") as file:
            file.write(added if written.endswith("\n") else f"\n{added}")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        sys.exit(f".env cannot be written; add {SEAL_KEYS} to it by hand: {NEW_KEY}.")
    return f"Added {SEAL_KEYS} to .env: stored files are sealed from now on. Keep a copy of it."


if __name__ == "__main__":
    if (ROOT / ".env").is_file():
        environ.Env.read_env(ROOT / ".env")
    sentence = mint(
        ROOT / ".env",
        database_url=os.environ.get("DATABASE_URL", ""),
        var=Path(os.environ.get("LETHE_VAR", ROOT / "var")),
    )
    if sentence:
        sys.stdout.write(sentence + "\n")
