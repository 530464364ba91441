"""A worker that is slower than its lease: whoever took the batch over does it, and it is done once."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from crm.models import Contact
from privacy import disposal, journal, ledger
from privacy.models import Disposal, JournalEntry
from retention import batches, sweep
from retention.enums import BatchState, RunState
from retention.models import Certificate, SweepBatch
from tests.retention import people

pytestmark = pytest.mark.django_db(transaction=True)

EVENT = date(2018, 6, 15)
PATIENCE = 60


@pytest.fixture
def night():
    for _ in range(3):
        people.person(EVENT)
    return sweep.start(on=timezone.localdate())


def lease_runs_out():
    SweepBatch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def assert_done_once(night, settings, *, voids=0):
    night.refresh_from_db()
    (batch,) = night.batches.all()
    assert (batch.state, batch.attempts) == (BatchState.DONE, 2)
    assert night.state == RunState.DONE
    assert night.counts["crm.Contact:lead"]["disposed"] == 3
    assert Contact.objects.exclude(disposed_at=None).count() == 3
    assert Disposal.objects.count() == 3
    assert JournalEntry.objects.filter(verb="sweep.batch").count() == 1
    assert Certificate.objects.count() == 1
    # Who gave way never learned whether it was committed: the nightly proof asks the database.
    settings.CELERY_TASK_TIME_LIMIT = -60
    ledger.close_open_intents()
    said = [line["kind"] for line in ledger.entries()]
    assert (said.count("done"), said.count("void")) == (1, voids)
    journal.verify()


@pytest.mark.both
def test_one_that_wakes_up_after_the_other_has_finished_changes_nothing(night, settings):
    slow = batches.take(night.batches.all())
    lease_runs_out()
    sweep.work(night)

    batches.carry_out(slow)
    sweep.close(night)

    assert_done_once(night, settings)


@pytest.mark.services
def test_one_that_is_in_the_middle_of_its_work_gives_way(night, settings, monkeypatch):
    """Both are inside their transactions at once: the second waits for the first one's locks."""
    in_the_middle, goes_on = threading.Event(), threading.Event()
    record = disposal._record
    slow_thread = threading.current_thread()

    def record_slowly(*args, **kwargs):
        record(*args, **kwargs)
        if threading.current_thread() is slow_thread:
            in_the_middle.set()
            assert goes_on.wait(PATIENCE)

    monkeypatch.setattr(disposal, "_record", record_slowly)
    quick_is_waiting = threading.Event()

    def quick():
        try:
            assert in_the_middle.wait(PATIENCE)
            lease_runs_out()
            batch = batches.take(night.batches.all())
            quick_is_waiting.set()
            batches.carry_out(batch)
            sweep.close(night)
        finally:
            connection.close()

    def let_go_on():
        assert quick_is_waiting.wait(PATIENCE)
        goes_on.set()

    threads = [threading.Thread(target=act) for act in (quick, let_go_on)]
    for thread in threads:
        thread.start()
    batches.carry_out(batches.take(night.batches.all()))
    sweep.close(night)
    for thread in threads:
        thread.join(PATIENCE)

    assert_done_once(night, settings, voids=1)
