"""Sealing what lies in clear: files of an older release, and those under an older key (S91).

Only stores that declare themselves sealed are touched. A file is replaced whole or not at all, so
that a run that was killed is finished by the next one; a file that goes meanwhile stays gone.
"""

import fcntl
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import gettext as _

from privacy import inventory, journal, seals
from privacy.errors import PrivacyError, SealBroken, SealKeyInvalid
from privacy.inventory import Store
from privacy.models import FileRemoval


@dataclass
class Outcome:
    """How many stored files were sealed now, were sealed before, and could not be."""

    sealed: int = 0
    before: int = 0
    left: int = 0


def in_clear() -> Counter[str]:
    """How many files lie in clear, by store."""
    found: Counter[str] = Counter()
    for store, path in _stored():
        try:
            found[store.name] += not seals.is_sealed(path)
        except OSError:
            # It went meanwhile, or nobody can say.
            continue
    return +found


def seal(*, again: bool = False) -> Outcome:
    """Seal every stored file that lies in clear; `again`: also those under an older key."""
    outcome = Outcome()
    with _alone():
        for store, path in _stored():
            try:
                under = seals.sealed_under(path)
                if under and not (again and under != next(iter(seals.ring()))):
                    outcome.before += 1
                    continue
                # In a transaction of its own: a file must not outlive what is known of its key.
                seals.newest()
                with _held_still(store, path) as is_here:
                    if is_here:
                        seals.seal_in_place(path, store=store.name)
                        outcome.sealed += 1
            except FileNotFoundError:
                continue
            except (OSError, SealBroken, SealKeyInvalid):
                outcome.left += 1
        _remove_parts()
    if outcome.sealed:
        journal.record("files.seal", facts={"files": outcome.sealed, "left": outcome.left})
    return outcome


def _stored() -> Iterator[tuple[Store, Path]]:
    for store in inventory.registry.stores.values():
        if store.sealed:
            for path in sorted((settings.VAR / store.folder).rglob("*")):
                if path.is_file() and not path.name.endswith(seals.PART):
                    yield store, path


def _remove_parts() -> None:
    """What a killed run left of files that have gone since."""
    for store in inventory.registry.stores.values():
        for path in (settings.VAR / store.folder).rglob(f".*{seals.PART}") if store.sealed else ():
            if not seals.is_under_way(path):
                path.unlink(missing_ok=True)


@contextmanager
def _alone() -> Iterator[None]:
    """One run at a time, as two would write the same part."""
    descriptor = os.open(settings.VAR, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise PrivacyError(_("Files are being sealed already; wait for the other run.")) from None
    finally:
        os.close(descriptor)


@contextmanager
def _held_still(store: Store, path: Path) -> Iterator[bool]:
    """Keep the row that names this file from disposal meanwhile; False where the file is to go.

    A disposal unlinks after its commit: without the lock its file could come back, sealed.
    """
    with transaction.atomic():
        for holding in inventory.registry.holdings.values():
            for column, alias in holding.files.items():
                if getattr(storages[alias], "store", "") != store.name:
                    continue
                name = os.path.relpath(path, storages[alias].path(""))
                rows = holding.model_class._base_manager.filter(**{column: name})
                list(rows.select_for_update().values_list("pk"))
                if FileRemoval.objects.filter(storage=alias, name=name).exists():
                    yield False
                    return
        yield True
