"""Every refusal of the sweep is a sentence in the reader's language; a day out of range is one."""

import ast
import inspect
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone, translation

from privacy.errors import PrivacyError, TransitionRefused
from retention import archive_keys, errors, rules
from tests.factories.crm import UserFactory

FOLDER = Path(errors.__file__).parent
# What a refusal of two people's numbers needs to be said.
SAMPLES = {
    "day": date(2026, 1, 1),
    "today": date(2026, 1, 1),
    "number": 7,
    "said": 3,
    "database": 2,
    "ledger": 1,
}
REFUSALS = [
    refusal
    for _name, refusal in inspect.getmembers(errors, inspect.isclass)
    if refusal.__module__ == errors.__name__ and "__init__" in vars(refusal)
]


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_chinese_for_whoever_reads_chinese(refusal):
    needed = {name: SAMPLES[name] for name in list(inspect.signature(refusal).parameters)}

    with translation.override("zh-hant"):
        assert is_chinese(str(refusal(**needed)))
    with translation.override("en"):
        assert not is_chinese(str(refusal(**needed)))


def bare_sentences(path: Path) -> list[str]:
    """Sentences that a module hands to a refusal without asking for their translation."""
    names = {refusal.__name__ for refusal in REFUSALS} | {"RuleRefused", "ArchiveKeyInvalid"}
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
        if name not in {*names, "TransitionRefused", "CommandError"} and not (
            name == "__init__" and path.name == "errors.py"
        ):
            continue
        found += [
            f"{path.name}:{said.lineno}"
            for said in node.args
            if isinstance(said, ast.Constant | ast.JoinedStr)
        ]
    return found


def test_no_module_refuses_in_a_sentence_that_nobody_translates():
    modules = [path for path in FOLDER.rglob("*.py") if "migrations" not in path.parts]

    assert [place for path in modules for place in bare_sentences(path)] == []


def test_a_bare_sentence_would_be_found(tmp_path):
    module = tmp_path / "rules.py"
    module.write_text('raise RuleRefused("No.")\nraise RuleRefused(_("No."))\n')

    assert bare_sentences(module) == ["rules.py:1"]


@pytest.mark.django_db
@pytest.mark.both
def test_what_the_domain_refuses_is_chinese_too():
    by, yesterday = UserFactory(), timezone.localdate() - timedelta(days=1)
    refused = []
    with translation.override("zh-hant"):
        for act in (
            lambda: rules.propose(keep="x", decision="D-1", effective_on=yesterday, by=by),
            lambda: rules.propose(
                keep="x", decision="D-1", effective_on=timezone.localdate(), by=by
            ),
            lambda: archive_keys.parse(["short:00"]),
            lambda: archive_keys.parse(["a:" + "55" * 32, "a:" + "55" * 32]),
        ):
            with pytest.raises(PrivacyError) as refusal:
                act()
            refused.append(str(refusal.value))

    assert all(is_chinese(text) for text in refused)
    assert issubclass(TransitionRefused, PrivacyError)


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize("mode", ["", "--rehearse", "--apply"])
@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "3000-01-01", "9999-12-31"])
def test_a_day_out_of_range_is_one_sentence(day, mode):
    with pytest.raises(CommandError) as refusal:
        call_command("sweep", *filter(None, [mode]), "--on", day)

    assert str(refusal.value) == "--on takes a day from 1970-01-01 to 2999-12-31."


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize("day", ["1970-01-01", "2999-12-31"])
def test_the_first_and_the_last_day_are_planned(day, capsys):
    call_command("sweep", "--on", day)

    assert day in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-W01-1", "20260101", "soon"])
@pytest.mark.parametrize("option", ["--obtained-on", "--confirm-day"])
def test_every_option_that_takes_a_day_refuses_it_alike(day, option, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("Family name,E-mail\nQuillfeather,zephyrine@example.com\n")
    words = {
        "--obtained-on": ["import_contacts", str(file), "--source", "card", "--role", "prospect"],
        "--confirm-day": ["sweep", "--apply", "--by", UserFactory(is_superuser=True).username],
    }

    with pytest.raises(CommandError, match=rf"^{option} takes a day [^\n]*$"):
        call_command(*words[option], option, day)
