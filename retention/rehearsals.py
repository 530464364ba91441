"""Rehearsals: each batch is done and rolled back, so that the counts are those of the real night.

No row changes. One that somebody ordered is a row of its own, of which the counts stay.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from privacy import dependants, disposal, journal
from retention import batches
from retention import plan as plans
from retention.enums import Mode, RunState
from retention.models import SweepRun

log = logging.getLogger(__name__)


def run(on: date, *, size: int | None = None) -> SweepRun:
    """Do each batch and roll it back; the run that says what happened is never stored.

    One bad batch fails the rehearsal, as it would the night, and the others go on.
    """
    planned, size = plans.make(on), size or settings.RETENTION_BATCH_SIZE
    night = SweepRun(
        night=on, rule_set=planned.rule_set, mode=Mode.REHEARSE, counts=planned.counts()
    )
    night.started_at = timezone.now()
    going, failed = planned.going, False
    for item in planned.items:
        counts = night.counts.get(item.rule.name)
        if counts is None:
            continue
        counts |= {"disposed": 0, "tables": {}, "held_by_plan": counts["held"]}
        for rows in () if item.halted else batches.parts(item, size):
            try:
                outcome, held = _rehearse(item.rule, rows or item.rows, on=on, going=going)
            except Exception as error:  # noqa: BLE001 - as in the night itself
                log.error("a rehearsed batch: %s", type(error).__name__)  # noqa: TRY400 - no value
                failed = True
                continue
            counts["disposed"] += len(outcome.disposed)
            counts["held"] += held
            batches.add_up(counts["tables"], outcome.counts)
    for store, number in planned.files.items():
        night.counts[plans.STORE + store] |= {"disposed": number, "tables": {}, "held_by_plan": 0}
    halted = any(item.halted for item in planned.items)
    night.state = RunState.HALTED if halted else RunState.DONE
    if failed:
        night.state = RunState.FAILED
    night.finished_at = timezone.now()
    return night


@transaction.atomic
def _rehearse(
    rule: plans.Rule, rows: Sequence[int | str], *, on: date, going: dependants.Going
) -> tuple[disposal.Outcome, int]:
    """One batch, after what would have gone before it; rolled back."""
    if not rule.takes_people:
        for model, gone in dependants.gone_before(rule.model, rows, going):
            disposal.dispose_rows(model, gone, by=None, keep=rule.name)
    done = batches.dispose(rule, rows, on=on, rehearse=True)
    transaction.set_rollback(True)
    return done


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
