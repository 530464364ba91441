"""Due for review: whose time ends soon, seen by whom, kept by what."""

from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm.models import Contact
from privacy.enums import HoldScope
from retention import plan
from tests.factories.crm import OrganisationFactory, RoleFactory, TeamFactory, UserFactory
from tests.retention import people

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def page() -> str:
    return reverse("admin:due_list")


def member(role, **facts):
    user = UserFactory(**facts)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def console(client):
    client.force_login(member(roles.OFFICER))
    return client


def due_in(days: int, name: str = "lead") -> Contact:
    """A person whose period ends in so many days."""
    end = timezone.localdate() + timedelta(days=days)
    return people.MAKERS[name](end - relativedelta(years=people.YEARS[name]))


def shown(client, **asked) -> list[int]:
    return [person.pk for person in client.get(page(), asked).context["cl"].result_list]


@pytest.mark.parametrize(
    ("role", "status"),
    [(r, 200) for r in (roles.OFFICER, roles.ASSISTANT, roles.STAFF, roles.AUDITOR)]
    + [(r, 403) for r in (roles.HR, roles.SYSTEM)],
)
def test_the_page_is_for_those_who_may_see_contacts(client, role, status):
    client.force_login(member(role))

    assert client.get(page()).status_code == status


def test_whoever_is_not_signed_in_is_sent_to_the_login(client):
    assert client.get(page()).status_code == 302


@pytest.mark.parametrize("within", [30, 90, 180])
def test_people_due_within_the_days_asked_are_shown_the_soonest_first(console, within):
    last, first, between = due_in(within), due_in(-3), due_in(5)
    due_in(within + 1)

    assert shown(console, within=str(within)) == [first.pk, between.pk, last.pk]


@pytest.mark.parametrize("within", ["", "7", "9999", "x"])
def test_any_other_number_of_days_means_thirty(console, within):
    near = due_in(30)
    due_in(31)

    assert shown(console, within=within) == [near.pk]


def test_the_page_shows_whom_the_plan_will_take(console):
    for name in people.MAKERS:
        for days in (-1, 0, 1, 29, 30, 31):
            due_in(days, name)

    items = plan.make(timezone.localdate() + 30 * DAY).items

    assert set(shown(console)) == {
        pk for item in items if item.rule.takes_people for pk in item.rows
    }


def test_a_person_with_an_open_dealing_is_not_due(console):
    person = due_in(1)
    people.role(person, "employee", timezone.localdate())

    assert shown(console) == []
    assert "Nobody" in console.get(page()).content.decode()


def test_the_page_filters_by_class_and_by_hold(console):
    lead, client = due_in(1), due_in(1, "client")
    people.hold(client)

    assert shown(console, retention_class__exact="lead") == [lead.pk]
    assert shown(console, held="yes") == [client.pk]
    assert shown(console, held="no") == [lead.pk]


def test_a_hold_on_an_organisation_is_named_with_its_people(console):
    firm = OrganisationFactory()
    person = due_in(-5, "client")
    RoleFactory(contact=person, kind="prospect", organisation=firm)
    hold = people.hold(person)
    hold.scope, hold.subject, hold.scope_reference = HoldScope.ORGANISATION, None, firm.uuid
    hold.save()

    text = console.get(page()).content.decode()

    assert reverse("admin:privacy_legalhold_change", args=[hold.reference]) in text
    assert "over · " in text
    assert shown(console, held="yes") == [person.pk]


def test_a_hold_answers_to_its_reference(console):
    hold = people.hold(due_in(1))

    response = console.get(reverse("admin:privacy_legalhold_change", args=[hold.reference]))

    assert response.status_code == 200
    assert response.context["original"] == hold


def test_placing_a_hold_is_the_one_way_to_postpone(console, client):
    person = due_in(1)
    address = reverse("admin:crm_contact_hold", args=[person.pk])

    assert address in console.get(page()).content.decode()

    client.force_login(member(roles.ASSISTANT))
    assert address not in client.get(page()).content.decode()


def test_staff_see_the_people_of_their_own_team(client):
    team = TeamFactory()
    ours, other = due_in(1), due_in(1)
    Contact.objects.filter(pk=ours.pk).update(team=team)
    client.force_login(member(roles.STAFF, team=team))

    text = client.get(page()).content.decode()

    assert shown(client) == [ours.pk]
    assert ours.latin_family_name in text
    assert other.latin_family_name not in text


def test_an_auditor_sees_that_somebody_is_due_and_not_who(client):
    person = due_in(1)
    client.force_login(member(roles.AUDITOR))

    text = client.get(page()).content.decode()

    assert shown(client) == [person.pk]
    assert str(person.uuid)[:8] in text
    assert person.latin_family_name not in text


@pytest.mark.parametrize("asked", [{}, {"held": "no", "within": "180"}])
def test_the_page_costs_the_same_for_one_three_and_fifty_rows(console, asked):
    costs = []
    for rows in (1, 2, 47):
        for _ in range(rows):
            due_in(1)
        with CaptureQueriesContext(connection) as queries:
            assert console.get(page(), asked).status_code == 200
        costs.append(len(queries))

    assert costs == [COST + 3 * bool(asked)] * 3


# One of them asks who is restricted, each time that holds are asked; one, who works here.
COST = 11
