"""Rows of an XLSX workbook, as a person sees its cells; a zip bomb is refused.

Read is the first visible sheet whose header is known, or else the first visible one that has
rows, unless another is chosen, by its place: its title stays in the file. Rows and columns that
the workbook hides are read, since a filter hides rows too, and it is said; a hidden sheet is read
only where somebody chose it. A formula counts by the value that was stored with it; one without
(a file that no spreadsheet program has opened) is empty, and is named.
"""

import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from xml.parsers.expat import ExpatError

from django.utils.translation import gettext as _

from crm.errors import ImportRefused
from crm.imports.workbook import Seen, SheetOf, TooWide, Workbook, letters_of

Rows = list[tuple[int, list[str]]]
# The first rows -> the row of the header among them; 0 where none is known.
HeaderAt = Callable[[Rows], int]


@dataclass(slots=True)
class Sheet:
    """The rows of one sheet, and what is to be known of the workbook."""

    rows: Rows
    # Counted from 1.
    place: int = 1
    # Place and title of each sheet that has rows, the one that is read first.
    others: tuple[tuple[int, str], ...] = ()
    # Cells of formulas without a value: the first ones, and how many they are in all.
    valueless: Sequence[str] = ()
    valueless_count: int = 0
    # Of what has a value: what the workbook hides, by place, number and letter.
    hidden_sheets: Sequence[int] = ()
    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[str] = field(default_factory=tuple)


def read(
    content: bytes,
    *,
    widest: int,
    most_rows: int,
    header_at: HeaderAt,
    looks_at: int,
    place: int = 0,
    has_header: bool = True,
) -> Sheet:
    """The rows of the sheet in this place, or of the one that people mean.

    `looks_at`: among how many rows `header_at` looks for the header. Reading stops at the first
    row with a value beyond `most_rows`.
    """
    try:
        book = Workbook(content)
        chosen, firsts = _choose(book, widest, header_at, looks_at, place)
        above = 0
        if has_header and (first := firsts.get(chosen)):
            # Where nobody knows the header it is taken to be the first row.
            above = header_at(first) or first[0][0]
        found = _read(book, chosen, widest=widest, above=above, most_rows=most_rows)
    except (
        *(ExpatError, zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError),
        *(ValueError, KeyError, IndexError, RuntimeError, ArithmeticError),
    ) as error:
        raise ImportRefused(
            _("The file cannot be read as XLSX (%s); save it again, or save it as CSV.")
            % type(error).__name__
        ) from None
    in_order = sorted(firsts, key=lambda at: (at != chosen, at))
    found.others = tuple((at, book.sheets[at - 1].title) for at in in_order)
    found.hidden_sheets = [at for at in firsts if book.sheets[at - 1].is_hidden and at != chosen]
    return found


def _choose(
    book: Workbook, widest: int, header_at: HeaderAt, looks_at: int, place: int
) -> tuple[int, dict[int, Rows | None]]:
    """The place of the sheet to read, and the first rows of each that has any; None: too wide."""
    if place > len(book.sheets):
        raise ImportRefused(_("The workbook has no sheet in place %d.") % place)
    firsts: dict[int, Rows | None] = {}
    known = 0
    for at, sheet in enumerate(book.sheets, start=1):
        # Of those that are not to be read, one row tells that they have rows.
        most = looks_at if at == place or not (place or known or sheet.is_hidden) else 1
        rows = _first(book, sheet, widest, most)
        if rows != []:
            firsts[at] = rows
        if rows and not (place or known or sheet.is_hidden) and header_at(rows):
            known = at
    visible = [at for at in firsts if not book.sheets[at - 1].is_hidden]
    if not place and firsts and not visible:
        raise ImportRefused(
            _(
                "Only hidden sheets of this workbook have rows; show the one to read in a"
                " spreadsheet program and save the workbook again."
            )
        )
    return place or known or next(iter(visible), 1), firsts


def _first(book: Workbook, sheet: SheetOf, widest: int, most: int) -> Rows | None:
    """The first rows with a value, up to where the sheet breaks off; None: one is too wide."""
    rows: Rows = []
    try:
        for row in islice(book.rows(sheet, widest=widest, seen=Seen()), most):
            rows.append(row)
    except TooWide:
        return None
    except (ExpatError, zipfile.BadZipFile, zlib.error, EOFError):
        # Whoever reads the sheet whole says so.
        return rows
    return rows


def _read(book: Workbook, place: int, *, widest: int, above: int, most_rows: int) -> Sheet:
    """The rows of one sheet; those below `above` are counted."""
    found = Sheet([], place)
    if not book.sheets:
        return found
    seen, counted = Seen(), 0
    try:
        for number, cells in book.rows(book.sheets[place - 1], widest=widest, seen=seen):
            counted += number > above
            if counted > most_rows:
                raise ImportRefused(_("The file has more than %d rows; split it.") % most_rows)
            found.rows.append((number, cells))
    except TooWide:
        raise ImportRefused(_("The sheet has more than %d columns.") % widest) from None
    found.valueless, found.valueless_count = seen.valueless, seen.valueless_count
    found.hidden_rows = seen.hidden_rows
    found.hidden_columns = [letters_of(column) for column in seen.hidden_columns]
    return found
