"""What a named law keeps beyond a person's disposal, and who takes it out of the business.

Whoever keeps an archive registers here, with `on_archive`: at disposal the rows under a
statute are handed over, their remainder alone, and then deleted like all others. While the archive
can take nothing, as without its key, their person waits with all that is theirs. Rows that outlive
their person as evidence, and all of them where nobody is registered, stay where they are, blanked
but for that remainder (Art. 17(3)(b); S108).
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from privacy import inventory
from privacy.errors import PrivacyError
from privacy.inventory import Holding, Keep

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Leaving:
    """One row that a law keeps although its person goes: whose, until when, and what may stay."""

    person: UUID
    until: date
    remainder: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Archiver:
    """Takes rows inside the disposal's transaction and says how many it wrote, by table.

    `ready` raises a PrivacyError, which says what to do, where nothing can be taken now.
    """

    ready: Callable[[], None]
    take: Callable[[Holding, Keep, Collection[Leaving]], Mapping[str, int]]


_archivers: list[Archiver] = []


def on_archive(archiver: Archiver) -> None:
    """Register the one archive of this process."""
    _archivers[:] = [archiver]


def archiver_for(holding: Holding) -> Archiver | None:
    """Who takes rows of this table; nobody where rows outlive their person as evidence."""
    return None if holding.survives or not _archivers else _archivers[0]


def under_statute(holding: Holding, rows: QuerySet, *, on: date) -> list[tuple[Keep, list[int]]]:
    """The rows for which a named statute still runs on this day, by keep."""
    found = []
    for keep in holding.keeps:
        if keep.statute:
            live = rows.filter(**keep.when).exclude(holding.is_over(keep, on=on))
            pks = list(live.values_list("pk", flat=True))
            if pks:
                found.append((keep, pks))
    return found


def last_end(holding: Holding, statute: Iterable[tuple[Keep, list[int]]]) -> date | None:
    """Until when the last of these rows stays."""
    ends = []
    for keep, pks in statute:
        anchors = holding.model_class._base_manager.filter(pk__in=pks)
        last = anchors.aggregate(last=models.Max(keep.anchor))["last"]
        if last:
            ends.append(keep.ends_on(_day(last)))
    return max(ends, default=None)


def hand_over(
    archiver: Archiver,
    holding: Holding,
    statute: Iterable[tuple[Keep, list[int]]],
    *,
    owners: Mapping[int, UUID],
    on: date,
) -> dict[str, int]:
    """Give these rows to the archive; `owners` takes each to its person's immutable uuid.

    A row under two laws is handed over under each, with what that law keeps, for as long.
    """
    taken: dict[str, int] = {}
    for keep, pks in statute:
        rows = holding.model_class._base_manager.filter(pk__in=pks)
        leaving = [
            # A clock that has not started starts with the disposal at the latest.
            Leaving(
                owners[row["pk"]], keep.ends_on(_day(row[keep.anchor] or on)), _rest(row, keep)
            )
            for row in rows.values("pk", keep.anchor, *keep.remainder)
        ]
        for table, number in archiver.take(holding, keep, leaving).items():
            taken[table] = taken.get(table, 0) + number
    return taken


def without_archive(
    subject_pks: Collection[int], *, on: date, root: str | None = None
) -> dict[int, list[str]]:
    """Who of these people cannot go now, and why: a law keeps rows that no archive can take."""
    try:
        for archiver in _archivers:
            archiver.ready()
    except PrivacyError as refusal:
        sentence = str(refusal)
    else:
        return {}
    held: dict[int, list[str]] = {}
    for holding in inventory.registry.about_subjects(root):
        if holding.survives:
            continue
        rows = holding.rows_about(subject_pks)
        kept = [pk for _keep, pks in under_statute(holding, rows, on=on) for pk in pks]
        people = holding.model_class._base_manager.filter(pk__in=kept)
        held |= {person: [sentence] for person in people.values_list(holding.path, flat=True)}
    if held:
        log.error("%s people stay: %s", len(held), sentence)
    return held


def _rest(row: Mapping[str, Any], keep: Keep) -> dict[str, Any]:
    return {name: row[name] for name in keep.remainder}


def _day(moment: date | datetime) -> date:
    return timezone.localdate(moment) if isinstance(moment, datetime) else moment
