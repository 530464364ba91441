"""Approvals are lent for a while, end by themselves, and never make two eyes of four."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import deputies
from crm.errors import RoleRefused
from crm.models import Deputy, User
from privacy.models import JournalEntry
from retention.models import RetentionRule
from tests.factories.crm import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]
APPROVE = "retention.approve_rule"
DAY = timedelta(days=1)


def member(role):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=role))
    return user


def may(user, permission=APPROVE):
    return User.objects.get(pk=user.pk).has_perm(permission)


@pytest.fixture
def officer():
    return member(roles.OFFICER)


@pytest.fixture
def assistant():
    return member(roles.ASSISTANT)


def test_a_deputy_approves_what_the_officer_may_and_nothing_more(officer, assistant):
    before = User.objects.get(pk=assistant.pk).get_all_permissions()
    assert not may(assistant)

    deputies.name(deputy=assistant, until=timezone.localdate() + 30 * DAY, by=officer)

    lent = User.objects.get(pk=assistant.pk).get_all_permissions() - before
    assert APPROVE in lent
    assert lent <= User.objects.get(pk=officer.pk).get_all_permissions()
    assert all(name.split(".")[1].startswith(("approve_", "release_rule")) for name in lent)
    assert not may(assistant, "crm.name_deputy")
    entry = JournalEntry.objects.get(verb="deputy.name")
    assert entry.facts["deputy"] == assistant.pk


@pytest.mark.parametrize(("days", "lends"), [(-1, False), (0, True), (30, True), (31, False)])
def test_it_begins_and_ends_by_itself(officer, assistant, days, lends):
    row = deputies.name(deputy=assistant, until=timezone.localdate() + 30 * DAY, by=officer)

    on = row.named_on + days * DAY

    assert deputies.in_force(assistant, on=on).exists() is lends


def test_the_day_after_the_last_the_right_is_gone(officer, assistant):
    today = timezone.localdate()
    row = Deputy.objects.create(
        officer=officer, deputy=assistant, named_on=today - 30 * DAY, until=today - DAY
    )
    assert not may(assistant)

    Deputy.objects.filter(pk=row.pk).update(until=today)
    assert may(assistant)


def test_an_officer_who_left_lends_nothing(officer, assistant):
    deputies.name(deputy=assistant, until=timezone.localdate(), by=officer)
    User.objects.filter(pk=officer.pk).update(is_active=False)

    assert not may(assistant)


@pytest.mark.parametrize("days", [-1, 31])
def test_a_day_past_or_too_far_is_refused(officer, assistant, days):
    with pytest.raises(RoleRefused, match="thirty days"):
        deputies.name(deputy=assistant, until=timezone.localdate() + days * DAY, by=officer)


def test_nobody_is_their_own_deputy_and_a_deputy_names_none(officer, assistant):
    today = timezone.localdate()
    with pytest.raises(RoleRefused, match="their own"):
        deputies.name(deputy=officer, until=today, by=officer)
    deputies.name(deputy=assistant, until=today, by=officer)
    with pytest.raises(RoleRefused, match="names none"):
        deputies.name(deputy=UserFactory(), until=today, by=assistant)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deputy.objects.create(officer=officer, deputy=officer, named_on=today, until=today)


def test_a_new_deputy_replaces_the_old_one_and_the_officer_alone_ends_it(officer, assistant):
    today, other = timezone.localdate(), member(roles.ASSISTANT)
    deputies.name(deputy=assistant, until=today + DAY, by=officer)
    row = deputies.name(deputy=other, until=today + DAY, by=officer)
    assert not may(assistant)
    assert may(other)

    with pytest.raises(RoleRefused, match="Only the officer"):
        deputies.end(row, by=member(roles.OFFICER))
    deputies.end(row, by=officer)
    assert not may(other)
    with pytest.raises(RoleRefused, match="over already"):
        deputies.end(Deputy.objects.get(pk=row.pk), by=officer)


def test_four_eyes_hold_for_a_deputy_too(officer, assistant):
    deputies.name(deputy=assistant, until=timezone.localdate(), by=officer)
    row = RetentionRule.objects.create(
        keep="crm.Contact:lead",
        years=1,
        decision="DEC-2026-1",
        effective_on=date(2026, 1, 1),
        prepared_by=assistant,
    )
    assert may(assistant)

    with pytest.raises(IntegrityError), transaction.atomic():
        RetentionRule.objects.filter(pk=row.pk).update(
            approved_by=assistant, approved_at=timezone.now()
        )


def test_the_console_names_and_ends(client, officer, assistant):
    client.force_login(officer)
    until = (timezone.localdate() + 7 * DAY).isoformat()

    client.post(reverse("admin:crm_deputy_name"), {"deputy": assistant.pk, "until": until})
    row = Deputy.objects.get()
    assert may(assistant)
    client.post(reverse("admin:crm_deputy_end", args=[row.pk]))

    assert not may(assistant)
