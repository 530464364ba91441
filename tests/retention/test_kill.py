"""Real processes, killed without warning: a batch is done as a whole or not at all."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import redis
from celery import Celery
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from crm.models import Contact
from privacy import journal
from privacy.models import Disposal, JournalEntry, Permit
from retention.enums import BatchState, RunState
from retention.models import Certificate, SweepBatch, SweepRun
from tests.journeys import scratch
from tests.retention import people

EVENT = date(2018, 6, 15)
REDIS = "redis://127.0.0.1:6379/9"
PATIENCE = 30


@pytest.fixture(scope="module")
def office(tmp_path_factory, django_db_setup, django_db_blocker) -> Iterator[Path]:
    """A database that other processes can open, with a folder of its own."""
    folder = tmp_path_factory.mktemp("office")
    with django_db_blocker.unblock(), scratch.database(folder):
        yield folder


@pytest.fixture
def leads(office) -> list[int]:
    # The certificates of the test before are evidence, and yield to a permit alone.
    permit = Permit.objects.create(token=uuid.uuid4())
    QuerySet(Certificate)._raw_delete("default")
    permit.delete()
    SweepRun.objects.all().delete()
    return [people.person(EVENT).pk for _ in range(6)]


def environment(folder: Path, **extra: str) -> dict[str, str]:
    facts = connection.settings_dict
    url = f"sqlite:///{facts['NAME']}"
    if connection.vendor == "postgresql":
        host = f"{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT'] or 5432}"
        url = f"postgres://{host}/{facts['NAME']}"
    return {
        **os.environ,
        # As shipped: the test-only library app has no table in this database.
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "LETHE_VAR": str(folder),
        "RETENTION_BATCH_SIZE": "2",
        "RETENTION_LEASE_SECONDS": "0",
        **extra,
    }


def start(folder: Path, *arguments: str, **extra: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=environment(folder, **extra),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def sweeping(folder: Path, **extra: str) -> subprocess.Popen:
    return start(folder, "manage.py", "sweep", "--apply", **extra)


def kill(process: subprocess.Popen) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.001)


def begun(number: int) -> bool:
    return SweepBatch.objects.filter(number=number).exclude(state=BatchState.WAITING).exists()


def assert_whole_batches(leads: list[int]) -> None:
    """Rows of done batches are tombstones, rows of all others untouched, and each has evidence."""
    for batch in SweepBatch.objects.filter(rule="crm.Contact:lead"):
        states = Contact.objects.filter(pk__in=batch.rows).values_list("disposed_at", flat=True)
        gone = {moment is not None for moment in states}
        assert gone == {batch.state == BatchState.DONE}
    tombstones = Contact.objects.filter(pk__in=leads, disposed_at__isnull=False)
    evidence = Disposal.objects.filter(subject_reference__in=tombstones.values("uuid"))
    assert evidence.count() == tombstones.count()
    journal.verify()


def assert_all_done_once(leads: list[int]) -> None:
    night = SweepRun.objects.get()
    assert night.state == RunState.DONE
    assert night.counts["crm.Contact:lead"]["disposed"] == len(leads)
    assert Contact.objects.filter(pk__in=leads, disposed_at__isnull=False).count() == len(leads)
    references = Contact.objects.filter(pk__in=leads).values("uuid")
    assert Disposal.objects.filter(subject_reference__in=references).count() == len(leads)
    entries = JournalEntry.objects.filter(verb="sweep.batch", object_reference=str(night.uuid))
    assert entries.count() == night.batches.count()
    assert_whole_batches(leads)


@pytest.mark.both
def test_a_run_killed_at_each_batch_leaves_whole_batches_and_the_next_finishes(office, leads):
    for number in (1, 2, 3):
        process = sweeping(office)
        until(lambda number=number: begun(number))
        kill(process)
        assert_whole_batches(leads)

    assert sweeping(office).wait(PATIENCE) == 0

    assert_all_done_once(leads)


@pytest.mark.both
def test_two_runners_do_the_work_once(office, leads):
    runners = [sweeping(office, RETENTION_LEASE_SECONDS="600") for _ in range(2)]

    assert [runner.wait(PATIENCE) for runner in runners] == [0, 0]

    assert_all_done_once(leads)


def test_a_database_that_is_not_there_is_one_clear_sentence(tmp_path):
    ran = subprocess.run(
        [sys.executable, "manage.py", "sweep", "--apply"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
            "LETHE_VAR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode != 0
    assert ran.stderr == "CommandError: The database cannot be read: is it up, and migrated?\n"


def worker(folder: Path) -> subprocess.Popen:
    options = "worker --pool prefork --concurrency 2 --loglevel ERROR --without-gossip"
    return start(folder, "-m", "celery", "-A", "config", *options.split(), REDIS_URL=REDIS)


def queue(task: str) -> None:
    with Celery(broker=REDIS) as sender:
        sender.send_task(task, queue="default")


@pytest.mark.services
def test_a_killed_worker_leaves_whole_batches_and_the_watchdog_has_them_finished(office, leads):
    redis.Redis.from_url(REDIS).flushdb()
    queue("retention.nightly_sweep")
    for number in (1, 2):
        process = worker(office)
        until(lambda number=number: begun(number))
        kill(process)
        assert_whole_batches(leads)
        queue("retention.watchdog")

    process = worker(office)
    try:
        until(lambda: SweepRun.objects.filter(state=RunState.DONE).exists())
    finally:
        kill(process)

    assert process.pid != os.getpid()
    assert SweepRun.objects.get().night == timezone.localdate()
    assert_all_done_once(leads)
