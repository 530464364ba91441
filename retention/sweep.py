"""The nightly sweep: data leaves on time, whole batches at a time, and the night can prove it.

Runs and batches are rows. A worker takes a batch by a conditional update, with a lease; inside
one transaction it locks, asks rule and holds again, disposes, closes the batch and writes the
journal, so that a killed worker leaves a batch either done or untouched. Whoever closes the last
batch closes the run. A rehearsal does the same, rolls each batch back and changes no row at all.
Expiry by the sweep suppresses nobody. Serves Art. 5(1)(e), 5(2) GDPR and s.26 PDPO (S98, S99).
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from privacy import disposal, journal, replay, residue, stores
from privacy.enums import DisposalCause
from privacy.residue import Mention
from retention import certificate, schedule
from retention import plan as plans
from retention.enums import BatchState, Mode, RunState
from retention.errors import BatchLost, RuleUnknown, SecondPersonNeeded
from retention.models import SweepBatch, SweepRun
from retention.plan import Item, Plan, Rule

log = logging.getLogger(__name__)

# A batch whose workers died or failed this often is put aside for somebody to look at.
MOST_ATTEMPTS = 5
# The timetable starts the sweep at three; after this hour a night without a run was missed.
NIGHT_IS_OVER = time(4, 0)


def plan(on: date) -> Plan:
    """What a run on this day would take; writes nothing."""
    return plans.make(on)


def run(*, on: date, mode: Mode, by: Any = None, batch_size: int | None = None) -> SweepRun:
    """Rehearse, or apply and work off, the night of this day.

    A rehearsal's run is returned without ever being stored. An application first finishes what
    earlier nights left open; a night that already ran under these rules is returned as it is.
    """
    if mode == Mode.REHEARSE:
        return _rehearse(on, size=batch_size or settings.RETENTION_BATCH_SIZE)
    for earlier in SweepRun.objects.filter(state=RunState.RUNNING, night__lt=on).order_by("night"):
        work(earlier)
    night = start(on=on, by=by, batch_size=batch_size)
    work(night)
    night.refresh_from_db()
    return night


def start(*, on: date, by: Any = None, batch_size: int | None = None) -> SweepRun:
    """Store the run of this night and its batches, once; whoever comes second gets the first's.

    BehindLedger on a restored database whose ledger has not been replayed.
    """
    replay.refuse_if_behind()
    found = SweepRun.objects.filter(night=on, rule_set=plans.rule_set(on), mode=Mode.APPLY).first()
    if found is not None:
        return found
    planned = plan(on)
    mentions = _mentions(planned.items)
    with transaction.atomic():
        night, created = SweepRun.objects.get_or_create(
            night=on,
            rule_set=planned.rule_set,
            mode=Mode.APPLY,
            defaults={
                "state": RunState.RUNNING,
                "counts": planned.counts(),
                "started_by": by,
            },
        )
        if created:
            size = batch_size or settings.RETENTION_BATCH_SIZE
            _cut(night, planned.items, size, mentions=mentions)
            _cut_stores(night, planned.files)
            halted = [item.rule.name.lower() for item in planned.items if item.halted]
            journal.record("sweep.start", by=by, on=night, facts={"halted": halted})
    return night


@transaction.atomic
def release(night: SweepRun, *, rule: str, by: Any) -> SweepRun:
    """Let a halted rule run after all, in a second person's name; its batches wait for a worker.

    RuleUnknown where the rule did not halt or was withdrawn since, SecondPersonNeeded for whoever
    started the run or proposed the rule.
    """
    night = SweepRun.objects.select_for_update(of=("self",)).get(pk=night.pk)
    if night.started_by_id == by.pk:
        raise SecondPersonNeeded
    items = plans.make(night.night, only={rule}).items
    if not items or not night.counts.get(rule, {}).get("halted"):
        raise RuleUnknown
    (item,) = items
    proposed_by = item.rule.row.prepared_by if item.rule.row else None
    if proposed_by == by:
        raise SecondPersonNeeded
    night.releases.create(
        rule=rule, started_by=night.started_by, proposed_by=proposed_by, released_by=by
    )
    night.counts[rule] = {**night.counts[rule], "halted": False}
    night.state, night.finished_at = RunState.RUNNING, None
    night.save(update_fields=["counts", "state", "finished_at"])
    size, mentions = settings.RETENTION_BATCH_SIZE, _mentions([item], released=True)
    _cut(night, [item], size, mentions=mentions, released=True)
    journal.record("sweep.release", by=by, on=night, facts={"rule": rule.lower()})
    return night


def halted(night: SweepRun) -> dict[str, int]:
    """The rules that their caps halted in this run, with the number of rows each would take."""
    if night.mode != Mode.APPLY:
        return {}
    return {
        rule: counts["due"] - counts["held"]
        for rule, counts in night.counts.items()
        if counts.get("halted")
    }


def order_rehearsal(*, on: date, by: Any) -> SweepRun:
    """Store the order for a rehearsal, which a worker carries out and of which the counts stay."""
    night = SweepRun.objects.create(
        night=on, rule_set=plans.rule_set(on), mode=Mode.REHEARSE, started_by=by
    )
    journal.record("sweep.rehearse", by=by, on=night)
    return night


def rehearse(order: SweepRun) -> None:
    """Carry out an ordered rehearsal once; a failure is said on its page."""
    mine = SweepRun.objects.filter(pk=order.pk, mode=Mode.REHEARSE, state=RunState.PLANNED)
    if not mine.update(state=RunState.RUNNING):
        return
    row = SweepRun.objects.filter(pk=order.pk)
    try:
        done = _rehearse(order.night, size=settings.RETENTION_BATCH_SIZE)
    except Exception:
        row.update(state=RunState.FAILED, finished_at=timezone.now())
        raise
    row.update(state=done.state, counts=done.counts, finished_at=done.finished_at)


def ordered_rehearsals(*, at: datetime) -> Iterator[str]:
    """Rehearsals for which no worker came; one whose worker died is given up here."""
    orders = SweepRun.objects.filter(mode=Mode.REHEARSE, started_at__lt=at - _lease())
    orders.filter(state=RunState.RUNNING).update(state=RunState.FAILED, finished_at=at)
    for reference in orders.filter(state=RunState.PLANNED).values_list("uuid", flat=True):
        yield str(reference)


def work(night: SweepRun) -> None:
    """Take batch after batch until none is left to take, then close the run if all are done."""
    while batch := _take(night.batches.all()):
        _carry_out(batch)
    close(night)


def work_batch(night: SweepRun, *, number: int) -> None:
    """Take this one batch, unless somebody has it; close the run if it was the last."""
    if batch := _take(night.batches.filter(number=number)):
        _carry_out(batch)
    close(night)


@transaction.atomic
def close(night: SweepRun) -> None:
    """Close a run without an open batch, and issue its certificate."""
    night = SweepRun.objects.select_for_update().get(pk=night.pk)
    batches = list(night.batches.all())
    open_states = (BatchState.WAITING, BatchState.TAKEN)
    if night.state != RunState.RUNNING or any(batch.state in open_states for batch in batches):
        return
    for rule, counts in night.counts.items():
        counts["disposed"], counts["tables"] = 0, {}
        # A released rule closes its run a second time: what the plan held is counted once.
        counts["held"] = counts.setdefault("held_by_plan", counts["held"])
        for batch in (batch for batch in batches if batch.rule == rule):
            counts["disposed"] += batch.counts.get("disposed", 0)
            counts["held"] += batch.held
            _add(counts["tables"], batch.counts.get("tables", {}))
    if any(batch.state == BatchState.FAILED for batch in batches):
        night.state = RunState.FAILED
    elif any(counts["halted"] for counts in night.counts.values()):
        night.state = RunState.HALTED
    else:
        night.state = RunState.DONE
    night.finished_at = timezone.now()
    night.save(update_fields=["counts", "state", "finished_at"])
    disposed = sum(counts["disposed"] for counts in night.counts.values())
    facts = {"state": str(night.state), "disposed": disposed}
    journal.record("sweep.close", by=None, on=night, facts=facts)
    certificate.issue(night)
    # SQLite's write-ahead log would otherwise still hold what was deleted.
    transaction.on_commit(disposal.settle)


def abandoned(*, at: datetime) -> Iterator[tuple[str, int]]:
    """Run and number of batches whose worker died or whose message was lost."""
    overdue = at - _lease()
    lost = Q(state=BatchState.TAKEN, lease_until__lt=at) | Q(
        state=BatchState.WAITING, run__started_at__lt=overdue
    )
    batches = SweepBatch.objects.filter(lost, run__state=RunState.RUNNING).order_by("pk")
    for reference, number in batches.values_list("run__uuid", "number"):
        yield str(reference), number


def close_finished() -> None:
    """Close runs whose last worker died between its batch and the run."""
    for night in SweepRun.objects.filter(state=RunState.RUNNING):
        close(night)


def is_missed(*, at: datetime) -> bool:
    """Whether the night of this day should have run by now, and did not."""
    now = timezone.localtime(at)
    ran = SweepRun.objects.filter(night=now.date(), mode=Mode.APPLY)
    return now.time() >= NIGHT_IS_OVER and not ran.exists()


def _mentions(items: Sequence[Item], *, released: bool = False) -> dict[int | str, list[Mention]]:
    """Where others mention the people who are due, by person: one search for the whole night.

    It is stored with the batches, as nobody can search for a person once they are gone.
    """
    people: dict[str, list[int]] = {}
    for item in items:
        if item.rule.takes_people and (released or not item.halted):
            people.setdefault(item.rule.holding.model, []).extend(map(int, item.rows))
    found: dict[int | str, list[Mention]] = {}
    for root, pks in people.items():
        for mention in residue.mentions(pks, root=root):
            found.setdefault(mention.subject, []).append(mention)
    return found


def _cut(
    night: SweepRun,
    items: Sequence[Item],
    size: int,
    *,
    mentions: Mapping[int | str, Sequence[Mention]],
    released: bool = False,
) -> None:
    """Store the batches of all items that no cap halts, after those that the run has."""
    parts = (
        (item.rule, rows)
        for item in items
        if released or not item.halted
        for rows in _parts(item, size)
    )
    SweepBatch.objects.bulk_create(
        SweepBatch(
            run=night,
            number=number,
            rule=rule.name,
            rows=rows,
            mentions=[
                astuple(mention)
                for row in (rows if rule.takes_people else ())
                for mention in mentions.get(row, ())
            ],
        )
        for number, (rule, rows) in enumerate(parts, start=night.batches.count() + 1)
    )


def _cut_stores(night: SweepRun, files: Mapping[str, int]) -> None:
    SweepBatch.objects.bulk_create(
        SweepBatch(run=night, number=number, rule=plans.STORE + store)
        for number, store in enumerate(files, start=night.batches.count() + 1)
    )


def _parts(item: Item, size: int) -> Iterator[list[int | str]]:
    """The rows in pieces; one empty piece, meaning "whatever is due", where keys may be secret."""
    if not item.rule.numbered:
        yield from [[]] if item.rows else []
        return
    for first in range(0, len(item.rows), size):
        yield list(item.rows[first : first + size])


def _lease() -> timedelta:
    return timedelta(seconds=settings.RETENTION_LEASE_SECONDS)


def _take(batches: QuerySet) -> SweepBatch | None:
    """Take the first free batch by a conditional update: of two workers one wins."""
    while True:
        at = timezone.now()
        free = Q(state=BatchState.WAITING) | Q(state=BatchState.TAKEN, lease_until__lt=at)
        batch = batches.filter(free).order_by("number").first()
        if batch is None:
            return None
        same = SweepBatch.objects.filter(pk=batch.pk, state=batch.state, attempts=batch.attempts)
        if batch.attempts >= MOST_ATTEMPTS:
            same.update(state=BatchState.FAILED, lease_until=None)
        elif same.update(
            state=BatchState.TAKEN, lease_until=at + _lease(), attempts=F("attempts") + 1
        ):
            batch.refresh_from_db()
            return batch


def _carry_out(batch: SweepBatch) -> None:
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
            outcome, held = _dispose(rule, batch.rows, on=night, mentions=mentions)
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


def _dispose(
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
    if rule.keep.chain:
        outcome = disposal.shorten_journal(selected, by=None, rehearse=rehearse)
        return outcome, 0
    plans.lock_owners(rule.holding, selected)
    held = plans.held_rows(rule, selected, on=on)
    free = [row for row in selected if row not in held]
    outcome = disposal.dispose_rows(rule.model, free, by=None, keep=rule.name, rehearse=rehearse)
    return outcome, len(held)


def _rehearse(on: date, *, size: int) -> SweepRun:
    """Do each batch and roll it back; the run that says what happened is never stored."""
    planned = plan(on)
    night = SweepRun(
        night=on, rule_set=planned.rule_set, mode=Mode.REHEARSE, counts=planned.counts()
    )
    night.started_at = timezone.now()
    for item in planned.items:
        counts = night.counts.get(item.rule.name)
        if counts is None:
            continue
        counts |= {"disposed": 0, "tables": {}, "held_by_plan": counts["held"]}
        for rows in () if item.halted else _parts(item, size):
            with transaction.atomic():
                outcome, held = _dispose(item.rule, rows, on=on, rehearse=True)
                transaction.set_rollback(True)
            counts["disposed"] += len(outcome.disposed)
            counts["held"] += held
            _add(counts["tables"], outcome.counts)
    for store, number in planned.files.items():
        night.counts[plans.STORE + store] |= {"disposed": number, "tables": {}, "held_by_plan": 0}
    halted = any(item.halted for item in planned.items)
    night.state = RunState.HALTED if halted else RunState.DONE
    night.finished_at = timezone.now()
    return night


def _add(total: dict[str, int], more: Mapping[str, int]) -> None:
    for label, number in more.items():
        total[label] = total.get(label, 0) + number
