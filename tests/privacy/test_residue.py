"""The residue search, on a library that knows nothing of contacts, and on texts of every kind."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from urllib.parse import quote

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection

from privacy import disposal, ledger, readers, residue
from privacy.enums import Becomes, DisposalCause, Needle
from privacy.errors import ResidueFound
from privacy.inventory import registry
from privacy.models import Disposal, Finding
from privacy.residue import needles
from tests.library.models import Loan, Note, Reader

ON = date(2026, 6, 1)
ROOT = "library.Reader"


def reader(name="Zephyrine Quill", card="CARD-0042"):
    return Reader.objects.create(name=name, card=card, last_visit_on=date(2020, 1, 1))


def note_of(who, text, scan=None):
    loan = Loan.objects.create(reader=who, title="A book")
    return Note.objects.create(loan=loan, text=text, **({"scan": scan} if scan else {}))


def dispose(*readers):
    return disposal.dispose(
        [who.pk for who in readers], cause=DisposalCause.RETENTION, by=None, on=ON, root=ROOT
    )


def places():
    return set(Finding.objects.values_list("place", "needle_kind"))


@pytest.mark.both
@pytest.mark.django_db
def test_a_mention_in_somebody_elses_note_is_a_finding_without_the_value():
    gone, other = reader(), reader("Barnaby Ink", "CARD-0001")
    note = note_of(other, "Lent it on to ZÉPHYRINE  Quill, card card-0042.")

    dispose(gone)

    found = Finding.objects.filter(needle_kind=Needle.NAME).get()
    assert places() == {("library_note.text", "name"), ("library_note.text", "reference")}
    assert (found.subject_reference, found.row_reference) == (gone.uuid, str(note.pk))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM privacy_finding")
        assert "quill" not in str(cursor.fetchall()).casefold()


@pytest.mark.both
@pytest.mark.django_db
def test_a_namesakes_name_and_the_persons_own_rows_are_no_findings():
    gone, namesake = reader(), reader(card="CARD-0002")
    note_of(gone, "Zephyrine Quill called")

    dispose(gone)

    namesake.refresh_from_db()
    assert namesake.name == "Zephyrine Quill"
    assert not Finding.objects.exists()


@pytest.mark.both
@pytest.mark.django_db
def test_a_mention_that_goes_in_the_same_act_is_no_finding():
    one, other = reader(), reader("Barnaby Ink", "CARD-0001")
    note_of(other, "Zephyrine Quill")

    dispose(one, other)

    assert not Finding.objects.exists()


@pytest.mark.both
@pytest.mark.django_db
def test_a_finding_is_settled_once_its_row_is_gone():
    gone, other = reader(), reader("Barnaby Ink", "CARD-0001")
    note_of(other, "Zephyrine Quill")
    note_of(other, "Zephyrine Quill again").delete()
    dispose(gone)
    assert residue.settle_gone() == 0

    dispose(other)

    assert residue.settle_gone() == 1
    assert not Finding.objects.filter(settled_at=None).exists()


@pytest.mark.both
@pytest.mark.django_db
def test_a_mention_in_a_file_is_a_finding_under_its_row():
    gone, other = reader(), reader("Barnaby Ink", "CARD-0001")
    office = io.BytesIO()
    with zipfile.ZipFile(office, "w") as archive:
        archive.writestr("word/document.xml", "<w:t>Zephyrine Quill</w:t>")
    note = note_of(other, "see scan", ContentFile(office.getvalue(), name="n"))

    dispose(gone)

    assert Finding.objects.get().row_reference == str(note.pk)
    assert places() == {("library_note.scan", "name")}
    storages["documents"].delete(note.scan.name)


@pytest.mark.both
@pytest.mark.django_db
def test_a_mention_in_a_store_is_a_finding_without_a_file_name(settings):
    gone = reader("陳大文")
    message = EmailMessage()
    message["Subject"] = "陳 大文"
    message.set_content("您好")
    file = settings.VAR / "outbox" / "quill.log"
    file.write_bytes(message.as_bytes() + readers.BETWEEN_MESSAGES)

    try:
        dispose(gone)
    finally:
        file.unlink()

    assert places() == {("store outbox", "name")}
    assert Finding.objects.get().row_reference == ""


@pytest.mark.both
@pytest.mark.django_db
def test_a_table_that_no_model_knows_is_searched_too():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE library_attic (remark varchar(100))")
        cursor.execute("INSERT INTO library_attic VALUES ('for zephyrine quill')")

    dispose(reader())

    assert places() == {("library_attic.remark", "name")}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE library_attic")


@pytest.mark.both
@pytest.mark.django_db
def test_a_name_left_in_the_persons_own_row_stops_the_disposal(monkeypatch):
    holding = registry.holdings["library.reader"]
    stays = replace(holding.data["name"], becomes=Becomes.STAYS)
    monkeypatch.setitem(
        registry.holdings,
        "library.reader",
        replace(holding, data={**holding.data, "name": stays}),
    )
    kept = reader()

    with pytest.raises(ResidueFound, match=r"library_reader\.name") as refusal:
        dispose(kept)

    kept.refresh_from_db()
    assert "Quill" not in str(refusal.value)
    assert kept.disposed_at is None
    assert not Disposal.objects.exists()
    assert [entry["kind"] for entry in ledger.entries()] == ["intend", "void"]


def needle(text, kind=Needle.NAME):
    return needles.Needles([needles.Needle(text, kind, 1)])


@pytest.mark.parametrize(
    ("text", "kind", "haystack"),
    [
        ("lukasz zolc", Needle.NAME, "Spotkanie: Łukasz  ŻÓŁĆ, jutro"),
        ("siobhan o'brien", Needle.NAME, "siobhán O’Brien"),
        ("陳大文", Needle.NAME, "今天陳 大文先生來電"),
        ("陳大文", Needle.NAME, json.dumps({"note": "陳大文"})),
        ("陳大文", Needle.NAME, quote("陳大文")),
        ("陳大文", Needle.NAME, "&#38515;&#22823;&#25991;"),
        ("ann lee", Needle.NAME, "聯絡Ann Lee先生"),
        ("יוסי כהן", Needle.NAME, "פגישה עם \u200fיוסי כהן\u200e"),
        ("ann@example.com", Needle.EMAIL, "write to <Ann@Example.COM>."),
        ("ann@example.com", Needle.EMAIL, "mailto:ann%40example.com?subject=x"),
        ("85251234567", Needle.PHONE, "call +852 5123-4567 today"),
        ("85251234567", Needle.PHONE, "００８５２ ５１２３ ４５６７"),
        ("linkedin.com/in/ann-lee", Needle.LINK, "https://www.linkedin.com/in/ann-lee/"),
    ],
)
def test_a_needle_is_found_in_every_spelling(text, kind, haystack):
    (found,) = needle(text, kind).found_in(haystack)

    assert found.kind is kind


@pytest.mark.parametrize(
    ("text", "kind", "haystack"),
    [
        ("ann lee", Needle.NAME, "Joann Leeds"),
        ("ann@example.com", Needle.EMAIL, "joann@example.com"),
        ("ann@example.com", Needle.EMAIL, "jo.ann@example.com"),
        ("ann@example.com", Needle.EMAIL, "ann@example.com.hk"),
        ("85251234567", Needle.PHONE, "reference 852512345678"),
        ("linkedin.com/in/ann", Needle.LINK, "linkedin.com/in/ann-lee"),
    ],
)
def test_a_longer_word_or_address_is_not_the_needle(text, kind, haystack):
    assert needle(text, kind).found_in(haystack) == set()


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "wanted"), [("Al", 0), ("陳", 0), ("Ali", 1), ("陳文", 1)])
def test_a_name_too_short_to_mean_anybody_is_no_needle(name, wanted):
    who = reader(name, card="X")

    sought = residue.gather([who.pk], root=ROOT)

    assert len(sought.found_in(f"we met {name} there")) == wanted


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_is_read_in_its_encoding(encoding):
    assert "Zephyrine" in "".join(readers.texts("Zephyrine, hello".encode(encoding)))


def test_a_broken_office_document_is_read_as_it_is():
    assert list(readers.texts(b"PK\x03\x04 Zephyrine")) == ["PK\x03\x04 Zephyrine"]


def test_a_message_is_read_decoded():
    message = EmailMessage()
    message["To"] = "Zéphyrine <z@example.com>"
    message.set_content("Zéphyrine" * 20, cte="base64")

    read = list(readers.messages(message.as_bytes()))

    assert "Zéphyrine <z@example.com>" in read[0]
    assert "Zéphyrine" in read[1]
