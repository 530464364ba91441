"""Worker, beat, PostgreSQL and Redis are killed at every batch; each person still goes once.

The journal's head is a turnstile: the test holds its lock, so that every batch stops between its
last destructive statement and its commit until the test lets it pass. The kill falls there, or
while the commit is on disk but not yet answered, or anywhere in the next batch.
"""

import itertools
import os
import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from celery import Celery
from celery.beat import PersistentScheduler
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from config.celery import QUEUES, app
from crm.models import Contact, Interaction, User
from privacy import journal, ledger
from privacy.models import Disposal, JournalEntry
from retention import plan
from retention.enums import BatchState, RunState
from retention.models import SweepBatch, SweepRun
from tests.journeys.machines import OWNER, Broker, Cluster, servers, until
from tests.retention import crowd
from tests.retention.test_kill import kill, start

SEED = int(os.environ.get("CHAOS_SEED", "20261123"))
PEOPLE = 400
MOMENTS = ("before commit", "in commit", "anywhere")
VICTIMS = ("worker", "beat", "PostgreSQL", "PostgreSQL at once", "Redis")
# Long enough for a batch on a busy machine, short enough to wait for.
LEASE = 8
OPTIONS = {
    "RETENTION_LEASE_SECONDS": str(LEASE),
    "RETENTION_CAP_ROWS": "1000",
    "RETENTION_BATCH_SIZE": "2",
}
pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def office(django_db_setup, django_db_blocker) -> Iterator[tuple[Cluster, Broker, Path]]:
    """A database on a cluster of the test's own."""
    kept = connections["default"]
    with servers() as (cluster, broker, folder), django_db_blocker.unblock():
        kept.close()
        place = {"HOST": "127.0.0.1", "PORT": cluster.port, "USER": OWNER, "NAME": "postgres"}
        connections["default"] = type(kept)({**kept.settings_dict, **place}, "default")
        try:
            call_command("migrate", run_syncdb=True, verbosity=0)
            yield cluster, broker, folder
        finally:
            connections["default"].close()
            connections["default"] = kept


class Turnstile:
    """The lock of the journal's head: who would write an entry waits, in order, to be let pass."""

    def __init__(self, cluster: Cluster) -> None:
        self.session = cluster.connect()
        self.ask("SET synchronous_commit = local")
        self.shut()

    def ask(self, statement: str, *parameters: object) -> list:
        with self.session.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def shut(self) -> None:
        self.ask("SELECT pg_advisory_lock(%s)", journal.HEAD_LOCK)

    def open(self) -> None:
        self.ask("SELECT pg_advisory_unlock(%s)", journal.HEAD_LOCK)

    def waiting(self) -> bool:
        asked = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return bool(self.ask(asked))

    def hold_commits(self) -> None:
        """Every commit reaches the disk and then waits for a standby that does not exist."""
        self.ask("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        self.ask("SELECT pg_reload_conf()")
        until(lambda: self.ask("SHOW synchronous_standby_names") == [("nobody",)])

    def release_commits(self) -> None:
        self.ask("ALTER SYSTEM RESET synchronous_standby_names")
        self.ask("SELECT pg_reload_conf()")

    def committing(self) -> bool:
        return bool(self.ask("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"))


class Twice(threading.Thread):
    """Whatever is put on the queue is put there a second time, as brokers sometimes do."""

    def __init__(self, broker: Broker) -> None:
        super().__init__(daemon=True)
        self.url, self.going = broker.url, True
        self.repeated = 0

    def run(self) -> None:
        while self.going:
            try:
                self._listen()
            except (redis.RedisError, OSError, ValueError):
                time.sleep(0.05)

    def _listen(self) -> None:
        mine = redis.Redis.from_url(self.url)
        with mine, redis.Redis.from_url(self.url, socket_timeout=1).monitor() as monitor:
            repeated: set[str] = set()
            while self.going:
                command = monitor.next_command()["command"]
                verb, _space, rest = command.partition(" ")
                queue, _space, message = rest.partition(" ")
                if verb == "LPUSH" and queue in QUEUES and message not in repeated:
                    repeated.add(message)
                    mine.lpush(queue, message)
                    self.repeated += 1


class House:
    """The processes of one installation, each of which can be killed and started again."""

    def __init__(self, cluster: Cluster, broker: Broker, folder: Path) -> None:
        self.cluster, self.broker, self.folder = cluster, broker, folder
        self.dice = random.Random(SEED)
        self.schedules = itertools.count()
        self.workers = [self.worker()]
        self.beats = [self.beat() for _ in range(2)]
        self.turnstile = Turnstile(cluster)

    def process(self, *arguments: str) -> subprocess.Popen:
        celery = ("-m", "celery", "-A", "config", *arguments, "--loglevel", "CRITICAL")
        return start(self.folder, *celery, REDIS_URL=self.broker.url, **OPTIONS)

    def worker(self) -> subprocess.Popen:
        options = "--pool prefork --concurrency 2 --without-gossip --without-mingle"
        return self.process("worker", *options.split())

    def beat(self) -> subprocess.Popen:
        """A beat of a machine that was off for two days: it sends at once what it missed."""
        file = str(self.folder / f"schedule-{next(self.schedules)}")
        missed = PersistentScheduler(app, schedule_filename=file, lazy=True)
        missed.setup_schedule()
        for entry in missed.schedule.values():
            entry.last_run_at = app.now() - timedelta(days=2)
        missed.close()
        return self.process("beat", "--pidfile=", "--schedule", file)

    def queue(self, task: str) -> None:
        with Celery(broker=self.broker.url) as sender:
            sender.send_task(task, queue="default")

    def strike(self, moment: str, victim: str) -> None:
        """Wait for a batch in the middle of its work, kill, and start again what was killed."""
        patrolled = time.monotonic()
        while not self.turnstile.waiting():
            # Messages were lost or a lease has to run out: the hourly watchdog, by the second.
            if time.monotonic() - patrolled > 1.5:
                self.queue("retention.watchdog")
                patrolled = time.monotonic()
            assert SweepRun.objects.exclude(state=RunState.DONE).exists() or not (
                SweepRun.objects.exists()
            ), "the run was over before everything was killed"
            time.sleep(0.02)
        if moment == "in commit":
            self.turnstile.hold_commits()
            self.turnstile.open()
            until(self.turnstile.committing, what="the commit")
        elif moment == "anywhere":
            self.turnstile.open()
            self.turnstile.shut()
            time.sleep(self.dice.uniform(0, 0.06))
        self.kill(victim)
        if victim.startswith("PostgreSQL"):
            return
        if moment == "in commit":
            self.turnstile.release_commits()
            self.turnstile.shut()
        elif moment == "before commit":
            self.turnstile.open()
            self.turnstile.shut()

    def kill(self, victim: str) -> None:
        match victim:
            case "worker":
                kill(self.workers.pop(0))
                self.workers.append(self.worker())
            case "beat":
                kill(self.beats.pop(0))
                self.beats.append(self.beat())
            case "Redis":
                self.broker.kill()
                self.broker.start()
            case _:
                self.cluster.kill() if victim == "PostgreSQL" else self.cluster.stop_at_once()
                self.turnstile.session.close()
                connection.close()
                self.cluster.start()
                self.turnstile = Turnstile(self.cluster)

    def finish(self) -> None:
        """Let all pass, and patrol until the run is closed."""
        self.turnstile.session.close()

        def over() -> bool:
            if (
                SweepRun.objects.exists()
                and not SweepRun.objects.exclude(state=RunState.DONE).exists()
            ):
                return True
            self.queue("retention.watchdog")
            return False

        until(over, every=1.5, what="the end of the run")

    def end(self) -> None:
        for process in [*self.workers, *self.beats]:
            kill(process)


def test_each_person_goes_once_whatever_is_killed_at_whichever_batch(office, settings):
    cluster, broker, folder = office
    settings.RETENTION_CAP_ROWS = 1000
    settings.PRIVACY_LEDGER_FILE = folder / "ledger" / "ledger.jsonl"
    today = timezone.localdate()
    crowd.build(PEOPLE, on=today, by=User.objects.create(username="dpo"))
    planned = plan.make(today).items
    due = {pk for item in planned if item.rule.takes_people for pk in item.rows}
    letters = {pk for item in planned if item.rule.model is Interaction for pk in item.rows}
    strikes = list(itertools.product(MOMENTS, VICTIMS))
    random.Random(SEED).shuffle(strikes)
    twice = Twice(broker)
    twice.start()

    house = House(*office)
    try:
        for moment, victim in strikes:
            house.strike(moment, victim)
        house.finish()
    finally:
        house.end()
        twice.going = False
        twice.join()

    assert twice.repeated
    assert SweepBatch.objects.filter(attempts__gt=1).exists()
    (night,) = SweepRun.objects.all()
    assert set(night.batches.values_list("state", flat=True)) == {BatchState.DONE}
    assert_the_certificate_is_true(night, due)
    assert not Interaction.objects.filter(pk__in=letters).exists()
    assert Interaction.objects.filter(contact__in=set(people_left())).exists()


def people_left() -> Iterator[int]:
    yield from Contact.objects.living().values_list("pk", flat=True)


def assert_the_certificate_is_true(night: SweepRun, due: set[int]) -> None:
    """Counts of the run, ledger, evidence and the rows themselves all say the same."""
    gone = Contact.objects.filter(disposed_at__isnull=False)
    assert set(gone.values_list("pk", flat=True)) == due
    references = {str(uid) for uid in gone.values_list("uuid", flat=True)}

    certified = {rule: c["disposed"] for rule, c in night.counts.items() if "Contact:" in rule}
    people_rules = {r.name for r in plan.rules() if r.takes_people}
    assert sum(number for rule, number in certified.items() if rule in people_rules) == len(due)
    for rule in people_rules & set(certified):
        assert Disposal.objects.filter(keep=rule).count() == certified[rule]

    evidence = Counter(str(d.subject_reference) for d in Disposal.objects.all())
    assert evidence == Counter(references)
    assert told_by_ledger() == Counter(references)

    entries = JournalEntry.objects.filter(verb="sweep.batch", object_reference=str(night.uuid))
    assert sorted(entry.facts["batch"] for entry in entries) == list(
        range(1, night.batches.count() + 1)
    )
    disposed = sum(batch.counts["disposed"] for batch in SweepBatch.objects.all())
    assert sum(entry.facts["disposed"] for entry in entries) == disposed
    assert JournalEntry.objects.filter(verb="sweep.close").count() == 1
    assert journal.verify() == JournalEntry.objects.count()


def told_by_ledger() -> Counter:
    """How often each person was disposed of, once the next start has closed what was open."""
    ledger.close_open_intents(at=timezone.now() + timedelta(days=1))
    assert not ledger.open_intents()
    entries = list(ledger.entries())
    done = {entry["intent"] for entry in entries if entry["kind"] == "done"}
    void = {entry["intent"] for entry in entries if entry["kind"] == "void"}
    assert not done & void
    return Counter(
        subject
        for entry in entries
        if entry["kind"] == "intend" and entry["intent"] in done
        for subject in entry["subjects"]
    )
