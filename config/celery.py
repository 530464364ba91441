"""The worker and the timetable, in code: a missed night is seen by the hourly watchdog."""

import os
import time
from pathlib import Path
from typing import Any

from celery import Celery
from celery.bootsteps import StartStopStep
from celery.schedules import crontab
from celery.signals import beat_init
from django.conf import settings
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("lethe")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

HEARTBEAT_SECONDS = 10
# Somebody waits for the first; a night of hundreds of batches never stands before it.
QUEUES = ("urgent", "default", "night")
ROUTES = {
    "urgent": (
        *("privacy.carry_out", "privacy.tasks_watchdog"),
        *("privacy.write_ledger", "privacy.fetch_mail"),
    ),
    "night": (
        *("retention.nightly_sweep", "retention.sweep_batch", "retention.rehearse"),
        *("privacy.find_smuggled", "privacy.renew_forms"),
        *("privacy.prove_evidence", "crm.find_duplicates"),
    ),
}

TIMETABLE: dict[str, dict[str, Any]] = {
    # After the last mail of the day and before the office opens; no clock change touches 03:17.
    "nightly sweep": {
        "task": "retention.nightly_sweep",
        "schedule": crontab(hour="3", minute="17"),
    },
    # Every hour, so that a night missed by a machine that was off is caught up soon after.
    "watchdog": {"task": "retention.watchdog", "schedule": crontab(minute="41")},
    # Files named by a disposal are unlinked at once; this takes what an interruption left.
    "file removal": {"task": "privacy.remove_files", "schedule": crontab(minute="*/10")},
    # What a page handed over and the broker did not take, or whose worker died.
    "handed over": {"task": "privacy.tasks_watchdog", "schedule": crontab()},
    # Lines of the ledger that could not be written when their facts were stored.
    "ledger": {"task": "privacy.write_ledger", "schedule": crontab()},
    # After the last day at work has ended.
    "leavers": {"task": "crm.disable_leavers", "schedule": crontab(hour="0", minute="7")},
    # Links of an older version, before anybody looks for what was smuggled in.
    "forms": {"task": "privacy.renew_forms", "schedule": crontab(hour="4", minute="11")},
    # What raw SQL let in past the guard; after the sweep, so that nobody waits for it.
    "smuggled": {"task": "privacy.find_smuggled", "schedule": crontab(hour="4", minute="23")},
    # Every stored file is read to its end; after the sweep took what had its time.
    "unopened": {"task": "privacy.find_unopened", "schedule": crontab(hour="4", minute="29")},
    "evidence": {"task": "privacy.prove_evidence", "schedule": crontab(hour="4", minute="37")},
    # After the sweep took what went with its people.
    "sensitive texts": {
        "task": "privacy.end_quarantine",
        "schedule": crontab(hour="4", minute="7"),
    },
    # After the sweep, so that no pair names somebody who went tonight.
    "duplicates": {"task": "crm.find_duplicates", "schedule": crontab(hour="4", minute="51")},
    # A mail server that refused is asked again ten minutes later.
    "officers": {"task": "retention.tell_officers", "schedule": crontab(minute="*/10")},
    # An import whose worker died goes on two minutes after it fell silent.
    "imports": {"task": "crm.imports_watchdog", "schedule": crontab()},
    # What came to the mailbox, where one is set up: returned mail, and any “no” sent by mail.
    "returned mail": {"task": "privacy.fetch_mail", "schedule": crontab(minute="*/15")},
    # A message to many whose worker died, or whose server asked to wait, goes on.
    "messages to many": {"task": "privacy.dispatches_watchdog", "schedule": crontab()},
    # When the night's batches are done, findings in rows that went with them are settled.
    "findings": {"task": "privacy.settle_findings", "schedule": crontab(minute="51")},
    # Before the office opens, so that the mail is on top.
    "holds to review": {
        "task": "privacy.remind_of_holds",
        "schedule": crontab(hour="7", minute="23"),
    },
}
# What no worker took by the time the next one is due, or the office opens, is not done late.
MINUTE, HOUR = 60, 3600
EXPIRES = {
    "* * * * *": MINUTE,
    "*/10 * * * *": 10 * MINUTE,
    "*/15 * * * *": 15 * MINUTE,
    "hourly": HOUR,
    "daily": 12 * HOUR,
}


def _expiry(when: crontab) -> int:
    minute, hour = str(when._orig_minute), str(when._orig_hour)  # type: ignore[attr-defined]
    if hour != "*":
        return EXPIRES["daily"]
    return EXPIRES.get(f"{minute} * * * *", EXPIRES["hourly"])


# Assigned, never read here: the settings are not there yet while `.env` is being minted.
app.conf.beat_schedule = {
    name: {**entry, "options": {"expires": _expiry(entry["schedule"])}}
    for name, entry in TIMETABLE.items()
}
app.conf.task_queues = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
app.conf.task_routes = {
    task: {"queue": queue} for queue, tasks in ROUTES.items() for task in tasks
}


def heartbeat(name: str) -> Path:
    """The file whose age tells how long ago this process was alive."""
    folder = settings.HEARTBEAT_FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / name


class Heartbeat(StartStopStep):
    """The worker's own timer touches a file: it goes stale when the worker is killed."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self.entry: Any = None

    def start(self, worker: Any) -> None:
        # The worker for what somebody waits for is named so by `up`.
        name = "urgent" if str(worker.hostname).startswith("urgent@") else "worker"
        heartbeat(name).touch(mode=0o600)
        self.entry = worker.timer.call_repeatedly(
            HEARTBEAT_SECONDS, lambda: heartbeat(name).touch(mode=0o600)
        )

    def stop(self, worker: Any) -> None:
        if self.entry:
            self.entry.cancel()


app.steps["worker"].add(Heartbeat)


@beat_init.connect
def _beat_is_alive(sender: Any, **_kwargs: Any) -> None:
    """Beat touches its file on each turn of its loop, which is no longer than a heartbeat."""
    scheduler = sender.scheduler
    scheduler.max_interval = HEARTBEAT_SECONDS
    turn = scheduler.tick

    def tick(*args: Any, **kwargs: Any) -> float:
        heartbeat("beat").touch(mode=0o600)
        return min(turn(*args, **kwargs), HEARTBEAT_SECONDS)

    scheduler.tick = tick


def seconds_since(name: str) -> float | None:
    """Age of a heartbeat; None where there never was one, or none that can be read.

    One that lies ahead was written under another clock: it is as old as it is ahead.
    """
    try:
        return abs(time.time() - heartbeat(name).stat().st_mtime)
    except OSError:
        return None
