"""Handing over to the workers, whether or not the broker answers.

A page hands over by a row of its own, in the transaction of what it is about: the broker is told
after the commit, and what it does not take a watchdog finds a minute later. So nobody who says
“no”, signs up or asks for a link meets an error because Redis is down, and nothing is lost.
Arguments are artificial identifiers and digests; never a value (DESIGN 17).
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import redis
from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from privacy.errors import PrivacyError
from privacy.models import WaitingTask

log = logging.getLogger(__name__)

CARRY_OUT = "privacy.carry_out"
# A task that waits longer was not taken by the broker, or its worker died.
PATIENCE = timedelta(minutes=1)
LEASE = timedelta(minutes=10)
# Links in mails end after two days: what is older than that is asked for anew.
LIVES = timedelta(days=2)
AT_ONCE = 500


def tell(task: str, *arguments: Any) -> bool:
    """Send a task; False, and a line in the log, where the broker does not answer."""
    try:
        current_app.send_task(task, args=list(arguments), retry=False)
    except (OperationalError, redis.RedisError, OSError) as error:
        log.warning("the broker did not take %s (%s)", task, type(error).__name__)
        return False
    return True


def hand_over(task: str, *arguments: Any) -> WaitingTask:
    """Have a worker do this once what it is about is committed, by one worker at a time."""
    waiting = WaitingTask.objects.create(task=task, arguments=list(arguments))
    transaction.on_commit(lambda: tell(CARRY_OUT, str(waiting.reference)))
    return waiting


def carry_out(reference: UUID | str, done_by: Callable[[str], Callable[..., Any]]) -> bool:
    """Do it, unless somebody else is at it or did it; False where it was not done now.

    A mail server that does not answer is asked again by the watchdog, for two days.
    """
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    mine = WaitingTask.objects.filter(free, reference=reference)
    if not mine.update(lease_until=now + LEASE):
        return False
    waiting = WaitingTask.objects.get(reference=reference)
    try:
        done_by(waiting.task)(*waiting.arguments)
    except PrivacyError as refusal:
        log.warning("task %s waits: %s", waiting.reference, type(refusal).__name__)
        return False
    waiting.delete()
    return True


def left() -> list[str]:
    """What the broker did not take, or whose worker died, oldest first; what is too old ends."""
    now = timezone.now()
    WaitingTask.objects.filter(made_at__lt=now - LIVES).delete()
    due = Q(lease_until__isnull=True, made_at__lt=now - PATIENCE) | Q(lease_until__lt=now)
    rows = WaitingTask.objects.filter(due).order_by("pk")[:AT_ONCE]
    return [str(reference) for reference in rows.values_list("reference", flat=True)]
