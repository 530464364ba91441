"""Imports on a worker: the business's steps, with the privacy office's road for an undo.

The broker is told a batch's reference alone.
"""

from collections.abc import Collection
from typing import Any

from celery import shared_task
from django.utils import timezone

from crm.imports import queueing, work
from crm.imports.work import Office
from privacy import disposal, holds
from privacy.enums import DisposalCause


def _dispose(people: Collection[int], by: Any) -> Collection[int]:
    today = timezone.localdate()
    return disposal.dispose(people, cause=DisposalCause.UNDO, by=by, on=today).held


def _held(people: Collection[int]) -> Collection[int]:
    return [pk for pk, why in holds.in_force(list(people), on=timezone.localdate()).items() if why]


OFFICE = Office(dispose=_dispose, held=_held)


@shared_task(name=queueing.TASK)
def import_batch(reference: str) -> None:
    """Check, import or undo, as the batch says."""
    work.do(reference, office=OFFICE)


@shared_task(name="crm.imports_watchdog")
def imports_watchdog() -> None:
    """Queue again what a dead worker left, and what the broker was never told."""
    for reference in work.abandoned():
        queueing.queue(reference)
