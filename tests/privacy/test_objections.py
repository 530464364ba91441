"""An objection rests its purpose at once, is weighed by two, and told before anything goes on."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import merge
from privacy import consent, disposal, gate, objections, purposes, restriction
from privacy.enums import (
    Announcement,
    ConsentKind,
    ConsentMethod,
    CounterGround,
    DisposalCause,
    ObjectionGround,
    ObjectionOutcome,
    Verdict,
)
from privacy.errors import PrivacyError, TransitionRefused
from privacy.models import ConsentEvent, JournalEntry, Objection
from tests.crm.importing import member
from tests.factories.crm import ContactFactory, ContactPointFactory, UserFactory
from tests.factories.privacy import weigh

pytestmark = [pytest.mark.django_db, pytest.mark.both]

PURPOSE = "customer-history"
UPHELD, OVERRIDDEN = ObjectionOutcome.UPHELD, ObjectionOutcome.OVERRIDDEN


@pytest.fixture(autouse=True)
def weighings():
    return weigh(PURPOSE, "personalisation")


def today():
    return timezone.localdate()


def received(contact, purpose=PURPOSE, **changed):
    facts = {
        "ground": ObjectionGround.PRIVATE_LIFE,
        "situation": "Lives with somebody who must not know.",
        "received_on": today(),
        "method": ConsentMethod.EMAIL,
        "by": UserFactory(),
    }
    return objections.receive(contact, purpose=purpose, **(facts | changed))


def overridden(objection, by=None):
    return objections.decide(
        objection,
        outcome=OVERRIDDEN,
        counter_ground=CounterGround.CLAIMS,
        reasons="A claim of the firm needs it.",
        by=by or UserFactory(),
    )


def verdict(contact, on=None, purpose=PURPOSE):
    return gate.may(contact, purpose=purpose, on=on or today()).verdict


@pytest.mark.clause("S63")
def test_the_purpose_rests_for_them_from_the_receipt_and_no_other_does():
    contact, other = ContactFactory(), ContactFactory()
    assert verdict(contact) is Verdict.BY_INTERESTS

    objection = received(contact, received_on=date(2026, 1, 31))

    assert verdict(contact) is Verdict.OBJECTED
    assert verdict(contact, purpose="personalisation") is Verdict.BY_INTERESTS
    assert verdict(other) is Verdict.BY_INTERESTS
    # One month, clamped: the answer's clock runs from the receipt (Art. 12(3)).
    assert objection.due_on == date(2026, 2, 28)
    assert list(objections.weighed()) == [objection]


@pytest.mark.clause("S63")
def test_overridden_goes_on_only_approved_by_a_second_person_told_and_on_the_day_named():
    contact, officer = ContactFactory(), UserFactory()
    objection = overridden(received(contact), by=officer)
    later = today() + timedelta(days=3)
    tell = {"how": Announcement.LETTER, "by": officer}
    with pytest.raises(TransitionRefused, match="second person approves first"):
        objections.tell(objection, resumes_on=later, **tell)
    with pytest.raises(TransitionRefused, match="a second person approves it"):
        objections.approve(objection, by=officer)
    objections.approve(objection, by=UserFactory())
    for too_soon in (None, today(), today() - timedelta(days=1)):
        with pytest.raises(TransitionRefused, match="told first"):
            objections.tell(objection, resumes_on=too_soon, **tell)
    assert verdict(contact, later) is Verdict.OBJECTED

    objections.tell(objection, resumes_on=later, **tell)

    assert verdict(contact, later - timedelta(days=1)) is Verdict.OBJECTED
    assert verdict(contact, later) is Verdict.BY_INTERESTS
    assert not objections.weighed().exists()
    with pytest.raises(TransitionRefused):
        overridden(objection)
    with pytest.raises(TransitionRefused):
        objections.tell(objection, resumes_on=later, **tell)


def test_upheld_it_stays_off_for_good_and_needs_nobody_else():
    contact = ContactFactory()
    objection = objections.decide(received(contact), outcome=UPHELD, by=UserFactory())
    with pytest.raises(PrivacyError, match="no day"):
        objections.tell(
            objection, how=Announcement.EMAIL, resumes_on=date(2099, 1, 1), by=UserFactory()
        )
    objections.tell(objection, how=Announcement.EMAIL, by=UserFactory())

    assert verdict(contact, date(2099, 1, 1)) is Verdict.OBJECTED


@pytest.mark.parametrize("again", ["objection", "no"])
def test_a_later_no_counts_although_an_earlier_one_was_overridden(again):
    contact = ContactFactory()
    first = overridden(received(contact, received_on=today() - timedelta(days=40)))
    objections.approve(first, by=UserFactory())
    day = today() + timedelta(days=1)
    objections.tell(first, how=Announcement.EMAIL, resumes_on=day, by=UserFactory())
    assert verdict(contact, day) is Verdict.BY_INTERESTS

    if again == "objection":
        received(contact)
    else:
        consent.object_to(contact, purpose=PURPOSE, method=ConsentMethod.ONLINE, by=None)

    assert verdict(contact, day) is Verdict.OBJECTED
    assert ConsentEvent.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"purpose": purposes.MARKETING}, "not weighed"),
        ({"purpose": "similar-services"}, "not weighed"),
        ({"purpose": "orders"}, "legitimate interests alone"),
        ({"received_on": date(2099, 1, 1)}, "in the future"),
    ],
)
def test_what_is_no_objection_to_weigh_is_refused(changed, sentence):
    with pytest.raises(PrivacyError, match=sentence):
        received(ContactFactory(), **changed)
    assert not Objection.objects.exists() and not ConsentEvent.objects.exists()


def test_the_burden_is_ours_and_one_objection_is_weighed_once():
    contact = ContactFactory()
    objection = received(contact)
    with pytest.raises(TransitionRefused, match="weighed already"):
        received(contact)
    for missing in ({"counter_ground": ""}, {"reasons": " "}):
        facts = {"counter_ground": CounterGround.COMPELLING, "reasons": "So.", **missing}
        with pytest.raises(PrivacyError, match="burden is ours"):
            objections.decide(objection, outcome=OVERRIDDEN, by=UserFactory(), **facts)


def test_the_database_itself_refuses_one_person_alone_and_an_untold_resumption():
    objection = overridden(received(ContactFactory()))
    rows = Objection.objects.filter(pk=objection.pk)
    for changed in ({"approved_by": objection.decided_by}, {"resumes_on": today()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**changed)


def test_a_set_is_asked_in_the_same_queries_and_a_restriction_still_goes_first(
    django_assert_num_queries,
):
    contacts = [ContactFactory() for _n in range(4)]
    for contact in contacts[:2]:
        one = overridden(received(contact))
        objections.approve(one, by=UserFactory())
        day = today() + timedelta(days=1)
        objections.tell(one, how=Announcement.EMAIL, resumes_on=day, by=UserFactory())
    received(contacts[2])
    purpose = purposes.named(PURPOSE)
    pks = [contact.pk for contact in contacts]

    with django_assert_num_queries(1):
        found = objections.overridden(pks, purpose, on=day)
    assert set(found) == set(pks[:2])
    answers = gate.ask(pks, purpose=purpose, on=day)
    assert [answers[pk].is_yes for pk in pks] == [True, True, False, True]
    restriction.place(contacts[0], ground="objection", received_on=today(), by=None)
    assert verdict(contacts[0], day) is Verdict.RESTRICTED


def test_a_merge_takes_it_along_and_disposal_leaves_no_word_of_the_person(member_of_office):
    kept, gone = ContactFactory(), ContactFactory()
    objection = received(gone)

    merge.merge(kept, gone, by=member_of_office)
    objection.refresh_from_db()
    assert objection.subject == kept
    assert verdict(kept) is Verdict.OBJECTED
    disposal.dispose([kept.pk], cause=DisposalCause.ERASURE, by=None, on=today())

    objection.refresh_from_db()
    assert objection.situation == ""
    assert objection.ground


@pytest.fixture
def member_of_office():
    return member()


def test_the_journal_and_the_ledger_know_of_it_without_a_word_of_the_person():
    received(ContactFactory())

    entry = JournalEntry.objects.get(verb="objection.receive")
    assert "Lives" not in str(entry.facts)
    event = ConsentEvent.objects.get()
    assert (event.kind, event.purpose.key) == (ConsentKind.OBJECTED, PURPOSE)


def test_two_officers_weigh_on_the_console(client):
    contact = ContactFactory()
    ContactPointFactory(contact=contact)
    staff, first, second = member(roles.STAFF), member(), member()
    contact.owner = staff
    contact.save(update_fields=["owner"])
    client.force_login(staff)
    said = {
        "purpose": purposes.named(PURPOSE).pk,
        "ground": "work",
        "situation": "",
        "method": "oral",
        "received_on": today().isoformat(),
    }
    client.post(reverse("admin:crm_contact_object", args=[contact.pk]), said)
    objection = Objection.objects.get()

    def act(name, by, **said):
        client.force_login(by)
        return client.post(reverse(f"admin:privacy_objection_{name}", args=[objection.pk]), said)

    weighing = {"outcome": "overridden", "counter_ground": "compelling", "reasons": "So."}
    assert act("decide", staff, **weighing).status_code == 403
    act("decide", first, **weighing)
    act("approve", first)
    objection.refresh_from_db()
    assert objection.approved_by is None
    act("approve", second)
    later = (today() + timedelta(days=2)).isoformat()
    act("tell", first, how="letter", resumes_on=later)

    objection.refresh_from_db()
    assert (objection.approved_by, objection.resumes_on.isoformat()) == (second, later)
    page = client.get(reverse("admin:privacy_objection_changelist"))
    assert str(contact.uuid) in page.content.decode()


def test_a_no_from_the_consent_form_needs_no_weighing_of_ours():
    contact = ContactFactory()
    consent.object_to(contact, purpose="profiling", method=ConsentMethod.ONLINE, by=None)

    assert verdict(contact, purpose="profiling") is Verdict.OBJECTED
    assert not Objection.objects.exists()
