"""The sweep on the timetable: references and numbers go to the broker, nothing else does."""

from celery import shared_task
from django.utils import timezone

from retention import sweep
from retention.models import SweepRun


@shared_task(name="retention.nightly_sweep")
def nightly_sweep() -> None:
    """Store tonight's run and hand each batch to whichever worker is free."""
    night = sweep.start(on=timezone.localdate())
    for number in night.batches.values_list("number", flat=True):
        sweep_batch.delay(str(night.uuid), number)
    sweep.close(night)


@shared_task(name="retention.sweep_batch")
def sweep_batch(reference: str, number: int) -> None:
    """Do one batch of a run."""
    sweep.work_batch(SweepRun.objects.get(uuid=reference), number=number)


@shared_task(name="retention.watchdog")
def watchdog() -> None:
    """Queue again what a dead worker left, and start a night that was missed."""
    now = timezone.now()
    for reference, number in sweep.abandoned(at=now):
        sweep_batch.delay(reference, number)
    sweep.close_finished()
    if sweep.is_missed(at=now):
        nightly_sweep.delay()
