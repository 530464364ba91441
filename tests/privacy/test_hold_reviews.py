"""A hold is looked at again: its owner is told once for each date, by reference alone."""

from datetime import date, timedelta

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Group
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse

from config import roles
from crm.models import User
from privacy import hold_reviews, holds
from privacy.checks.configuration import bad_settings
from privacy.enums import HoldReason
from privacy.errors import TransitionRefused
from privacy.models import JournalEntry, LegalHold
from privacy.tasks import remind_of_holds
from tests.factories.crm import ContactFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DUE = date(2027, 3, 1)
DAY = timedelta(days=1)
SECRET = "owner@office.example"


@pytest.fixture
def owner():
    return UserFactory(email=SECRET)


@pytest.fixture
def hold(owner):
    return placed(owner)


def placed(owner: User, review_on: date = DUE) -> LegalHold:
    return holds.place(
        ContactFactory(latin_family_name="Quillfeather"),
        matter="HCA-2026-77",
        reason=HoldReason.CLAIM,
        owner=owner,
        review_on=review_on,
        by=owner,
    )


@pytest.mark.parametrize(("days", "near"), [(-15, 0), (-14, 1), (0, 1), (30, 1)])
def test_a_hold_is_to_review_from_two_weeks_before_its_day(hold, days, near):
    on = DUE + days * DAY

    assert hold_reviews.to_review(on=on).count() == near
    assert hold_reviews.remind(on=on) == near
    assert len(mail.outbox) == near


def test_the_owner_is_told_once_for_each_review_date(hold, owner):
    assert [hold_reviews.remind(on=DUE + n * DAY) for n in range(-14, 3)] == [1] + [0] * 16

    later = DUE + timedelta(days=100)
    hold_reviews.set_date(hold, review_on=later, by=owner, on=DUE)

    assert [hold_reviews.remind(on=later + n * DAY) for n in (-15, -14, 0)] == [0, 1, 0]
    assert [message.bcc for message in mail.outbox] == [[SECRET], [SECRET]]
    assert JournalEntry.objects.filter(verb="hold.remind").count() == 2


def test_the_mail_names_the_hold_and_no_person(hold, settings, client, owner):
    settings.PRIVACY_CONSOLE_URL = "https://lethe.example/"
    hold_reviews.remind(on=DUE)

    (message,) = mail.outbox
    text = message.subject + message.body
    page = reverse("admin:privacy_legalhold_change", args=[hold.reference])
    assert f"https://lethe.example{page}\n" in message.body
    assert str(hold.reference) in message.body
    assert "1 March 2027" in message.body
    assert "Quillfeather" not in text
    assert str(hold.subject.uuid) not in text
    assert "HCA-2026-77" not in text
    assert "\n" not in message.subject

    owner.groups.add(Group.objects.get(name=roles.OFFICER))
    client.force_login(owner)
    assert client.get(page).context["original"] == hold


def test_a_released_hold_is_not_to_review(hold, owner):
    holds.release(hold, by=owner)

    assert hold_reviews.remind(on=DUE) == 0
    assert mail.outbox == []


@pytest.mark.parametrize("gone", [{"email": ""}, {"is_active": False}])
def test_where_the_owner_cannot_be_told_the_officers_are(hold, owner, gone):
    officers = [UserFactory(email=f"officer-{n}@office.example") for n in range(2)]
    UserFactory(email="staff@office.example")
    for officer in officers:
        officer.groups.add(Group.objects.get(name=roles.OFFICER))
    User.objects.filter(pk=owner.pk).update(**gone)

    assert hold_reviews.remind(on=DUE) == 1
    assert mail.outbox[0].bcc == [officer.email for officer in officers]
    assert mail.outbox[0].to == []


def test_where_nobody_can_be_told_the_log_says_so_and_it_is_tried_again(hold, owner, caplog):
    User.objects.update(email="")

    assert hold_reviews.remind(on=DUE) == 0
    assert str(hold.reference) in caplog.text

    User.objects.filter(pk=owner.pk).update(email=SECRET)
    assert hold_reviews.remind(on=DUE) == 1


class Broken(BaseEmailBackend):
    """A mail server that is down and says whom it could not reach."""

    def send_messages(self, messages):
        raise ConnectionRefusedError(SECRET)


def test_what_could_not_be_sent_goes_with_the_next_night(hold, settings, caplog, watched):
    watched.add(SECRET)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Broken"

    assert hold_reviews.remind(on=DUE) == 0
    assert "ConnectionRefusedError" in caplog.text
    assert not JournalEntry.objects.filter(verb="hold.remind").exists()

    settings.EMAIL_BACKEND = working
    assert hold_reviews.remind(on=DUE + DAY) == 1


def test_the_nightly_task_reminds(owner):
    placed(owner, date(2020, 1, 1))

    remind_of_holds()
    remind_of_holds()

    assert len(mail.outbox) == 1
    assert "has come" in mail.outbox[0].body


def test_setting_a_date_leaves_an_entry_with_both_dates(hold, owner):
    hold_reviews.set_date(hold, review_on=DUE + DAY, by=owner, on=DUE)

    hold.refresh_from_db()
    entry = JournalEntry.objects.get(verb="hold.review")
    assert hold.review_on == DUE + DAY
    assert entry.actor == f"user:{owner.pk}"
    assert entry.facts == {"before": "2027-03-01", "review_on": "2027-03-02"}


@pytest.mark.parametrize("days", [-1, 0])
def test_a_date_that_is_past_is_refused(hold, owner, days):
    with pytest.raises(TransitionRefused, match="future"):
        hold_reviews.set_date(hold, review_on=DUE + days * DAY, by=owner, on=DUE)

    hold.refresh_from_db()
    assert hold.review_on == DUE


def test_a_released_hold_gets_no_new_date(hold, owner):
    holds.release(hold, by=owner)

    with pytest.raises(TransitionRefused, match="released"):
        hold_reviews.set_date(hold, review_on=DUE + DAY, by=owner, on=DUE)


def test_dashboard_and_list_show_the_holds_to_review(client, owner):
    near, far = placed(owner, date(2020, 1, 1)), placed(owner, date(2099, 1, 1))
    owner.groups.add(Group.objects.get(name=roles.OFFICER))
    client.force_login(owner)

    (card,) = (
        card
        for card in client.get(reverse("admin:index")).context["cards"]
        if card.title == "On hold"
    )
    shown = client.get(card.url).context["cl"].result_list

    assert (card.value, card.note, card.alert) == ("2", "1 to review", True)
    assert list(shown) == [near]
    assert far in client.get(card.url.partition("?")[0]).context["cl"].result_list


@pytest.mark.parametrize(
    "address", ["", "lethe.example", "https://lethe.example/admin", "ftp://x"]
)
def test_an_address_that_is_none_is_refused_at_the_start(settings, address):
    assert list(bad_settings()) == []

    settings.PRIVACY_CONSOLE_URL = address

    assert ["PRIVACY_CONSOLE_URL" in error.msg for error in bad_settings()] == [True]
    assert address == configured.PRIVACY_CONSOLE_URL
