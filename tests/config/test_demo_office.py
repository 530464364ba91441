"""The invented office: only where nobody is, every class, random pass-phrases."""

import io

import pytest
from django.core.management import call_command
from django.utils import timezone

from crm.enums import RetentionClass, RoleKind
from crm.models import Contact, ContactPoint, Role, User
from privacy import holds
from privacy.models import LegalHold

pytestmark = pytest.mark.django_db


def build():
    out = io.StringIO()
    call_command("demo_office", stdout=out)
    return dict(line.split() for line in out.getvalue().splitlines()[1:])


def test_an_empty_office_gets_people_of_every_kind_and_class(monkeypatch):
    monkeypatch.setenv("DEMO", "1")

    logins = build()

    assert Contact.objects.count() == 120
    assert set(Role.objects.values_list("kind", flat=True)) == set(RoleKind.values)
    assert set(Contact.objects.values_list("retention_class", flat=True)) == set(
        RetentionClass.values
    )
    assert Contact.objects.filter(anchor_on=None).exists()
    assert User.objects.filter(groups__name="Privacy officer").count() == 2
    assert len(set(logins.values())) == 9
    assert User.objects.get(username="hr").check_password(logins["hr"])
    emails = ContactPoint.objects.filter(kind="email")
    assert not emails.exclude(value__endswith="@example.com").exists()


def test_a_hold_keeps_whose_time_is_over_first(monkeypatch):
    monkeypatch.setenv("DEMO", "1")

    build()

    held = LegalHold.objects.get().subject
    assert set(holds.in_force([held.pk], on=timezone.localdate())) == {held.pk}
    earlier = Contact.objects.filter(anchor_on__lt=held.anchor_on)
    assert not earlier.exists()


def test_an_office_with_a_user_is_left_alone():
    User.objects.create_user("somebody")

    assert build() == {}

    assert not Contact.objects.exists()
