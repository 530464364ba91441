"""Links that leave the house."""

import time
import uuid
from datetime import timedelta

import pytest
from django.core import signing

from privacy import links
from privacy.links import Act

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
