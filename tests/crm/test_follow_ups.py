"""Follow-ups: planned for a day, done once, never a dealing, gone with their person."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import follow_ups, interactions, merge
from crm.enums import Channel, Direction
from crm.errors import EntryRefused
from crm.models import Contact, FollowUp, Interaction
from privacy import disposal
from privacy.enums import DisposalCause
from privacy.models import JournalEntry
from tests.factories.crm import ContactFactory, FollowUpFactory, TeamFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]
WHAT = "about the Quillfeather matter"
LIST = "admin:crm_followup_changelist"


def member(role, **facts):
    user = UserFactory(**facts)
    user.groups.set([Group.objects.get(name=role)])
    return user


def day(days):
    return timezone.localdate() + timedelta(days=days)


def a_call(**facts):
    return {
        "channel": Channel.PHONE,
        "direction": Direction.OUTBOUND,
        "occurred_at": timezone.now(),
        "summary": WHAT,
        **facts,
    }


def test_a_plan_is_journalled_without_its_words_and_restarts_no_clock():
    by = UserFactory()
    contact = ContactFactory(owner=by)

    row = follow_ups.plan(contact, what=WHAT, due_on=day(3), by=by)
    follow_ups.complete(row, by=by)

    contact.refresh_from_db()
    assert contact.anchor_on == contact.source.obtained_on
    entries = JournalEntry.objects.filter(verb__startswith="followup.").order_by("pk")
    assert [(e.verb, e.object_reference, e.facts) for e in entries] == [
        ("followup.plan", str(row.uuid), {}),
        ("followup.complete", str(row.uuid), {}),
    ]


def test_logging_a_call_plans_what_comes_next_in_the_same_act():
    by = UserFactory()
    contact = ContactFactory(owner=by)

    talk = interactions.log(contact, **a_call(follow_up_on=day(7)), by=by)

    row = FollowUp.objects.get()
    assert (row.what, row.due_on, row.owner) == (WHAT, day(7), by)
    assert row.came_of_reference == talk.uuid


def test_a_call_whose_follow_up_is_refused_is_not_logged_either():
    by = UserFactory()
    contact = ContactFactory(owner=by)

    with pytest.raises(EntryRefused, match="day to come"):
        interactions.log(contact, **a_call(follow_up_on=day(-1)), by=by)

    assert not Interaction.objects.exists()


def test_of_two_colleagues_only_the_first_did_it():
    first, second = UserFactory(), UserFactory()
    row = FollowUpFactory(contact=ContactFactory(owner=first), owner=first)

    follow_ups.complete(row, by=first)
    for act in (
        lambda: follow_ups.complete(row, by=second),
        lambda: follow_ups.postpone(row, due_on=day(1), by=second),
        lambda: follow_ups.hand_over(row, owner=second, by=second),
    ):
        with pytest.raises(EntryRefused, match="done already"):
            act()

    row.refresh_from_db()
    assert (row.done_by, row.owner) == (first, first)


def test_nothing_is_given_to_whoever_cannot_see_the_person_or_has_left():
    by = UserFactory()
    row = FollowUpFactory(contact=ContactFactory(owner=by), owner=by)
    stranger = member(roles.STAFF)
    gone = member(roles.OFFICER, is_active=False)

    for other in (stranger, gone):
        with pytest.raises(EntryRefused, match="does not see"):
            follow_ups.hand_over(row, owner=other, by=by)
        with pytest.raises(EntryRefused, match="does not see"):
            follow_ups.plan(row.contact, what=WHAT, due_on=day(1), owner=other, by=by)

    assert FollowUp.objects.get().owner == by


def test_nothing_is_planned_about_whoever_was_disposed_of():
    by = UserFactory()
    contact = ContactFactory(owner=by)
    Contact.objects.filter(pk=contact.pk).update(disposed_at=timezone.now())

    with pytest.raises(EntryRefused, match="nobody may work"):
        follow_ups.plan(contact, what=WHAT, due_on=day(1), by=by)


def test_only_what_is_done_has_a_doer():
    row = FollowUpFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUp.objects.filter(pk=row.pk).update(done_by=UserFactory())


def test_it_goes_with_its_person_and_stays_with_the_neighbour():
    contact, by = ContactFactory(), UserFactory()
    FollowUpFactory(contact=contact, what=WHAT)
    neighbour = FollowUpFactory()

    disposal.dispose([contact.pk], cause=DisposalCause.ERASURE, by=by, on=timezone.localdate())

    assert list(FollowUp.objects.all()) == [neighbour]


def test_a_merge_carries_them_over():
    kept, gone = ContactFactory(), ContactFactory()
    row = FollowUpFactory(contact=gone)

    merge.merge(kept, gone, by=None)

    row.refresh_from_db()
    assert row.contact == kept


@pytest.mark.parametrize(
    ("days", "part", "words"),
    [
        (-1, "overdue", "overdue by 1 day ·"),
        (0, "today", "today ·"),
        (1, "week", "in 1 day ·"),
        (7, "week", "in 7 days ·"),
        (8, "later", "in 8 days ·"),
    ],
)
def test_each_day_stands_in_one_part_of_the_list_with_its_words(days, part, words):
    row = FollowUpFactory(due_on=day(days))

    parts = {
        name: list(follow_ups.due(FollowUp.objects.all(), name, on=day(0)))
        for name in ("overdue", "today", "week", "later", "done")
    }

    assert {name for name, rows in parts.items() if rows} == {part}
    assert follow_ups.when(row, on=day(0)).startswith(words)


def test_the_list_has_mine_and_on_demand_everybodys_whom_i_see(client):
    team = TeamFactory()
    me, colleague = member(roles.STAFF, team=team), member(roles.STAFF, team=team)
    gone = member(roles.STAFF, team=team, is_active=False)
    contact = ContactFactory(team=team)
    for owner, what in ((me, "Mine-1"), (colleague, "Theirs-1"), (gone, "Left-1")):
        FollowUpFactory(contact=contact, owner=owner, what=what)
    FollowUpFactory(owner=me, what="Hidden-1")
    client.force_login(me)

    def shown(query):
        page = client.get(reverse(LIST) + query).rendered_content
        return {what for what in ("Mine-1", "Theirs-1", "Left-1", "Hidden-1") if what in page}

    assert shown("") == {"Mine-1"}
    assert shown("?whose=all") == {"Mine-1", "Theirs-1", "Left-1"}
    assert shown("?whose=left") == {"Left-1"}
    assert shown("?when=done") == set()


def test_a_follow_up_about_somebody_unseen_is_no_page(client):
    row = FollowUpFactory(owner=UserFactory())
    client.force_login(member(roles.STAFF))

    for view in ("done", "postpone", "hand_over"):
        answer = client.post(reverse(f"admin:crm_followup_{view}", args=[row.pk]), {})
        assert answer.status_code == 404

    row.refresh_from_db()
    assert row.done_at is None


def test_it_is_planned_postponed_and_done_in_the_console(client):
    staff = member(roles.STAFF)
    contact = ContactFactory(owner=staff)
    client.force_login(staff)
    person = reverse("admin:crm_contact_change", args=[contact.pk])

    client.post(
        reverse("admin:crm_contact_follow_up", args=[contact.pk]),
        {"what": WHAT, "due_on": day(1).isoformat(), "owner": ""},
    )
    row = FollowUp.objects.get()
    assert WHAT in client.get(person).rendered_content
    assert WHAT in client.get(reverse("admin:index")).rendered_content
    late = client.post(
        reverse("admin:crm_followup_postpone", args=[row.pk]), {"due_on": day(-1).isoformat()}
    )
    client.post(
        reverse("admin:crm_followup_postpone", args=[row.pk]), {"due_on": day(9).isoformat()}
    )
    row.refresh_from_db()
    assert (late.status_code, row.due_on) == (200, day(9))
    client.post(reverse("admin:crm_followup_done", args=[row.pk]), {})

    row.refresh_from_db()
    assert row.done_by == staff
    assert WHAT not in client.get(person).rendered_content


def test_what_is_to_do_after_a_call_needs_a_day(client):
    staff = member(roles.STAFF)
    contact = ContactFactory(owner=staff)
    client.force_login(staff)
    said = a_call(occurred_at=timezone.localtime().strftime("%Y-%m-%dT%H:%M"), body="")
    page = reverse("admin:crm_contact_log", args=[contact.pk])

    asked = client.post(page, {**said, "follow_up": "Send it", "follow_up_on": ""})
    assert "needs a day" in asked.rendered_content
    assert not Interaction.objects.exists()
    client.post(page, {**said, "follow_up": "Send it", "follow_up_on": day(2).isoformat()})

    assert FollowUp.objects.get().what == "Send it"


def test_who_sees_values_masked_reads_no_words(client):
    FollowUpFactory(what=WHAT, owner=UserFactory())
    auditor = member(roles.AUDITOR)
    FollowUpFactory(what=WHAT, owner=auditor, contact__latin_family_name="Zanzibar")
    client.force_login(auditor)

    pages = [
        client.get(reverse(LIST) + "?whose=all").rendered_content,
        client.get(reverse("admin:index")).rendered_content,
    ]

    for page in pages:
        assert "overdue" in page
        assert WHAT not in page
        assert "Zanzibar" not in page


def test_dashboard_and_person_cost_the_same_for_many(client):
    officer = member(roles.OFFICER)
    contact = ContactFactory()
    client.force_login(officer)
    pages = (
        reverse("admin:index"),
        reverse("admin:crm_contact_change", args=[contact.pk]),
    )
    costs = []
    for more in (1, 2, 20):
        for _ in range(more):
            FollowUpFactory(contact=contact, owner=officer)
        for page in pages:
            client.get(page)
        with CaptureQueriesContext(connection) as queries:
            for page in pages:
                client.get(page)
        costs.append(len([q for q in queries if "crm_followup" in q["sql"]]))

    assert costs == [4] * 3


def test_a_leavers_follow_ups_are_shown_as_such(client):
    officer, leaver = member(roles.OFFICER), member(roles.STAFF)
    row = FollowUpFactory(owner=leaver, what=WHAT)
    client.force_login(officer)
    left = reverse(LIST) + "?whose=left"
    assert WHAT not in client.get(left).rendered_content

    leaver.is_active = False
    leaver.save()
    assert WHAT in client.get(left).rendered_content
    client.post(reverse("admin:crm_followup_hand_over", args=[row.pk]), {"owner": officer.pk})

    row.refresh_from_db()
    assert row.owner == officer
    assert WHAT not in client.get(left).rendered_content
