"""A real worker is killed in the middle of an import; the watchdog has it finished, once."""

import os

import pytest
import redis
from celery import Celery
from django.utils import timezone

from crm.enums import ImportState
from crm.imports import queueing, steps
from crm.models import Contact, ContactPoint, ImportBatch, User
from privacy import journal
from privacy.models import JournalEntry
from tests.crm.importing import people, uploaded
from tests.journeys import scratch
from tests.retention.test_kill import REDIS, kill, start, until

pytestmark = pytest.mark.services
ROWS = 2_600


@pytest.fixture(scope="module")
def office(tmp_path_factory, django_db_setup, django_db_blocker):
    """A database and a folder that the worker opens, too."""
    folder = tmp_path_factory.mktemp("office")
    with django_db_blocker.unblock(), scratch.database(folder):
        yield folder


def worker(folder):
    options = "worker --pool prefork --concurrency 1 --loglevel ERROR --without-gossip"
    return start(
        folder,
        *("-m", "celery", "-A", "config", *options.split()),
        REDIS_URL=REDIS,
        IMPORT_LEASE_SECONDS="5",
    )


def send(task, *arguments):
    with Celery(broker=REDIS) as sender:
        sender.send_task(task, args=arguments, queue="default")


def batch():
    return ImportBatch.objects.get()


def test_a_killed_worker_leaves_whole_parts_and_the_watchdog_has_it_finished_once(
    office, settings
):
    settings.IMPORT_FOLDER, settings.REJECTS_FOLDER = office / "imports", office / "rejects"
    redis.Redis.from_url(REDIS).flushdb()
    by = User.objects.create_superuser("officer")
    steps.check(uploaded(people(ROWS), by=by), by=by)
    send(queueing.TASK, str(batch().uuid))
    process = worker(office)
    until(lambda: batch().state == ImportState.CHECKED)
    steps.confirm(batch(), by=by, typed=ROWS)
    # Delivered twice.
    send(queueing.TASK, str(batch().uuid))
    send(queueing.TASK, str(batch().uuid))

    until(lambda: batch().done_up_to > 1)
    kill(process)

    left = batch()
    assert left.state == ImportState.RUNNING
    assert Contact.objects.count() == left.done_up_to - 1 == left.counts["create"]
    assert left.done_up_to - 1 < ROWS
    until(lambda: batch().lease_until < timezone.now())
    send("crm.imports_watchdog")
    process = worker(office)
    try:
        until(lambda: batch().state == ImportState.DONE)
    finally:
        kill(process)

    assert process.pid != os.getpid()
    assert batch().counts == {"create": ROWS}
    assert Contact.objects.count() == ContactPoint.objects.count() == ROWS
    assert JournalEntry.objects.filter(verb="contacts.import").count() == 1
    journal.verify()
    assert not list((office / "imports").iterdir())
