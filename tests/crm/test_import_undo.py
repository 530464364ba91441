"""An import is taken back for 30 days: except what somebody has touched since, and every “no”."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm import contacts
from crm.enums import ImportState, ImportStrategy
from crm.errors import ImportRefused
from crm.imports import steps, undo
from crm.models import Contact, ContactPoint, ImportBatch, ImportChange, Role
from privacy import disposal, holds, suppression
from privacy.enums import Channel, DisposalCause, HoldReason, PointKind
from privacy.models import ConsentEvent, Disposal, JournalEntry
from privacy.suppression import Point
from tests.crm.importing import HEADER, checked, imported, member, people, undone, worked
from tests.factories.crm import (
    ContactFactory,
    ContactPointFactory,
    InteractionFactory,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


@pytest.fixture
def by():
    return member()


def living():
    return set(Contact.objects.living().values_list("latin_given_name", flat=True))


def test_whoever_was_entered_becomes_a_tombstone_by_the_real_road(by):
    batch = imported(people(3), by=by)

    batch = undone(batch, by=by)

    assert batch.state == ImportState.UNDONE
    assert batch.undone == {"people": 3, "people_left": 0, "rows_left": 0, "columns_left": 0}
    assert living() == set()
    assert not ContactPoint.objects.exists()
    assert not ContactPoint.history.exists()
    assert not ImportChange.objects.exists()
    assert {d.cause for d in Disposal.objects.all()} == {DisposalCause.UNDO}
    assert JournalEntry.objects.get(verb="import.undone").facts["people"] == 3


def test_the_file_can_be_imported_again_after_an_undo(by):
    undone(imported(people(2), by=by), by=by)

    again = imported(people(2), by=by, again=True)

    assert again.counts == {"create": 2}
    assert living() == {"Ann0", "Ann1"}


def test_somebody_with_whom_we_have_dealt_since_is_left_and_named(by):
    batch = imported(people(3), by=by)
    dealt, edited, _other = Contact.objects.order_by("pk")
    InteractionFactory(contact=dealt)
    contacts.correct(edited, {"latin_given_name": "Anna"}, by=by)

    batch = undone(batch, by=by)

    assert living() == {"Ann0", "Anna"}
    assert batch.undone["people"] == 1
    assert undo.left_people(batch) == [dealt.uuid, edited.uuid]
    assert ContactPoint.objects.filter(contact=dealt).count() == 1


def test_somebody_on_hold_is_left(by):
    batch = imported(people(2), by=by)
    held = Contact.objects.order_by("pk").first()
    holds.place(
        held,
        matter="HCA-1",
        reason=HoldReason.CLAIM,
        owner=by,
        review_on=timezone.localdate() + timedelta(days=90),
        by=by,
    )

    batch = undone(batch, by=by)

    assert living() == {"Ann0"}
    assert undo.left_people(batch) == [held.uuid]


@pytest.fixture
def known():
    contact = ContactFactory(
        latin_family_name="Bee", latin_given_name="Ann", residence_country="HK"
    )
    ContactPointFactory(contact=contact, value="ann@example.com")
    return contact


MORE = HEADER + "Anna,Bee,ann@example.com,+85221234567,Firm,,DE\n"


@pytest.fixture
def overwritten(by, known):
    batch = checked(MORE, by=by)
    steps.decide(batch, by=by, strategy=ImportStrategy.OVERWRITE)
    batch = worked(batch)
    steps.confirm(batch, by=by)
    batch = worked(batch)
    known.refresh_from_db()
    assert (known.latin_given_name, known.residence_country) == ("Anna", "DE")
    assert known.points.count() == 2
    return batch


def test_what_an_existing_person_was_given_is_taken_back(by, known, overwritten):
    batch = undone(overwritten, by=by)

    known.refresh_from_db()
    assert (known.latin_given_name, known.residence_country) == ("Ann", "HK")
    assert [point.value for point in known.points.all()] == ["ann@example.com"]
    assert not Role.objects.exists()
    assert not Role.history.exists()
    assert "anna" not in known.search_text
    assert "firm" not in known.search_text
    assert batch.undone == {
        "people": 0,
        "people_left": 0,
        "rows_left": 0,
        "columns_left": 0,
        "organisations_left": 1,
    }
    assert not ImportChange.objects.exists()


def test_what_somebody_changed_since_stays(by, known, overwritten):
    contacts.correct(known, {"latin_given_name": "Annabel"}, by=by)
    phone = known.points.get(kind=PointKind.PHONE)
    phone.is_preferred = True
    phone.save()

    batch = undone(overwritten, by=by)

    known.refresh_from_db()
    assert (known.latin_given_name, known.residence_country) == ("Annabel", "HK")
    assert known.points.count() == 2
    assert batch.undone == {
        "people": 0,
        "people_left": 0,
        "rows_left": 1,
        "columns_left": 1,
        "organisations_left": 1,
    }
    assert undo.left_people(batch) == [known.uuid]


def test_nothing_of_a_held_person_is_removed(by, known, overwritten):
    holds.place(
        known,
        matter="HCA-1",
        reason=HoldReason.CLAIM,
        owner=by,
        review_on=timezone.localdate() + timedelta(days=90),
        by=by,
    )

    undone(overwritten, by=by)

    known.refresh_from_db()
    assert known.latin_given_name == "Anna"
    assert known.points.count() == 2


def test_an_undo_revives_nobody(by, known, overwritten):
    disposal.dispose([known.pk], cause=DisposalCause.ERASURE, by=by, on=timezone.localdate())
    assert not ImportChange.objects.exists()

    undone(overwritten, by=by)

    known.refresh_from_db()
    assert known.disposed_at
    assert known.latin_given_name == ""


def test_a_no_in_the_file_counts_at_once_and_survives_the_undo(by):
    point = Point(PointKind.EMAIL, "ann@example.com")
    content = "First Name,Last Name,E-mail,Email Opt Out\nAnn,Bee,ann@example.com,yes\n"
    batch = checked(content, by=by)
    assert not ConsentEvent.objects.exists()
    steps.confirm(batch, by=by)
    batch = worked(batch)
    event = ConsentEvent.objects.get()
    assert (event.kind, event.method, event.channel) == ("refused", "import", "email")
    assert suppression.marketing_refused([point], Channel.EMAIL) == [True]

    undone(batch, by=by)

    assert living() == set()
    assert suppression.marketing_refused([point], Channel.EMAIL) == [True]


def test_a_yes_in_a_file_takes_no_no_back(by):
    header = "First Name,Last Name,E-mail,Email Opt Out\n"
    imported(header + "Ann,Bee,ann@example.com,yes\n", by=by)

    imported(header + "Ann,Bee,ann@example.com,no\n", by=by)

    point = Point(PointKind.EMAIL, "ann@example.com")
    assert suppression.marketing_refused([point], Channel.EMAIL) == [True]
    assert ConsentEvent.objects.count() == 1


def test_after_thirty_days_it_stands(by):
    batch = imported(people(1), by=by)
    ImportBatch.objects.update(finished_at=timezone.now() - timedelta(days=30, seconds=1))

    with pytest.raises(ImportRefused, match="30 days"):
        steps.undo(batch, by=by)


def test_an_undo_that_breaks_off_goes_on(by, monkeypatch):
    monkeypatch.setattr(undo, "PART", 1)
    batch = imported(people(3), by=by)
    steps.undo(batch, by=by)
    take, parts = undo._take_back, []

    class Killed(BaseException):
        """As when the worker is killed."""

    def dies(*arguments):
        if parts:
            raise Killed
        parts.append(take(*arguments))

    monkeypatch.setattr(undo, "_take_back", dies)
    with pytest.raises(Killed):
        worked(batch)
    assert len(living()) == 2

    monkeypatch.setattr(undo, "_take_back", take)
    ImportBatch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    batch = worked(batch)

    assert living() == set()
    assert batch.undone["people"] == 3
