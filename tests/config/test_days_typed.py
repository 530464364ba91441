"""A day that somebody types after an option of any command: none or too far is one sentence."""

import re

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import CommandError

from tests.factories.crm import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

OURS = {"config", "crm", "privacy", "retention"}
LETTER = ["--regime", "EU_GDPR", "--right", "access"]
RECEIVED = [*LETTER, "--received", "2026-01-05"]
# Every option that takes a day, with the words beside which it is tried; FILE and USER are made.
OPTIONS = {
    ("explain_deadline", "--received"): LETTER,
    ("explain_deadline", "--notice-sent"): [*RECEIVED, "--extended"],
    ("explain_deadline", "--closure"): [*RECEIVED, "--calendar", "IE"],
    ("explain_deadline", "--pause"): RECEIVED,
    ("explain_deadline", "--on"): [*RECEIVED, "--pause", "2026-01-12::identity"],
    ("import_contacts", "--obtained-on"): ["FILE", "--source", "card", "--role", "prospect"],
    ("import_contacts", "--expires-on"): ["FILE", "--source", "card", "--role", "prospect"],
    ("sweep", "--on"): [],
    ("sweep", "--confirm-day"): ["--apply", "--by", "USER"],
}
NAMED = re.compile(r"(^|_)(on|day|date|since|until|by_when)$")
TOLD = re.compile(r"\b(DATE|FROM:TO|YYYY-MM-DD|the (last )?day)\b|\bday\.")


def take_days():
    """Every option of ours whose name, sign or help speaks of a day."""
    for name, app in get_commands().items():
        if app not in OURS:
            continue
        command = load_command_class(app, name)
        for action in command.create_parser("manage.py", name)._actions:
            told = f"{action.metavar or ''} {action.help or ''}"
            takes = action.nargs != 0 and not action.choices
            if takes and (NAMED.search(action.dest) or TOLD.search(told)):
                yield name, (action.option_strings or [action.dest])[-1]


def test_every_option_that_takes_a_day_is_tried():
    assert set(take_days()) == set(OPTIONS)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "x"])
@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_a_day_that_is_none_or_too_far_is_one_sentence(command, option, day, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("Family name,E-mail\nQuillfeather,zephyrine@example.com\n")
    words = [
        {"FILE": str(file), "USER": "operator"}.get(word, word)
        for word in OPTIONS[command, option]
    ]
    if "operator" in words:
        UserFactory(username="operator", is_superuser=True)
    typed = [day]
    if option == "--pause":
        typed = [f"{day}:2026-01-12:identity", f"2026-01-12:{day}:identity"]

    for value in typed:
        with pytest.raises(CommandError, match=rf"^{option} takes a day [^\n]*\Z"):
            call_command(command, *words, option, value)
