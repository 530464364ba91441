"""Names in every script are gone after disposal; a namesake keeps theirs."""

from datetime import UTC, date, datetime

import pytest

from crm import contacts
from crm.enums import RetentionClass
from crm.models import Contact
from privacy import disposal
from privacy.enums import DisposalCause
from privacy.models import Finding
from retention import sweep
from retention.enums import Mode
from retention.models import SweepBatch
from tests import canaries
from tests.factories import crm as factories

NAMES = [
    ("陳", "大文"),
    ("Żółć", "Łukasz"),
    ("O’Brien", "Siobhán"),
    ("محمود", "يوسف"),
    ("כהן", "אברהם"),
]


@pytest.mark.both
@pytest.mark.django_db
@pytest.mark.parametrize(("family", "given"), NAMES)
def test_a_name_is_gone_after_disposal_and_a_namesake_untouched(family, given):
    person, namesake = (
        factories.ContactFactory(
            native_family_name=family,
            native_given_name=given,
            latin_family_name="",
            latin_given_name="",
        )
        for _ in range(2)
    )
    note = factories.InteractionFactory(contact=person, body=f"{given} {family} {family}{given}")
    contacts.index([person.pk, namesake.pk])
    before = canaries.found_in_tables({family, given})
    assert len(before) > 3

    disposal.dispose([person.pk], cause=DisposalCause.ERASURE, by=None, on=date(2026, 6, 1))

    person.refresh_from_db()
    left = Contact.objects.get(pk=namesake.pk)
    assert str(person) == str(person.uuid)
    assert person.search_text == person.name_key == ""
    assert not person.history.exists()
    assert not type(note).objects.filter(pk=note.pk).exists()
    assert (left.native_family_name, left.native_given_name) == (family, given)
    assert left.history.exists()
    disposal.dispose([namesake.pk], cause=DisposalCause.ERASURE, by=None, on=date(2026, 6, 1))
    assert canaries.found_in_tables({family, given}) == {}


@pytest.mark.both
@pytest.mark.django_db
@pytest.mark.parametrize(("family", "given"), NAMES)
def test_a_mention_in_somebody_elses_notes_is_a_finding_of_that_night(family, given, settings):
    person = factories.ContactFactory(
        native_family_name=family,
        native_given_name=given,
        latin_family_name="",
        latin_given_name="",
        retention_class=RetentionClass.LEAD,
        anchor_on=date(2020, 1, 1),
    )
    colleague = factories.ContactFactory(anchor_on=date(2026, 5, 1))
    note = factories.InteractionFactory(
        contact=colleague,
        body=f"Spoke to {person.native_name} today",
        occurred_at=datetime(2026, 5, 1, tzinfo=UTC),
    )

    sweep.run(on=date(2026, 6, 1), mode=Mode.APPLY)

    found = Finding.objects.get()
    assert (found.place, found.row_reference) == ("crm_interaction.body", str(note.pk))
    assert (found.subject_reference, found.needle_kind) == (person.uuid, "name")
    assert not SweepBatch.objects.exclude(mentions=[]).exists()
