"""Places outside the database that the sweep empties: each file goes at the age its store allows.

A file's age is that of its last change, in days of the firm's time zone (Art. 5(1)(e)).
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from privacy import inventory
from privacy.inventory import Store


def due(on: date) -> dict[str, int]:
    """How many files of which store have had their time on this day; nothing is touched."""
    counts = {store.name: len(list(_old(store, on))) for store in _emptied()}
    return {name: count for name, count in counts.items() if count}


def purge(name: str, *, on: date) -> int:
    """Unlink the files of this store that have had their time; returns how many."""
    gone = 0
    for path in list(_old(inventory.registry.stores[name], on)):
        path.unlink(missing_ok=True)
        gone += 1
    return gone


def _emptied() -> Iterator[Store]:
    return (store for store in inventory.registry.stores.values() if store.days is not None)


def _old(store: Store, on: date) -> Iterator[Path]:
    for path in sorted((settings.VAR / store.folder).rglob("*")):
        try:
            changed = datetime.fromtimestamp(path.stat().st_mtime, timezone.get_default_timezone())
        except FileNotFoundError:
            # Its request has ended in the meantime and took it along.
            continue
        if path.is_file() and changed.date() + timedelta(days=store.days or 0) <= on:
            yield path
