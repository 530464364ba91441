"""After a restore every "no" comes back and everybody who was gone goes again, nobody else."""

import json
import uuid
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from config import startup
from config.awaiting_replay import state
from crm.models import Contact
from privacy import disposal, journal, ledger, replay, suppression
from privacy.enums import (
    Channel,
    DisposalCause,
    HoldReason,
    HoldScope,
    PointKind,
    SuppressionScope,
)
from privacy.errors import BehindLedger, LedgerUnreadable, SuppressionKeyInvalid
from privacy.models import Disposal, LegalHold, SuppressionEntry
from privacy.points import Point
from retention import sweep
from tests.factories import crm as factories

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

ANN = Point(PointKind.EMAIL, "ann.quillfeather@example.com")
BO = Point(PointKind.PHONE, "+85251234567")


@pytest.fixture(autouse=True)
def open_again():
    yield
    state.behind = False


def suppress(*points, channels=()):
    scope = SuppressionScope.NO_MARKETING if channels else SuppressionScope.NO_REENTRY
    return suppression.suppress(points, scope=scope, by=None, channels=channels)


def said(person, *kinds):
    """The lines of a disposal as a ledger has them that outlived its database."""
    intent = ledger.intend([person.uuid], cause="erasure")
    for kind in kinds:
        {"done": ledger.done, "void": ledger.void}[kind](intent)


def rows():
    return list(SuppressionEntry.objects.order_by("reference").values())


def forget_entries():
    """As a restore of a dump made before them would."""
    SuppressionEntry.objects.all().delete()


def test_a_database_that_was_not_restored_is_not_behind():
    case = suppress(ANN)
    suppress(BO, channels=(Channel.SMS, Channel.EMAIL))
    suppression.lift(case, by=None)
    disposal.dispose(
        [factories.ContactFactory().pk],
        cause=DisposalCause.ERASURE,
        by=None,
        on=timezone.localdate(),
    )

    assert not replay.outstanding()
    assert not any(replay.replay().facts().values())


def test_entries_and_lifts_come_back_to_the_last_column():
    kept = suppress(ANN)
    suppress(BO, channels=(Channel.SMS, Channel.EMAIL))
    lifted = suppress(BO)
    suppression.lift(lifted, by=None)
    before = [{**row, "id": None} for row in rows()]
    forget_entries()

    outcome = replay.replay()

    assert [{**row, "id": None} for row in rows()] == before
    assert outcome.suppressions == len(before)
    assert outcome.lifts == SuppressionEntry.objects.filter(case=lifted).count()
    assert suppression.refused([ANN, BO]) == [True, False]
    assert SuppressionEntry.objects.filter(case=kept, ended_at__isnull=True).exists()


def test_a_lift_after_the_dump_ends_an_entry_of_the_dump():
    case = suppress(ANN)
    suppression.lift(case, by=None)
    SuppressionEntry.objects.update(ended_at=None)

    assert replay.outstanding().lifts == SuppressionEntry.objects.count()
    replay.replay()

    assert suppression.refused([ANN]) == [False]


@pytest.mark.parametrize(("kinds", "goes"), [(("done",), True), (("void",), False), ((), False)])
def test_only_a_committed_disposal_is_done_again(kinds, goes):
    person, other = factories.ContactFactory(), factories.ContactFactory()
    said(person, *kinds)

    outcome = replay.replay()

    person.refresh_from_db()
    other.refresh_from_db()
    assert bool(person.disposed_at) is goes
    assert other.disposed_at is None
    assert outcome.people == int(goes)
    assert outcome.open_intents == int(not kinds)
    assert Disposal.objects.filter(cause=DisposalCause.REPLAY).count() == int(goes)


def test_no_hold_of_the_dump_stops_it():
    person, officer = factories.ContactFactory(), factories.UserFactory()
    LegalHold.objects.create(
        scope=HoldScope.PERSON,
        subject=person,
        matter="HCA-2026-0017",
        reason=HoldReason.CLAIM,
        owner=officer,
        placed_by=officer,
        review_on=date(2027, 1, 1),
    )
    said(person, "done")

    replay.replay()

    person.refresh_from_db()
    assert person.disposed_at


def test_twice_changes_nothing():
    said(factories.ContactFactory(), "done")
    suppress(ANN)
    forget_entries()
    replay.replay()
    lines, entries, length = list(ledger.entries()), rows(), journal.verify()
    people = list(Contact.objects.order_by("pk").values())

    again = replay.replay()

    assert not any(again.facts().values())
    assert list(ledger.entries()) == lines
    assert (rows(), journal.verify()) == (entries, length)
    assert list(Contact.objects.order_by("pk").values()) == people


def test_a_person_whom_the_dump_never_had_is_no_reason_to_stay_shut():
    intent = ledger.intend([uuid.uuid4()], cause="retention")
    ledger.done(intent)

    assert not replay.outstanding()


def test_a_line_of_an_unknown_kind_stops_everything_before_it_begins():
    person = factories.ContactFactory()
    said(person, "done")
    ledger.record("promise", reference=str(uuid.uuid4()))

    with pytest.raises(LedgerUnreadable, match="does not know"):
        replay.replay()

    person.refresh_from_db()
    assert person.disposed_at is None


def test_an_old_copy_of_the_ledger_is_refused(settings, tmp_path, monkeypatch):
    gone = factories.ContactFactory()
    disposal.dispose([gone.pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate())
    settings.PRIVACY_LEDGER_FILE = tmp_path / "older.jsonl"
    settings.PRIVACY_LEDGER_FILE.touch()
    person = factories.ContactFactory()
    said(person, "done")

    # The journal has seen more of it; and so has the table of disposals, where it was not anchored.
    with pytest.raises(LedgerUnreadable, match="Line"):
        replay.replay()
    monkeypatch.setattr(ledger, "verify", lambda: 0)
    with pytest.raises(LedgerUnreadable, match="lacks disposals"):
        replay.replay()

    person.refresh_from_db()
    assert person.disposed_at is None


def test_an_entry_under_an_absent_key_stops_everything(settings):
    settings.PRIVACY_SUPPRESSION_KEYS = ["t9:" + "99" * 32]
    suppress(ANN)
    forget_entries()
    settings.PRIVACY_SUPPRESSION_KEYS = ["t1:" + "11" * 32]

    with pytest.raises(SuppressionKeyInvalid, match="t9"):
        replay.replay()

    assert rows() == []


def test_pages_are_shut_until_it_has_run(client):
    said(factories.ContactFactory(), "done")
    startup.prepare()

    shut = client.get("/admin/login/")
    health = client.get("/healthz")

    assert (shut.status_code, shut["Retry-After"]) == (503, "60")
    assert "ledger" in shut.content.decode()
    assert health.json()["ledger"] == "awaiting replay"

    replay.replay()
    state.looked_at -= timedelta(minutes=1).total_seconds()

    assert client.get("/admin/login/").status_code == 200


def test_nothing_works_until_it_has_run():
    said(factories.ContactFactory(), "done")

    with pytest.raises(BehindLedger):
        startup.prepare_to_work()
    with pytest.raises(BehindLedger):
        sweep.start(on=timezone.localdate())
    with pytest.raises(CommandError, match="replay_ledger"):
        call_command("sweep")


def test_an_open_intent_stays_open_until_it_has_run(settings):
    # Every intent is old enough to be closed.
    settings.CELERY_TASK_TIME_LIMIT = -60
    said(factories.ContactFactory(), "done")
    intent = ledger.intend([factories.ContactFactory().uuid], cause="erasure")

    startup.prepare()

    assert ledger.open_intents() == [intent]
    replay.replay()
    startup.prepare()
    assert ledger.open_intents() == []


def test_the_command_says_what_it_did():
    said(factories.ContactFactory(), "done")
    out = StringIO()

    call_command("replay_ledger", json=True, stdout=out)

    assert json.loads(out.getvalue())["people"] == 1
