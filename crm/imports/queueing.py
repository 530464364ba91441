"""Telling a worker that a batch waits: its reference, and nothing else."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from crm.models import ImportBatch

log = logging.getLogger(__name__)

TASK = "crm.import_batch"


def hand_over(batch: ImportBatch) -> None:
    """Queue the batch once what was decided about it is stored."""
    transaction.on_commit(lambda: queue(str(batch.uuid)))


def queue(reference: str) -> None:
    """Tell a worker; what the broker does not take the watchdog queues again."""
    try:
        current_app.send_task(TASK, args=[reference])
    except OperationalError:
        log.warning("the broker does not answer; the watchdog will queue this import again")
