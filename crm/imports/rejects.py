"""Rows that stay out, as they are handed back."""

import re
from collections.abc import Iterable, Iterator

from crm.imports.reading import Table
from crm.imports.report import Said
from crm.imports.rows import Row, Verdict

# A spreadsheet takes such a cell for a formula, unless it is a number.
FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d\s().-]*\Z)")


def reject_lines(table: Table, rows: Iterable[Row]) -> Iterator[list[str]]:
    """The file's own rows with number, verdict and reason before them, to be corrected.

    A row that is refused for good comes back as number and reason: whoever must not be stored is
    not stored here either. What a spreadsheet would run as a formula is made text.
    """
    yield ["row", "verdict", "reason", *table.header]
    for row in rows:
        cells = [] if row.verdict == Verdict.REFUSED else row.cells
        plain = ["'" + cell if FORMULA.match(cell) else cell for cell in cells]
        yield [str(row.number), str(row.verdict), row.reason, *plain]


def whole(table: Table, said: Iterable[Said]) -> Iterator[Row]:
    """These rows with their cells, read once more from the file: nobody holds them meanwhile."""
    found = {one.number: one for one in said}
    for number, cells in table.rows():
        if one := found.get(number):
            yield Row(number, cells, verdict=one.verdict, reason=one.reason)
