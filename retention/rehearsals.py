"""Rehearsals: each batch is done and rolled back, so that the counts are those of the real night.

No row changes. One that somebody ordered is a row of its own, of which the counts stay.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from privacy import journal
from retention import batches
from retention import plan as plans
from retention.enums import Mode, RunState
from retention.models import SweepRun


def run(on: date, *, size: int | None = None) -> SweepRun:
    """Do each batch and roll it back; the run that says what happened is never stored."""
    planned, size = plans.make(on), size or settings.RETENTION_BATCH_SIZE
    night = SweepRun(
        night=on, rule_set=planned.rule_set, mode=Mode.REHEARSE, counts=planned.counts()
    )
    night.started_at = timezone.now()
    for item in planned.items:
        counts = night.counts.get(item.rule.name)
        if counts is None:
            continue
        counts |= {"disposed": 0, "tables": {}, "held_by_plan": counts["held"]}
        for rows in () if item.halted else batches.parts(item, size):
            with transaction.atomic():
                outcome, held = batches.dispose(item.rule, rows, on=on, rehearse=True)
                transaction.set_rollback(True)
            counts["disposed"] += len(outcome.disposed)
            counts["held"] += held
            batches.add_up(counts["tables"], outcome.counts)
    for store, number in planned.files.items():
        night.counts[plans.STORE + store] |= {"disposed": number, "tables": {}, "held_by_plan": 0}
    halted = any(item.halted for item in planned.items)
    night.state = RunState.HALTED if halted else RunState.DONE
    night.finished_at = timezone.now()
    return night


def order(*, on: date, by: Any) -> SweepRun:
    """Store the order for a rehearsal, which a worker carries out and of which the counts stay."""
    night = SweepRun.objects.create(
        night=on, rule_set=plans.rule_set(on), mode=Mode.REHEARSE, started_by=by
    )
    journal.record("sweep.rehearse", by=by, on=night)
    return night


def carry_out(order: SweepRun) -> None:
    """Carry out an ordered rehearsal once; a failure is said on its page."""
    mine = SweepRun.objects.filter(pk=order.pk, mode=Mode.REHEARSE, state=RunState.PLANNED)
    if not mine.update(state=RunState.RUNNING):
        return
    row = SweepRun.objects.filter(pk=order.pk)
    try:
        done = run(order.night)
    except Exception:
        row.update(state=RunState.FAILED, finished_at=timezone.now())
        raise
    row.update(state=done.state, counts=done.counts, finished_at=done.finished_at)


def waiting(*, at: datetime) -> Iterator[str]:
    """Rehearsals for which no worker came; one whose worker died is given up here."""
    orders = SweepRun.objects.filter(mode=Mode.REHEARSE, started_at__lt=at - batches.lease())
    orders.filter(state=RunState.RUNNING).update(state=RunState.FAILED, finished_at=at)
    for reference in orders.filter(state=RunState.PLANNED).values_list("uuid", flat=True):
        yield str(reference)
