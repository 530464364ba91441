"""Logging a dealing: it restarts the clock, is journalled without its words, and sees no future."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import interactions, timeline
from crm.enums import Channel, Direction
from crm.errors import EntryRefused
from crm.models import Contact, Interaction
from privacy import consent
from privacy.enums import ConsentMethod
from privacy.models import JournalEntry
from tests.factories.crm import (
    ContactFactory,
    DocumentFactory,
    EngagementFactory,
    InteractionFactory,
    ParticipationFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
SAID = "about the Quillfeather matter"


def member(role, **facts):
    user = UserFactory(**facts)
    user.groups.set([Group.objects.get(name=role)])
    return user


def log(contact, by, **facts):
    return interactions.log(
        contact,
        **{
            "channel": Channel.PHONE,
            "direction": Direction.HELD,
            "occurred_at": timezone.now(),
            "summary": SAID,
            **facts,
        },
        by=by,
    )


def test_a_call_restarts_the_clock_and_is_journalled_without_its_words():
    contact, by = ContactFactory(), UserFactory()

    row = log(contact, by)

    contact.refresh_from_db()
    assert contact.anchor_on == timezone.localdate()
    assert row.recorded_by == by
    entry = JournalEntry.objects.get(verb="interaction.log")
    assert (entry.object_reference, entry.facts) == (str(row.uuid), {"direction": "held"})


def test_our_own_mail_restarts_nothing():
    contact = ContactFactory()

    log(contact, UserFactory(), channel=Channel.EMAIL, direction=Direction.OUTBOUND)

    contact.refresh_from_db()
    assert contact.anchor_on == contact.source.obtained_on


def test_the_future_and_the_gone_are_refused():
    contact, by = ContactFactory(), UserFactory()

    with pytest.raises(EntryRefused, match="not happened"):
        log(contact, by, occurred_at=timezone.now() + timedelta(hours=1))
    Contact.objects.filter(pk=contact.pk).update(disposed_at=timezone.now())
    with pytest.raises(EntryRefused, match="disposed of"):
        log(contact, by)
    assert not Interaction.objects.exists()


def test_it_is_two_clicks_from_the_persons_page(client):
    staff = member(roles.STAFF)
    contact = ContactFactory(owner=staff)
    client.force_login(staff)
    page = reverse("admin:crm_contact_log", args=[contact.pk])
    assert (
        page in client.get(reverse("admin:crm_contact_change", args=[contact.pk])).rendered_content
    )

    form = client.get(page)
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    answer = client.post(
        page,
        {"channel": "phone", "direction": "held", "occurred_at": now, "summary": SAID, "body": ""},
    )

    assert "datetime-local" in form.rendered_content
    assert "import" not in dict(form.context["form"].fields["channel"].choices)
    assert answer.status_code == 302
    assert Interaction.objects.get().summary == SAID


def test_somebody_elses_person_cannot_be_logged_with(client):
    contact = ContactFactory()
    client.force_login(member(roles.STAFF))

    answer = client.post(reverse("admin:crm_contact_log", args=[contact.pk]), {})

    assert answer.status_code == 404
    assert not Interaction.objects.exists()


def a_history(contact):
    now = timezone.now()
    for days in range(25):
        InteractionFactory(contact=contact, occurred_at=now - timedelta(days=days), summary=SAID)
    DocumentFactory(contact=contact, title="Contract")
    RoleFactory(contact=contact, started_on=timezone.localdate(), ended_on=timezone.localdate())
    ParticipationFactory(
        contact=contact, engagement=EngagementFactory(opened_on=timezone.localdate())
    )


def test_the_timeline_has_all_kinds_newest_first():
    contact, officer = ContactFactory(), member(roles.OFFICER)
    a_history(contact)

    events = timeline.of(contact, user=officer)

    assert len(events) == timeline.MOST
    assert [event.at for event in events] == sorted((e.at for e in events), reverse=True)
    assert {event.kind for event in events} >= {"document", "role began", "engagement opened"}
    assert {event.text for event in timeline.of(contact, user=officer, kind="document")} == {
        "Contract"
    }


def test_who_sees_values_masked_sees_no_words_here(client):
    contact, auditor = ContactFactory(), member(roles.AUDITOR)
    a_history(contact)

    events = timeline.of(contact, user=auditor)
    client.force_login(auditor)
    page = client.get(reverse("admin:crm_contact_change", args=[contact.pk])).rendered_content

    assert events
    assert SAID not in {event.text for event in events}
    assert SAID not in page


def test_the_page_costs_the_same_for_a_long_history(client):
    client.force_login(member(roles.OFFICER))
    short, long = ContactFactory(), ContactFactory()
    for contact, times in ((short, 1), (long, 3)):
        for _ in range(times):
            a_history(contact)
    costs = []
    for contact in (short, long):
        address = reverse("admin:crm_contact_change", args=[contact.pk])
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        costs.append(len([q for q in queries if "interaction" in q["sql"]]))

    assert costs[0] == costs[1] == 1


def test_the_page_says_what_the_person_agreed_to_and_refused(client):
    officer, auditor = member(roles.OFFICER), member(roles.AUDITOR)
    contact = ContactFactory()
    consent.refuse([contact.pk], method=ConsentMethod.EMAIL, by=officer)
    address = reverse("admin:crm_contact_change", args=[contact.pk])

    client.force_login(officer)
    page = client.get(address).rendered_content
    client.force_login(auditor)
    masked = client.get(address).rendered_content

    assert "Marketing consent" in page
    assert page.count(">refused<") >= 3
    assert "Marketing consent" not in masked


@pytest.mark.parametrize(("role", "offered"), [(roles.OFFICER, True), (roles.AUDITOR, False)])
def test_a_history_is_offered_to_whoever_may_open_it(client, role, offered):
    contact = ContactFactory()
    client.force_login(member(role))

    page = client.get(reverse("admin:crm_contact_change", args=[contact.pk])).rendered_content

    assert (reverse("admin:crm_contact_history", args=[contact.pk]) in page) is offered


def test_what_ended_lately_is_on_the_timeline_however_long_ago_it_began():
    contact, officer = ContactFactory(), member(roles.OFFICER)
    today = timezone.localdate()
    for years in range(2, 24):
        began = today - timedelta(days=365 * years)
        work = EngagementFactory(opened_on=began, closed_on=began + timedelta(days=1))
        ParticipationFactory(contact=contact, engagement=work)
        RoleFactory(contact=contact, started_on=began, ended_on=began + timedelta(days=1))
    long_ago = today - timedelta(days=365 * 30)
    old = EngagementFactory(opened_on=long_ago, closed_on=today, title="The oldest")
    ParticipationFactory(contact=contact, engagement=old)
    RoleFactory(contact=contact)

    first, *_others = timeline.of(contact, user=officer)

    assert "The oldest" in first.text
    assert first.kind == "engagement closed"
