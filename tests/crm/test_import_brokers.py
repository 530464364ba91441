"""What a broker sold comes with its licence and its last day, which stays with each person."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from crm import sources
from crm.enums import RestrictionKind, SourceType
from crm.errors import EntryRefused
from crm.imports import steps
from crm.models import Contact, SourceRestriction
from privacy import gate
from privacy.enums import Channel, ConsentMethod, Verdict
from privacy.models import ConsentEvent
from tests.crm.importing import checked, imported, member, people, uploaded
from tests.factories.crm import ContactFactory, SupplierReviewFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def licence():
    return {
        "source_type": SourceType.BROKER,
        "supplier": SupplierReviewFactory().organisation,
        "evidence": "shelf 4",
        "expires_on": timezone.localdate() + timedelta(days=90),
    }


@pytest.mark.parametrize("missing", ["evidence", "expires_on"])
@pytest.mark.clause("S31")
def test_a_file_without_evidence_or_end_is_refused(licence, missing):
    del licence[missing]

    with pytest.raises(ValidationError, match="licence or contract"):
        uploaded(people(1), by=member(), **licence)


def test_each_person_whom_it_entered_may_be_used_until_the_last_day(licence):
    known = ContactFactory()

    imported(people(3), by=member(), **licence)

    terms = SourceRestriction.objects.filter(kind=RestrictionKind.TERM)
    assert terms.count() == 3
    assert {term.expires_on for term in terms} == {licence["expires_on"]}
    assert not known.source.restrictions.exists()


def test_a_file_of_another_source_restricts_nobody():
    imported(people(1), by=member())

    assert not SourceRestriction.objects.exists()


@pytest.mark.clause("S31")
def test_the_gate_lets_nobody_use_them_after_the_last_day(licence):
    imported(people(1), by=member(), **licence)
    person = Contact.objects.get()
    last = licence["expires_on"]

    def verdict(on):
        asked = gate.ask([person.pk], purpose="newsletter", channel=Channel.EMAIL, on=on)
        return asked[person.pk].verdict

    assert verdict(last) is not Verdict.SOURCE
    assert verdict(last + timedelta(days=1)) is Verdict.SOURCE
    assert not ConsentEvent.objects.filter(method=ConsentMethod.IMPORT).exists()


def test_a_licence_that_ended_between_check_and_import_stops_it(licence):
    by = member()
    batch = checked(people(1), by=by, **licence)
    batch.expires_on = timezone.localdate()
    batch.save()

    with pytest.raises(ValidationError, match="has ended"):
        steps.confirm(batch, by=by)


@pytest.mark.parametrize("facts", [{}, {"allows": "email"}])
def test_a_term_has_its_last_day_and_nothing_else(facts):
    tomorrow = timezone.localdate() + timedelta(days=1)
    if facts:
        facts = {**facts, "expires_on": tomorrow}

    with pytest.raises(EntryRefused):
        sources.restrict(ContactFactory(), kind=RestrictionKind.TERM, by=None, **facts)

    made = sources.restrict(
        ContactFactory(), kind=RestrictionKind.TERM, expires_on=tomorrow, by=None
    )
    assert made.expires_on == tomorrow
