"""To be told: who, by when, shown to whom, at what cost; and what the dashboard says of it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import dashboard, roles
from privacy import informing
from privacy.enums import Told
from tests.factories.crm import ContactFactory, InteractionFactory, SourceFactory, UserFactory
from tests.factories.privacy import NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def member(role):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def console(client):
    client.force_login(member(roles.OFFICER))
    return client


def from_card(days_ago, **facts):
    day = timezone.localdate() - timedelta(days=days_ago)
    return ContactFactory(source=SourceFactory(type="card", obtained_on=day), **facts)


def shown(client, clock=""):
    response = client.get(reverse("admin:untold_list"), {"clock": clock} if clock else {})
    return list(response.context["cl"].result_list)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (role, 200 if role in {roles.OFFICER, roles.ASSISTANT, roles.AUDITOR} else 403)
        for role in sorted(roles.ROLES)
    ],
)
def test_the_page_is_for_the_privacy_office(client, role, status):
    client.force_login(member(role))

    assert client.get(reverse("admin:untold_list")).status_code == status
    titles = [card.title for card in dashboard.cards(member(role), on=timezone.localdate())]
    assert ("To be told (Art. 14)" in titles) == (status == 200)


def test_people_are_shown_by_their_day_until_they_were_told(console):
    late, near, far = from_card(40), from_card(27), from_card(1)
    ContactFactory()

    assert shown(console) == [late, near, far]
    assert shown(console, "soon") == [late, near]
    assert shown(console, "late") == [late]
    text = console.get(reverse("admin:untold_list")).content.decode()
    assert "overdue · " in text and "business card" in text
    assert reverse("admin:crm_contact_told", args=[late.pk]) in text

    now = timezone.now()
    informing.told([late.pk], NoticeFactory(), how=Told.LETTER, at=now, by=UserFactory())
    assert shown(console) == [near, far]


def test_an_auditor_sees_neither_names_nor_a_way_to_note(client):
    person = from_card(40, latin_family_name="Quillfeather")
    client.force_login(member(roles.AUDITOR))

    text = client.get(reverse("admin:untold_list")).content.decode()

    assert str(person.uuid)[:8] in text
    assert "Quillfeather" not in text
    assert reverse("admin:crm_contact_told", args=[person.pk]) not in text


def test_the_dashboard_counts_who_is_late_and_who_is_next():
    on, reader = timezone.localdate(), member(roles.OFFICER)

    def card():
        (one,) = (c for c in dashboard.cards(reader, on=on) if c.title == "To be told (Art. 14)")
        return one.value, one.note, one.alert

    assert card() == ("0", "0 overdue · 0 within 7 days", False)
    from_card(1)
    from_card(27)
    assert card() == ("1", "0 overdue · 1 within 7 days", False)
    written = from_card(1)
    yesterday = timezone.now() - timedelta(days=1)
    InteractionFactory(contact=written, direction="outbound", occurred_at=yesterday)
    assert card() == ("2", "1 overdue · 1 within 7 days", True)


def test_the_page_costs_the_same_for_three_and_fifty(console):
    costs = []
    for number in (3, 47):
        for _n in range(number):
            from_card(40)
        with CaptureQueriesContext(connection) as queries:
            assert len(shown(console)) == (3 if not costs else 50)
        costs.append(len(queries))

    assert costs == [7, 7]
