"""The ledger: every line follows the one before it; what is cut, altered or missing is noticed."""

import json
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from privacy import evidence, journal, ledger
from privacy.errors import LedgerUnreadable
from privacy.models import Finding, JournalEntry
from tests.library.models import Reader

pytestmark = [pytest.mark.django_db]


def lines(settings):
    return settings.PRIVACY_LEDGER_FILE.read_text().splitlines(keepends=True)


def write(settings, kept):
    settings.PRIVACY_LEDGER_FILE.write_text("".join(kept))


@pytest.fixture
def three():
    return [ledger.intend([uuid.uuid4()], cause="retention") for _ in range(3)]


def test_a_line_cut_by_a_crash_loses_nothing_else(settings):
    first = ledger.intend([uuid.uuid4()], cause="retention")
    path = settings.PRIVACY_LEDGER_FILE
    with path.open("ab") as file:
        file.write(b'[{"kind": "intend", "at"')
    assert ledger.open_intents() == [first]

    second = ledger.intend([uuid.uuid4()], cause="retention")

    assert ledger.open_intents() == [first, second]


def test_an_altered_line_is_refused_by_its_number(settings):
    ledger.intend([uuid.uuid4()], cause="retention")
    ledger.intend([uuid.uuid4()], cause="retention")
    path = settings.PRIVACY_LEDGER_FILE
    path.write_text(path.read_text().replace("retention", "erasure", 1))

    with pytest.raises(LedgerUnreadable, match="Line 1 "):
        ledger.open_intents()


def test_a_line_taken_out_of_the_middle_is_noticed(settings, three):
    first, _second, third = lines(settings)
    write(settings, [first, third])

    with pytest.raises(LedgerUnreadable, match="Line 2 "):
        ledger.open_intents()


def test_two_lines_that_changed_places_are_noticed(settings, three):
    first, second, third = lines(settings)
    write(settings, [first, third, second])

    with pytest.raises(LedgerUnreadable, match="Line 2 "):
        ledger.open_intents()


@pytest.mark.both
@pytest.mark.django_db
def test_lines_cut_off_at_the_end_are_noticed_by_the_journals_anchor(settings, three):
    assert evidence.prove()
    assert ledger.verify() == 3
    write(settings, lines(settings)[:2])
    assert len(ledger.open_intents()) == 2

    with pytest.raises(LedgerUnreadable, match="Line 3 "):
        ledger.verify()


@pytest.mark.both
@pytest.mark.django_db
def test_a_ledger_that_grew_since_its_anchor_is_whole(three):
    ledger.anchor()
    ledger.done(three[0])

    assert ledger.verify() == 4


def test_a_ledger_of_the_first_format_is_read_and_continued(settings):
    body = {"kind": "intend", "at": timezone.now().isoformat(), "intent": str(uuid.uuid4())}
    settings.PRIVACY_LEDGER_FILE.parent.mkdir(exist_ok=True)
    old = json.dumps([body, journal.seal(body)]) + "\n"
    write(settings, [old, old])

    ledger.intend([uuid.uuid4()], cause="retention")

    assert len(list(ledger.entries())) == 3
    write(settings, [*lines(settings), old])
    with pytest.raises(LedgerUnreadable, match="Line 4 "):
        list(ledger.entries())


def test_a_line_longer_than_what_is_read_from_the_end_is_followed(monkeypatch):
    monkeypatch.setattr(ledger, "TAIL", 64)
    for _ in range(2):
        ledger.intend([uuid.uuid4() for _ in range(500)], cause="retention")

    assert len(list(ledger.entries())) == 2


@pytest.mark.both
@pytest.mark.django_db
def test_broken_evidence_is_one_finding_and_anchors_nothing(settings, three):
    write(settings, lines(settings)[1:])

    assert not evidence.prove()
    assert not evidence.prove()

    found = Finding.objects.get()
    assert (found.cause, found.place) == ("broken", "ledger")
    assert not JournalEntry.objects.exists()


@pytest.mark.both
@pytest.mark.django_db
def test_the_command_says_that_both_are_whole_or_which_line_is_not(settings, three, capsys):
    journal.record("test.act")
    call_command("verify_journal")
    assert "journal (1 entries) and the ledger (3 lines) are whole" in capsys.readouterr().out

    write(settings, lines(settings)[1:])

    with pytest.raises(CommandError, match="Line 1 of the ledger"):
        call_command("verify_journal")


@pytest.mark.django_db
def test_an_intent_left_open_is_closed_against_the_database(settings, tmp_path):
    settings.PRIVACY_LEDGER_FILE = tmp_path / "ledger.jsonl"
    intent = ledger.intend([Reader.objects.create(name="Z").uuid], cause="retention")
    assert ledger.open_intents() == [intent]

    ledger.close_open_intents()
    assert ledger.open_intents() == [intent], "another worker may still be at it"
    ledger.close_open_intents(at=timezone.now() + timedelta(hours=1))

    assert ledger.open_intents() == []
    assert [entry["kind"] for entry in ledger.entries()] == ["intend", "void"]
