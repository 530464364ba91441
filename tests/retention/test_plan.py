"""Who and what is due on a day: never a day early, never a day late (law 5)."""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.contrib.sessions.models import Session

from crm.enums import Channel, RoleKind
from crm.models import Interaction, Visitor, VisitorLink, WebActivity
from retention import plan
from tests.retention import people

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DAY = timedelta(days=1)
EVENT = date(2018, 6, 15)


def due(name: str, on: date) -> tuple:
    return plan.item_of(plan.rule_named(name), on=on).rows


@pytest.mark.parametrize(("name", "years"), people.YEARS.items())
def test_a_person_is_due_on_the_very_day_their_class_ends(name, years):
    contact = people.MAKERS[name](EVENT)
    end = date(EVENT.year + years, EVENT.month, EVENT.day)

    assert due(f"crm.Contact:{name}", end - DAY) == ()
    assert due(f"crm.Contact:{name}", end) == (contact.pk,)
    assert due(f"crm.Contact:{name}", end + DAY) == (contact.pk,)


@pytest.mark.parametrize(("name", "years"), people.YEARS.items())
def test_a_period_from_29_february_ends_on_28_february(name, years):
    contact = people.MAKERS[name](date(2016, 2, 29))

    assert due(f"crm.Contact:{name}", date(2016 + years, 2, 27)) == ()
    assert due(f"crm.Contact:{name}", date(2016 + years, 2, 28)) == (contact.pk,)


def test_a_person_without_a_clock_is_never_due():
    contact = people.person(EVENT)
    people.role(contact, RoleKind.EMPLOYEE, EVENT)

    assert not any(
        item.rows for item in plan.make(date(2099, 1, 1)).items if item.rule.takes_people
    )


def test_a_tombstone_is_due_the_day_after_by_its_own_rule_alone():
    contact = people.person(EVENT)
    contact.disposed_at = people.at_noon(EVENT)
    contact.save()

    assert due("crm.Contact:lead", date(2099, 1, 1)) == ()
    assert due("crm.Contact:tombstone", EVENT) == ()
    assert due("crm.Contact:tombstone", EVENT + DAY) == (contact.pk,)


def test_a_tombstone_at_which_evidence_points_is_not_due():
    contact = people.person(EVENT)
    people.hold(contact)
    contact.disposed_at = people.at_noon(EVENT)
    contact.save()

    assert due("crm.Contact:tombstone", date(2099, 1, 1)) == ()


@pytest.mark.parametrize(
    ("channel", "rule", "years"),
    [(Channel.EMAIL, "interaction", 6), (Channel.CHAT, "support", 2)],
)
def test_an_interaction_goes_by_its_own_period_although_its_person_stays(channel, rule, years):
    contact = people.person(EVENT)
    row = people.interaction(contact, EVENT, channel=channel)
    people.role(contact, RoleKind.EMPLOYEE, EVENT)
    end = date(EVENT.year + years, EVENT.month, EVENT.day)

    assert due(f"crm.Interaction:{rule}", end - DAY) == ()
    assert due(f"crm.Interaction:{rule}", end) == (row.pk,)


def test_a_row_that_two_rules_select_is_counted_once():
    contact = people.person(EVENT)
    people.interaction(contact, EVENT, channel=Channel.CHAT)
    people.role(contact, RoleKind.EMPLOYEE, EVENT)

    counts = plan.make(EVENT + relativedelta(years=7)).items

    assert sum(len(i.rows) for i in counts if i.rule.model is Interaction) == 1


def test_the_last_moment_of_a_day_in_hong_kong_belongs_to_that_day():
    contact = people.person(EVENT)
    people.role(contact, RoleKind.EMPLOYEE, EVENT)
    row = people.interaction(contact, EVENT)
    # 15:59 UTC is 23:59 in Hong Kong, 16:00 UTC is the next day.
    noon = row.occurred_at
    end = date(EVENT.year + 6, EVENT.month, EVENT.day)

    Interaction.objects.update(occurred_at=noon + timedelta(hours=11, minutes=59))
    assert due("crm.Interaction:interaction", end) == (row.pk,)
    Interaction.objects.update(occurred_at=noon + timedelta(hours=12))
    assert due("crm.Interaction:interaction", end) == ()


def test_web_activity_goes_after_thirteen_months_linked_or_not():
    visitor = Visitor.objects.create(first_seen_at=people.at_noon(EVENT))
    stranger = Visitor.objects.create(first_seen_at=people.at_noon(EVENT))
    VisitorLink.objects.create(visitor=visitor, contact=people.person(EVENT), basis="form")
    rows = tuple(
        WebActivity.objects.create(visitor=who, happened_at=people.at_noon(EVENT)).pk
        for who in (visitor, stranger)
    )

    assert due("crm.WebActivity:activity", date(2019, 7, 14)) == ()
    assert due("crm.WebActivity:activity", date(2019, 7, 15)) == rows


def test_an_invoice_reference_stays_its_seven_years():
    contact = people.person(EVENT)
    row = people.invoice(contact, EVENT)

    # Issued on 15 June 2018, in the financial year that ended on 31 March 2019.
    assert due("crm.InvoiceReference:invoice", date(2026, 3, 31)) == ()
    assert due("crm.InvoiceReference:invoice", date(2026, 4, 1)) == (row.pk,)


def test_a_session_that_ends_today_is_left_alone():
    Session.objects.create(
        session_key="k" * 32, session_data="", expire_date=people.at_noon(EVENT)
    )

    assert due("sessions.Session:session", EVENT) == ()
    assert due("sessions.Session:session", EVENT + DAY) == ("k" * 32,)


@pytest.mark.clause("S45")
def test_a_hold_keeps_a_person_and_the_rows_about_them():
    contact = people.person(EVENT)
    people.interaction(contact, EVENT)
    people.hold(contact)

    counts = plan.make(date(2026, 1, 1)).counts()

    assert counts["crm.Contact:lead"] == {"due": 1, "held": 1, "halted": False}
    assert counts["crm.Interaction:interaction"] == {"due": 1, "held": 1, "halted": False}


def test_a_rule_above_its_cap_halts_alone(settings):
    settings.RETENTION_CAP_ROWS, settings.RETENTION_CAP_SHARE = 1, 0.1
    for _ in range(2):
        people.person(EVENT)
    people.MAKERS["client"](EVENT)

    counts = plan.make(date(2026, 1, 1)).counts()

    assert counts["crm.Contact:lead"]["halted"]
    assert not counts["crm.Contact:client"]["halted"]


def test_the_plan_asks_as_often_for_one_person_as_for_fifty(django_assert_max_num_queries):
    for _ in range(50):
        people.interaction(people.person(EVENT), EVENT)

    # A select, a count and at most four look-ups for each rule, however many rows there are.
    with django_assert_max_num_queries(6 * len(plan.rules())):
        plan.make(date(2026, 1, 1))


def test_the_plan_writes_nothing(django_capture_on_commit_callbacks):
    people.person(EVENT)

    with django_capture_on_commit_callbacks() as callbacks:
        plan.make(date(2026, 1, 1))

    assert callbacks == []
