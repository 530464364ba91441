"""What a source forbids is noted with the person, journalled, and never without a meaning."""

from datetime import date

import pytest

from crm import sources
from crm.errors import EntryRefused
from crm.models import SourceRestriction
from privacy.models import JournalEntry
from tests.factories.crm import ContactFactory

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
