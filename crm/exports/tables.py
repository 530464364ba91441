"""Tables as CSV: every cell quoted, so that no reader of another separator finds a new cell."""

import csv
import io
from collections.abc import Iterable, Sequence

from crm.exports import columns
from crm.exports.formulas import neutral
from crm.exports.rows import Person


class CsvFile:
    """UTF-8, comma, RFC 4180; with a byte order mark where Excel shall open it."""

    content_type, suffix = "text/csv", "csv"

    def __init__(self, chosen: Sequence[str], *, mark: bool = False) -> None:
        self.chosen = chosen
        self.mark = "\ufeff" if mark else ""

    def begin(self) -> bytes:
        return self.mark.encode() + _lines([columns.header(self.chosen)])

    def add(self, people: Iterable[Person]) -> bytes:
        return _lines(
            [neutral(cell) for cell in columns.cells(person, self.chosen)] for person in people
        )

    def end(self) -> bytes:
        return b""


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
