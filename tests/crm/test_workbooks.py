"""Workbooks: formulas without a value, several sheets, lost characters, and how many rows."""

import io

import openpyxl
import pytest

from crm.errors import ImportRefused
from crm.imports import reading


def book(**sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, lines in sheets.items():
        sheet = workbook.create_sheet(title)
        for line in lines:
            sheet.append(line)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


HEADER = ["Name", "Email"]


def test_a_formula_without_a_value_is_named_by_its_cell():
    content = book(
        People=[HEADER, ['="Ann"&" Lark"', "a@example.com"], ["Bo Lark", "b@example.com"]]
    )

    table = reading.read(content)

    assert "without a stored value: 1," in table.warnings[0]
    assert "in cells A2;" in table.warnings[0]
    assert [cells for _number, cells in table.rows()][0] == ["", "a@example.com"]


def test_text_that_looks_like_a_formula_is_no_formula():
    workbook = openpyxl.Workbook()
    workbook.active.append(HEADER)
    workbook.active.append(["x", "a@example.com"])
    workbook.active["A2"].value = "=HYPERLINK(1)"
    workbook.active["A2"].data_type = "s"
    content = io.BytesIO()
    workbook.save(content)

    table = reading.read(content.getvalue())

    assert table.warnings == ()
    assert next(table.rows())[1][0] == "=HYPERLINK(1)"


def test_of_several_sheets_the_first_with_rows_is_read_unless_another_is_chosen():
    content = book(
        Cover=[],
        First=[HEADER, ["Ann Lark", "a@example.com"]],
        Second=[HEADER, ["Bo", "b@example.com"]],
    )

    table, other = reading.read(content), reading.read(content, sheet=3)

    assert table.sheets == ((2, "First"), (3, "Second"))
    assert "Sheets that have rows: 2; the one in place 2 is read." in table.warnings
    assert next(table.rows())[1][0] == "Ann Lark"
    assert next(other.rows())[1][0] == "Bo"
    with pytest.raises(ImportRefused, match="no sheet in place 4"):
        reading.read(content, sheet=4)


def test_lost_characters_in_a_workbook_are_said_like_in_a_text():
    table = reading.read(book(People=[HEADER, ["J\ufffdrgen", "j@example.com"]]))

    assert "came here: 1, in rows" in table.warnings[0]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "vcard"])
def test_more_rows_than_the_office_takes_at_once_are_refused(kind, settings):
    settings.IMPORT_MOST_ROWS = 3
    people = [[f"Ann{n} Lark", f"a{n}@example.com"] for n in range(4)]
    content = {
        "csv": lambda: "\n".join(map(",".join, [HEADER, *people])).encode(),
        "xlsx": lambda: book(People=[HEADER, *people]),
        "vcard": lambda: "".join(
            f"BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nEMAIL:{email}\nEND:VCARD\n"
            for name, email in people
        ).encode(),
    }[kind]()

    with pytest.raises(ImportRefused, match="more than 3 rows; split it"):
        reading.read(content)
