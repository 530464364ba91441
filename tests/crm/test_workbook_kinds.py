"""What a file is its bytes say; a workbook reads as it is shown, and what is too wide goes unread."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.errors import ImportRefused
from crm.imports import aliases, cardsizes, reading

WIDE = 60_000


def saved(workbook):
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def packed(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


def raw_book(body):
    """A workbook of one sheet, as no program would write it."""
    return packed(
        **{
            "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="A" r:id="a"/>'
            "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="a" Type="x/worksheet"'
            ' Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{body}",
        }
    )


def cell(text):
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def ole(*streams):
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"".join(s.encode("utf-16-le") for s in streams)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (ole("EncryptionInfo", "EncryptedPackage"), "protected by a password"),
        (ole("Workbook"), "kind XLS,"),
        (ole("WordDocument"), "kind DOC,"),
        (b"\r\n<html><table><tr><td>Name</td></tr></table></html>", "kind HTML"),
        (b"<!-- x --><!DOCTYPE html><p>Name,Email</p>", "kind HTML"),
        ("\ufeff<html><table>".encode("utf-16-le"), "kind HTML"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "2003"),
        (b"{\\rtf1 Name,Email}", "kind RTF"),
        (b"MIME-Version: 1.0\nX: y\n", "kind MHTML"),
        (b'[{"Name": "Ann", "Email": "a@example.com"}]', "kind JSON"),
        (packed(**{"word/document.xml": "x"}), "kind DOCX"),
        (packed(**{"xl/workbook.bin": "x"}), "kind XLSB"),
        (packed(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "kind ODS"),
        (packed(**{f"m{n}": "x" for n in range(1001)}), "unpacks to far more"),
        (b"\xff" * 5_000, "encoding cannot be told"),
    ],
)
def test_what_is_no_table_is_named_by_its_bytes(content, sentence):
    with pytest.raises(ImportRefused, match=sentence):
        reading.read(content)


def test_a_header_that_begins_like_another_kind_is_a_table():
    table = reading.read(b"ID;Phone;Name\n1;+85225550140;Ann\n")

    assert table.kind == "csv"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_wide_text_is_refused_before_anybody_asks_what_its_columns_mean(mark, monkeypatch):
    monkeypatch.setattr(aliases, "columns_of", None)
    header = mark.join(f"col{n}" for n in range(WIDE))

    with pytest.raises(ImportRefused, match="more than 500 columns"):
        reading.read(f'{header}\n"never closed'.encode())


def test_a_wide_workbook_is_refused_before_its_end_is_read():
    body = "<row>" + "".join(cell(f"col{n}") for n in range(WIDE)) + "</row><not xml"

    with pytest.raises(ImportRefused, match="more than 500 columns"):
        reading.read(raw_book(body))


def test_reading_stops_at_the_first_row_with_a_value_too_many(settings):
    settings.IMPORT_MOST_ROWS = 2
    row = f"<row>{cell('Ann')}{cell('a@example.com')}</row>"
    header = f"<row>{cell('Name')}{cell('Email')}</row>"
    # So far ahead that the parser has not come to what is broken.
    body = header + "<row/>" + row * 3 + "<row/>" * 200_000 + "<not xml"

    with pytest.raises(ImportRefused, match="more than 2 rows"):
        reading.read(raw_book(body))


def test_a_card_without_an_end_is_one_bad_card_and_a_photograph_is_passed_over():
    good = "BEGIN:VCARD\nVERSION:3.0\nN:Lark;Ann\nEMAIL:a@example.com\n"
    picture = "PHOTO;ENCODING=b:" + "x" * 60 + "\n" + (" " + "x" * 60 + "\n") * 5_000
    endless = "BEGIN:VCARD\nNOTE:" + "x" * 60 + "\n" + (" " + "x" * 60 + "\n") * 5_000

    table = reading.read(f"{good}{picture}END:VCARD\n{endless}".encode())

    first, second = (cells for _number, cells in table.rows())
    assert (first[3], first[6], first[-1]) == ("Ann", "a@example.com", "")
    assert "too large" in second[-1]
    assert cardsizes.shortened(good) == (good, frozenset())


@pytest.mark.parametrize(
    ("value", "pattern", "shown"),
    [
        (5550140, "00000000", "05550140"),
        (25550140, "0000-0000", "2555-0140"),
        (25550140, '"+852 "0000 0000', "+852 2555 0140"),
        (85225550140, "General", "85225550140"),
        (85225550140, "@", "85225550140"),
        (85225550140, "0.00E+00", "85225550140"),
        (85225550140, "#,##0", "85225550140"),
        (1.0, "General", "1"),
        (0.5, "0%", "50%"),
        (True, "General", "true"),
        (date(1980, 2, 29), "d-mmm-yy", "1980-02-29"),
        (29280, '[$-404]yyyy"年"m"月"d"日"', "1980-02-29"),
        (datetime(1980, 2, 29, 10, 30), "dd/mm/yyyy", "1980-02-29"),
        (85225550140, "dd/mm/yyyy", "85225550140"),
        ("#N/A", "General", "#N/A"),
        ("025550140", "@", "025550140"),
    ],
)
@pytest.mark.parametrize("epoch", ["1900", "1904"])
def test_a_cell_reads_as_the_workbook_shows_it(value, pattern, shown, epoch):
    workbook = openpyxl.Workbook()
    if epoch == "1904":
        workbook.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = workbook.active
    sheet.append(["Name", "Email", "Mobile"])
    sheet.append(["Ann", "a@example.com", value])
    sheet["C2"].number_format = pattern
    if epoch == "1904" and value == 29280:
        shown = "1984-03-01"

    table = reading.read(saved(workbook))

    assert next(table.rows())[1][2] == shown


PEOPLE = [["Name", "Email"], ["Ann Lark", "a@example.com"], ["Bo Lark", "b@example.com"]]


@settings(max_examples=40, deadline=None)
@given(
    sheets=st.permutations(["people", "cover", "hidden", "veryHidden"]),
    above=st.integers(0, 3),
    strays=st.lists(
        st.tuples(st.integers(1, 1_048_576), st.integers(1, 16_384), st.sampled_from(["", " "])),
        max_size=4,
    ),
)
def test_sheets_in_any_order_with_blanks_anywhere_are_the_same_people(sheets, above, strays):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name in sheets:
        sheet = workbook.create_sheet(name)
        if name == "people":
            for place, line in enumerate(PEOPLE, start=above + 1):
                for column, value in enumerate(line, start=1):
                    sheet.cell(place, column, value)
            for row, column, value in strays:
                if sheet.cell(row, column).value is None:
                    sheet.cell(row, column).value = value
                    sheet.cell(row, column).number_format = "0.00"
        elif name == "cover":
            sheet.append(["Our fair in May"])
        else:
            sheet.append(["Name", "Email"])
            sheet.append(["Left Out", "x@example.com"])
            sheet.sheet_state = name
    workbook.active = sheets.index("people")

    table = reading.read(saved(workbook))

    assert [cells[:2] for _number, cells in table.rows()] == PEOPLE[1:]
    assert table.header == ("Name", "Email")
    assert any("Hidden sheets" in warning for warning in table.warnings)
    assert table.sheets[0][1] == "people"


def test_hidden_rows_and_columns_are_read_and_named():
    workbook = openpyxl.Workbook()
    for line in PEOPLE:
        workbook.active.append(line)
    workbook.active.row_dimensions[3].hidden = True
    workbook.active.column_dimensions["B"].hidden = True

    table = reading.read(saved(workbook))

    assert len(list(table.rows())) == 2
    assert "hides: 1, rows 3;" in table.warnings[0]
    assert "hides: B;" in table.warnings[1]
