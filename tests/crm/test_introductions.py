"""Nobody is introduced before their details were checked, and it is known to whom they were."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import accuracy, introductions, merge
from crm.enums import CheckWay, RestrictionKind
from crm.errors import EntryRefused, ReviewRefused
from crm.models import AccuracyCheck
from privacy import disclosures, links, restriction
from privacy.enums import RestrictionGround
from privacy.errors import PrivacyError
from privacy.links import Act
from privacy.models import Disclosure, JournalEntry
from tests.crm.importing import member
from tests.factories.crm import (
    AccuracyCheckFactory,
    ContactPointFactory,
    OrganisationFactory,
    SourceRestrictionFactory,
    SupplierReviewFactory,
    UserFactory,
)
from tests.factories.privacy import weigh

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture(autouse=True)
def weighings():
    return weigh("fraud")


def introduce(contact, *, to=None, by=None, **facts):
    return introductions.introduce(
        contact,
        recipient=to or OrganisationFactory(country="PT"),
        **{
            "recipient_class": "client",
            "basis": "contract",
            "purpose": "fraud",
            "kinds": ["identity", "contact"],
            "by": by or UserFactory(),
            **facts,
        },
    )


def answer(contact, said):
    token = links.token(Act.ACCURACY, contact.uuid)
    Client().post(reverse("public:still_right", args=[token]), {"answer": said})


@pytest.fixture
def ann():
    return ContactPointFactory(value="ann@example.com").contact


@pytest.mark.clause("S100")
def test_an_introduction_is_a_disclosure_and_says_who_checked_when_and_how(ann):
    checker, firm = UserFactory(), OrganisationFactory(country="PT")
    accuracy.note(ann, way=CheckWay.REGISTER, by=checker)

    made = introduce(ann, to=firm)

    assert list(disclosures.of(ann.pk)) == [made]
    assert (made.recipient, made.country, made.kind) == (firm.name, "PT", "ordinary")
    assert JournalEntry.objects.get(verb="disclosure.introduce").facts == {
        "checked_on": timezone.localdate().isoformat(),
        "checked_by": checker.pk,
        "way": "register",
    }


@pytest.mark.clause("S100")
def test_without_a_check_it_is_refused_with_what_to_do(ann):
    with pytest.raises(EntryRefused, match="check them and note it"):
        introduce(ann)

    assert not Disclosure.objects.exists()


@pytest.mark.clause("S100")
@pytest.mark.parametrize(("days", "counts"), [(89, True), (90, True), (91, False)])
def test_a_check_counts_for_ninety_days(ann, days, counts):
    AccuracyCheckFactory(contact=ann, checked_at=timezone.now() - timedelta(days=days))

    if counts:
        assert introduce(ann).people.count() == 1
    else:
        with pytest.raises(EntryRefused, match="within 90 days"):
            introduce(ann)


def test_the_persons_own_yes_is_a_check_and_their_no_ends_a_colleagues(ann):
    answer(ann, "right")
    assert introduce(ann)
    assert accuracy.last(ann).checked_by is None

    accuracy.note(ann, way=CheckWay.ASKED, by=UserFactory())
    answer(ann, "wrong")
    with pytest.raises(EntryRefused, match="not right"):
        introduce(ann)

    answer(ann, "right")
    assert introduce(ann)
    assert list(AccuracyCheck.objects.values_list("is_right", flat=True)) == [
        True, False, True, True,
    ]  # fmt: skip


def test_the_same_answer_twice_is_one_check(ann):
    for said in ("wrong", "wrong", "right", "right"):
        answer(ann, said)

    assert list(AccuracyCheck.objects.values_list("is_right", flat=True)) == [True, False]


def test_a_yes_just_after_the_mailbox_was_verified_is_a_check_too(ann):
    ann.points.update(verified_at=timezone.now())

    answer(ann, "right")

    assert accuracy.last(ann).is_right


def test_addresses_that_all_bounced_stop_it_whoever_checked_before(ann):
    AccuracyCheckFactory(contact=ann)
    ann.points.update(bounced_at=timezone.now())
    with pytest.raises(EntryRefused, match="bounced"):
        introduce(ann)

    ContactPointFactory(contact=ann, value="new@example.com")
    assert introduce(ann)


def test_neither_a_restriction_nor_a_source_that_forbids_it_is_passed_by(ann):
    AccuracyCheckFactory(contact=ann)
    bound = AccuracyCheckFactory().contact
    SourceRestrictionFactory(source=bound.source, kind=RestrictionKind.DISCLOSURE)
    restriction.place(
        ann, ground=RestrictionGround.ACCURACY, received_on=timezone.localdate(), by=UserFactory()
    )

    for person, reason in ((ann, "restricted"), (bound, "source")):
        with pytest.raises(PrivacyError, match=reason):
            introduce(person)
    with pytest.raises(EntryRefused, match="nobody may work"):
        accuracy.note(ann, way=CheckWay.ASKED, by=UserFactory())


def test_only_clients_and_reviewed_partners_are_introduced_to(ann):
    AccuracyCheckFactory(contact=ann)
    partner = OrganisationFactory(country="PT")
    with pytest.raises(EntryRefused, match="client or partner"):
        introduce(ann, recipient_class="auditor")
    with pytest.raises(ReviewRefused):
        introduce(ann, to=partner, recipient_class="partner")

    SupplierReviewFactory(organisation=partner)
    assert introduce(ann, to=partner, recipient_class="partner").recipient == partner.name


@pytest.mark.parametrize("way", [CheckWay.OWN, "guess"])
def test_a_colleague_says_how_and_does_not_answer_for_the_person(ann, way):
    with pytest.raises(EntryRefused, match="Say how"):
        accuracy.note(ann, way=way, by=UserFactory())

    assert accuracy.last(ann) is None


def test_what_was_checked_of_one_merged_away_is_not_checked_of_the_other(ann):
    gone = AccuracyCheckFactory().contact

    merge.merge(ann, gone, by=None)

    assert accuracy.last(ann) is None


def test_in_the_console_staff_check_and_then_introduce(client, ann):
    staff, firm = member(roles.STAFF), OrganisationFactory(country="HK")
    ann.owner = staff
    ann.save()
    client.force_login(staff)
    act = reverse("admin:crm_contact_introduce", args=[ann.pk])
    typed = {
        "recipient": str(firm.uuid),
        "recipient_class": "client",
        "basis": "contract",
        "purpose": "fraud",
        "kinds": ["identity"],
    }
    assert "never" in client.get(act).content.decode()
    refused = client.post(act, typed, follow=True).content.decode()
    assert "check them and note it" in refused

    client.post(reverse("admin:crm_contact_check", args=[ann.pk]), {"way": "asked"})
    assert staff.username in client.get(act).content.decode()
    client.post(act, typed)

    assert disclosures.of(ann.pk).get().recipient == firm.name
    offered = client.post(act, {**typed, "recipient_class": "auditor"}).content.decode()
    assert "Select a valid choice" in offered
    assert Disclosure.objects.count() == 1
