"""What an export writes: cells that no program runs, cards by the RFC, files that come back."""

import io
import re
import uuid
import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from crm.enums import RoleKind
from crm.exports import cards, columns, tables, workbooks
from crm.exports.formulas import dialled, is_formula, neutral
from crm.exports.rows import Person
from crm.imports import batch, reading
from crm.imports.verdicts import Verdict
from crm.models import Contact
from crm.names import Names
from privacy.enums import PointKind
from privacy.points import Point, normal_form
from tests.crm.exporting import SOURCE, enter, exported
from tests.crm.importing import member

AT = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)


def person(**facts):
    return Person(reference=uuid.UUID(int=7), **facts)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "'=1",
        '"=1',
        "“=1",
        "\u200b=1",
        "\u3000=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "﹢1",
        "−1",
        "+852-5123",
        "+1(2)",
        "+",
        " \t=1",
    ],
)
def test_what_begins_like_a_formula_is_shown_and_not_run(text):
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ann",
        "陳大文",
        "a=b",
        "O'Neil",
        "+852 5123 4567",
        "+85251234567",
        "Smith-Jones",
        "'s-G",
    ],
)
def test_what_is_no_formula_stays_as_it_is(text):
    assert neutral(text) == text


@given(st.text())
def test_no_neutral_cell_begins_like_a_formula(text):
    cell = neutral(text)

    assert cell == text or cell == f"'{text}"
    if cell == text and not re.fullmatch(r"\+\d[\d ]*", text):
        assert not re.match(r"[\s'\"]*[=+\-@]", text)
        assert not is_formula(text)


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("+85251234567", "+852 51234567"),
        ("+14155552671", "+1 4155552671"),
        ("+44 20 7946 0958", "+44 20 7946 0958"),
        ("+1 (415) 555-2671", "+1 415 555 2671"),
        ("2345 6789", "2345 6789"),
        ("+cmd|x", "+cmd|x"),
        ("+1", "+1"),
    ],
)
def test_a_telephone_number_stays_one_that_can_be_dialled(stored, written):
    assert dialled(stored) == written
    if "cmd" not in stored:
        assert neutral(written) == written
        assert normal_form(Point(PointKind.PHONE, written)) == normal_form(
            Point(PointKind.PHONE, stored)
        )


def test_every_cell_of_a_table_is_quoted_so_that_none_can_be_split():
    file = tables.CsvFile(["names", "organisation"], mark=True)

    written = file.begin() + file.add([person(latin_family_name="a;=1", organisations=['x"y'])])

    assert written.startswith(b'\xef\xbb\xbf"Native family name"')
    assert written.endswith(b'"","","a;=1","","x""y"\r\n')


def test_a_workbook_holds_text_alone_and_is_read_by_others():
    file = workbooks.Workbook(["names", "phone", "organisation"])
    people = [
        person(
            latin_family_name="=1+1",
            latin_given_name="a<b>&\x00\x0b\ud800]]>",
            native_family_name=" 陳 ",
            points={PointKind.PHONE: ["+85251234567"]},
            organisations=["line\r\nbreak"],
        ),
        person(latin_family_name="Second"),
    ]

    written = file.begin() + file.add(people) + file.end()

    package = zipfile.ZipFile(io.BytesIO(written))
    assert package.testzip() is None
    sheet = package.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert set(re.findall(r' t="(\w+)"', sheet)) == {"inlineStr"}
    workbook = openpyxl.load_workbook(io.BytesIO(written))
    rows = list(workbook.active.iter_rows())
    assert [cell.value for cell in rows[0]][:2] == ["Native family name", "Native given name"]
    assert [cell.value for cell in rows[1]] == [
        " 陳 ", None, "=1+1", "a<b>&]]>", "line\nbreak", "+852 51234567",
    ]  # fmt: skip
    assert {cell.data_type for cell in rows[1] if cell.value} <= {"s", "inlineStr"}
    assert {cell.number_format for cell in rows[1] if cell.value} == {"@"}
    assert rows[2][2].value == "Second"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a,b;c\\d", "a\\,b\\;c\\\\d"),
        ("a\r\nb\rc\nd", "a\\nb\\nc\\nd"),
        ("x\nEND:VCARD\nBEGIN:VCARD", "x\\nEND:VCARD\\nBEGIN:VCARD"),
        ("\x00a\x1f", "a"),
        ("陳：大文", "陳：大文"),
    ],
)
def test_a_value_of_a_card_cannot_leave_its_line(text, written):
    assert cards.escaped(text) == written


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=300))
def test_a_folded_line_is_whole_again_and_never_wider_than_75_octets(text):
    line = f"NOTE:{cards.escaped(text)}"

    folded = cards.fold(line)

    assert folded.endswith(b"\r\n")
    assert all(len(piece) <= 75 for piece in folded.split(b"\r\n"))
    for piece in folded.split(b"\r\n"):
        piece.decode()
    assert folded[:-2].replace(b"\r\n ", b"").decode() == line


def test_a_card_says_what_the_rfc_asks_and_others_read_it():
    file = cards.Cards(list(columns.COLUMNS), at=AT)
    amara = person(
        native_family_name="陳",
        native_given_name="大文",
        latin_family_name="Chan",
        latin_given_name="Tai; Man",
        display_name="陳大文 Tai; Man Chan",
        language="zh-hant",
        organisations=["Harbour, Works"],
        job_titles=["Head of Things"],
        points={
            PointKind.EMAIL: ["a@example.com", "b@example.com"],
            PointKind.PHONE: ["+85251234567", "2345 6789"],
            PointKind.LINK: ["https://www.linkedin.com/in/x"],
        },
        address=dict(
            zip(("lines", "city", "region", "postcode", "country"), "1 Road,Town,,1,HK".split(","),
                strict=True)
        ),
        born_on=date(1980, 2, 29),
    )  # fmt: skip

    text = (file.begin() + file.add([amara]) + file.end()).decode()

    lines = text.replace("\r\n ", "").split("\r\n")
    assert lines[:3] == ["BEGIN:VCARD", "VERSION:4.0", "KIND:individual"]
    assert {
        "UID:urn:uuid:00000000-0000-0000-0000-000000000007",
        "REV:20260301T040506Z",
        "FN:陳大文 Tai\\; Man Chan",
        "N;ALTID=1:陳;大文;;;",
        "N;ALTID=1:Chan;Tai\\; Man;;;",
        "ORG:Harbour\\, Works",
        "TITLE:Head of Things",
        "EMAIL:a@example.com",
        "TEL;VALUE=uri:tel:+85251234567",
        "TEL;VALUE=text:2345 6789",
        "LANG:zh-Hant",
        "ADR:;;1 Road;Town;;1;HK",
        "BDAY:19800229",
    } <= set(lines)
    card = vobject.readOne(text)
    assert card.fn.value == "陳大文 Tai; Man Chan"
    assert [line.value for line in card.contents["email"]] == ["a@example.com", "b@example.com"]


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize("kind", ["csv", "csv_excel", "xlsx", "vcard"])
def test_what_was_exported_comes_back_as_the_same_people(kind):
    by = member()
    enter(3)
    enter(1, names=Names("陳", "大文", "Chan", "Tai Man"),
          points=[Point(PointKind.EMAIL, "chan@example.com"),
                  Point(PointKind.EMAIL, "tm@example.org"),
                  Point(PointKind.PHONE, "+44 20 7946 0958"),
                  Point(PointKind.LINK, "https://www.linkedin.com/in/chan-tai-man")],
          organisation="Harbour, Works; Ltd")  # fmt: skip
    enter(1, names=Names("", "", "O'Neil-Smith", "Zoë"),
          points=[Point(PointKind.EMAIL, "zoe@example.com")], organisation="Ünter & Co")  # fmt: skip
    wanted = [
        "names",
        "organisation",
        "job_title",
        "email",
        "phone",
        "link",
        "country",
        "language",
    ]

    content = exported(Contact.objects.all(), by=by, format=kind, columns=wanted)
    read = reading.read(content)
    report = batch.run(read, source=SOURCE, role=RoleKind.CLIENT)

    assert read.kind == {"csv_excel": "csv"}.get(kind, kind)
    assert +report.counts == {Verdict.SAME: 5}, [row.reason for row in report.rejects]
