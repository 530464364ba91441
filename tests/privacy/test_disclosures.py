"""To whom data of which people went: named, on one of four bases, under a duty with four eyes."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import merge
from crm.enums import RestrictionKind
from privacy import disclosures, disposal, gate, restriction, ropa
from privacy.disclosures import Recipient, Terms
from privacy.enums import (
    ON_DUTY,
    DisclosureKind,
    DisclosureState,
    DisposalCause,
    RecipientBasis,
    RecipientClass,
    RestrictionGround,
    Verdict,
)
from privacy.errors import PrivacyError, TransitionRefused
from privacy.models import DisclosedPerson, Disclosure, JournalEntry
from tests.crm.importing import member
from tests.factories.crm import (
    ContactFactory,
    OrganisationFactory,
    SourceRestrictionFactory,
    SupplierReviewFactory,
    UserFactory,
)
from tests.factories.privacy import DisclosureFactory, weigh

pytestmark = [pytest.mark.django_db, pytest.mark.both]
K = DisclosureKind
COURT = Recipient("High Court", RecipientClass.AUTHORITY, "HK")
WORKS = Recipient("Example Works Ltd", RecipientClass.SUPPLIER, "PT")
HOST = Recipient("Host Ltd", RecipientClass.PROCESSOR, "PT")
DUTY = {
    "kind": K.LEGAL_DUTY,
    "basis": RecipientBasis.OBLIGATION,
    "authority": "High Court",
    "matter": "HCA-2026-17",
}


@pytest.fixture(autouse=True)
def weighings():
    return weigh("fraud")


def terms(**facts):
    return Terms(
        **{
            "kind": K.ORDINARY,
            "basis": RecipientBasis.CONTRACT,
            "purpose": "fraud",
            "kinds": ["identity", "contact"],
            "on": timezone.localdate(),
            **facts,
        }
    )


def record(*people, to=WORKS, by=None, **facts):
    pks = [person.pk for person in people]
    return disclosures.record(pks, recipient=to, terms=terms(**facts), by=by or UserFactory())


def restrict(person):
    restriction.place(
        person,
        ground=RestrictionGround.ACCURACY,
        received_on=timezone.localdate(),
        by=UserFactory(),
    )


def forbid(person, **facts):
    SourceRestrictionFactory(source=person.source, kind=RestrictionKind.DISCLOSURE, **facts)


def dispose(person):
    disposal.dispose(
        [person.pk], cause=DisposalCause.ERASURE, by=UserFactory(), on=timezone.localdate()
    )


@pytest.mark.clause("S83", "S88")
@pytest.mark.parametrize("basis", RecipientBasis)
def test_a_disclosure_rests_on_one_of_four_bases_and_names_each_person(basis):
    ann, bob, other = ContactFactory(), ContactFactory(), ContactFactory()
    to = HOST if basis == RecipientBasis.PROCESSOR else WORKS

    made = record(ann, bob, to=to, basis=basis)

    facts = (made.state, made.basis, made.recipient, made.country)
    assert facts == (DisclosureState.MADE, basis, to.name, "PT")
    assert [list(disclosures.of(one.pk)) for one in (ann, bob, other)] == [[made], [made], []]
    assert JournalEntry.objects.get(verb="disclosure.record").facts == {
        "people": 2,
        "kind": "ordinary",
        "basis": basis,
        "kinds": ["contact", "identity"],
    }


@pytest.mark.clause("S88")
@pytest.mark.parametrize(
    ("to", "facts", "sentence"),
    [
        (WORKS, {"basis": ""}, "four bases"),
        (WORKS, {"basis": "consent"}, "four bases"),
        (WORKS, {"basis": RecipientBasis.PROCESSOR}, "processor's contract"),
        (HOST, {}, "processor's contract"),
        (Recipient(" ", RecipientClass.SUPPLIER, "PT"), {}, "Name the recipient"),
        (Recipient("Host", "friend", "PT"), {}, "Name the recipient"),
        (Recipient("Host", RecipientClass.SUPPLIER, ""), {}, "country"),
        (WORKS, {"kind": "gift"}, "occasion"),
        (WORKS, {"kinds": []}, "kinds of data"),
        (WORKS, {"kinds": ["shoe-size"]}, "kinds of data"),
        (WORKS, {"purpose": "provision"}, "s.35J"),
        (WORKS, {"purpose": "newsletter"}, "s.35J"),
        (WORKS, {"authority": "High Court"}, "belong to a duty"),
        (COURT, {**DUTY, "basis": RecipientBasis.INTERESTS}, "rests on a legal obligation"),
    ],
)
def test_what_is_missing_or_does_not_fit_is_refused_with_what_to_say(to, facts, sentence):
    with pytest.raises(PrivacyError, match=re.escape(sentence)):
        record(ContactFactory(), to=to, **facts)

    assert not Disclosure.objects.exists()


def test_data_that_go_tomorrow_or_of_nobody_are_not_on_record():
    with pytest.raises(PrivacyError, match="in the future"):
        record(ContactFactory(), on=timezone.localdate() + timedelta(days=1))
    with pytest.raises(PrivacyError, match="Choose the people"):
        record()

    assert record(ContactFactory()).disclosed_on == timezone.localdate()


@pytest.mark.clause("S87")
@pytest.mark.parametrize("kind", ON_DUTY)
def test_under_a_duty_authority_reference_and_a_second_person_are_needed(kind):
    ann, assistant, officer = ContactFactory(), UserFactory(), UserFactory()
    demanded = {**DUTY, "kind": kind}
    for missing in ("authority", "matter"):
        with pytest.raises(PrivacyError, match="Name the authority"):
            record(ann, to=COURT, **{**demanded, missing: ""})

    made = record(ann, to=COURT, by=assistant, **demanded)

    assert made.state == DisclosureState.PREPARED
    assert not disclosures.of(ann.pk).exists()
    with pytest.raises(TransitionRefused, match="does not approve it"):
        disclosures.approve(made, by=assistant)
    disclosures.approve(made, by=officer)
    (approved,) = disclosures.of(ann.pk)
    assert approved.approved_by == officer
    assert (approved.authority, approved.matter) == ("High Court", "HCA-2026-17")
    with pytest.raises(TransitionRefused, match="made"):
        disclosures.discard(made, by=officer)


@pytest.mark.clause("S87")
def test_the_database_itself_refuses_a_duty_without_its_second_person_or_reference():
    one = UserFactory()
    named = {"authority": "High Court", "matter": "HCA-1", "kind": K.LEGAL_DUTY}
    DisclosureFactory(prepared_by=one, approved_by=UserFactory(), **named)
    wrong = [
        {"approved_by": one},
        {**named, "matter": "", "approved_by": UserFactory()},
        {**named, "authority": "", "approved_by": UserFactory()},
        {**named, "approved_by": None},
    ]

    for facts in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            DisclosureFactory(prepared_by=one, **facts)


@pytest.mark.clause("S87")
def test_an_exchange_against_fraud_is_coded_by_itself_and_needs_no_authority():
    made = record(ContactFactory(), kind=K.FRAUD_EXCHANGE, basis=RecipientBasis.INTERESTS)

    assert (made.kind, made.state) == (K.FRAUD_EXCHANGE, DisclosureState.MADE)


def test_where_one_may_not_be_disclosed_nobody_is():
    free, bound = ContactFactory(), ContactFactory()
    forbid(bound)

    with pytest.raises(PrivacyError, match="the source of the data forbids it: 1"):
        record(free, bound)

    assert not DisclosedPerson.objects.exists()


def test_what_a_source_forbade_until_a_day_that_is_over_may_go():
    until_today, until_yesterday = ContactFactory(), ContactFactory()
    forbid(until_today, expires_on=timezone.localdate())
    forbid(until_yesterday, expires_on=timezone.localdate() - timedelta(days=1))

    with pytest.raises(PrivacyError, match="source"):
        record(until_today)
    assert record(until_yesterday).state == DisclosureState.MADE


@pytest.mark.parametrize(
    ("kind", "goes_restricted", "goes_bound"),
    [
        (K.ORDINARY, False, False),
        (K.FRAUD_EXCHANGE, False, False),
        (K.LEGAL_DUTY, True, True),
        (K.ENFORCEMENT, True, False),
        (K.PROTECTION, True, False),
    ],
)
def test_a_restriction_yields_to_duty_and_claims_and_a_source_to_a_duty_alone(
    kind, goes_restricted, goes_bound
):
    facts = {**DUTY, "kind": kind}
    if kind not in ON_DUTY:
        facts |= {"authority": "", "matter": ""}
    held, bound, both = ContactFactory(), ContactFactory(), ContactFactory()
    for person in (held, both):
        restrict(person)
    for person in (bound, both):
        forbid(person)

    for person, goes in ((held, goes_restricted), (bound, goes_bound), (both, goes_bound)):
        if goes:
            assert record(person, to=COURT, **facts).people.count() == 1
        else:
            with pytest.raises(PrivacyError, match="leave them out"):
                record(person, to=COURT, **facts)


def test_everybody_is_asked_about_again_when_it_is_approved():
    bound = ContactFactory()
    made = record(bound, to=COURT, **{**DUTY, "kind": K.ENFORCEMENT})
    forbid(bound)

    with pytest.raises(PrivacyError, match="source"):
        disclosures.approve(made, by=UserFactory())

    disclosures.discard(made, by=UserFactory())
    assert not DisclosedPerson.objects.exists()
    assert JournalEntry.objects.get(verb="disclosure.discard").facts["people"] == 1


def test_nobody_who_was_disposed_of_is_disclosed_even_under_a_duty():
    gone = ContactFactory()
    dispose(gone)

    with pytest.raises(PrivacyError, match="not on file: 1"):
        record(gone, to=COURT, **DUTY)


def test_who_received_a_persons_data_is_known_beyond_their_erasure():
    ann = ContactFactory()
    made = record(ann)

    dispose(ann)

    assert list(disclosures.of(ann.pk)) == [made]


def test_a_merge_brings_who_received_the_data_of_either_each_once():
    kept, gone = ContactFactory(), ContactFactory()
    both, one = record(kept, gone), record(gone)

    merge.merge(kept, gone, by=None)

    assert list(disclosures.of(kept.pk)) == [one, both]


def test_a_recipient_is_in_the_record_of_processing_once_by_name():
    record(ContactFactory())
    record(ContactFactory())
    record(ContactFactory(), to=COURT, **DUTY)

    assert ropa.record().recipients == (
        {"class": "a supplier or sub-contractor", "name": "Example Works Ltd", "country": "PT"},
    )


def test_a_set_is_asked_about_in_as_many_queries_as_one():
    costs = []
    # The journal's first entry makes its key known.
    record(ContactFactory())
    for number in (1, 40):
        people = [ContactFactory() for _one in range(number)]
        by = UserFactory()
        with CaptureQueriesContext(connection) as queries:
            record(*people, by=by)
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_passing_on_for_a_contract_needs_a_dealing_and_no_channel():
    ann = ContactFactory()

    answers = gate.ask_to_pass_on(
        [ann.pk], purpose="orders", uses=["identity"], on=timezone.localdate()
    )

    assert answers[ann.pk].verdict == Verdict.NO_DEALING


# --- the console --------------------------------------------------------------------------------


def reviewed(country="HK"):
    return SupplierReviewFactory(organisation__country=country).organisation


def typed(firm, **facts):
    return {
        "recipient": str(firm.uuid),
        "recipient_class": "supplier",
        "basis": "contract",
        "purpose": "fraud",
        "kinds": ["identity"],
        "kind": "ordinary",
        "on": timezone.localdate().isoformat(),
        **facts,
    }


@pytest.mark.clause("S83")
def test_it_is_recorded_on_a_persons_page_which_then_names_the_recipient(client):
    works, ann = reviewed("PT"), ContactFactory()
    client.force_login(member(roles.OFFICER))
    page = reverse("admin:crm_contact_change", args=[ann.pk])
    assert works.name not in client.get(page).content.decode()

    client.post(reverse("admin:crm_contact_disclose", args=[ann.pk]), typed(works))

    (made,) = disclosures.of(ann.pk)
    assert made.recipient_reference == works.uuid
    text = client.get(page).content.decode()
    assert f"{works.name} (PT)" in text
    assert reverse("admin:privacy_disclosure_change", args=[made.pk]) in text


def test_from_the_list_it_is_asked_then_recorded_of_all_that_were_chosen(client):
    works = reviewed()
    chosen = [ContactFactory(), ContactFactory()]
    client.force_login(member(roles.ASSISTANT))
    people = reverse("admin:crm_contact_changelist")
    ticked = {"action": "disclose_people", ACTION_CHECKBOX_NAME: [one.pk for one in chosen]}
    confirmed = {**ticked, "confirmed": "1", **typed(works)}

    asked = client.post(people, ticked).content.decode()
    missing = client.post(people, {**ticked, "confirmed": "1"}).content.decode()
    unknown = client.post(people, {**confirmed, "recipient": "Nobody Ltd"}).content.decode()
    named_by_a_person = client.post(
        people,
        {**confirmed, "kind": "enforcement", "authority": "High Court", "matter": "Ann Bee"},
    ).content.decode()
    assert "2 people are chosen." in asked
    assert "This field is required." in missing
    assert "No organisation is called so" in unknown
    assert "A matter is a number, not a name." in named_by_a_person
    assert not Disclosure.objects.exists()

    done = client.post(people, confirmed)

    made = Disclosure.objects.get()
    assert done["Location"] == reverse("admin:privacy_disclosure_change", args=[made.pk])
    assert {row.subject for row in made.people.all()} == set(chosen)


def test_a_refusal_in_the_list_is_a_message_and_nothing_is_recorded(client):
    works, bound = reviewed(), ContactFactory()
    forbid(bound)
    client.force_login(member(roles.OFFICER))
    ticked = {"action": "disclose_people", ACTION_CHECKBOX_NAME: [bound.pk], "confirmed": "1"}

    page = client.post(
        reverse("admin:crm_contact_changelist"), {**ticked, **typed(works)}, follow=True
    )

    assert "leave them out" in page.content.decode()
    assert not Disclosure.objects.exists()


@pytest.mark.clause("S36")
@pytest.mark.parametrize(
    ("kind", "goes"), [("supplier", False), ("partner", False), ("adviser", True)]
)
def test_nothing_goes_to_a_supplier_or_partner_without_a_review_that_holds(client, kind, goes):
    law = OrganisationFactory(country="HK")
    client.force_login(member(roles.OFFICER))
    disclose = reverse("admin:crm_contact_disclose", args=[ContactFactory().pk])

    page = client.post(disclose, typed(law, recipient_class=kind), follow=True).content.decode()

    assert ("no current review" in page, Disclosure.objects.exists()) == (not goes, goes)


def test_staff_record_no_disclosure_from_the_list(client):
    people = reverse("admin:crm_contact_changelist")
    ContactFactory()

    client.force_login(member(roles.OFFICER))
    assert "disclose_people" in client.get(people).content.decode()
    client.force_login(member(roles.STAFF))
    assert "disclose_people" not in client.get(people).content.decode()


def test_a_second_person_approves_in_the_console_and_the_first_is_told_no(client):
    officer = member(roles.OFFICER)
    made = record(ContactFactory(), to=COURT, by=officer, **DUTY)
    approve = reverse("admin:privacy_disclosure_approve", args=[made.pk])
    client.force_login(member(roles.ASSISTANT))
    assert client.post(approve).status_code == 403
    client.force_login(officer)
    assert "HCA-2026-17" in client.get(approve).content.decode()
    assert "does not approve it" in client.post(approve, follow=True).content.decode()

    client.force_login(member(roles.OFFICER))
    client.post(approve)

    made.refresh_from_db()
    assert made.state == DisclosureState.MADE
