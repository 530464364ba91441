"""What a source forbids is noted with the person, journalled, and never without a meaning."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from crm import contacts, sources
from crm.contacts import Entry, SourceFacts
from crm.errors import EntryRefused
from crm.models import SourceRestriction
from crm.names import Names
from privacy import consent, gate
from privacy.enums import ConsentMethod, Verdict
from privacy.models import JournalEntry
from tests.crm.exporting import described, enter, fetched
from tests.crm.importing import member
from tests.factories.crm import ContactFactory, ContactPointFactory, OrganisationFactory
from tests.factories.privacy import NoticeFactory, weigh

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_a_restriction_is_noted_and_journalled():
    contact = ContactFactory()

    sources.restrict(contact, kind="purpose", allows="newsletter", by=None)

    assert contact.source.restrictions.get().allows == "newsletter"
    entry = JournalEntry.objects.get()
    assert (entry.verb, entry.object_reference) == ("source.restrict", str(contact.uuid))
    assert entry.facts == {"type": "purpose"}


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "purpose"},
        {"kind": "disclosure", "allows": "newsletter"},
        {"kind": "region", "allows": "hk", "expires_on": date(2020, 1, 1)},
    ],
)
def test_a_restriction_without_a_meaning_is_refused(facts):
    with pytest.raises(EntryRefused):
        sources.restrict(ContactFactory(), by=None, **facts)

    assert not SourceRestriction.objects.exists()


@pytest.mark.clause("S30")
@pytest.mark.parametrize(
    ("kind", "allows", "goes"),
    [
        ("purpose", "contest", False),
        ("purpose", "newsletter", True),
        ("channel", "phone", False),
        ("channel", "email", True),
        ("region", "de", False),
        ("region", "hk", True),
        ("disclosure", "", True),
    ],
)
def test_what_the_source_forbids_is_not_sent_whatever_the_person_agreed_to(kind, allows, goes):
    contact = ContactFactory(residence_country="HK")
    ContactPointFactory(contact=contact)
    consent.record(
        contact,
        purpose="newsletter",
        channel="email",
        method=ConsentMethod.ONLINE,
        wording_text="Yes.",
        notice=NoticeFactory(),
        evidence="form 12",
        by=None,
    )
    today = timezone.localdate()
    asked = {"purpose": "newsletter", "channel": "email"}
    assert gate.may(contact, **asked).is_yes

    sources.restrict(contact, kind=kind, allows=allows, expires_on=today, by=None)

    assert gate.may(contact, **asked).is_yes is goes
    assert goes or gate.may(contact, **asked).verdict is Verdict.SOURCE
    assert gate.may(contact, **asked, on=today + timedelta(days=1)).is_yes


@pytest.mark.clause("S30")
def test_no_onward_disclosure_keeps_a_person_out_of_each_file_that_leaves():
    first, _second = enter(2)
    by, firm = member(), OrganisationFactory(country="HK")
    sources.restrict(first, kind="disclosure", by=by)

    export = described(
        type(first).objects.all(), by=by, destination="client", holder=firm, reason="service"
    )

    assert (export.rows, export.left_out) == (1, {"source": 1})
    text = fetched(export, by=by).decode()
    assert "person-1@example.com" in text and "person-0@example.com" not in text


@pytest.mark.clause("S34")
def test_of_a_public_register_it_is_kept_which_one_and_what_it_allows():
    contact = contacts.enter(
        Entry(names=Names("", "", "Okonkwo", "Amara")),
        source=SourceFacts("public", date(2026, 3, 1), detail="Companies Registry, 0471155"),
        by=None,
    )
    sources.restrict(contact, kind="purpose", allows="fraud", by=None)
    weigh("fraud")

    source = contact.source
    assert (source.get_type_display(), source.detail) == (
        "public register",
        "Companies Registry, 0471155",
    )
    assert gate.may(contact, purpose="fraud").is_yes
    assert gate.may(contact, purpose="business-intelligence").verdict is Verdict.SOURCE
