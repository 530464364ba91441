"""What restarts a person's clock, and what never does (DESIGN 3)."""

from datetime import UTC, date, datetime

import pytest

from crm import dealings
from crm.enums import Direction, EngagementState, RetentionClass, RoleKind
from crm.models import Contact, Interaction, Organisation
from privacy import consent
from privacy.enums import ConsentMethod
from tests.factories.privacy import NoticeFactory
from tests.retention import people

pytestmark = [pytest.mark.django_db, pytest.mark.both]
OBTAINED = date(2020, 3, 1)
LATER = date(2021, 4, 2)
LAST = date(2022, 5, 3)


@pytest.fixture
def amara():
    return people.person(OBTAINED, latin_family_name="Okonkwo")


def test_without_any_event_the_clock_runs_from_the_source(amara):
    assert (amara.anchor_on, amara.retention_class) == (OBTAINED, RetentionClass.LEAD)


def test_an_event_before_the_source_still_is_the_last_event(amara):
    people.interaction(amara, date(2019, 1, 1))

    assert people.refreshed(amara).anchor_on == date(2019, 1, 1)


@pytest.mark.parametrize("direction", [Direction.INBOUND, Direction.HELD])
def test_a_message_from_the_person_or_a_meeting_restarts_the_clock(amara, direction):
    people.interaction(amara, LATER, direction)

    assert people.refreshed(amara).anchor_on == LATER


def test_our_own_outbound_message_never_restarts_the_clock(amara):
    people.interaction(amara, LATER, Direction.OUTBOUND)

    assert people.refreshed(amara).anchor_on == OBTAINED


@pytest.mark.parametrize(
    ("method", "restarts"), [(ConsentMethod.PAPER, True), (ConsentMethod.IMPORT, False)]
)
def test_a_consent_that_the_person_gave_restarts_the_clock_and_a_refusal_never(
    amara, method, restarts
):
    consent.record(
        amara,
        purpose="newsletter",
        channel="email",
        method=method,
        at=people.at_noon(LATER),
        wording_text="Yes.",
        notice=NoticeFactory(),
        evidence="letter 7",
        by=None,
    )
    consent.refuse([amara.pk], method=ConsentMethod.EMAIL, at=people.at_noon(LAST), by=None)
    dealings.refresh([amara.pk])

    assert people.refreshed(amara).anchor_on == (LATER if restarts else OBTAINED)


def test_an_edit_never_restarts_the_clock(amara):
    amara.latin_given_name = "Ada"
    amara.save()
    dealings.refresh([amara.pk])

    assert people.refreshed(amara).anchor_on == OBTAINED


def test_an_event_shortly_before_midnight_utc_falls_on_the_next_day_in_hong_kong(amara):
    row = people.interaction(amara, LATER)
    Interaction.objects.filter(pk=row.pk).update(
        occurred_at=datetime(2021, 4, 2, 18, 30, tzinfo=UTC)
    )

    dealings.refresh([amara.pk])

    assert people.refreshed(amara).anchor_on == date(2021, 4, 3)


def test_start_and_end_of_a_role_are_events(amara):
    people.role(amara, RoleKind.SUPPLIER, LATER)
    assert people.refreshed(amara).anchor_on == LATER

    people.role(amara, RoleKind.SUPPLIER, LATER, LAST)
    assert people.refreshed(amara).anchor_on == LAST


@pytest.mark.parametrize("kind", [RoleKind.EMPLOYEE, RoleKind.CONSULTANT, RoleKind.TEMPORARY])
def test_no_clock_runs_while_a_role_of_work_is_open(amara, kind):
    row = people.role(amara, kind, LATER)
    assert people.refreshed(amara).anchor_on is None

    row.ended_on = LAST
    row.save()
    dealings.refresh([amara.pk])

    assert people.refreshed(amara).anchor_on == LAST
    assert amara.retention_class == RetentionClass.STAFF


def test_no_clock_runs_while_an_engagement_is_open(amara):
    work = people.engagement(amara, EngagementState.CONTRACT, LATER)
    assert people.refreshed(amara).anchor_on is None

    work.closed_on = LAST
    work.save()
    dealings.refresh(dealings.people_of([work.pk]))

    assert people.refreshed(amara).anchor_on == LAST


def test_no_clock_runs_for_the_contact_of_a_client_whose_engagement_is_open(amara):
    firm = Organisation.objects.create(name="Harbour Works")
    people.role(amara, RoleKind.CLIENT, LATER, organisation=firm)
    assert people.refreshed(amara).anchor_on == LATER

    work = people.engagement(None, EngagementState.CONTRACT, LATER, organisation=firm)
    assert dealings.people_of([work.pk]) == {amara.pk}
    dealings.refresh([amara.pk])

    assert people.refreshed(amara).anchor_on is None


@pytest.mark.parametrize("expected", people.MAKERS)
def test_the_class_follows_from_roles_and_engagements(expected):
    contact = people.MAKERS[expected](LAST)

    assert (contact.retention_class, contact.anchor_on) == (expected, LAST)


def test_of_several_classes_the_longest_period_governs(amara):
    people.role(amara, RoleKind.APPLICANT, OBTAINED, OBTAINED)
    people.engagement(amara, EngagementState.CONSULTATION, LATER, LATER)
    assert people.refreshed(amara).retention_class == RetentionClass.CONSULTATION

    people.engagement(amara, EngagementState.CONTRACT, LATER, LATER)
    assert people.refreshed(amara).retention_class == RetentionClass.CLIENT


def test_an_enquiry_alone_makes_a_lead(amara):
    people.engagement(amara, EngagementState.ENQUIRY, LATER, LATER)

    assert people.refreshed(amara).retention_class == RetentionClass.LEAD


def test_a_tombstone_is_left_as_it_is(amara):
    Contact.objects.filter(pk=amara.pk).update(disposed_at=people.at_noon(LAST))
    people.interaction(amara, LATER)

    assert people.refreshed(amara).anchor_on == OBTAINED


@pytest.mark.parametrize("number", [1, 3, 50])
def test_one_statement_derives_any_number_of_people(number, django_assert_num_queries):
    pks = [people.person(OBTAINED).pk for _ in range(number)]

    # One derives, one asks whether a hold covers anybody through an organisation or work.
    with django_assert_num_queries(2):
        assert dealings.refresh(pks) == number
