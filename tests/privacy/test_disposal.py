"""Disposal and the append-only tables, on a library that knows nothing of contacts."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import OperationalError
from django.utils import timezone

from privacy import disposal, ledger, statutes
from privacy.enums import Becomes, DisposalCause
from privacy.errors import PrivacyError
from privacy.inventory import registry
from privacy.models import Disposal, FileRemoval, JournalEntry
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


@pytest.fixture
def no_archive(monkeypatch):
    monkeypatch.setattr(statutes, "_archivers", [])


@pytest.fixture
def archive(no_archive):
    """An archive that writes down what it is handed."""
    taken = []

    def take(holding, keep, rows):
        taken.extend((holding.model, keep.name, row) for row in rows)
        return {"library.Archive": len(rows)}

    disposal.on_archive(statutes.Archiver(ready=lambda: None, take=take))
    return taken


@pytest.mark.both
@pytest.mark.django_db
def test_a_statute_keeps_its_remainder_alone_where_nobody_keeps_an_archive(reader, no_archive):
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
    assert not line.archived


@pytest.mark.both
@pytest.mark.django_db
def test_an_archive_takes_what_a_statute_keeps_and_the_row_goes(reader, archive):
    other = Reader.objects.create(name="Quillfeather", last_visit_on=date(2020, 1, 1))
    Loan.objects.create(reader=other, title="Old", fined_on=date(2018, 1, 1))
    Loan.objects.create(reader=other, title="New", fined_on=date(2025, 2, 3))
    Loan.objects.filter(reader=reader).update(fined_on=date(2024, 1, 1))
    (line,) = [
        line
        for line in disposal.plan([reader.pk], on=ON, root=ROOT)
        if line.holding.model == "library.Loan"
    ]

    outcome = dispose(reader, other)

    assert (line.kept, line.deleted, line.archived) == (1, 0, True)
    assert not Loan.objects.exists()
    assert outcome.counts["library.Loan"] == 3
    assert outcome.counts["library.Archive"] == 2
    assert sorted(archive, key=lambda taken: taken[2].until) == [
        (
            "library.Loan",
            "fine",
            statutes.Leaving(reader.uuid, date(2031, 1, 1), {"fined_on": date(2024, 1, 1)}),
        ),
        (
            "library.Loan",
            "fine",
            statutes.Leaving(other.uuid, date(2032, 2, 3), {"fined_on": date(2025, 2, 3)}),
        ),
    ]


@pytest.mark.both
@pytest.mark.django_db
def test_whom_no_archive_can_take_waits_and_the_others_go(reader, archive):
    def refuse():
        raise PrivacyError("The archive is shut.")

    disposal.on_archive(statutes.Archiver(ready=refuse, take=lambda *_: {}))
    free = Reader.objects.create(name="Quillfeather", last_visit_on=date(2020, 1, 1))
    Loan.objects.filter(reader=reader).update(fined_on=date(2024, 1, 1))

    outcome = dispose(reader, free)

    reader.refresh_from_db()
    assert outcome.disposed == (free.pk,)
    assert outcome.held == {reader.pk: ["The archive is shut."]}
    assert (reader.name, reader.disposed_at) == ("Zephyrine", None)
    assert Loan.objects.get().title == "Zephyrine's book"


@pytest.mark.both
@pytest.mark.django_db
def test_another_reader_is_untouched(reader):
    namesake = Reader.objects.create(name="Zephyrine", card="Z-2")

    dispose(reader)

    namesake.refresh_from_db()
    assert namesake.name == "Zephyrine"


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


@pytest.mark.both
@pytest.mark.django_db
def test_a_connection_lost_at_the_commit_leaves_the_intent_to_the_database(reader, monkeypatch):
    def lose(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr(disposal, "_record", lose)
    with pytest.raises(OperationalError):
        dispose(reader)

    (intent,) = ledger.open_intents()
    ledger.close_open_intents(at=timezone.now() + timedelta(hours=1))
    assert [entry["kind"] for entry in ledger.entries()] == ["intend", "void"]
    assert ledger.open_intents() == []
    assert intent
