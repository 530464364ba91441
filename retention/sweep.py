"""The nightly sweep: data leaves on time, whole batches at a time, and the night can prove it.

Runs and batches are rows. A run is planned and stored, everybody who is due is sought in the whole
office, and then it is open to any number of workers; whoever closes the last batch closes the run
and issues its certificate. Expiry by the sweep suppresses nobody.
Serves Art. 5(1)(e), 5(2) GDPR and s.26 PDPO (S98, S99).
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import astuple
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from privacy import disposal, journal, replay, residue
from privacy.residue import Mention
from retention import batches, certificate, clock, rehearsals
from retention import plan as plans
from retention.enums import BatchState, Mode, RunState
from retention.errors import RuleUnknown, SecondPersonNeeded
from retention.models import SweepBatch, SweepRun
from retention.plan import Plan

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
        return rehearsals.run(on, size=batch_size)
    clock.refuse_unless_credible()
    unfinished = SweepRun.objects.filter(state__in=(RunState.PLANNED, RunState.RUNNING))
    for earlier in unfinished.filter(mode=Mode.APPLY, night__lt=on).order_by("night"):
        _open(earlier)
        work(earlier)
    night = start(on=on, by=by, batch_size=batch_size)
    work(night)
    night.refresh_from_db()
    return night


def start(*, on: date, by: Any = None, batch_size: int | None = None) -> SweepRun:
    """Store the run of this night and its batches, once; whoever comes second gets the first's.

    No worker takes a batch before everybody who is due was sought in the whole office; a starter
    that died meanwhile leaves the run planned, and the next start goes on with it.
    BehindLedger on a restored database whose ledger has not been replayed, DayUnconfirmed where
    the clock has jumped: whatever applies comes through here.
    """
    replay.refuse_if_behind()
    clock.refuse_unless_credible()
    left = SweepRun.objects.filter(mode=Mode.APPLY, state=RunState.PLANNED, night__lt=on)
    for earlier in left.order_by("night"):
        _open(earlier)
    found = SweepRun.objects.filter(night=on, rule_set=plans.rule_set(on), mode=Mode.APPLY).first()
    night = found or _store(plan(on), on=on, by=by, size=batch_size)
    _open(night)
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
    first = night.batches.count() + 1
    batches.cut(night, [item], settings.RETENTION_BATCH_SIZE, released=True)
    for group in _sought(night, night.batches.filter(number__gte=first)):
        SweepBatch.objects.bulk_update(group, ["mentions"], batch_size=batches.AT_ONCE)
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


def work(night: SweepRun) -> None:
    """Take batch after batch until none is left to take, then close the run if all are done."""
    while batch := batches.take(night.batches.all()):
        batches.carry_out(batch)
    close(night)


def work_batch(night: SweepRun, *, number: int) -> None:
    """Take this one batch, unless somebody has it; close the run if it was the last."""
    if batch := batches.take(night.batches.filter(number=number)):
        batches.carry_out(batch)
    close(night)


@transaction.atomic
def close(night: SweepRun) -> None:
    """Close a run without an open batch, issue its certificate and prove all of them."""
    night = SweepRun.objects.select_for_update().get(pk=night.pk)
    done = list(night.batches.defer("rows", "mentions"))
    open_states = (BatchState.WAITING, BatchState.TAKEN)
    if night.state != RunState.RUNNING or any(batch.state in open_states for batch in done):
        return
    for rule, counts in night.counts.items():
        counts["disposed"], counts["tables"] = 0, {}
        # A released rule closes its run a second time: what the plan held is counted once.
        counts["held"] = counts.setdefault("held_by_plan", counts["held"])
        for batch in (batch for batch in done if batch.rule == rule):
            counts["disposed"] += batch.counts.get("disposed", 0)
            counts["held"] += batch.held
            batches.add_up(counts["tables"], batch.counts.get("tables", {}))
    if any(batch.state == BatchState.FAILED for batch in done):
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
    transaction.on_commit(certificate.prove, robust=True)
    # SQLite's write-ahead log would otherwise still hold what was deleted.
    transaction.on_commit(disposal.settle)


def abandoned(*, at: datetime) -> Iterator[tuple[str, int]]:
    """Run and number of batches whose worker died or whose message was lost."""
    overdue = at - batches.lease()
    lost = Q(state=BatchState.TAKEN, lease_until__lt=at) | Q(
        state=BatchState.WAITING, run__started_at__lt=overdue
    )
    left = SweepBatch.objects.filter(lost, run__state=RunState.RUNNING).order_by("pk")
    for reference, number in left.values_list("run__uuid", "number"):
        yield str(reference), number


def close_finished() -> None:
    """Close runs whose last worker died between its batch and the run."""
    for night in SweepRun.objects.filter(mode=Mode.APPLY, state=RunState.RUNNING):
        close(night)


def is_missed(*, at: datetime) -> bool:
    """Whether the night of this day should have run by now and did not, or a starter died."""
    now = timezone.localtime(at)
    applied = SweepRun.objects.filter(mode=Mode.APPLY)
    if applied.filter(state=RunState.PLANNED, started_at__lt=at - batches.lease()).exists():
        return True
    return now.time() >= NIGHT_IS_OVER and not applied.filter(night=now.date()).exists()


def _store(planned: Plan, *, on: date, by: Any, size: int | None) -> SweepRun:
    """Store what the plan would take; no worker sees it before it is opened."""
    with transaction.atomic():
        night, created = SweepRun.objects.get_or_create(
            night=on,
            rule_set=planned.rule_set,
            mode=Mode.APPLY,
            defaults={"counts": planned.counts(), "started_by": by},
        )
        if created:
            batches.cut(night, planned.items, size or settings.RETENTION_BATCH_SIZE)
            batches.cut_stores(night, planned.files)
            halted = [item.rule.name.lower() for item in planned.items if item.halted]
            journal.record(clock.START, by=by, on=night, facts={"halted": halted})
    return night


def _open(night: SweepRun) -> None:
    """Seek everybody who is due, then let the workers in; of two starters either may do it.

    What is found is stored with the batches, as nobody can search for a person once they are gone.
    """
    planned = SweepRun.objects.filter(pk=night.pk, state=RunState.PLANNED)
    for group in _sought(night, night.batches.all()) if planned.exists() else ():
        with transaction.atomic():
            # Locked: once it is open, a batch that is done forgets its mentions for good.
            if not planned.select_for_update().exists():
                break
            SweepBatch.objects.bulk_update(group, ["mentions"], batch_size=batches.AT_ONCE)
    planned.update(state=RunState.RUNNING)
    night.refresh_from_db()


def _sought(night: SweepRun, of_these: QuerySet) -> Iterator[list[SweepBatch]]:
    """The batches of people with what mentions them, as many at a time as one search takes.

    However many are due, no more of them are in memory than one reading of the office seeks.
    """
    roots = {}
    for name in of_these.order_by().values_list("rule", flat=True).distinct():
        rule = None if name.startswith(plans.STORE) else plans.rule_named(name, night.night)
        if rule is not None and rule.takes_people:
            roots[name] = rule.holding.model
    waiting = deque(of_these.filter(rule__in=roots).order_by("number"))
    while waiting:
        root, people = roots[waiting[0].rule], 0
        group: list[SweepBatch] = []
        while waiting and roots[waiting[0].rule] == root:
            people += len(waiting[0].rows)
            if group and people > residue.PEOPLE_AT_ONCE:
                break
            group.append(waiting.popleft())
        yield _with_mentions(group, root=root)


def _with_mentions(group: list[SweepBatch], *, root: str) -> list[SweepBatch]:
    found: dict[int | str, list[Mention]] = {}
    people = [int(row) for batch in group for row in batch.rows]
    for mention in residue.mentions(people, root=root):
        found.setdefault(mention.subject, []).append(mention)
    for batch in group:
        batch.mentions = [astuple(mention) for row in batch.rows for mention in found.get(row, ())]
    return group
