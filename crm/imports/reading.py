"""From the bytes of a file to rows: UTF-8, comma or semicolon, a header that somebody knows."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from crm.errors import ImportRefused
from crm.imports import aliases
from crm.imports.aliases import Columns

DELIMITERS = (",", ";")
# LinkedIn writes three lines of notes above its header.
MOST_LINES_ABOVE = 10
LARGEST = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Table:
    """A file that could be read; `rows` gives (number in the file, cells), the header being 1."""

    text: str
    delimiter: str
    header: tuple[str, ...]
    header_at: int
    columns: Columns

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Every row below the header that is not blank."""
        for number, cells in _records(self.text, self.delimiter):
            if number > self.header_at and any(cell.strip() for cell in cells):
                yield number, cells


def open_file(path: Path) -> Table:
    """Read a file whole; an unreadable one is refused in one sentence."""
    try:
        if path.stat().st_size > LARGEST:
            raise ImportRefused(_("The file is larger than 50 MB; split it."))
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ImportRefused(_("The file cannot be read: %s.") % reason) from None
    return read(content)


def read(content: bytes) -> Table:
    """Find encoding, delimiter and header."""
    text = _decoded(content)
    candidates = [
        (len(columns), -number, delimiter, tuple(cells), columns)
        for delimiter in DELIMITERS
        for number, cells in _first(text, delimiter)
        if aliases.is_header(columns := aliases.columns_of(cells))
    ]
    if not candidates:
        raise ImportRefused(
            _(
                "No header is known in this file: it needs a column of names (e.g. First Name, "
                "Name) and one of e-mail addresses, phones or profile links."
            )
        )
    _count, minus, delimiter, header, columns = max(candidates, key=lambda c: c[:2])
    table = Table(text, delimiter, header, -minus, columns)
    for _row in table.rows():
        # A quotation mark that is never closed is found now, before anything is written.
        pass
    return table


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefused(
            _("The file is not UTF-8 (byte %s); save it as “CSV UTF-8” and try again.")
            % error.start
        ) from None
    if "\0" in text:
        raise ImportRefused(_("The file is not UTF-8 text; save it as “CSV UTF-8” and try again."))
    if not text.strip():
        raise ImportRefused(_("The file is empty."))
    return text


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, cells
    except csv.Error:
        raise ImportRefused(
            _("The file cannot be read as CSV after row %s; look for an open quotation mark.")
            % number
        ) from None


def _first(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    try:
        for number, cells in _records(text, delimiter):
            if number > MOST_LINES_ABOVE:
                return
            yield number, cells
    except ImportRefused:
        # With the other delimiter it may be readable; if with neither, no header is known.
        return
