"""A fact in the database has its line outside, whatever happened to the disk in between."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from config import startup
from privacy import consent, disposal, evidence, ledger, links, replay, restriction
from privacy.enums import ConsentMethod, DisposalCause, FindingCause, RestrictionGround
from privacy.errors import LedgerUnreadable
from privacy.links import Act
from privacy.models import ConsentEvent, Finding, JournalEntry, Restriction, WaitingLine
from tests.factories.crm import ContactFactory, ContactPointFactory, UserFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

FULL = Path("/dev/full")
LATER = timedelta(minutes=1)


def no(person):
    consent.object_to(person, method=ConsentMethod.ONLINE, by=None)


def lines(kind):
    return [line for line in ledger.entries() if line["kind"] == kind]


@pytest.fixture
def broken(settings, tmp_path):
    """A ledger that cannot be written: the disk is full, or the place is no file."""
    path = settings.PRIVACY_LEDGER_FILE
    place = tmp_path / "no file"
    place.mkdir()

    def breaks(how):
        settings.PRIVACY_LEDGER_FILE = {"full": FULL, "no file": place}[how]

    breaks.mend = lambda: setattr(settings, "PRIVACY_LEDGER_FILE", path)
    return breaks


@pytest.mark.parametrize("how", ["full", "no file"])
def test_who_says_no_is_answered_and_their_line_comes_later(broken, how):
    person = ContactPointFactory().contact
    with translation.override("en"):
        token = links.token(Act.UNSUBSCRIBE, person.uuid, purpose="newsletter", channel="email")
        url = reverse("public:unsubscribe", args=[token])
    broken(how)

    for _click in range(2):
        assert Client().post(url).status_code == 200
    assert WaitingLine.objects.exists()
    assert ledger.write_waiting(at=timezone.now() + LATER) == 0
    broken.mend()
    ledger.write_waiting(at=timezone.now() + LATER)

    assert not WaitingLine.objects.exists()
    told = {line["reference"] for line in lines("withdrawal")}
    said = ConsentEvent.objects.filter(subject=person)
    assert told == {str(event.reference) for event in said}
    assert not list(evidence.protections.untold())


@pytest.mark.parametrize("how", ["full", "no file"])
def test_nobody_is_disposed_of_while_it_cannot_be_written(broken, how):
    person = ContactFactory()
    broken(how)

    with pytest.raises(LedgerUnreadable):
        disposal.dispose(
            [person.pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate()
        )

    person.refresh_from_db()
    assert person.disposed_at is None


def test_what_was_killed_before_its_line_was_on_disk_is_written_by_the_next_turn(monkeypatch):
    person = ContactPointFactory().contact
    monkeypatch.setattr(ledger, "write", lambda lines: False)
    no(person)
    monkeypatch.undo()
    assert not lines("objection")

    assert ledger.write_waiting() == 0, "its own transaction may still be at it"
    ledger.write_waiting(at=timezone.now() + LATER)

    assert len(lines("objection")) == ConsentEvent.objects.count()


def test_a_line_that_is_told_twice_changes_nothing():
    person = ContactPointFactory().contact
    no(person)
    again = [
        WaitingLine(line=line["line"], kind=line["kind"], facts={**line})
        for line in ledger.entries()
        if "line" in line
    ]
    for one in again:
        one.facts = {k: v for k, v in one.facts.items() if k not in {"kind", "previous", "line"}}
    ledger.write(again)

    assert len(list(ledger.entries())) == 2 * len(again)
    assert ledger.verify()
    assert not replay.outstanding()
    assert not any(replay.replay().facts().values())


def test_a_rolled_back_fact_leaves_no_line():
    person = ContactPointFactory().contact
    with pytest.raises(RuntimeError), transaction.atomic():
        no(person)
        raise RuntimeError

    assert not WaitingLine.objects.exists()
    assert not lines("objection")


def test_a_fact_without_its_line_is_a_finding_and_is_given_one():
    person = ContactFactory()
    restriction.place(
        person,
        ground=RestrictionGround.ACCURACY,
        received_on=timezone.localdate(),
        by=UserFactory(),
    )
    assert evidence.prove()
    # As a version left it that forgot the line.
    Restriction.objects.create(
        subject=ContactFactory(),
        ground=RestrictionGround.CLAIMS,
        received_on=timezone.localdate(),
    )

    assert not evidence.prove()
    (finding,) = Finding.objects.filter(cause=FindingCause.BROKEN)
    assert finding.place == "ledger lines"
    assert len(lines(restriction.PLACED)) == 2
    assert evidence.prove()
    finding.refresh_from_db()
    assert finding.settled_at


def test_a_finding_about_a_broken_file_is_settled_when_its_proof_passes(settings):
    no(ContactPointFactory().contact)
    path = settings.PRIVACY_LEDGER_FILE
    kept = path.read_bytes()
    assert evidence.prove()
    path.write_bytes(kept.replace(b"objection", b"objectiun", 1))
    assert not evidence.prove()

    path.write_bytes(kept)

    assert evidence.prove()
    assert not Finding.objects.filter(settled_at__isnull=True).exists()


def test_each_disposal_is_anchored():
    for _one in range(2):
        disposal.dispose(
            [ContactFactory().pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate()
        )

    anchors = JournalEntry.objects.filter(verb=ledger.ANCHOR).order_by("number")
    assert len({entry.facts["lines"] for entry in anchors}) >= 2
    assert ledger.verify()


# --- the file at a start, and for whoever watches -------------------------------------------------


def cut(path):
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def absent(path):
    path.unlink()


def foreign(path):
    path.unlink()
    ledger.intend([], cause="erasure")


def older(path):
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])


FAULTS = {"cut": cut, "absent": absent, "another's": foreign, "an old copy": older}


@pytest.fixture
def beating(settings, tmp_path):
    for name in ("worker", "beat"):
        file = settings.HEARTBEAT_FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_ledger_that_is_not_the_newest_fails_start_and_health(settings, beating, fault):
    no(ContactPointFactory().contact)
    disposal.dispose(
        [ContactFactory().pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate()
    )
    evidence.prove()
    startup.prepare()
    assert Client().get("/healthz").status_code == 200
    anchored = JournalEntry.objects.filter(verb=ledger.ANCHOR)
    if fault is foreign:
        # So that the other file can be begun at all.
        settings.PRIVACY_LEDGER_FILE.unlink()
        settings.PRIVACY_LEDGER_FILE.write_bytes(b"")
        ledger.intend([], cause="erasure")
    else:
        fault(settings.PRIVACY_LEDGER_FILE)
    assert anchored.exists()

    with pytest.raises(LedgerUnreadable, match=r"[Ll]edger"):
        startup.prepare()
    answer = Client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["ledger"] == "failing"
    assert "PRIVACY_LEDGER_FILE" in answer.json()["ledger_fault"]
    outside = Client(headers={"X-Forwarded-For": "203.0.113.7"}).get("/healthz")
    assert "ledger_fault" not in outside.json()
    # Nothing begins a file anew where one was.
    if fault is absent:
        no(ContactPointFactory().contact)
        assert not settings.PRIVACY_LEDGER_FILE.exists()


def test_lines_that_wait_too_long_fail_start_and_health(broken, beating):
    evidence.prove()
    broken("no file")
    no(ContactPointFactory().contact)
    broken.mend()
    assert Client().get("/healthz").status_code == 200
    WaitingLine.objects.update(made_at=timezone.now() - timedelta(minutes=6))

    assert Client().get("/healthz").json()["ledger"] == "failing"
    # A start writes them first.
    startup.prepare()
    assert Client().get("/healthz").json()["ledger"] == "ok"


def test_a_ledger_of_an_office_that_was_never_anchored_must_hold_what_it_knows(settings):
    no(ContactPointFactory().contact)
    path = settings.PRIVACY_LEDGER_FILE
    assert path.exists()
    settings.PRIVACY_LEDGER_FILE = path.with_name("another.jsonl")

    with pytest.raises(LedgerUnreadable):
        startup.prepare()


def test_the_command_says_it_in_one_sentence(settings):
    no(ContactPointFactory().contact)
    evidence.prove()
    os.truncate(settings.PRIVACY_LEDGER_FILE, 10)

    with pytest.raises(CommandError) as refusal:
        call_command("verify_journal")
    assert "\n" not in str(refusal.value)
