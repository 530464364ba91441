"""No test passes whose log or cookies hold a value of a person (DESIGN 17).

Watched are the values by which a person can be told, as the tests themselves store them: every
column that a declaration calls identifying, and whatever a test hands to `watched`.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.models.signals import post_save
from django.test import Client

from privacy.enums import About
from privacy.inventory import registry
from tests import canaries

HAN = range(0x3400, 0xA000)


def tells(value: str) -> bool:
    """Whether a value is long enough to be somebody's and nobody else's."""
    return len(value) >= 6 or (len(value) >= 2 and all(ord(letter) in HAN for letter in value))


class Collector(logging.Handler):
    """Keeps every line of the log, traces included, whatever a test does to the handlers."""

    def __init__(self) -> None:
        super().__init__(level=logging.INFO)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def watched() -> set[str]:
    """Values that neither log nor cookie may hold while this test runs."""
    return set()


@contextmanager
def guard(watched: set[str]) -> Iterator[None]:
    """Fail when the log or a cookie of what runs inside held a value of a person."""
    collector = Collector()
    cookies: list[str] = []

    def remember(sender: type, instance: Any, **kwargs: Any) -> None:
        holding = registry.holdings.get(sender._meta.concrete_model._meta.label.lower())
        if holding is None or holding.about is not About.SUBJECT:
            return
        values = (getattr(instance, name, "") for name, d in holding.data.items() if d.identifies)
        watched.update(value for value in values if isinstance(value, str) and tells(value))

    def request(self: Client, **kwargs: Any) -> Any:
        response = sent(self, **kwargs)
        cookies.extend(morsel.OutputString() for morsel in response.cookies.values())
        return response

    sent = Client.request
    Client.request = request
    logging.getLogger().addHandler(collector)
    post_save.connect(remember, weak=False)
    try:
        yield
    finally:
        post_save.disconnect(remember)
        logging.getLogger().removeHandler(collector)
        Client.request = sent
    for place, lines in (("log", collector.lines), ("cookie", cookies)):
        held = canaries.found_in("\n".join(lines).encode(), watched) if lines else set()
        # The message names the place alone: a report of the suite is a log too.
        # Raised by hand, as pytest would print what an `assert` compared.
        if held:
            raise AssertionError(f"{len(held)} value(s) of a person in a {place}")


@pytest.fixture(autouse=True)
def nothing_personal_in_log_or_cookie(watched: set[str]) -> Iterator[None]:
    """Every test runs under the guard."""
    with guard(watched):
        yield
