"""Make a backup: one moment of the database, the documents, and a manifest (S95, law P14).

It grows no older than BACKUP_DAYS: what was erased since is still in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages
from django.utils import timezone

from config.backups import containers, databases, key, manifest
from config.backups.manifest import Manifest
from privacy import journal, ledger

MANIFEST = "manifest.json"
DATABASE = "database/"
DOCUMENTS = "documents/"


@dataclass(frozen=True, slots=True)
class Backup:
    """One that was written."""

    path: Path
    manifest: Manifest


def make() -> Backup:
    """Write a backup into the folder of backups; BackupRefused where there is no key for it."""
    key.identity()
    # Before the moment of the dump: the ledger that a restore needs is at least this long.
    ledger_at = ledger.head()
    with databases.dumped() as dump:
        # After it: a document of the dump is there, or was disposed of since.
        files = sorted(documents())
        described = manifest.describe(rows=dump.rows, documents=len(files), ledger_at=ledger_at)
        moment = timezone.localtime(described.made_at)
        path = settings.BACKUP_FOLDER / f"lethe-{moment:%Y%m%d-%H%M%S-%f}.age"

        def members() -> Iterator[containers.Member]:
            yield MANIFEST, described.text()
            for number, piece in enumerate(dump.pieces):
                yield f"{DATABASE}{number:06}", piece
            for file in files:
                try:
                    yield f"{DOCUMENTS}{file}", (documents_folder() / file).read_bytes()
                except FileNotFoundError:
                    # Disposed of between the list and now.
                    continue

        containers.write(path, members())
    facts = {"rows": sum(dump.rows.values()), "documents": len(files)}
    journal.record("backup.make", facts=facts)
    return Backup(path, described)


def documents_folder() -> Path:
    """Where the documents lie."""
    return Path(storages["documents"].path(""))


def documents() -> Iterator[str]:
    """Their names below it."""
    for path in documents_folder().rglob("*"):
        if path.is_file():
            yield path.relative_to(documents_folder()).as_posix()
