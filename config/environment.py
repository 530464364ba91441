"""Mint `.env` on a fresh machine: random keys, one purpose each, readable by the owner alone.

Only for an empty database: fresh keys beside old data would make its suppression file and its
journal unreadable, so that is refused with a sentence. Needs no Django settings.
"""

import os
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
)
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
            f"{ALSO}={x25519.Identity.generate()}",
            "# False only while Lethe serves this machine's loopback address alone.",
            "LETHE_HTTPS=False",
            "",
        )
    )


def database_is_empty(url: str, var: Path) -> bool:
    """Whether no table of Lethe exists yet in the database that this environment names."""
    if not url:
        url = f"sqlite:///{var / 'lethe.sqlite3'}"
    config = environ.Env.db_url_config(url)
    if "sqlite" in config["ENGINE"]:
        path = Path(config["NAME"])
        if not path.exists() or not path.stat().st_size:
            return True
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        query = "SELECT count(*) FROM sqlite_master WHERE name = 'django_migrations'"
    else:
        connection = psycopg2.connect(url, connect_timeout=5)
        query = "SELECT count(*) FROM pg_tables WHERE tablename = 'django_migrations'"
    try:
        cursor = connection.cursor()
        cursor.execute(query)
        return cursor.fetchone()[0] == 0
    finally:
        connection.close()


def mint(path: Path, *, database_url: str, var: Path) -> str:
    """Write `.env` if it is absent; returns a sentence, raises SystemExit with one."""
    try:
        empty = database_is_empty(database_url, var)
    except (psycopg2.Error, sqlite3.Error):
        sys.exit("The database of DATABASE_URL cannot be reached; start it, then try again.")
    if path.exists():
        return ""
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
