"""Disposal and the append-only tables, on a library that knows nothing of contacts."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from privacy import disposal, holds, journal, ledger, triggers
from privacy.enums import Becomes, DisposalCause, HoldReason
from privacy.errors import AppendOnly, LedgerUnreadable, PrivacyError, TransitionRefused
from privacy.inventory import registry
from privacy.models import Disposal, FileRemoval, JournalEntry, Permit
from tests.factories import crm as factories
from tests.library.models import Loan, Note, Reader

ON = date(2026, 6, 1)
ROOT = "library.Reader"


@pytest.fixture
def reader():
    reader = Reader.objects.create(name="Zephyrine", card="Z-1", last_visit_on=date(2020, 1, 1))
    loan = Loan.objects.create(reader=reader, title="Zephyrine's book")
    Note.objects.create(loan=loan, text="Zephyrine", scan=ContentFile(b"Zephyrine", name="n"))
    return reader


def dispose(*readers, **options):
    pks = [reader.pk for reader in readers]
    return disposal.dispose(
        pks, cause=DisposalCause.RETENTION, by=None, on=ON, root=ROOT, **options
    )


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_dispose_deletes_children_blanks_the_person_and_unlinks_files(reader):
    name = Note.objects.get().scan.name
    card = reader.card

    outcome = dispose(reader)

    reader.refresh_from_db()
    assert outcome.disposed == (reader.pk,)
    assert reader.name == ""
    assert reader.card not in ("", card)
    assert reader.disposed_at
    assert not Loan.objects.exists()
    assert not Note.objects.exists()
    assert not storages["documents"].exists(name)
    assert not FileRemoval.objects.exists()
    assert Disposal.objects.get().subject_reference == reader.uuid
    assert ledger.open_intents() == []


@pytest.mark.both
@pytest.mark.django_db
def test_dispose_twice_changes_nothing_the_second_time(reader):
    dispose(reader)

    assert dispose(reader).disposed == ()
    assert Disposal.objects.count() == 1


@pytest.mark.both
@pytest.mark.django_db
def test_rehearsal_rolls_back_to_the_row(reader):
    outcome = dispose(reader, rehearse=True)

    reader.refresh_from_db()
    assert outcome.counts == {"library.Reader": 1, "library.Loan": 1, "library.Note": 1}
    assert reader.name == "Zephyrine"
    assert Note.objects.exists()
    assert not FileRemoval.objects.exists()
    assert not JournalEntry.objects.exists()


@pytest.mark.both
@pytest.mark.django_db
def test_a_statute_keeps_its_remainder_alone(reader):
    Note.objects.all().delete()
    Loan.objects.update(fined_on=date(2024, 1, 1))

    (line,) = [
        line
        for line in disposal.plan([reader.pk], on=ON, root=ROOT)
        if line.holding.model == "library.Loan"
    ]
    dispose(reader)

    loan = Loan.objects.get()
    assert (line.kept, line.law, line.until) == (1, "Cap 112 s.51C", date(2031, 1, 1))
    assert loan.fined_on == date(2024, 1, 1)
    assert loan.title == ""


@pytest.mark.both
@pytest.mark.django_db
def test_another_reader_is_untouched(reader):
    namesake = Reader.objects.create(name="Zephyrine", card="Z-2")

    dispose(reader)

    namesake.refresh_from_db()
    assert namesake.name == "Zephyrine"


@pytest.mark.both
@pytest.mark.django_db
def test_append_only_tables_refuse_update_and_delete_by_model_and_sql():
    entry = journal.record("test.act", by=None, facts={"rows": 1})

    with pytest.raises(AppendOnly):
        entry.save()
    with pytest.raises(AppendOnly):
        JournalEntry.objects.update(verb="x")
    with pytest.raises(AppendOnly):
        JournalEntry.objects.all().delete()
    for statement in (
        "UPDATE privacy_journalentry SET verb = 'x'",
        "DELETE FROM privacy_journalentry",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE privacy_journalentry")
    assert journal.verify() == 1


@pytest.mark.both
@pytest.mark.django_db
def test_every_append_only_table_has_its_triggers():
    assert len(list(triggers.append_only_models())) >= 2
    assert triggers.missing() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "value", ["Zephyrine Quillfeather", "Quillfeather", "85251234567", 1.5, "a@example.com"]
)
def test_the_journal_refuses_values(value):
    with pytest.raises(PrivacyError):
        journal.record("test.act", by=None, facts={"name": value})
    if isinstance(value, str):
        with pytest.raises(PrivacyError):
            journal.record("test.act", by=None, reference=value)


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_a_file_that_cannot_be_removed_never_voids_a_committed_disposal(reader):
    Note.objects.update(scan="../outside")

    dispose(reader)

    assert Disposal.objects.count() == 1
    assert [entry["kind"] for entry in ledger.entries()] == ["intend", "done"]
    assert FileRemoval.objects.get().attempts == 1


@pytest.mark.both
@pytest.mark.django_db
def test_a_failure_before_the_commit_voids_its_intent(reader, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(disposal, "_record", fail)
    with pytest.raises(RuntimeError):
        dispose(reader)

    reader.refresh_from_db()
    assert reader.name == "Zephyrine"
    assert [entry["kind"] for entry in ledger.entries()] == ["intend", "void"]


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


@pytest.mark.both
@pytest.mark.django_db
def test_a_hold_cannot_be_placed_on_a_tombstone():
    person, officer = factories.ContactFactory(), factories.UserFactory()
    disposal.dispose([person.pk], cause=DisposalCause.RETENTION, by=None, on=ON)

    with pytest.raises(TransitionRefused):
        holds.place(
            person,
            matter="HCA-1",
            reason=HoldReason.CLAIM,
            owner=officer,
            review_on=ON,
            by=officer,
        )


@pytest.mark.both
@pytest.mark.django_db
def test_a_permit_left_behind_is_an_error():
    Permit.objects.create(token=uuid.uuid4())

    with pytest.raises(SystemCheckError, match="E018"):
        call_command("check", databases=["default"])


@pytest.mark.django_db
def test_an_intent_left_open_is_closed_against_the_database(settings, tmp_path, reader):
    settings.PRIVACY_LEDGER_FILE = tmp_path / "ledger.jsonl"
    intent = ledger.intend([reader.uuid], cause="retention")
    assert ledger.open_intents() == [intent]

    ledger.close_open_intents()
    assert ledger.open_intents() == [intent], "another worker may still be at it"
    ledger.close_open_intents(at=timezone.now() + timedelta(hours=1))

    assert ledger.open_intents() == []
    assert [entry["kind"] for entry in ledger.entries()] == ["intend", "void"]


@pytest.mark.both
@pytest.mark.django_db
def test_a_generalised_date_keeps_its_year_alone(reader, monkeypatch):
    holding = registry.holding("library.Reader")
    coarse = replace(holding.data["last_visit_on"], becomes=Becomes.GENERALISED)
    data = {**holding.data, "last_visit_on": coarse}
    monkeypatch.setitem(registry.holdings, "library.reader", replace(holding, data=data))
    Reader.objects.update(last_visit_on=date(2020, 8, 17))

    dispose(reader)

    reader.refresh_from_db()
    assert reader.last_visit_on == date(2020, 1, 1)
