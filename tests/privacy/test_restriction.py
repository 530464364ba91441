"""While processing is restricted the data are stored, and nothing else happens to them (Art. 18)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import contacts, duplicates, interactions, merge
from crm.adapter import correct
from crm.enums import Channel, Direction
from crm.errors import EntryRefused, MergeRefused
from crm.models import Contact, DuplicatePair
from privacy import consent, disposal, gate, holds, ledger, replay, restriction, suppression
from privacy.enums import (
    Announcement,
    ConsentMethod,
    DisposalCause,
    LiftGround,
    RestrictionGround,
    SuppressionScope,
    Verdict,
)
from privacy.errors import PrivacyError, SubjectRestricted, TransitionRefused
from privacy.models import JournalEntry, Restriction
from retention import sweep
from retention.enums import Mode
from tests.crm import importing
from tests.crm.importing import member
from tests.factories.crm import (
    ContactFactory,
    ContactPointFactory,
    InteractionFactory,
    UserFactory,
)
from tests.factories.privacy import NoticeFactory
from tests.retention import people

pytestmark = [pytest.mark.django_db, pytest.mark.both]
ACCURACY, OBJECTION = RestrictionGround.ACCURACY, RestrictionGround.OBJECTION


@pytest.fixture
def officer():
    return member(roles.OFFICER)


@pytest.fixture
def ann():
    return ContactFactory(latin_given_name="Zephyrine", latin_family_name="Quillfeather")


def today() -> date:
    return timezone.localdate()


def restrict(person, ground=ACCURACY, **facts):
    facts = {"received_on": today(), "by": None, **facts}
    return restriction.place(person, ground=ground, **facts)


def lift(made, *, by=None):
    ends_on = today() + timedelta(days=1)
    restriction.announce(
        made, how=Announcement.LETTER, ground=LiftGround.ACCURATE, ends_on=ends_on, by=by
    )
    return restriction.lift(made, by=by, on=ends_on)


def test_staff_find_a_restricted_person_nowhere_and_everybody_again_once_it_is_lifted(ann):
    made = restrict(ann)
    assert ann not in Contact.objects.usable()
    assert ann in Contact.objects.living()

    lift(made)

    assert ann in Contact.objects.usable()


def test_two_grounds_are_two_restrictions_and_both_must_be_lifted(ann):
    first, _second = restrict(ann), restrict(ann, OBJECTION)

    lift(first)

    assert ann not in Contact.objects.usable()
    with pytest.raises(TransitionRefused):
        restrict(ann, OBJECTION)


@pytest.mark.parametrize("received_on", [timedelta(days=1), timedelta(days=400)])
def test_a_receipt_to_come_is_refused(ann, received_on):
    with pytest.raises(TransitionRefused):
        restrict(ann, received_on=today() + received_on)


def test_a_tombstone_is_not_restricted(ann):
    disposal.dispose([ann.pk], cause=DisposalCause.RETENTION, by=None, on=today())

    with pytest.raises(TransitionRefused):
        restrict(ann)


def test_nothing_is_lifted_before_the_person_was_told_and_before_the_day_they_were_told(ann):
    made = restrict(ann)
    with pytest.raises(TransitionRefused):
        restriction.lift(made, by=None)
    for ends_on in (today(), today() - timedelta(days=1)):
        with pytest.raises(TransitionRefused):
            restriction.announce(
                made, how=Announcement.EMAIL, ground=LiftGround.WISH, ends_on=ends_on, by=None
            )
    ends_on = today() + timedelta(days=3)
    restriction.announce(
        made, how=Announcement.EMAIL, ground=LiftGround.WISH, ends_on=ends_on, by=None
    )

    with pytest.raises(TransitionRefused):
        restriction.lift(made, by=None, on=ends_on - timedelta(days=1))
    assert restriction.lift(made, by=None, on=ends_on).lifted_at
    with pytest.raises(TransitionRefused):
        restriction.lift(made, by=None, on=ends_on)


def test_the_database_itself_refuses_a_lift_of_which_nobody_was_told(ann):
    made = restrict(ann)

    with pytest.raises(IntegrityError), transaction.atomic():
        Restriction.objects.filter(pk=made.pk).update(lifted_at=timezone.now())


@pytest.mark.clause("S125")
def test_no_purpose_reaches_a_restricted_person(ann):
    NoticeFactory()
    ContactPointFactory(contact=ann, value="zephyrine@example.com")
    other = ContactFactory()
    ContactPointFactory(contact=other, value="other@example.com")
    asked = {"purpose": "newsletter", "channel": "email"}
    before = gate.ask([ann.pk, other.pk], **asked)
    assert before[ann.pk].verdict != Verdict.RESTRICTED

    made = restrict(ann)
    during = gate.ask([ann.pk, other.pk], **asked)

    assert (during[ann.pk].verdict, during[ann.pk].is_yes) == (Verdict.RESTRICTED, False)
    assert during[other.pk].verdict == before[other.pk].verdict
    lift(made)
    assert gate.may(ann, **asked).verdict == before[ann.pk].verdict


def test_nothing_of_theirs_can_be_edited_but_on_their_own_request(ann, officer):
    restrict(ann)

    with pytest.raises(SubjectRestricted):
        contacts.correct(ann, {"language": "en"}, by=officer)
    with pytest.raises(SubjectRestricted):
        interactions.log(
            ann,
            channel=Channel.PHONE,
            direction=Direction.INBOUND,
            occurred_at=timezone.now(),
            summary="Called",
            by=officer,
        )
    with pytest.raises((MergeRefused, EntryRefused)):
        merge.merge(ContactFactory(), ann, by=officer)
    correct(ann, "latin_given_name", "Zéphyrine", by=officer)

    ann.refresh_from_db()
    assert (ann.language, ann.latin_given_name) == ("", "Zéphyrine")


def test_an_import_changes_nothing_of_theirs_but_their_no_counts(ann, officer):
    NoticeFactory(version="1")
    ContactPointFactory(contact=ann, value="zephyrine@example.com")
    restrict(ann)
    content = (
        "First Name,Last Name,E-mail,Phone,Email Opt Out\n"
        "Zephyrine,Quillfeather,zephyrine@example.com,+852 5123 4567,yes\n"
    )

    batch = importing.imported(content, by=officer)

    assert batch.counts.get("refused") == 1
    assert ann.points.count() == 1
    said = consent.state([ann.pk], gate.purposes.named("newsletter"), "email", on=today())
    assert said[ann.pk].is_no


@pytest.mark.clause("S125")
def test_the_night_destroys_nothing_of_theirs_until_it_is_lifted():
    long_ago = date(2015, 6, 15)
    held, free = people.person(long_ago), people.person(long_ago)
    InteractionFactory(contact=held, occurred_at=people.at_noon(long_ago))
    made = restrict(held, received_on=date(2016, 1, 1))
    assert holds.in_force([held.pk, free.pk], on=today()) == {held.pk: [str(made.reference)]}

    sweep.run(on=today(), mode=Mode.APPLY)

    assert people.refreshed(held).disposed_at is None
    assert held.interactions.exists()
    assert people.refreshed(free).disposed_at is not None
    lift(made)
    sweep.run(on=today() + timedelta(days=1), mode=Mode.APPLY)
    assert people.refreshed(held).disposed_at is not None


def test_their_address_is_still_suppressed_and_still_counts_as_taken(ann):
    ContactPointFactory(contact=ann, value="zephyrine@example.com")
    restrict(ann)

    suppression.suppress_subject(ann.pk, scope=SuppressionScope.NO_MARKETING, by=None)
    consent.refuse([ann.pk], method=ConsentMethod.EMAIL, channels=["sms"], by=None)

    [point] = suppression.points_about([ann.pk])[ann.pk]
    assert suppression.marketing_refused([point], "email") == [True]


def test_a_pair_with_a_restricted_person_waits_outside_the_queue(ann):
    DuplicatePair.objects.create(first=ann, second=ContactFactory(), score=90, reasons="email")
    made = restrict(ann)
    assert not duplicates.waiting().exists()

    lift(made)

    assert duplicates.waiting().exists()


def test_the_journal_names_no_one_and_says_what_was_done(ann, officer):
    lift(restrict(ann, by=officer), by=officer)

    verbs = JournalEntry.objects.filter(verb__startswith="restriction.").order_by("number")
    assert list(verbs.values_list("verb", flat=True)) == [
        "restriction.place",
        "restriction.announce",
        "restriction.lift",
    ]
    assert "Quillfeather" not in repr(list(verbs.values()))


@pytest.mark.django_db(transaction=True)
def test_a_restore_brings_a_restriction_back_once_and_none_that_was_lifted(ann):
    bo = ContactFactory()
    made, over = restrict(ann), restrict(bo)
    lift(over)
    placed_at = made.placed_at
    Restriction.objects.all().delete()
    assert replay.outstanding().restrictions == 1

    outcome = replay.replay()

    assert outcome.restrictions == 1
    again = Restriction.objects.get()
    assert (again.subject, again.reference, again.ground) == (ann, made.reference, ACCURACY)
    assert abs(again.placed_at - placed_at) < timedelta(seconds=5)
    assert not any(replay.replay().facts().values())
    assert bo in Contact.objects.usable()
    assert {"subject": str(ann.uuid)}.items() <= next(
        line for line in ledger.entries() if line["kind"] == restriction.PLACED
    ).items()


@pytest.fixture
def console(client, officer):
    client.force_login(officer)
    return client


def page(name, *args):
    return reverse(f"admin:{name}", args=args)


def test_the_console_restricts_shows_and_lifts(console, ann):
    console.post(page("crm_contact_limit", ann.pk), {"ground": ACCURACY, "received_on": today()})
    made = Restriction.objects.get()

    assert "Quillfeather" not in console.get(page("crm_contact_changelist")).content.decode()
    shown = console.get(page("crm_contact_change", ann.pk)).content.decode()
    assert "Processing restricted" in shown
    assert 'name="latin_family_name"' not in shown
    assert (
        page("crm_contact_change", ann.pk)
        in console.get(page("privacy_restriction_change", made.pk)).content.decode()
    )
    assert (
        page("privacy_restriction_lift", made.pk)
        not in console.get(page("privacy_restriction_change", made.pk)).content.decode()
    )
    answer = {"how": "letter", "ground": "accurate", "ends_on": today() + timedelta(days=1)}
    console.post(page("privacy_restriction_announce", made.pk), answer)
    console.post(page("privacy_restriction_lift", made.pk))
    made.refresh_from_db()
    assert made.lifted_at is None


def test_staff_cannot_open_a_restricted_persons_page(client, ann):
    staff = member(roles.STAFF)
    Contact.objects.filter(pk=ann.pk).update(owner=staff)
    client.force_login(staff)
    assert client.get(page("crm_contact_change", ann.pk)).status_code == 200
    InteractionFactory(contact=ann, summary="Lunch with Quillfeather")

    restrict(ann)

    assert client.get(page("crm_contact_change", ann.pk)).status_code == 302
    listed = client.get(page("crm_interaction_changelist")).content.decode()
    assert "Quillfeather" not in listed
    found = client.get(
        reverse("admin:autocomplete"),
        {
            "term": "Quill",
            "app_label": "crm",
            "model_name": "interaction",
            "field_name": "contact",
        },
    )
    assert found.json()["results"] == []


def test_a_second_person_with_the_same_address_is_refused_as_ever(ann):
    ContactPointFactory(contact=ann, value="zephyrine@example.com")
    suppression.suppress_subject(ann.pk, scope=SuppressionScope.NO_REENTRY, by=UserFactory())
    restrict(ann)

    with pytest.raises(PrivacyError):
        ContactPointFactory(value="ZEPHYRINE@example.com")
