"""The forecast's page and file: who sees them, what they ask, and that they change nothing."""

import csv
import io
from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import roles
from retention import forecast, plan
from retention.chart import draw
from retention.views import _harmless
from tests.factories.crm import UserFactory
from tests.retention import people

pytestmark = pytest.mark.django_db
DUE = {"rule": "crm.Contact:client", "years": "3", "months": "", "days": ""}


def page() -> str:
    return reverse("admin:retention_forecast")


def file() -> str:
    return reverse("admin:retention_forecast_csv")


def member(role: str):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def console(client):
    client.force_login(member(roles.OFFICER))
    return client


def years_ago(years: int):
    return timezone.localdate() - relativedelta(years=years) + timedelta(days=1)


@pytest.mark.parametrize(
    ("role", "status"),
    [(r, 200) for r in (roles.OFFICER, roles.ASSISTANT, roles.AUDITOR, roles.SYSTEM)]
    + [(r, 403) for r in (roles.STAFF, roles.HR)],
)
def test_counts_are_for_those_who_may_see_the_runs(client, role, status):
    client.force_login(member(role))

    assert client.get(page()).status_code == status
    assert client.get(file()).status_code == status


def test_whoever_is_not_signed_in_is_sent_to_the_login(client):
    assert client.get(page()).status_code == 302
    assert client.get(file()).status_code == 302


def test_an_empty_office_has_nothing_to_forecast(console):
    shown = console.get(page()).content.decode()

    assert shown.count("Nothing becomes due in these months.") == 1
    assert "<table" in shown  # the session of whoever looks is due tomorrow


def test_the_table_says_what_the_drawing_shows(console):
    people.MAKERS["client"](years_ago(6))
    people.hold(people.MAKERS["client"](years_ago(6)))

    shown = console.get(page()).content.decode()

    assert 'role="img"' in shown
    assert "Client contact under contract: 1</title>" in shown
    assert "on hold: 1</title>" in shown
    assert "1 held" in shown
    assert "<script" not in shown.partition("<table")[2].partition("</table>")[0]


def test_a_shorter_period_is_recomputed_beside_the_present_one(console):
    people.MAKERS["client"](years_ago(3))

    response = console.get(page(), DUE)

    (change,) = response.context["what_if"]["changes"]
    assert (change["total_before"].due, change["total_after"].due) == (0, 1)
    assert "3 years in the place of 6 years" in response.content.decode()
    assert plan.rule_named("crm.Contact:client").keep.years == 6


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"years": "7"}, "longer than the rule&#x27;s ceiling"),
        ({"years": "5", "months": "13"}, "longer than the rule&#x27;s ceiling"),
        ({"years": "6", "days": "1"}, "longer than the rule&#x27;s ceiling"),
        ({"years": "-1"}, "greater than or equal to 0"),
        ({"years": "", "months": "", "days": ""}, "Give a period"),
        ({"years": "x"}, "Enter a whole number"),
        ({"rule": "crm.InvoiceReference:invoice"}, "Select a valid choice"),
        ({"rule": "no.Such:rule"}, "Select a valid choice"),
    ],
)
def test_a_period_that_may_not_be_is_an_error_of_the_form(console, asked, said):
    response = console.get(page(), {**DUE, **asked})

    assert response.status_code == 200
    assert said in response.content.decode()
    assert "what_if" not in response.context


def test_the_period_at_its_ceiling_changes_nothing(console):
    people.MAKERS["client"](years_ago(6))

    response = console.get(page(), {**DUE, "years": "", "months": "72"})

    assert response.context["what_if"]["changes"] == []
    assert "Nothing would change" in response.content.decode()


def test_a_period_of_nothing_takes_everybody_at_once(console):
    people.MAKERS["client"](years_ago(1))

    changes = console.get(page(), {**DUE, "years": "0"}).context["what_if"]["changes"]

    assert changes[0]["after"][0].due == 1


def test_the_file_says_what_the_page_says(console):
    people.MAKERS["client"](years_ago(6))
    people.MAKERS["client"](years_ago(3))

    response = console.get(file(), DUE)

    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))
    clients = [row for row in rows if row["rule"] == "crm.Contact:client"]
    assert len(clients) == forecast.MONTHS
    assert sum(int(row["due"]) for row in clients) == 1
    assert sum(int(row["due_what_if"]) for row in clients) == 2
    assert "attachment" in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell):
    assert _harmless(cell) == f"'{cell}"
    assert _harmless(-1) == -1


def test_the_page_asks_as_often_for_one_row_as_for_fifty(console):
    costs = []
    for rows in (1, 2, 47):
        for _ in range(rows):
            people.MAKERS["client"](years_ago(6))
        with CaptureQueriesContext(connection) as queries:
            console.get(page())
        costs.append(len(queries))

    # One for each rule; the rest are session, user, permissions, rules' rows, statutes, the
    # archive, holds and restrictions.
    assert costs == [len(forecast.considered(timezone.localdate())) + REST] * 3


REST = 12


def test_every_bar_stands_on_the_base_and_below_the_top():
    for n in range(7):
        for _ in range(n + 1):
            people.MAKERS["client"](years_ago(6) + timedelta(days=40 * n))
    found = forecast.make(on=timezone.localdate())

    drawn = draw(found.months, found.people)

    for bar in drawn.bars:
        heights = [piece.height for piece in bar.pieces]
        assert all(height > 0 for height in heights)
        assert sum(heights) <= drawn.base
        if bar.pieces:
            assert bar.pieces[0].y + bar.pieces[0].height == pytest.approx(drawn.base, abs=0.2)
    assert drawn.ticks[-1][0] >= 7
    assert len(drawn.bars) == len(found.months)


def test_a_rule_has_one_colour_in_both_drawings(console):
    people.MAKERS["client"](years_ago(3))
    people.MAKERS["supplier"](years_ago(6))

    (group, _rows) = console.get(page(), DUE).context["groups"]

    present, other = dict(group["chart"].legend), dict(group["other_chart"].legend)
    assert list(present.values()) == ["Supplier contact"]
    assert list(other.values()) == ["Client contact under contract", "Supplier contact"]
    assert set(present.items()) < set(other.items())
    assert group["chart"].ticks == group["other_chart"].ticks
