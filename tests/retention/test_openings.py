"""A night is open to workers once everybody who is due was sought, and not before (DESIGN 11, 13)."""

from datetime import date, timedelta

import pytest

from crm.models import User
from privacy import residue
from privacy.models import Finding
from retention import rehearsals, sweep
from retention.enums import BatchState, Mode, RunState
from retention.models import Certificate, SweepBatch, SweepRun
from tests.retention import people

EVENT = date(2018, 6, 15)
TODAY = date(2026, 1, 1)
pytestmark = [pytest.mark.both, pytest.mark.django_db]


class Killed(BaseException):
    """What no `except Exception` stops."""


def mentioned(number: int) -> list:
    """People who are due, each named in the notes of somebody who is not."""
    due = [people.person(EVENT, latin_given_name="Zephyrine") for _ in range(number)]
    for one in due:
        name = f"{one.latin_given_name} {one.latin_family_name}"
        people.interaction(people.person(TODAY), TODAY, summary=f"Brought along by {name}")
    return due


@pytest.fixture
def starter_dies(monkeypatch):
    """The first search goes well, the second kills the process that began it."""
    searches = []
    mentions = residue.mentions

    def search(pks, *, root=None):
        searches.append(list(pks))
        if len(searches) == 2:
            raise Killed
        return mentions(pks, root=root)

    monkeypatch.setattr(residue, "PEOPLE_AT_ONCE", 2)
    monkeypatch.setattr(residue, "mentions", search)
    return searches


def test_however_many_are_due_each_is_sought_once_and_what_mentions_them_noted(monkeypatch):
    monkeypatch.setattr(residue, "PEOPLE_AT_ONCE", 2)
    due = mentioned(5)

    sweep.run(on=TODAY, mode=Mode.APPLY, batch_size=1)

    references = set(Finding.objects.values_list("subject_reference", flat=True))
    assert references == {one.uuid for one in due}
    assert SweepBatch.objects.exclude(mentions=[]).count() == 0


def test_a_starter_that_dies_leaves_a_run_that_no_worker_touches(starter_dies):
    due = mentioned(4)
    with pytest.raises(Killed):
        sweep.start(on=TODAY, batch_size=1)
    night = SweepRun.objects.get()

    sweep.work(night)
    sweep.work_batch(night, number=1)
    sweep.close_finished()

    night.refresh_from_db()
    assert night.state == RunState.PLANNED
    assert not night.batches.exclude(state=BatchState.WAITING).exists()
    assert all(people.refreshed(one).disposed_at is None for one in due)
    later = night.started_at + timedelta(hours=12)
    assert list(sweep.abandoned(at=later)) == []


@pytest.mark.parametrize("on", [TODAY, TODAY + timedelta(days=1)])
def test_the_next_start_goes_on_with_what_a_starter_left(starter_dies, on):
    due = mentioned(4)
    with pytest.raises(Killed):
        sweep.start(on=TODAY, batch_size=1)

    sweep.run(on=on, mode=Mode.APPLY)

    night = SweepRun.objects.get(night=TODAY)
    assert night.state == RunState.DONE
    assert night.counts["crm.Contact:lead"]["disposed"] == len(due)
    references = set(Finding.objects.values_list("subject_reference", flat=True))
    assert references == {one.uuid for one in due}


def test_the_watchdog_misses_a_night_whose_starter_died(starter_dies):
    mentioned(4)
    with pytest.raises(Killed):
        sweep.start(on=TODAY, batch_size=1)
    started_at = SweepRun.objects.get().started_at

    assert sweep.is_missed(at=started_at + timedelta(days=1)) is True


def test_of_two_starters_the_later_leaves_an_open_run_as_it_is(monkeypatch):
    """While the second was still seeking, the first had opened the run and worked it off."""
    due = mentioned(2)
    mentions = residue.mentions
    first = []

    def search(pks, *, root=None):
        if not first:
            first.append(True)
            sweep.work(sweep.start(on=TODAY, batch_size=1))
        return mentions(pks, root=root)

    monkeypatch.setattr(residue, "mentions", search)
    sweep.start(on=TODAY, batch_size=1)

    night = SweepRun.objects.get()
    assert night.state == RunState.DONE
    assert SweepBatch.objects.exclude(mentions=[]).count() == 0
    assert Finding.objects.count() == len(due)


def test_a_released_rule_seeks_its_people_too(settings):
    settings.RETENTION_CAP_ROWS, settings.RETENTION_CAP_SHARE = 1, 0.1
    due = mentioned(3)
    night = sweep.run(on=TODAY, mode=Mode.APPLY)
    assert night.state == RunState.HALTED

    sweep.work(
        sweep.release(night, rule="crm.Contact:lead", by=User.objects.create(username="dpo"))
    )

    assert Finding.objects.count() == len(due)


def test_a_rehearsal_at_work_is_not_closed_as_if_it_were_a_night():
    people.person(EVENT)
    order = rehearsals.order(on=TODAY, by=User.objects.create(username="dpo"))
    SweepRun.objects.update(state=RunState.RUNNING)

    sweep.close_finished()

    order.refresh_from_db()
    assert order.state == RunState.RUNNING
    assert not Certificate.objects.exists()
