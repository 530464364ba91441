"""The sweep on the timetable: references and numbers go to the broker, nothing else does."""

import logging

from celery import shared_task
from django.contrib.auth import get_user_model
from django.utils import timezone

from privacy import queues
from retention import night_mail, rehearsals, sweep
from retention.enums import BatchState
from retention.errors import DayUnconfirmed
from retention.models import SweepRun

log = logging.getLogger(__name__)


@shared_task(name="retention.nightly_sweep")
def nightly_sweep(started_by: int | None = None) -> None:
    """Store tonight's run and hand out its batches, unless the clock has jumped."""
    by = get_user_model().objects.get(pk=started_by) if started_by else None
    try:
        night = sweep.start(on=timezone.localdate(), by=by)
    except DayUnconfirmed as refusal:
        # The officers hear of it by mail; the watchdog asks again each hour.
        log.error("%s", refusal)  # noqa: TRY400 - its sentence names a day and no person
        return
    hand_out(night)
    sweep.close(night)


@shared_task(name="retention.sweep_batch")
def sweep_batch(reference: str, number: int) -> None:
    """Do one batch of a run."""
    sweep.work_batch(SweepRun.objects.get(uuid=reference), number=number)


@shared_task(name="retention.rehearse")
def rehearse(reference: str) -> None:
    """Carry out a rehearsal that somebody ordered."""
    rehearsals.carry_out(SweepRun.objects.get(uuid=reference))


@shared_task(name="retention.watchdog")
def watchdog() -> None:
    """Queue again what a dead worker left, and start a night that was missed."""
    now = timezone.now()
    for reference, number in sweep.abandoned(at=now):
        queues.tell(sweep_batch.name, reference, number)
    for reference in rehearsals.waiting(at=now):
        queues.tell(rehearse.name, reference)
    sweep.close_finished()
    if sweep.is_missed(at=now):
        queues.tell(nightly_sweep.name)


@shared_task(name="retention.tell_officers")
def tell_officers() -> None:
    """Mail what was decided, and what needs somebody, once."""
    night_mail.send_due(at=timezone.now())


def hand_out(night: SweepRun) -> None:
    """Hand each waiting batch to whichever worker is free."""
    waiting = night.batches.filter(state=BatchState.WAITING)
    for number in waiting.values_list("number", flat=True):
        if not queues.tell(sweep_batch.name, str(night.uuid), number):
            return
