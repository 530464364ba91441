"""Entering and correcting people through the one door."""

from contextlib import nullcontext
from datetime import date

import pytest
from dateutil.relativedelta import relativedelta
from django.utils import timezone

from crm import contacts, countries
from crm.contacts import Entry, SourceFacts
from crm.enums import RoleKind, SourceType
from crm.errors import EntryRefused, UnderAge
from crm.models import Contact, ContactPoint, Source, UnderAgeRefusal
from crm.names import Names
from privacy import suppression
from privacy.enums import PointKind, Regime, SuppressionScope
from privacy.errors import IdentifierSuppressed
from privacy.models import JournalEntry
from privacy.suppression import Point
from tests.factories.crm import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]
SOURCE = SourceFacts(SourceType.CARD, date(2024, 3, 1), detail="a fair")
EMAIL = Point(PointKind.EMAIL, "Amara.Okonkwo@Example.com")


def amara(**fields):
    return Entry(names=Names("", "", "Okonkwo", "Amara"), points=[EMAIL], **fields)


@pytest.mark.clause("S29", "S35")
def test_entering_a_person_stores_source_names_points_role_history_and_clock():
    operator = UserFactory()

    contact = contacts.enter(
        amara(role=RoleKind.SUPPLIER, organisation="Quill Ltd"), source=SOURCE, by=operator
    )

    source = contact.source
    assert (source.type, source.detail) == (SourceType.CARD, "a fair")
    assert (source.obtained_on, source.obtained_by) == (date(2024, 3, 1), None)
    assert contact.points.get().normal_form == "amara.okonkwo@example.com"
    assert contact.roles.get().organisation.name == "Quill Ltd"
    assert contact.retention_class == "supplier"
    assert contact.anchor_on == SOURCE.obtained_on
    assert "quill ltd" in contact.search_text
    assert contact.name_key == "amaraokonkwo"
    assert contact.history.get().history_user == operator
    assert contact.points.get().history.count() == 1
    assert JournalEntry.objects.get(verb="contact.enter").object_reference == str(contact.uuid)


@pytest.mark.clause("S7")
@pytest.mark.parametrize(
    ("kind", "held"),
    [
        (RoleKind.PROSPECT, "lead"),
        (RoleKind.SUPPLIER, "supplier"),
        (RoleKind.EMPLOYEE, "staff"),
        (RoleKind.CONSULTANT, "staff"),
        (RoleKind.TEMPORARY, "staff"),
        (RoleKind.APPLICANT, "applicant"),
    ],
)
def test_what_a_person_is_to_the_firm_decides_for_how_long_they_stay(kind, held):
    contact = contacts.enter(amara(role=kind), source=SOURCE, by=UserFactory())

    assert contact.roles.get().kind == kind
    assert contact.retention_class == held


@pytest.mark.clause("S113")
@pytest.mark.parametrize(("days", "is_in"), [(-1, True), (0, True), (1, False), (300, False)])
def test_the_sixteenth_birthday_opens_the_door_and_no_day_before(days, is_in):
    today = timezone.localdate()
    born_on = today + relativedelta(years=-16, days=days)

    with nullcontext() if is_in else pytest.raises(UnderAge):
        contacts.enter(amara(born_on=born_on), source=SOURCE, by=None)

    assert Contact.objects.exists() is is_in
    assert UnderAgeRefusal.objects.exists() is not is_in


@pytest.mark.clause("S113")
def test_nobody_under_sixteen_is_entered_and_only_a_count_remains():
    today = timezone.localdate()

    for _ in range(2):
        with pytest.raises(UnderAge):
            contacts.enter(
                amara(born_on=today.replace(year=today.year - 10)), source=SOURCE, by=None
            )

    assert not Contact.objects.exists()
    assert not Source.objects.exists()
    assert UnderAgeRefusal.objects.get().count == 2


@pytest.mark.clause("S110")
def test_a_suppressed_point_stops_the_whole_entry():
    suppression.suppress([EMAIL], scope=SuppressionScope.NO_REENTRY, by=None)

    with pytest.raises(IdentifierSuppressed):
        contacts.enter(amara(), source=SOURCE, by=None)

    assert not Contact.objects.exists()
    assert not Source.objects.exists()


def test_a_person_without_a_name_is_refused():
    with pytest.raises(EntryRefused):
        contacts.enter(Entry(names=Names(), points=[EMAIL]), source=SOURCE, by=None)


def test_a_correction_is_searchable_and_journalled_by_field_name_alone():
    contact = contacts.enter(amara(), source=SOURCE, by=None)

    contacts.correct(contact, {"latin_family_name": "Żółć"}, by=None)

    contact.refresh_from_db()
    assert "zolc" in contact.search_text
    assert "amara.okonkwo@example.com" in contact.search_text
    assert contact.history.count() == 2
    assert JournalEntry.objects.get(verb="contact.correct").facts == {
        "fields": ["latin_family_name"]
    }


def test_a_derived_column_cannot_be_corrected():
    contact = contacts.enter(amara(), source=SOURCE, by=None)

    with pytest.raises(EntryRefused):
        contacts.correct(contact, {"anchor_on": date(2030, 1, 1)}, by=None)


def test_entering_many_takes_as_many_queries_as_entering_few(django_assert_max_num_queries):
    many = [
        Entry(names=Names("", "", f"Family{n}", ""), points=[Point("email", f"p{n}@example.com")])
        for n in range(100)
    ]

    with django_assert_max_num_queries(20):
        contacts.write(many, source=SOURCE, by=None, came_by="form")

    assert ContactPoint.objects.count() == 100


@pytest.mark.parametrize(
    ("written", "code", "regimes"),
    [
        ("Hong Kong", "HK", {Regime.HK_PDPO}),
        ("Portugal", "PT", {Regime.HK_PDPO, Regime.EU_GDPR}),
        ("UK", "GB", {Regime.HK_PDPO, Regime.UK_GDPR}),
        ("no", "NO", {Regime.HK_PDPO, Regime.EU_GDPR}),
        ("香港", "HK", {Regime.HK_PDPO}),
        ("", "", {Regime.HK_PDPO}),
    ],
)
def test_residence_gives_the_regimes(written, code, regimes):
    assert countries.code_of(written) == code
    assert countries.regimes(code) == regimes


def test_an_unknown_country_is_not_guessed():
    assert countries.code_of("Atlantis") is None
