"""Every dress in which people send their contacts; what is no table is refused in one sentence."""

import io
import os
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone

from crm.contacts import SourceFacts
from crm.enums import RoleKind, SourceType
from crm.errors import ImportRefused
from crm.imports import batch, reading
from crm.imports.aliases import Why
from crm.imports.rows import Row, Verdict, understand
from crm.models import Contact
from privacy.models import ConsentEvent

PLAIN = "First Name,Last Name,E-mail\nAnn,Quillfeather,ann@example.com\n"
HAN = "姓名,公司,電子郵件\n陳大文,港島貿易有限公司,taiman@example.com\n王小明,臺北範例,ming@example.com\n"
HANS = "姓名,公司,email\n陈大文,北京贸易有限公司,taiman@example.com\n王小明,上海示例,ming@example.com\n"
WEST = "Vorname,Nachname,E-Mail-Adresse\nJürgen,Müller-Lüdenscheidt,j@example.com\nZoë,Côté,z@example.com\n"


def rows(table):
    return [cells for _number, cells in table.rows()]


def imported(table, *, apply=True):
    return batch.run(
        table,
        source=SourceFacts(SourceType.CARD, timezone.localdate()),
        role=RoleKind.PROSPECT,
        apply=apply,
    )


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        (PLAIN, "utf-8", "utf-8"),
        (PLAIN, "utf-8-sig", "utf-8"),
        (PLAIN, "utf-16", "utf-16"),
        (PLAIN, "utf-16-le", "utf-16-le"),
        (PLAIN, "utf-16-be", "utf-16-be"),
        (HAN, "utf-16-le", "utf-16-le"),
        (HAN, "utf-8", "utf-8"),
        (HAN, "big5", "big5"),
        (HANS, "gb18030", "gb18030"),
        (WEST, "cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_told_by_plausibility(text, codec, name):
    table = reading.read(text.encode(codec))

    assert table.encoding == name
    assert rows(table) == rows(reading.read(text.encode()))
    assert table.has_header


def test_the_encoding_can_be_said_and_may_be_wrong():
    assert reading.read(HAN.encode("big5"), encoding="big5").encoding == "big5"
    with pytest.raises(ImportRefused, match="cannot be read as utf-8"):
        reading.read(HAN.encode("big5"), encoding="utf-8")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(mark):
    table = reading.read(PLAIN.replace(",", mark).encode())

    assert table.delimiter == mark
    assert rows(table) == [["Ann", "Quillfeather", "ann@example.com"]]


def test_a_preamble_is_passed_over():
    text = 'Notes:\n"When exporting, some are missing"\n\n' + PLAIN

    table = reading.read(text.encode())

    assert table.header_at == 4
    assert [number for number, _cells in table.rows()] == [5]


def test_the_first_row_can_be_data():
    text = "Ann,Quillfeather,ann@example.com\nBo,Lark,bo@example.com\n"
    mapping = {0: "given", 1: "family", 2: "email"}

    table = reading.read(text.encode(), header=False, mapping=mapping)

    assert not table.has_header
    assert [number for number, _cells in table.rows()] == [1, 2]
    assert table.columns == {"given": [0], "family": [1], "email": [2]}
    with pytest.raises(ImportRefused, match="by hand which column"):
        reading.read(text.encode(), header=False)


def test_a_header_that_nobody_knows_can_be_mapped_by_hand():
    text = "Wer;Wo\nAnn Quillfeather;ann@example.com\n"
    with pytest.raises(ImportRefused, match="Say by hand"):
        reading.read(text.encode())

    open_table = reading.read(text.encode(), any_header=True)
    mapped = reading.read(text.encode(), mapping={0: "full", 1: "email"})

    assert open_table.header == ("Wer", "Wo")
    assert open_table.delimiter == ";"
    assert mapped.columns == {"full": [0], "email": [1]}
    assert rows(mapped) == [["Ann Quillfeather", "ann@example.com"]]


def test_what_is_dropped_is_named_with_the_reason():
    text = "Name,Email,Religion,Spouse,Bank account,Colour,宗教\nAnn,ann@example.com,x,y,z,red,v\n"

    dropped = {column.name: column.why for column in reading.read(text.encode()).dropped}

    assert dropped == {
        "Religion": Why.SENSITIVE,
        "Bank account": Why.SENSITIVE,
        "宗教": Why.SENSITIVE,
        "Spouse": Why.EXCESS,
        "Colour": Why.UNKNOWN,
    }


def test_lost_characters_are_said():
    table = reading.read("Name,Email\nJ\ufffdrgen,j@example.com\n".encode())

    assert "came here: 1, in rows" in table.warnings[0]


# --- workbooks ----------------------------------------------------------------------------------


def workbook(*lines):
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_workbook_is_read_as_a_person_would_write_it():
    from datetime import date

    content = workbook(
        ["Name", "Email", "Mobile", "Birthday"],
        ["陳大文", "taiman@example.com", 85251234567.0, date(1980, 2, 29)],
        [None, None, None, None],
        ["'=HYPERLINK(1)", "x@example.com", True, None],
    )

    table = reading.read(content)

    assert table.kind == "xlsx"
    assert rows(table)[0] == ["陳大文", "taiman@example.com", "85251234567", "1980-02-29"]
    assert [number for number, _cells in table.rows()] == [2, 4]


def bomb():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 400_000_000)
    return content.getvalue()


def packed(name):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, b"x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (bomb, "unpacks to far more"),
        (lambda: packed("word/document.xml"), "not a workbook"),
        (lambda: packed("xl/workbook.xml"), "cannot be read as XLSX"),
        (lambda: workbook(["Name", "Email"])[:-80], "cut or no XLSX"),
        (lambda: workbook(["Name"] * 600), "more than 500 columns"),
        (lambda: b"%PDF-1.7\n...", "kind PDF"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1", "kind XLS"),
        (lambda: bytes(range(1, 256)) * 40, "encoding cannot be told"),
        (lambda: b"  \n ", "empty"),
        (lambda: b"Email\na@example.com\n", "No header is known"),
        (lambda: b"Name,Email," * 5000 + b"\n", "more than 500 columns"),
        (lambda: b'Name,Email\n"Ann,a@example.com\n', "never closed, or the end"),
        (lambda: b'Name,Email\n"Ann" x,a@example.com\n', "stands within a cell"),
        (lambda: b"Name,Email\n" + b"x" * 131_073 + b",a@example.com\n", "more than 131,072"),
        (lambda: b"Email\n" * 3, "No header is known"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(make, sentence):
    with pytest.raises(ImportRefused, match=sentence):
        reading.read(make())


def test_a_file_of_200_megabytes_is_refused_unread(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)

    with pytest.raises(ImportRefused, match="larger than 50 MB"):
        reading.open_file(path)


# --- cards --------------------------------------------------------------------------------------


def card(*lines, version="3.0", end=True):
    return "\r\n".join(
        ["BEGIN:VCARD", f"VERSION:{version}", *lines, *(["END:VCARD"] if end else []), ""]
    )


def read_cards(*cards_):
    table = reading.read("".join(cards_).encode())
    assert table.kind == "vcard"
    named = [dict(zip(table.header, cells, strict=True)) for _number, cells in table.read_rows()]
    return [{name: value for name, value in row.items() if value} for row in named]


def test_cards_of_each_version_are_read():
    old = card(
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E9=99=B3;=E5=A4=A7=",
        "=E6=96=87;;;",
        "TEL;CELL:+852 5123 4567",
        "TEL;WORK;FAX:+852 2123 4567",
        version="2.1",
    )
    three = card(
        "N:Quillfeather;Ann;Mary;;",
        "item1.EMAIL;TYPE=INTERNET:ann@exam",
        " ple.com",
        "EMAIL:a.q@example.com",
        "BDAY:--0203",
        "ORG:Firm\\, Ltd;Sales",
        "NOTE:about her husband",
        "PHOTO;ENCODING=b;TYPE=JPEG:AAAA",
    )
    four = card(
        "N;LANGUAGE=zh-Hant;ALTID=1:陳;大文;;;",
        "N;LANGUAGE=en;ALTID=1:Chan;Tai Man;;;",
        'TEL;VALUE=uri;TYPE="voice,work":tel:+852-2123-4567;ext=89',
        "BDAY:19800229",
        "ADR:;;1 Example Street;Hong Kong;;;Hong Kong",
        version="4.0",
    )

    one, two, third = read_cards(old, three, four)

    assert (one["Native family name"], one["Native given name"]) == ("陳", "大文")
    assert one["Phone"] == "+852 5123 4567"
    assert two["E-mail"] == "ann@example.com ::: a.q@example.com"
    assert two["Company"] == "Firm, Ltd"
    assert "Birthday" not in two
    assert "husband" not in str(two)
    assert (third["Native family name"], third["Last name"]) == ("陳", "Chan")
    assert third["Phone"] == "+852-2123-4567 ext. 89"
    assert third["Birthday"] == "1980-02-29"


def test_a_card_without_a_name_takes_what_it_has():
    nick, full = read_cards(
        card("FN:", "NICKNAME:Joey", "EMAIL:j@example.com"),
        card("FN:CHAN Tai Man 陳大文", "EMAIL:t@example.com"),
    )

    assert nick["Full name"] == "Joey"
    assert full["Full name"] == "CHAN Tai Man 陳大文"


def test_a_bad_card_comes_back_and_the_rest_goes_in():
    cut = card("N:Cut;Half;;;", "EMAIL:cut@example.com", end=False)
    firm = card("FN:Example Ltd", "ORG:Example Ltd", "EMAIL:info@example.com")
    good = card("N:Lark;Bo;;;", "EMAIL:bo@example.com")
    group = card("KIND:group", "FN:All", "EMAIL:all@example.com", version="4.0")

    first, second, third, fourth, last = read_cards(cut, good, firm, group, cut)

    assert "no END:VCARD" in first["Reading problem"]
    assert second["Last name"] == "Lark"
    assert "organisation" in third["Reading problem"]
    assert "organisation" in fourth["Reading problem"]
    assert "no END:VCARD" in last["Reading problem"]


def test_cards_in_utf_16_without_a_mark_are_read():
    table = reading.read(card("N:陳;大文;;;", "EMAIL:t@example.com").encode("utf-16-be"))

    assert (table.kind, table.encoding) == ("vcard", "utf-16-be")


def test_what_cards_hold_beside_is_named():
    table = reading.read(card("N:Lark;Bo;;;", "NOTE:x", "X-RELIGION:y").encode())

    assert {column.name: column.why for column in table.dropped} == {
        "NOTE": Why.EXCESS,
        "X-RELIGION": Why.SENSITIVE,
    }


# --- into the office ----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.both
def test_the_rows_of_cards_and_workbooks_go_in_and_bad_ones_come_back():
    table = reading.read(
        "".join(
            [
                card("N:Lark;Bo;;;", "EMAIL:bo@example.com"),
                card("N:Cut;Half;;;", "EMAIL:cut@example.com", end=False),
            ]
        ).encode()
    )

    report = imported(table)
    again = imported(table)

    assert (report.counts[Verdict.CREATE], report.counts[Verdict.INVALID]) == (1, 1)
    assert (again.counts[Verdict.SAME], again.counts[Verdict.INVALID]) == (1, 1)
    assert "END:VCARD" in report.rejects[0].reason
    book = reading.read(workbook(["Name", "Email"], ["=HYPERLINK(1)", "formula@example.com"]))
    assert imported(book).counts.total() == 1


@pytest.mark.django_db
@pytest.mark.both
def test_a_name_of_4000_characters_comes_back():
    table = reading.read(f"Name,Email\n{'x' * 4000},x@example.com\n".encode())

    (row,) = imported(table).rejects

    assert "too long" in row.reason


@pytest.mark.django_db
@pytest.mark.both
def test_deleted_elsewhere_and_opted_out_are_understood():
    text = (
        "FirstName,LastName,Email,IsDeleted,HasOptedOutOfEmail,DoNotCall,Opt out\n"
        "Ann,One,a@example.com,false,true,0,\n"
        "Bo,Two,b@example.com,true,,,\n"
        "Cy,Three,c@example.com,,nein,perhaps,\n"
        "Di,Four,d@example.com,,,,是\n"
    )
    table = reading.read(text.encode())
    found = []
    for number, cells in table.rows():
        row = Row(number, cells)
        understand(row, table.columns, header=table.header, role="", on=timezone.localdate())
        found.append(row)

    assert found[0].entry.opt_outs == {"email"}
    assert found[1].verdict == Verdict.INVALID
    assert found[2].entry.opt_outs == {"phone"}
    assert found[3].entry.opt_outs == {"email", "sms", "phone"}


def test_any_column_that_says_no_counts():
    table = reading.read(
        b"Name,Email,Unsubscribed from all email,HasOptedOutOfEmail,UNSUB_TIME\n"
        b"Ann One,a@example.com,false,true,\nBo Two,b@example.com,,,2024-01-01 10:00\n"
    )
    found = []
    for number, cells in table.rows():
        row = Row(number, cells)
        understand(row, table.columns, header=table.header, role="", on=timezone.localdate())
        found.append(row.entry.opt_outs)

    assert found == [{"email"}, {"email", "sms", "phone"}]


# A file of our own of each shape, and other people's where they lie beside the checkout.
OWN = {
    "big5.csv": lambda: HAN.encode("big5"),
    "gb18030.csv": lambda: HANS.encode("gb18030"),
    "cp1252.csv": lambda: WEST.encode("cp1252"),
    "list.xlsx": lambda: workbook(["Name", "Email"], ["Ann Lark", "ann@example.com"]),
    "cards.vcf": lambda: card("N:Lark;Bo;;;", "EMAIL:bo@example.com").encode(),
}
CASES = Path(os.environ.get("LETHE_CASES", "/nowhere")) / "imports"
# Whole exports; a file whose name begins with k shows one kind of damage, and is no export.
FILES = {**OWN, **{path.name: path.read_bytes for path in CASES.glob("[!k]*")}}


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize("name", sorted(FILES))
def test_every_file_goes_in_once(name):
    content = FILES[name]()
    before = set(Path(tempfile.gettempdir()).iterdir())

    first = imported(reading.read(content))
    people = Contact.objects.count()
    second = imported(reading.read(content))

    assert first.counts.total() == second.counts.total() > 0
    assert Contact.objects.count() == people
    assert second.counts[Verdict.CREATE] == second.counts[Verdict.UPDATE] == 0
    assert all(row.reason for row in first.rejects)
    assert first.counts[Verdict.CREATE] == people
    left = set(Path(tempfile.gettempdir()).iterdir()) - before
    assert not [path for path in left if path.name.startswith(("tmp", "lethe-import"))]


HEADER = "First Name,Last Name,E-mail,Country,IsDeleted,HasOptedOutOfEmail\n"


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("Ann,Quillfeather,ann@example.com,FR,,true", Verdict.CONFLICT),
        ("Other,Name,ann@example.com,,,true", Verdict.CONFLICT),
        (",,ann@example.com,,,true", Verdict.INVALID),
        ("Ann,Quillfeather,ann@example.com,Atlantis,,true", Verdict.INVALID),
        ("Ann,Quillfeather,ann@example.com,,true,true", Verdict.INVALID),
        ("Ann,Quillfeather,ann@example.com,,,true", Verdict.SAME),
    ],
)
def test_a_no_counts_whatever_becomes_of_its_row(line, verdict):
    imported(reading.read(f"{HEADER}Ann,Quillfeather,ann@example.com,HK,,\n".encode()))

    plan = imported(reading.read((HEADER + line + "\n").encode()), apply=False)
    assert not ConsentEvent.objects.exists()
    report = imported(reading.read((HEADER + line + "\n").encode()))

    assert plan.counts[verdict] == report.counts[verdict] == 1
    event = ConsentEvent.objects.get()
    assert (event.subject, event.kind, event.channel) == (
        Contact.objects.get(),
        "refused",
        "email",
    )


@pytest.mark.django_db
@pytest.mark.both
def test_a_no_of_somebody_else_on_a_shared_telephone_is_not_learned():
    header = "First Name,Last Name,Phone,Country,HasOptedOutOfEmail\n"
    imported(reading.read(f"{header}Ann,Quillfeather,+852 2123 4567,,\n".encode()))

    imported(reading.read(f"{header}Bo,Lark,+852 2123 4567,Atlantis,true\n".encode()))

    assert not ConsentEvent.objects.exists()
