"""Links that leave the house."""

import os
import subprocess
import sys
import time
import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.test import Client

from privacy import links
from privacy.enums import ConsentKind
from privacy.links import Act
from privacy.models import ConsentEvent
from tests.factories.crm import ContactPointFactory

PERSON = uuid.UUID("6f2d8f1e-63d3-4a8c-9b3c-2c4f6c1d7e10")


@pytest.mark.parametrize("act", Act)
def test_a_link_opens_what_it_was_made_for_until_its_end(act):
    token = links.token(act, PERSON, purpose="newsletter", channel="email", topic="tax")

    opened = links.opened(act, token)

    assert opened == links.Opened(PERSON, "newsletter", "email", "tax")


def test_a_link_ends_with_its_day(monkeypatch):
    token = links.token(Act.PREFERENCES, PERSON)
    end = time.time() + links.LIVES[Act.PREFERENCES].total_seconds()

    monkeypatch.setattr(signing.time, "time", lambda: end - 60)
    assert links.opened(Act.PREFERENCES, token)
    monkeypatch.setattr(signing.time, "time", lambda: end + timedelta(hours=1).total_seconds())
    assert links.opened(Act.PREFERENCES, token) is None


@pytest.mark.django_db
@pytest.mark.clause("S52", "S118")
@pytest.mark.parametrize(("days", "stops"), [(5, True), (399, True), (401, False)])
def test_what_was_sent_ends_the_messages_for_four_hundred_days(monkeypatch, days, stops):
    person = ContactPointFactory(value="amara@example.com").contact
    link = links.link(Act.UNSUBSCRIBE, person.uuid, purpose="newsletter", channel="email")
    then = time.time() + timedelta(days=days).total_seconds()
    monkeypatch.setattr(signing.time, "time", lambda: then)

    Client().post(urlsplit(link).path)

    assert ConsentEvent.objects.filter(kind=ConsentKind.WITHDRAWN).exists() is stops


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "x",
        "a:b:c",
        links.token(Act.UNSUBSCRIBE, PERSON),
        links.token(Act.PREFERENCES, PERSON)[:-1],
        links.token(Act.PREFERENCES, PERSON).swapcase(),
        signing.dumps("not a list", salt="lethe.links.preferences"),
        signing.dumps(["no reference", "", "", ""], salt="lethe.links.preferences"),
        signing.dumps([PERSON.hex, "", "", "", "more"], salt="lethe.links.preferences"),
    ],
)
def test_a_link_that_is_altered_or_foreign_opens_nothing(broken):
    assert links.opened(Act.PREFERENCES, broken) is None


def test_a_link_names_nobody_but_a_random_reference():
    assert "@" not in links.token(Act.UNSUBSCRIBE, PERSON, purpose="newsletter", channel="email")


# --- a new secret key -----------------------------------------------------------------------


@pytest.mark.parametrize("act", Act)
def test_a_link_signed_under_a_fallback_key_opens_and_one_under_a_dropped_key_does_not(
    settings, act
):
    token, old = links.token(act, PERSON), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, ["between" * 9, old]
    assert links.opened(act, token) == links.Opened(PERSON)
    assert links.opened(act, links.token(act, PERSON)) == links.Opened(PERSON)

    settings.SECRET_KEY_FALLBACKS = ["between" * 9]
    assert links.opened(act, token) is None


@pytest.mark.django_db
def test_a_link_of_last_year_still_ends_the_messages_after_the_secret_key_was_changed(settings):
    person = ContactPointFactory(value="amara@example.com").contact
    link = links.link(Act.UNSUBSCRIBE, person.uuid, purpose="newsletter", channel="email")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]

    answer = Client().post(
        urlsplit(link).path,
        data="List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 200
    assert ConsentEvent.objects.get(subject=person).kind == ConsentKind.WITHDRAWN


def test_the_fallback_keys_come_from_the_environment(tmp_path):
    asked = "from django.conf import settings; print(settings.SECRET_KEY_FALLBACKS)"
    said = subprocess.run(
        [sys.executable, "-c", asked],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
            "DJANGO_SECRET_KEY_FALLBACKS": "one,two",
            "LETHE_VAR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.strip() == "['one', 'two']"
