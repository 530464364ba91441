"""What runs by the clock: each entry of the timetable has a task, and each such task an entry."""

import pytest

from config.celery import app

# Those that somebody's act hands out, and nobody's clock.
HANDED_OUT = {
    "crm.import_batch",
    "crm.send_forgotten",
    "privacy.send_dispatch",
    "privacy.send_preferences_link",
    "privacy.send_sign_up",
    "retention.rehearse",
    "retention.sweep_batch",
}


@pytest.fixture(scope="module")
def registered():
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


@pytest.mark.parametrize("entry", sorted(app.conf.beat_schedule))
def test_an_entry_of_the_timetable_names_a_task_that_is_registered(registered, entry):
    assert app.conf.beat_schedule[entry]["task"] in registered


def test_no_task_waits_for_a_clock_that_never_calls_it(registered):
    timed = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert registered - timed == HANDED_OUT
