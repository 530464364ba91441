"""Rules in the console: proposed, looked at, approved and withdrawn by those who may."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from config import roles
from privacy.models import JournalEntry
from retention import rules
from retention.models import RetentionRule
from tests.factories.crm import UserFactory
from tests.retention import people

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
EVENT = TODAY - timedelta(days=550)
LEAD = "crm.Contact:lead"


def member(role):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=role))
    return user


def act(name, *args):
    return reverse(f"admin:retention_retentionrule_{name}", args=args)


def proposal(**values):
    return {
        "what": LEAD,
        "years": "1",
        "decision": "DEC-2026-1",
        "effective_on": TODAY.isoformat(),
        **values,
    }


@pytest.fixture
def author():
    return member(roles.OFFICER)


@pytest.fixture
def console(client):
    client.force_login(member(roles.OFFICER))
    return client


@pytest.fixture
def row(author):
    return rules.propose(keep=LEAD, years=1, decision="DEC-2026-1", effective_on=TODAY, by=author)


def said(response):
    return [str(message) for message in response.context["messages"]]


def seen(page):
    return re.search(r'name="seen" value="([0-9a-f]{64})"', page).group(1)


def test_a_rule_is_proposed_with_its_scopes_and_changes_nothing_yet(console):
    people.person(EVENT)
    page = console.get(act("propose")).content.decode()
    assert "Shorten a period" in page

    values = proposal(scope_country=["DE", "FR"], scope_accuracy=["bounced"])
    console.post(act("propose"), values)

    row = RetentionRule.objects.get()
    assert row.scope == {"country": ["DE", "FR"], "accuracy": ["bounced"]}
    assert (row.keep, row.years, row.approved_at) == (LEAD, 1, None)
    shown = console.get(act("change", row.pk)).content.decode()
    assert "country of residence: DE, FR" in shown
    assert "every e-mail address bounced" in shown


def test_an_ended_purpose_is_proposed(console):
    console.post(act("propose"), proposal(what="ends:web activity", years=""))

    assert RetentionRule.objects.get().activity == "web activity"


@pytest.mark.parametrize(
    "values",
    [
        {"years": ""},
        {"years": "-1"},
        {"what": "crm.InvoiceReference:invoice"},
        {"what": "ghost"},
        {"scope_country": ["XX"]},
        {"decision": "Ann Chan"},
        {"effective_on": "soon"},
        {"cap_share": "2"},
    ],
)
def test_what_the_form_does_not_offer_is_an_error_of_the_form(console, values):
    response = console.post(act("propose"), proposal(**values))

    assert response.status_code == 200
    assert not RetentionRule.objects.exists()


def test_a_longer_period_is_refused_with_a_sentence(console):
    response = console.post(act("propose"), proposal(years="3"), follow=True)

    assert "longer than the rule's ceiling" in said(response)[0]
    assert not RetentionRule.objects.exists()


def test_the_approver_sees_the_numbers_types_them_and_approves(console, row):
    for _person in range(2):
        people.person(EVENT)
    page = console.get(act("approve", row.pk)).content.decode()
    assert "2 more" in page
    assert "2 people" in page

    console.post(act("approve", row.pk), {"confirmed": "2", "seen": seen(page)})

    row.refresh_from_db()
    assert row.approved_at is not None
    assert (
        "Marketing lead, no dealing: 2 more" in console.get(act("change", row.pk)).content.decode()
    )


def test_a_period_of_nothing_is_warned_of(console, author):
    people.person(TODAY)
    row = rules.propose(
        keep=LEAD, decision="DEC-2026-1", effective_on=TODAY, cap_rows=0, cap_share=0.0, by=author
    )

    page = console.get(act("approve", row.pk)).content.decode()

    assert "no time at all" in page
    assert "the rule halts until somebody releases it" in page


def test_a_wrong_number_and_changed_numbers_are_refused(console, row):
    people.person(EVENT)
    page = console.get(act("approve", row.pk)).content.decode()

    wrong = console.post(act("approve", row.pk), {"confirmed": "7", "seen": seen(page)}, follow=1)
    people.person(EVENT)
    late = console.post(act("approve", row.pk), {"confirmed": "1", "seen": seen(page)}, follow=1)

    assert "not that of the preview" in said(wrong)[0]
    assert "have changed since you looked" in said(late)[0]
    row.refresh_from_db()
    assert row.approved_at is None


def test_the_author_is_told_that_a_second_person_is_needed(client, author, row):
    client.force_login(author)
    page = client.get(act("approve", row.pk)).content.decode()

    values = {"confirmed": "0", "seen": seen(page)}
    response = client.post(act("approve", row.pk), values, follow=True)

    assert said(response) == ["You proposed this rule; a second person must approve it."]


def test_a_rule_is_withdrawn(console, row):
    console.post(act("withdraw", row.pk))

    row.refresh_from_db()
    assert row.withdrawn_on == TODAY
    page = console.get(act("change", row.pk)).content.decode()
    assert act("withdraw", row.pk) not in page
    assert act("approve", row.pk) not in page


def test_looking_changes_nothing(console, row):
    before = JournalEntry.objects.count()

    for address in (act("propose"), act("approve", row.pk), act("withdraw", row.pk)):
        assert console.get(address).status_code == 200

    row.refresh_from_db()
    assert (row.approved_at, row.withdrawn_on) == (None, None)
    assert JournalEntry.objects.count() == before


@pytest.mark.parametrize("role", [roles.ASSISTANT, roles.AUDITOR, roles.SYSTEM, roles.STAFF])
def test_nobody_else_proposes_approves_or_withdraws(client, role, row):
    client.force_login(member(role))

    for address in (act("propose"), act("approve", row.pk), act("withdraw", row.pk)):
        assert client.get(address).status_code == 403
        assert client.post(address, proposal(confirmed="0", seen="x")).status_code == 403

    assert RetentionRule.objects.filter(approved_at=None, withdrawn_on=None).count() == 1


def test_who_is_not_signed_in_is_sent_to_the_door(client, row):
    for address in (act("propose"), act("approve", row.pk), act("withdraw", row.pk)):
        assert client.post(address)["Location"].startswith("/admin/login/")
