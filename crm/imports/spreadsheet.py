"""Rows of an XLSX workbook, as a person would write its cells; a zip bomb is refused."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import openpyxl
from django.utils.translation import gettext as _

from crm.errors import ImportRefused

SIGNATURE = b"PK\x03\x04"
# Sheets of contacts do not shrink to a hundredth; what does was made to fill a memory.
LARGEST_UNPACKED = 300 * 1024 * 1024
LARGEST_RATIO = 150
MOST_ROWS = 200_000


def is_workbook(content: bytes) -> bool:
    """Whether this is a packed file; what is in it, `rows` says."""
    return content.startswith(SIGNATURE)


def rows(content: bytes, *, widest: int) -> Iterator[tuple[int, list[str]]]:
    """(row of the sheet, cells) of the first sheet."""
    _refuse_bomb(content)
    for number, cells in _sheet(content):
        if number > MOST_ROWS:
            raise ImportRefused(_("The sheet has more than %d rows; split it.") % MOST_ROWS)
        if len(cells) > widest:
            raise ImportRefused(_("The sheet has more than %d columns.") % widest)
        texts = [_text(cell) for cell in cells]
        if any(texts):
            yield number, texts


def _sheet(content: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = workbook.worksheets[0]
        # What the file says of its own size may be wrong, and is not believed.
        sheet.reset_dimensions()
        yield from enumerate(sheet.iter_rows(values_only=True), start=1)
    except Exception as error:  # noqa: BLE001 - a broken workbook fails anywhere in the parser
        raise ImportRefused(
            _("The file cannot be read as XLSX (%s); save it again, or save it as CSV.")
            % type(error).__name__
        ) from None


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
