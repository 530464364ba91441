"""Batches of a run: cut from the plan, taken by one worker each, done as a whole or not at all.

A worker takes a batch by a conditional update, with a lease; inside one transaction it locks, asks
rule and holds again, disposes, closes the batch and writes the journal, so that a killed worker
leaves a batch either done or untouched.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from privacy import disposal, journal, stores
from privacy.enums import DisposalCause
from privacy.residue import Mention
from retention import plan as plans
from retention import schedule
from retention.enums import BatchState, RunState
from retention.errors import BatchLost, RuleUnknown
from retention.models import SweepBatch, SweepRun
from retention.plan import Item, Rule

log = logging.getLogger(__name__)

# A batch whose workers died or failed this often is put aside for somebody to look at.
MOST_ATTEMPTS = 5
# Batches of one statement: each carries hundreds of row numbers.
AT_ONCE = 50


def cut(night: SweepRun, items: Sequence[Item], size: int, *, released: bool = False) -> None:
    """Store the batches of all items that no cap halts, after those that the run has."""
    pieces = (
        (item.rule, rows)
        for item in items
        if released or not item.halted
        for rows in parts(item, size)
    )
    batches = (
        SweepBatch(run=night, number=number, rule=rule.name, rows=rows)
        for number, (rule, rows) in enumerate(pieces, start=night.batches.count() + 1)
    )
    while some := list(islice(batches, AT_ONCE)):
        SweepBatch.objects.bulk_create(some)


def cut_stores(night: SweepRun, files: Mapping[str, int]) -> None:
    SweepBatch.objects.bulk_create(
        SweepBatch(run=night, number=number, rule=plans.STORE + store)
        for number, store in enumerate(files, start=night.batches.count() + 1)
    )


def parts(item: Item, size: int) -> Iterator[list[int | str]]:
    """The rows in pieces; one empty piece, meaning "whatever is due", where keys may be secret."""
    if not item.rule.numbered:
        yield from [[]] if item.rows else []
        return
    for first in range(0, len(item.rows), size):
        yield list(item.rows[first : first + size])


def lease() -> timedelta:
    """How long a worker has a batch to itself."""
    return timedelta(seconds=settings.RETENTION_LEASE_SECONDS)


def take(batches: QuerySet) -> SweepBatch | None:
    """Take the first free batch by a conditional update: of two workers one wins."""
    while True:
        at = timezone.now()
        free = Q(state=BatchState.WAITING) | Q(state=BatchState.TAKEN, lease_until__lt=at)
        batch = batches.filter(free, run__state=RunState.RUNNING).order_by("number").first()
        if batch is None:
            return None
        same = SweepBatch.objects.filter(pk=batch.pk, state=batch.state, attempts=batch.attempts)
        if batch.attempts >= MOST_ATTEMPTS:
            same.update(state=BatchState.FAILED, lease_until=None)
        elif same.update(
            state=BatchState.TAKEN, lease_until=at + lease(), attempts=F("attempts") + 1
        ):
            batch.refresh_from_db()
            return batch


def carry_out(batch: SweepBatch) -> None:
    """Do a taken batch as a whole; a failure rolls it back and gives it up for another attempt."""
    try:
        _do(batch)
    except Exception as error:  # noqa: BLE001 - one bad batch must not stop the night
        # The class alone: the text of a database error quotes values.
        log.error(  # noqa: TRY400 - as would a traceback
            "batch %s of run %s: %s", batch.number, batch.run, type(error).__name__
        )
        spent = batch.attempts >= MOST_ATTEMPTS
        SweepBatch.objects.filter(
            pk=batch.pk, state=BatchState.TAKEN, attempts=batch.attempts
        ).update(state=BatchState.FAILED if spent else BatchState.WAITING, lease_until=None)


@transaction.atomic
def _do(batch: SweepBatch) -> None:
    night = batch.run.night
    if batch.rule.startswith(plans.STORE):
        gone = stores.purge(batch.rule.removeprefix(plans.STORE), on=night)
        held, counts = 0, {"disposed": gone, "tables": {}}
    else:
        rule = plans.rule_named(batch.rule, night)
        mentions = [Mention(*mention) for mention in batch.mentions]
        if rule is not None:
            outcome, held = dispose(rule, batch.rows, on=night, mentions=mentions)
        elif schedule.is_of_a_row(batch.rule):
            # Withdrawn since the plan: nothing goes by it any more.
            outcome, held = disposal.Outcome(), 0
        else:
            raise RuleUnknown
        counts = {"disposed": len(outcome.disposed), "tables": dict(outcome.counts)}
        if outcome.intent:
            counts["intent"] = str(outcome.intent)
    mine = SweepBatch.objects.filter(pk=batch.pk, state=BatchState.TAKEN, attempts=batch.attempts)
    if not mine.update(
        state=BatchState.DONE, lease_until=None, counts=counts, held=held, mentions=[]
    ):
        raise BatchLost
    facts = {"batch": batch.number, "rule": batch.rule.lower(), "held": held}
    journal.record(
        "sweep.batch", by=None, on=batch.run, facts={**facts, "disposed": counts["disposed"]}
    )


def dispose(
    rule: Rule,
    rows: Sequence[int | str],
    *,
    on: date,
    mentions: Sequence[Mention] = (),
    rehearse: bool = False,
) -> tuple[disposal.Outcome, int]:
    """Lock, look again, dispose: a hold or a dealing since the plan wins."""
    due = rule.due(on)
    if rule.numbered:
        due = due.filter(pk__in=rows)
    locked = due.select_for_update(of=("self",)).order_by("pk")
    selected = list(locked.values_list("pk", flat=True))
    if rule.takes_people:
        outcome = disposal.dispose(
            selected,
            cause=DisposalCause.RETENTION,
            by=None,
            on=on,
            keep=rule.name,
            rehearse=rehearse,
            root=rule.holding.model,
            mentions=mentions,
        )
        return outcome, len(outcome.held)
    if rule.keep.tombstones:
        outcome = disposal.remove_tombstones(
            selected, by=None, keep=rule.name, rehearse=rehearse, root=rule.holding.model
        )
        return outcome, 0
    if rule.keep.marks:
        outcome = disposal.make_artificial(
            selected, on=on, by=None, keep=rule.keep, rehearse=rehearse
        )
        return outcome, 0
    if rule.keep.chain:
        outcome = disposal.shorten_journal(selected, by=None, rehearse=rehearse)
        return outcome, 0
    plans.lock_owners(rule.holding, selected)
    held = plans.held_rows(rule, selected, on=on)
    free = [row for row in selected if row not in held]
    outcome = disposal.dispose_rows(rule.model, free, by=None, keep=rule.name, rehearse=rehearse)
    return outcome, len(held)


def add_up(total: dict[str, int], more: Mapping[str, int]) -> None:
    """Add what one batch did to what the others did, table by table."""
    for label, number in more.items():
        total[label] = total.get(label, 0) + number
