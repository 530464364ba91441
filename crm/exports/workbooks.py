"""Workbooks as XLSX, written as they are read: no file on a disk and no sheet in the memory.

openpyxl's write-only mode writes the sheet to a temporary file and packs it at the end, tablib
keeps every row; a workbook of one sheet of text needs neither. Every cell is text, by its type and
by its format, so that nothing in it is ever calculated, not even after somebody has edited it.
"""

import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import IO
from xml.sax.saxutils import escape

from crm.exports import columns
from crm.exports.rows import Person

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
MEMBERS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Contacts" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    # Format 49 is text; what begins like a formula stays one that is shown.
    "xl/styles.xml": (
        f'<styleSheet xmlns="{MAIN}">'
        '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        "</cellStyleXfs>"
        '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"'
        ' quotePrefix="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    ),
}
# What XML cannot hold: most control characters, halves of a character, non-characters.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# A cell of a workbook holds no more.
LONGEST = 32_767


class Outlet:
    """What the packer writes, until somebody takes it."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self.pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits here."""

    def take(self) -> bytes:
        taken, self.pieces = b"".join(self.pieces), []
        return taken


class Workbook:
    """One sheet, one row a person."""

    content_type, suffix = f"{TYPE}.sheet", "xlsx"

    def __init__(self, chosen: Sequence[str]) -> None:
        self.chosen = chosen
        self.outlet = Outlet()
        self.package = zipfile.ZipFile(self.outlet, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]
        self.sheet: IO[bytes] | None = None
        self.number = 0

    def begin(self) -> bytes:
        for name, content in MEMBERS.items():
            self.package.writestr(name, XML + content)
        header = columns.header(self.chosen)
        self.sheet = self.package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._write(
            f'{XML}<worksheet xmlns="{MAIN}"><cols>'
            f'<col min="1" max="{len(header) or 1}" width="24" customWidth="1"/></cols><sheetData>'
        )
        self._write(self._row(header))
        return self.outlet.take()

    def add(self, people: Iterable[Person]) -> bytes:
        self._write("".join(self._row(columns.cells(person, self.chosen)) for person in people))
        return self.outlet.take()

    def end(self) -> bytes:
        self._write("</sheetData></worksheet>")
        if self.sheet is not None:
            self.sheet.close()
        self.package.close()
        return self.outlet.take()

    def _write(self, text: str) -> None:
        if self.sheet is not None:
            self.sheet.write(text.encode())

    def _row(self, cells: Sequence[str]) -> str:
        self.number += 1
        return (
            f'<row r="{self.number}">'
            + "".join(
                f'<c r="{_letters(place)}{self.number}" s="1" t="inlineStr"><is>'
                f'<t xml:space="preserve">{_written(cell)}</t></is></c>'
                for place, cell in enumerate(cells)
                if cell
            )
            + "</row>"
        )


def _written(cell: str) -> str:
    # A carriage return is no character of XML text: a reader makes a line feed of it.
    plain = UNWRITABLE.sub("", cell.replace("\r\n", "\n").replace("\r", "\n"))
    return escape(plain[:LONGEST])


def _letters(place: int) -> str:
    """A, B, … Z, AA: no export has more than two letters' worth of columns."""
    first, second = divmod(place, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)
