"""A worker's part of an import: the check, the import itself and the undo.

A worker takes a batch by a conditional update with a lease, and speaks after every part. Each
part of an import is one transaction: its people, their verdicts, what can be undone, and the
place in the file. So a worker that is killed leaves whole parts, whoever comes next goes on
behind the last one, and a task that is delivered twice finds the batch taken or done.
"""

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contacts import SourceFacts
from crm.enums import AT_WORK, ImportState, SourceType
from crm.imports import batch as rows_in
from crm.imports import bulk, noes, rejects, undo, uploads
from crm.imports.batch import Engine
from crm.imports.reading import Table
from crm.imports.rows import GOES_IN, Row, Verdict
from crm.models import ImportBatch, ImportChange, ImportRow
from privacy import journal
from privacy.errors import PrivacyError

log = logging.getLogger(__name__)

# A part at which so many workers died is not given to another.
MOST_ATTEMPTS = 5
# So long a message may lie with the broker before it is sent again.
PATIENCE = timedelta(minutes=2)


class LeaseLost(Exception):
    """Another worker has this batch in hand."""


@dataclass(frozen=True, slots=True)
class Office:
    """What the privacy office does for an undo; the business does not reach it by itself."""

    # Disposes of people for good; returns those whom a hold kept.
    dispose: Callable[[Collection[int], Any], Collection[int]]
    # Which of these people are on hold today.
    held: Callable[[Collection[int]], Collection[int]]


def do(
    reference: str,
    *,
    office: Office | None = None,
    told: Callable[[int], None] = lambda _done: None,
) -> None:
    """Do what this batch waits for; nothing where another worker does it, or it is done.

    `told` hears how many rows are done. An undo alone needs the privacy office.
    """
    batch = _take(reference)
    if batch is None:
        return
    try:
        match batch.state:
            case ImportState.CHECKING:
                _check(batch, told)
            case ImportState.RUNNING:
                _import(batch, told)
            case ImportState.UNDOING if office is not None:
                undo.take_back(batch, office=office, speak=lambda: _speak(batch))
                _finish_undo(batch)
    except LeaseLost:
        log.info("import %s was taken over by another worker", batch.uuid)
    except PrivacyError as refusal:
        _stop(batch, str(refusal))
    except KeyboardInterrupt:
        # On the command line; nobody goes on by themselves with what somebody stopped.
        _stop(batch, _("Stopped by hand."))
        raise


def abandoned() -> list[str]:
    """Batches whose worker fell silent, or of which no worker was ever told."""
    now = timezone.now()
    silent = Q(lease_until__lt=now) | Q(lease_until=None, queued_at__lt=now - PATIENCE)
    found = ImportBatch.objects.filter(silent, state__in=AT_WORK)
    return [str(reference) for reference in found.values_list("uuid", flat=True)]


def _take(reference: str) -> ImportBatch | None:
    now, lease = timezone.now(), uuid.uuid4()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    waiting = ImportBatch.objects.filter(free, uuid=reference, state__in=AT_WORK)
    if not waiting.update(lease=lease, lease_until=_later(), attempts=F("attempts") + 1):
        return None
    batch = ImportBatch.objects.select_related("created_by", "confirmed_by").get(uuid=reference)
    if batch.attempts > MOST_ATTEMPTS:
        _stop(batch, _("Several workers broke off at the same place; ask whoever runs Lethe."))
        return None
    return batch


def _later() -> Any:
    return timezone.now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS)


def _speak(batch: ImportBatch, **facts: Any) -> None:
    """Prolong the lease and store how far it is; LeaseLost where somebody else took over."""
    mine = ImportBatch.objects.filter(pk=batch.pk, lease=batch.lease, state=batch.state)
    if not mine.update(**{"lease_until": _later(), **facts}):
        raise LeaseLost


def _check(batch: ImportBatch, told: Callable[[int], None]) -> None:
    """Each part through the real write path, rolled back; what was new is kept in mind."""
    engine = _engine(batch)
    counts: Counter = Counter()
    for rows in engine.parts():
        with rows_in.refusals(), transaction.atomic():
            engine.take(rows)
            transaction.set_rollback(True)
        engine.imagine()
        counts.update(str(row.verdict) for row in rows)
        with transaction.atomic():
            _speak(batch, done_up_to=rows[-1].number, counts=dict(counts))
            _note(batch, engine, rows)
        told(counts.total())
    with transaction.atomic():
        _speak(batch, state=ImportState.CHECKED, rows=counts.total(), **_released())


def _import(batch: ImportBatch, told: Callable[[int], None]) -> None:
    engine = _engine(batch)
    counts = Counter(batch.counts)
    for rows in engine.parts(after=batch.done_up_to):
        with rows_in.refusals(), transaction.atomic():
            # First, so that whoever else has it waits here, and finds it done.
            _speak(batch)
            engine.take(rows)
            counts.update(str(row.verdict) for row in rows)
            _speak(batch, done_up_to=rows[-1].number, counts=dict(counts), attempts=0)
            _note(batch, engine, rows)
            _note_changes(batch, engine)
        engine.forget()
        told(counts.total())
    for rows in engine.left_over():
        with rows_in.refusals(), transaction.atomic():
            _speak(batch)
            noes.refuse_for_nobody(rows, by=engine.by)
    uploads.write_rejects(
        batch, rejects.reject_lines(engine.table, stayed_out(batch, engine.table))
    )
    with transaction.atomic():
        now = timezone.now()
        _speak(batch, state=ImportState.DONE, finished_at=now, **_released())
        facts = {str(verdict): counts[str(verdict)] for verdict in Verdict}
        journal.record("contacts.import", by=batch.confirmed_by, on=batch, facts=facts)
    uploads.remove(batch)


def _finish_undo(batch: ImportBatch) -> None:
    with transaction.atomic():
        _speak(batch, state=ImportState.UNDONE, undone=batch.undone, **_released())
        journal.record("import.undone", by=batch.confirmed_by, on=batch, facts=batch.undone)
    uploads.remove_rejects(batch)


def _engine(batch: ImportBatch) -> Engine:
    source = SourceFacts(
        batch.source_type,
        batch.obtained_on,
        detail=batch.source_detail,
        obtained_by=batch.created_by,
        import_reference=batch.uuid,
        supplier=batch.supplier,
        usable_until=batch.expires_on if batch.source_type == SourceType.BROKER else None,
    )
    engine = Engine(
        uploads.open_table(batch),
        source=source,
        role=batch.role,
        by=batch.confirmed_by or batch.created_by,
        strategy=batch.strategy,
        applies=batch.state == ImportState.RUNNING,
        speak=lambda: _speak(batch),
    )
    decided = batch.verdicts.exclude(choice="")
    engine.choices = dict(decided.values_list("number", "choice"))
    return engine


def _note(batch: ImportBatch, engine: Engine, rows: list[Row]) -> None:
    """Write the verdicts of a part, over those of an earlier check."""
    first, last = rows[0].number, rows[-1].number
    batch.verdicts.filter(number__gte=first, number__lte=last).delete()
    now = bulk.adapted(ImportRow, "checked_at", timezone.now())
    bulk.insert(
        ImportRow,
        ("batch", "number", "verdict", "reason", "choice", "checked_at"),
        (
            (
                batch.pk,
                row.number,
                str(row.verdict),
                row.reason[:300],
                engine.choices.get(row.number, ""),
                now,
            )
            for row in rows
        ),
    )


def _note_changes(batch: ImportBatch, engine: Engine) -> None:
    """Keep for 30 days what an undo needs; after the part, so that later is somebody else."""
    now = bulk.adapted(ImportChange, "at", timezone.now())
    bulk.insert(
        ImportChange,
        ("batch", "contact", "table", "row", "column", "before", "after", "at"),
        (
            (batch.pk, w.contact, str(w.table), w.row, w.column, w.before, w.after, now)
            for w in engine.written
        ),
    )


def stayed_out(batch: ImportBatch, table: Table) -> Iterator[Row]:
    """The rows that stay out, read once more from the file."""
    said = batch.verdicts.exclude(verdict__in=GOES_IN)
    found = {row.number: row for row in said}
    for number, cells in table.rows():
        if row := found.get(number):
            yield Row(number, cells, verdict=Verdict(row.verdict), reason=row.reason)


def _stop(batch: ImportBatch, sentence: str) -> None:
    mine = ImportBatch.objects.filter(pk=batch.pk, lease=batch.lease)
    mine.update(state=ImportState.FAILED, stopped_at=batch.state, failure=sentence, **_released())


def _released() -> dict[str, None]:
    return {"lease": None, "lease_until": None}
