"""A tombstone goes once no evidence points at it; that the person was disposed of stays known."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from crm.models import Contact, Source
from privacy import disposal
from privacy.models import Disposal
from retention import sweep, why
from retention.enums import Mode, RunState
from tests.retention import people

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def tomorrow():
    return timezone.localdate() + timedelta(days=1)


@pytest.fixture
def tombstone():
    contact = people.MAKERS["lead"](date(2020, 1, 1))
    sweep.run(on=timezone.localdate(), mode=Mode.APPLY)
    return people.refreshed(contact)


def test_a_bare_tombstone_goes_with_the_next_night_and_its_source_with_it(tombstone, tomorrow):
    night = sweep.run(on=tomorrow, mode=Mode.APPLY)

    assert night.state == RunState.DONE
    assert night.counts["crm.Contact:tombstone"]["tables"] == {"crm.Contact": 1, "crm.Source": 1}
    assert not Contact.objects.exists()
    assert not Source.objects.exists()
    assert Disposal.objects.get().subject_reference == tombstone.uuid


def test_a_rehearsal_counts_it_and_leaves_it(tombstone, tomorrow):
    night = sweep.run(on=tomorrow, mode=Mode.REHEARSE)

    assert night.counts["crm.Contact:tombstone"]["disposed"] == 1
    assert Contact.objects.get().pk == tombstone.pk


def test_a_tombstone_at_which_a_hold_points_waits(tomorrow):
    contact = people.MAKERS["lead"](date(2020, 1, 1))
    people.hold(contact)
    Contact.objects.update(disposed_at=timezone.now())

    sweep.run(on=tomorrow, mode=Mode.APPLY)

    assert Contact.objects.exists()


def test_evidence_that_came_in_the_meantime_wins(tombstone):
    people.hold(tombstone)

    outcome = disposal.remove_tombstones([tombstone.pk], by=None, keep="rule")

    assert outcome.disposed == ()
    assert Contact.objects.exists()


def test_why_still_answers_for_a_person_without_a_tombstone(tombstone, tomorrow):
    sweep.run(on=tomorrow, mode=Mode.APPLY)

    assert why.sentence(tombstone.uuid, tomorrow).startswith("Was disposed of on ")
