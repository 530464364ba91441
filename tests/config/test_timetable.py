"""Beat trusts no moment that lies ahead and no file that it cannot read; a night too old is told."""

import os
import shelve
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import celery
from config.celery import app
from config.timetable import Timetable
from privacy import journal
from retention.enums import Mode, RunState
from retention.models import SweepRun

HERE = ZoneInfo("Asia/Hong_Kong")


def timetable(folder):
    app.conf.beat_schedule_filename = str(folder / "beat-schedule")
    return Timetable(app=app, schedule_filename=app.conf.beat_schedule_filename)


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(days=st.integers(min_value=-4000, max_value=4000))
def test_whatever_the_clock_said_when_it_last_ran_every_task_is_due_within_a_minute(
    tmp_path_factory, days
):
    folder = tmp_path_factory.mktemp("beat")
    first = timetable(folder)
    now = datetime.now(HERE)
    for entry in first.schedule.values():
        entry.last_run_at = now + timedelta(days=days)
    first.close()

    again = timetable(folder)

    assert all(
        entry.last_run_at <= now + timedelta(minutes=1) for entry in again.schedule.values()
    )
    each_minute = again.schedule["handed over"]
    _is_due, seconds = each_minute.is_due()
    assert seconds <= 60
    # And where the clock is set back while beat runs.
    for entry in again.schedule.values():
        entry.last_run_at = now + timedelta(days=abs(days) + 1)
    again._look()
    assert all(
        entry.last_run_at <= now + timedelta(minutes=1) for entry in again.schedule.values()
    )
    again.close()


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(content=st.binary(max_size=4000))
def test_whatever_stands_in_its_file_it_starts(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("beat")
    (folder / "beat-schedule").write_bytes(content)

    begun = timetable(folder)

    assert set(begun.schedule) >= set(app.conf.beat_schedule)
    begun.close()


@pytest.mark.parametrize("entries", ["words", 7, None, {"a": "b"}])
def test_a_file_with_another_programs_entries_is_put_aside(tmp_path, entries):
    with shelve.open(str(tmp_path / "beat-schedule")) as store:  # noqa: S301
        store["entries"] = entries
        store["__version__"], store["tz"], store["utc_enabled"] = "5.7.0", "Asia/Hong_Kong", True

    begun = timetable(tmp_path)

    assert set(begun.schedule) >= set(app.conf.beat_schedule)
    begun.close()


def test_each_entry_names_a_task_and_ends_before_it_would_be_done_late():
    app.loader.import_default_modules()
    for name, entry in app.conf.beat_schedule.items():
        assert entry["task"] in app.tasks, name
        assert 0 < entry["options"]["expires"] <= 12 * 3600, name


def test_each_routed_task_exists_and_no_night_stands_before_what_somebody_waits_for():
    app.loader.import_default_modules()
    routes = app.conf.task_routes
    assert set(routes) <= set(app.tasks)
    assert {queue.name for queue in app.conf.task_queues} == {"urgent", "default", "night"}
    assert routes["retention.sweep_batch"]["queue"] == "night"
    assert routes["privacy.carry_out"]["queue"] == "urgent"


def test_a_heartbeat_of_another_clock_is_no_sign_of_life(settings, tmp_path):
    settings.HEARTBEAT_FOLDER = tmp_path
    ahead = (timezone.now() + timedelta(days=2)).timestamp()
    file = celery.heartbeat("worker")
    file.touch()
    os.utime(file, (ahead, ahead))

    assert celery.seconds_since("worker") > 24 * 3600


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize(
    ("hours", "answer"), [(1, "ok"), (35, "ok"), (37, "too old"), (45 * 24, "too old")]
)
def test_health_fails_where_the_newest_night_is_too_old(client, settings, tmp_path, hours, answer):
    settings.HEARTBEAT_FOLDER = tmp_path
    for name in ("worker", "beat"):
        celery.heartbeat(name).touch()
    begun = timezone.localtime() - timedelta(hours=hours)
    # A night begins at 03:17; the nearest one is taken for the hours asked.
    night = (begun - timedelta(hours=3, minutes=17)).date()
    age = timezone.now() - timezone.make_aware(
        datetime.combine(night, datetime.min.time()) + timedelta(hours=3, minutes=17)
    )
    SweepRun.objects.create(
        night=night,
        mode=Mode.APPLY,
        rule_set="x",
        state=RunState.DONE,
        started_at=begun,
        finished_at=begun,
    )

    told = client.get("/healthz").json()["sweep"]

    assert told == ("ok" if age <= timedelta(hours=36) else "too old")
    if hours in {1, 45 * 24}:
        assert told == answer


@pytest.mark.django_db
@pytest.mark.both
def test_a_young_office_without_a_night_is_well_and_an_old_one_is_not(client, monkeypatch):
    past = timezone.now() - timedelta(hours=37)
    with monkeypatch.context() as patch:
        patch.setattr(journal.timezone, "now", lambda: past)
        journal.record("test.act")

    assert client.get("/healthz").json()["sweep"] == "too old"


# Those that somebody's act hands out, and nobody's clock.
HANDED_OUT = {
    "crm.import_batch",
    "crm.send_forgotten",
    "privacy.carry_out",
    "privacy.send_dispatch",
    "privacy.send_preferences_link",
    "privacy.send_sign_up",
    "retention.rehearse",
    "retention.sweep_batch",
}


def test_no_task_waits_for_a_clock_that_never_calls_it():
    app.loader.import_default_modules()
    registered = {name for name in app.tasks if not name.startswith("celery.")}
    timed = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert registered - timed == HANDED_OUT
