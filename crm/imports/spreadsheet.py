"""Rows of an XLSX workbook, as a person would write its cells; a zip bomb is refused.

A formula counts by the value that was stored with it; one without (a file that no spreadsheet
program has opened) is empty, and is named. Of several sheets the first that has rows is read
unless another is chosen, by its place: its title stays in the file.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from typing import Any

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from crm.errors import ImportRefused

SIGNATURE = b"PK\x03\x04"
# Sheets of contacts do not shrink to a hundredth; what does was made to fill a memory.
LARGEST_UNPACKED = 300 * 1024 * 1024
LARGEST_RATIO = 150
# So many cells are named one by one.
MOST_NAMED = 10


@dataclass(slots=True)
class Sheet:
    """The rows of one sheet, and what is to be known of the workbook."""

    rows: list[tuple[int, list[str]]]
    # Counted from 1.
    place: int = 1
    # Title and place of each sheet that has rows.
    others: tuple[tuple[int, str], ...] = ()
    # Cells of formulas without a value: the first ones, and how many they are in all.
    valueless: list[str] = field(default_factory=list)
    valueless_count: int = 0


def is_workbook(content: bytes) -> bool:
    """Whether this is a packed file; what is in it, `rows` says."""
    return content.startswith(SIGNATURE)


def read(content: bytes, *, widest: int, most_rows: int, place: int = 0) -> Sheet:
    """The rows of the sheet in this place, or of the first that has any."""
    _refuse_bomb(content)
    try:
        return _read(content, widest, most_rows, place)
    except ImportRefused:
        raise
    except Exception as error:  # noqa: BLE001 - a broken workbook fails anywhere in the parser
        raise ImportRefused(
            _("The file cannot be read as XLSX (%s); save it again, or save it as CSV.")
            % type(error).__name__
        ) from None


def _read(content: bytes, widest: int, most_rows: int, place: int) -> Sheet:
    values, formulas = (
        openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=data_only)
        for data_only in (True, False)
    )
    sheets = values.worksheets
    if place > len(sheets):
        raise ImportRefused(_("The workbook has no sheet in place %d.") % place)
    filled = [at for at, sheet in enumerate(sheets, start=1) if _has_rows(sheet)]
    place = place or next(iter(filled), 1)
    found = Sheet([], place, tuple((at, sheets[at - 1].title) for at in filled))
    counted = _counted(sheets[place - 1])
    if _has_formulas(content):
        with_formulas = formulas.worksheets[place - 1]
        with_formulas.reset_dimensions()
        counted = _with_formulas(counted, with_formulas.iter_rows(), found)
    for number, cells in counted:
        if number > most_rows:
            raise ImportRefused(_("The sheet has more than %d rows; split it.") % most_rows)
        if len(cells) > widest:
            raise ImportRefused(_("The sheet has more than %d columns.") % widest)
        texts = [_text(cell) for cell in cells]
        if any(texts):
            found.rows.append((number, texts))
    return found


def _counted(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    # What the file says of its own size may be wrong, and is not believed.
    sheet.reset_dimensions()
    return enumerate(sheet.iter_rows(values_only=True), start=1)


def _has_rows(sheet: Any) -> bool:
    first = islice(_counted(sheet), FIRST_ROWS)
    return any(value not in {None, ""} for _number, cells in first for value in cells)


# Among so many rows a sheet that is in use has a cell.
FIRST_ROWS = 50


def _has_formulas(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                with archive.open(name) as file:
                    end = b""
                    while part := file.read(1 << 20):
                        if re.search(rb"<(\w+:)?f[ >/]", end + part):
                            return True
                        end = part[-16:]
    return False


def _with_formulas(
    counted: Iterable[tuple[int, tuple[Any, ...]]], formulas: Iterable[Any], found: Sheet
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The same rows; notes the formulas without a value as they pass."""
    for (number, cells), written in zip(counted, formulas, strict=False):
        for value, cell in zip(cells, written, strict=False):
            if value is None and cell.data_type == "f":
                found.valueless_count += 1
                if len(found.valueless) < MOST_NAMED:
                    found.valueless.append(f"{get_column_letter(cell.column)}{cell.row}")
        yield number, cells


def _refuse_bomb(content: bytes) -> None:
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise ImportRefused(
            _("The file is cut or no XLSX; open it and save it again, or save it as CSV.")
        ) from None
    unpacked = sum(member.file_size for member in members)
    if unpacked > LARGEST_UNPACKED or unpacked > LARGEST_RATIO * max(len(content), 100_000):
        raise ImportRefused(_("The file unpacks to far more than contacts need; it is not read."))
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise ImportRefused(_("This is a packed file, not a workbook; save the table as XLSX."))


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time.min:
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
    return str(value)
