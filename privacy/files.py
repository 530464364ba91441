"""Stored files that must go: named inside the transaction, unlinked after it, until gone."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from privacy.enums import FindingCause
from privacy.models import FileRemoval, Finding

log = logging.getLogger(__name__)


def name(storage: str, names: Iterable[str]) -> int:
    """Name files for removal; they are unlinked once the transaction is committed."""
    removals = [FileRemoval(storage=storage, name=path) for path in names if path]
    FileRemoval.objects.bulk_create(removals, ignore_conflicts=True)
    if removals:
        transaction.on_commit(remove)
    return len(removals)


def remove() -> int:
    """Unlink every named file; returns how many could not be removed yet.

    A file that is not there, and that nobody began to unlink, lies elsewhere: it is a finding, and
    its name waits until the finding was settled.
    """
    for removal in FileRemoval.objects.order_by("pk"):
        try:
            is_gone = _unlink(removal)
        except Exception as error:  # noqa: BLE001 - one bad name must not keep the others
            log.warning("file removal %s failed: %s", removal.pk, type(error).__name__)
            is_gone = False
        if is_gone:
            FileRemoval.objects.filter(pk=removal.pk).delete()
        else:
            FileRemoval.objects.filter(pk=removal.pk).update(attempts=F("attempts") + 1)
    return FileRemoval.objects.count()


def _unlink(removal: FileRemoval) -> bool:
    """Whether the file is gone; False where it is not where it should be."""
    storage = storages[removal.storage]
    if storage.exists(removal.name):
        FileRemoval.objects.filter(pk=removal.pk).update(begun_at=timezone.now())
        storage.delete(removal.name)
        return True
    return removal.begun_at is not None or not _is_missed(removal)


def _is_missed(removal: FileRemoval) -> bool:
    """Note once that the file is missing; False once somebody settled it."""
    facts = {
        "cause": FindingCause.MISSING,
        "place": FileRemoval._meta.db_table,
        "row_reference": str(removal.pk),
    }
    finding = Finding.objects.filter(**facts).order_by("-pk").first()
    if finding is None:
        finding = Finding.objects.create(**facts)
        log.error("file removal %s: the file is not there", removal.pk)
    return finding.settled_at is None
