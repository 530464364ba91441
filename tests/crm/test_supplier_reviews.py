"""Suppliers of data are reviewed, and without a review that holds nothing comes from or goes to them."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import supplier_reviews
from crm.enums import ReviewOutcome, SourceType
from crm.errors import ReviewRefused
from crm.imports import steps
from crm.models import Contact, Source, SupplierReview
from privacy import consent, gate, notices
from privacy.enums import ConsentMethod, Verdict
from privacy.points import Point
from tests.crm.exporting import described, enter, fetched
from tests.crm.importing import checked, imported, member, people, uploaded
from tests.crm.test_exports import agree
from tests.factories.crm import (
    ContactFactory,
    ContactPointFactory,
    OrganisationFactory,
    SourceFactory,
    SupplierReviewFactory,
)
from tests.factories.privacy import NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

PASSED, FAILED = ReviewOutcome.PASSED, ReviewOutcome.FAILED


def today():
    return timezone.localdate()


def reviewed(firm, gdpr=PASSED, pdpo=PASSED, **changed):
    facts = {
        "evidence": "shelf 7",
        "reviewed_on": today(),
        "next_due_on": today() + timedelta(days=300),
        "by": member(),
    }
    return supplier_reviews.review(firm, gdpr=gdpr, pdpo=pdpo, **(facts | changed))


def holds(firm, on=None):
    return supplier_reviews.passed(on=on or today()).filter(organisation=firm).exists()


@pytest.mark.clause("S36")
def test_a_review_holds_under_both_laws_until_the_next_is_due_and_the_latest_counts():
    firm = OrganisationFactory()
    assert not holds(firm)
    reviewed(firm, pdpo=FAILED, reviewed_on=today() - timedelta(days=2))
    assert not holds(firm)

    second = reviewed(firm, reviewed_on=today() - timedelta(days=1))
    assert holds(firm)
    assert holds(firm, second.next_due_on - timedelta(days=1))
    assert not holds(firm, second.next_due_on)
    assert not holds(firm, today() - timedelta(days=3))

    reviewed(firm, gdpr=FAILED)
    assert not holds(firm)
    assert not holds(OrganisationFactory())


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"evidence": " "}, "is filed"),
        ({"reviewed_on": date(2099, 1, 1), "next_due_on": date(2099, 6, 1)}, "in the future"),
        ({"next_due_on": date(2020, 1, 1)}, "within two years"),
        ({"next_due_on": date(2099, 1, 1)}, "within two years"),
    ],
)
def test_a_review_that_proves_nothing_is_refused(changed, sentence):
    with pytest.raises(ReviewRefused, match=sentence):
        reviewed(OrganisationFactory(), **changed)
    assert not SupplierReview.objects.exists()


@pytest.mark.clause("S36")
@pytest.mark.parametrize("source", [SourceType.BROKER, SourceType.PARTNER])
def test_a_file_of_a_supplier_without_a_review_is_refused_also_once_it_ended_since(source):
    firm = OrganisationFactory()
    terms = {
        "source_type": source,
        "evidence": "shelf 4",
        "expires_on": today() + timedelta(days=90),
        "supplier": firm,
    }
    by = member()
    with pytest.raises(ValidationError, match="no current review"):
        uploaded(people(1), by=by, **terms)
    with pytest.raises(ValidationError, match="Say which organisation"):
        uploaded(people(1), by=by, **(terms | {"supplier": None}))

    reviewed(firm)
    batch = checked(people(1), by=by, **terms)
    reviewed(firm, gdpr=FAILED)
    with pytest.raises(ValidationError, match="no current review"):
        steps.confirm(batch, by=by, typed=1)
    assert not Contact.objects.exists()

    reviewed(firm)
    imported(people(2), by=by, **terms)
    assert {source.supplier for source in Source.objects.all()} == {firm}


def test_a_file_of_nobody_in_particular_names_no_supplier():
    with pytest.raises(ValidationError, match="Only what a broker or partner"):
        uploaded(people(1), by=member(), supplier=OrganisationFactory())


@pytest.mark.clause("S36")
@pytest.mark.parametrize("destination", ["processor", "supplier", "partner"])
def test_no_file_goes_to_a_supplier_without_a_review(destination):
    enter(1)
    by, firm = member(), OrganisationFactory(country="HK")
    terms = {"destination": destination, "holder": firm, "reason": "service"}
    with pytest.raises(ReviewRefused, match="no current review"):
        described(Contact.objects.all(), by=by, **terms)

    reviewed(firm)
    assert described(Contact.objects.all(), by=by, **terms).rows == 1
    # Whom a law makes us tell needs none.
    ordered = terms | {"destination": "authority", "reason": "order", "matter": "HCMP-2026-17"}
    other = OrganisationFactory(country="HK")
    assert described(Contact.objects.all(), by=by, **(ordered | {"holder": other})).rows == 1


@pytest.mark.clause("S36")
def test_whom_an_unreviewed_supplier_gave_us_is_not_marketed_to_and_served_all_the_same():
    NoticeFactory()
    firm = OrganisationFactory()
    sold = ContactFactory(source=SourceFactory(type=SourceType.BROKER, supplier=firm))
    by_nobody = ContactFactory(source=SourceFactory(type=SourceType.PARTNER))
    own = ContactFactory()
    for number, contact in enumerate((sold, by_nobody, own)):
        ContactPointFactory(contact=contact, value=f"person-{number}@example.com")
        agree(contact, by=member())
    asked = {"purpose": "newsletter", "channel": "email"}
    pks = [sold.pk, by_nobody.pk, own.pk]

    def verdicts():
        return [gate.ask(pks, **asked)[pk].verdict for pk in pks]

    assert verdicts() == [Verdict.UNREVIEWED, Verdict.UNREVIEWED, Verdict.BY_CONSENT]
    assert gate.may(sold, purpose="rights", channel="email").verdict is Verdict.BY_LAW

    reviewed(firm)
    assert verdicts() == [Verdict.BY_CONSENT, Verdict.UNREVIEWED, Verdict.BY_CONSENT]


def test_an_officer_reviews_on_the_organisations_page_and_others_may_not(client):
    firm = OrganisationFactory()
    address = reverse("admin:crm_organisation_review", args=[firm.pk])
    said = {
        "gdpr": "passed",
        "pdpo": "passed",
        "evidence": "shelf 7",
        "reviewed_on": today().isoformat(),
        "next_due_on": (today() + timedelta(days=200)).isoformat(),
    }
    client.force_login(member(roles.STAFF))
    assert client.post(address, said).status_code == 403
    client.force_login(member())
    assert client.post(address, said).status_code == 302

    assert holds(firm)
    page = client.get(reverse("admin:crm_supplierreview_changelist")).content.decode()
    assert firm.name in page


def test_what_ends_within_thirty_days_is_due(client):
    soon, later, failed = (OrganisationFactory() for _n in range(3))
    SupplierReviewFactory(organisation=soon, next_due_on=today() + timedelta(days=30))
    SupplierReviewFactory(organisation=later, next_due_on=today() + timedelta(days=31))
    SupplierReviewFactory(organisation=failed, next_due_on=today() - timedelta(days=31))
    reviewed(failed)

    assert [row.organisation for row in supplier_reviews.due(on=today())] == [soon]
    client.force_login(member())
    page = client.get(reverse("admin:crm_supplierreview_changelist"), {"due": "soon"})
    assert [row.organisation for row in page.context["cl"].result_list] == [soon]


# --- addresses that stay -------------------------------------------------------------------------


@pytest.mark.clause("S17", "S49")
def test_an_address_given_to_subscribe_or_for_an_order_goes_to_nobody_for_their_own_ends():
    NoticeFactory()
    contact = enter(1)[0]
    order = ContactPointFactory(contact=contact, value="order@example.com", given_for="order")
    consent.record(
        contact,
        purpose="newsletter",
        channel="email",
        method=ConsentMethod.ONLINE,
        wording_text="Yes.",
        notice=notices.in_force(on=today()),
        evidence="form 12",
        address=Point("email", "PERSON-0@example.com"),
        by=None,
    )
    by, firm = member(), OrganisationFactory(country="HK")
    reviewed(firm)
    everybody = Contact.objects.all()

    def written(**terms):
        export = described(everybody, by=by, holder=firm, columns=["names", "email"], **terms)
        return export, fetched(export, by=by).decode()

    partner, text = written(destination="partner", reason="audit")
    assert "@example.com" not in text and "Family0" in text
    assert partner.left_out == {"addresses": 2}
    # The work that they do for us needs them, and our own people's hands are ours.
    for terms in ({"destination": "supplier", "reason": "service"}, {"destination": "own"}):
        _export, text = written(**terms)
        assert "person-0@example.com" in text and order.value in text

    # A withdrawal makes it no less an address that was given to subscribe.
    consent.withdraw(
        contact, purpose="newsletter", channels=["email"], method=ConsentMethod.EMAIL, by=None
    )
    assert "@example.com" not in written(destination="partner", reason="audit")[1]
