"""Stored files that must go: named inside the transaction, unlinked after it, until gone."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F

from privacy.models import FileRemoval

log = logging.getLogger(__name__)


def name(storage: str, names: Iterable[str]) -> int:
    """Name files for removal; they are unlinked once the transaction is committed."""
    removals = [FileRemoval(storage=storage, name=path) for path in names if path]
    FileRemoval.objects.bulk_create(removals, ignore_conflicts=True)
    if removals:
        transaction.on_commit(remove)
    return len(removals)


def remove() -> int:
    """Unlink every named file; returns how many could not be removed yet."""
    for removal in FileRemoval.objects.order_by("pk"):
        try:
            # A file that is not there any more is gone, which is what was asked.
            storages[removal.storage].delete(removal.name)
        except Exception as error:  # noqa: BLE001 - one bad name must not keep the others
            log.warning("file removal %s failed: %s", removal.pk, type(error).__name__)
            FileRemoval.objects.filter(pk=removal.pk).update(attempts=F("attempts") + 1)
        else:
            FileRemoval.objects.filter(pk=removal.pk).delete()
    return FileRemoval.objects.count()
