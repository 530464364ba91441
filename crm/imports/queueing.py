"""Telling a worker that a batch waits: its reference, and nothing else."""

from django.db import transaction

from crm.models import ImportBatch
from privacy import queues

TASK = "crm.import_batch"


def hand_over(batch: ImportBatch) -> None:
    """Queue the batch once what was decided about it is stored; a watchdog finds it otherwise."""
    transaction.on_commit(lambda: queues.tell(TASK, str(batch.uuid)))


def queue(reference: str) -> None:
    """Tell a worker again."""
    queues.tell(TASK, reference)
