"""Take a backup back into an empty office; it stays shut until its ledger was replayed.

The file is read whole before anything is changed. What is restored is an older state: sessions
end, a document without a row goes, and everybody erased since is there again, until
`replay_ledger`.
"""

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path, PurePosixPath

from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import models
from django.utils.translation import gettext as _

from config.backups import backup, containers, databases, manifest
from config.backups.errors import BackupRefused
from config.backups.manifest import Manifest
from privacy import (
    installation,
    journal,
    ledger,
    seals,
    suppression,
)
from retention import archive_keys


def restore(path: Path) -> Manifest:
    """Fill the empty database and the empty folder of documents; BackupRefused leaves both empty.

    Refused: a newer version's, a cut, an altered or a foreign file, missing keys, an older ledger.
    """
    databases.refuse_unless_empty()
    if any(backup.documents()):
        raise BackupRefused(
            _("The folder of documents is not empty: restore into a new one (LETHE_VAR).")
        )
    described = _proved(path)
    manifest.refuse_unfit(described)
    with containers.opened(path) as members:
        next(members)
        rest = _Rest(members)
        databases.load(rest.database(), expected=dict(described.rows))
        for name, content in rest.documents():
            _put(name, content)
    call_command("migrate", verbosity=0)
    # Its sentence would stand before the answer.
    call_command("check", databases=["default"], stdout=StringIO())
    suppression.verify_keys()
    journal.verify_key()
    archive_keys.verified()
    seals.verified()
    journal.verify()
    ledger.verify()
    # Its files lie here from now on, wherever they lay before.
    installation.take()
    # Whoever signed out, or lost their account, since the backup must not be in again.
    Session.objects.all().delete()
    _forget_strays()
    facts = {"rows": sum(described.rows.values()), "documents": described.documents}
    journal.record("backup.restore", facts=facts)
    return described


class _Rest:
    """What follows the manifest: the pieces of the database, then the documents."""

    def __init__(self, members: Iterator[containers.Member]) -> None:
        self.members = members
        self.first: containers.Member | None = None

    def database(self) -> Iterator[bytes]:
        for name, content in self.members:
            if not name.startswith(backup.DATABASE):
                self.first = name, content
                return
            yield content

    def documents(self) -> Iterator[containers.Member]:
        if self.first:
            yield self.first
        yield from self.members


def _proved(path: Path) -> Manifest:
    """The manifest of a file that was read to its end."""
    with containers.opened(path) as members:
        name, content = next(members, ("", b""))
        if name != backup.MANIFEST:
            raise BackupRefused(_("This is no backup of Lethe."))
        described = manifest.read(content)
        for _member in members:
            pass
    return described


def _put(name: str, content: bytes) -> None:
    relative = PurePosixPath(name.removeprefix(backup.DOCUMENTS))
    if not name.startswith(backup.DOCUMENTS) or relative.is_absolute() or ".." in relative.parts:
        raise BackupRefused(_("This is no backup of Lethe."))
    path = backup.documents_folder() / relative
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(content)


def _forget_strays() -> None:
    """Documents to which no row points: their rows were not yet there, or gone already."""
    kept: set[str] = set()
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.FileField):
                kept.update(model._base_manager.values_list(field.name, flat=True))
    for name in sorted(set(backup.documents()) - kept):
        (backup.documents_folder() / name).unlink()
