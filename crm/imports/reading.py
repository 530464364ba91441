"""From a file to rows: CSV in any usual dress, XLSX, vCard; what was recognised is said.

Everything that is guessed (kind, encoding, delimiter, header) can be said by hand instead. Bytes,
members and width are judged before meaning, so that what is no table costs nobody a wait; rows
are counted as they come, and reading stops at the first one too many. Nothing is written anywhere
while reading.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from crm.errors import ImportRefused
from crm.imports import (
    aliases,
    births,
    card_properties,
    cards,
    cardsizes,
    encodings,
    kinds,
    properties,
    spreadsheet,
    survey,
    unread,
)
from crm.imports.aliases import Columns, Dropped
from crm.imports.spreadsheet import Sheet

DELIMITERS = (",", ";", "\t", "|")
# LinkedIn writes three lines of notes above its header.
MOST_LINES_ABOVE = 10
# Rows by which a delimiter is judged where no header is known.
JUDGED = 20
# Of characters, in one line of the file.
LONGEST_LINE = 1_000_000
LARGEST = 50 * 1024 * 1024
WIDEST = 500
CSV, XLSX, VCARD = "csv", "xlsx", "vcard"
Rows = Callable[[], Iterator[tuple[int, list[str]]]]


@dataclass(frozen=True, slots=True)
class Table:
    """A file that could be read; `rows` gives (number in the file, cells)."""

    kind: str
    header: tuple[str, ...]
    # The row of the file in which the header stands; 0 where the first row is data already.
    header_at: int
    columns: Columns
    read_rows: Rows
    encoding: str = ""
    delimiter: str = ""
    dropped: tuple[Dropped, ...] = ()
    # Of cards: the names of all that they hold, read or not.
    properties: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    # Nothing in the bytes proves the encoding.
    is_guessed: bool = False
    # Why it waits until somebody says to go on; rows and columns by their number, no values.
    doubts: tuple[str, ...] = ()
    # Columns that are dropped and may say no to marketing: a sentence each.
    unread: tuple[str, ...] = ()
    # How dates are written where their numbers alone do not tell: `dmy`, `mdy` or not said.
    dates: str = ""
    # Place and title of each sheet that has rows.
    sheets: tuple[tuple[int, str], ...] = ()
    length: int = 0

    @property
    def has_header(self) -> bool:
        return self.header_at > 0

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Every row below the header that is not blank."""
        for number, cells in self.read_rows():
            if number > self.header_at and any(cell.strip() for cell in cells):
                yield number, cells

    def preview(self, most: int = 10) -> list[tuple[int, list[str]]]:
        """The first rows, for somebody to look at."""
        return list(islice(self.rows(), most))


def open_file(path: Path, **said: object) -> Table:
    """Read a file whole; an unreadable one is refused in one sentence."""
    try:
        if path.stat().st_size > LARGEST:
            raise ImportRefused(_("The file is larger than 50 MB; split it."))
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(error) from None
    return read(content, **said)  # type: ignore[arg-type]


def unreadable(error: OSError) -> ImportRefused:
    """The refusal of a file that the machine does not give."""
    reason = error.strerror or type(error).__name__
    return ImportRefused(_("The file cannot be read: %s.") % reason)


def read(
    content: bytes,
    *,
    encoding: str = "",
    delimiter: str = "",
    header: bool | None = None,
    mapping: Mapping[int, str] | None = None,
    any_header: bool = False,
    sheet: int = 0,
    dates: str = "",
    positions: Columns | None = None,
) -> Table:
    """Find kind, encoding, delimiter and header, but for what is said.

    `header` False: the first row is data. `mapping` gives the meaning of columns by hand, "" drops
    one. `any_header`: a header that nobody knows is taken as it is, to be mapped by hand later.
    `sheet`: which sheet of a workbook, counted from 1. `dates`: `dmy` or `mdy`. `positions`: what
    a mapping made of the header that is found again.
    """
    if not content.strip():
        raise ImportRefused(_("The file is empty."))
    by_hand = None if mapping is None else aliases.columns_by_hand(mapping)
    page: Sheet | None = None
    if kinds.is_packed(content):
        page = spreadsheet.read(
            content,
            widest=WIDEST,
            most_rows=settings.IMPORT_MOST_ROWS,
            header_at=_header_at,
            looks_at=MOST_LINES_ABOVE,
            place=sheet,
            has_header=header is not False,
        )
        lines = page.rows
        ways: dict[str, Rows] = {"": lambda: map(_tidied, lines)}
        table = _headed(XLSX, ways, header, by_hand, any_header=any_header)
        table = replace(table, sheets=page.others)
    else:
        kinds.refuse_unreadable(content)
        table = _of_text(
            content, encoding, delimiter, header=header, by_hand=by_hand, any_header=any_header
        )
    if positions:
        dropped = aliases.dropped_of(table.header, positions)
        table = replace(table, columns=positions, dropped=dropped)
    return _surveyed(table, dates=dates, page=page, content=content)


def _surveyed(table: Table, *, dates: str, page: Sheet | None, content: bytes) -> Table:
    """Pass through the rows once: what breaks is found now, before anything is written."""
    table = replace(table, columns=births.watched(table.header, table.columns) | table.columns)
    doubts_at = cards.HEADER.index(cards.IN_DOUBT) if table.kind == VCARD else -1
    watch = unread.Watch(table.header, table.columns, doubts_at=doubts_at)
    rows = watch.over(table.rows())
    found = survey.look(rows, dates_at=table.columns.get("born_on", ()), order=dates)
    table = replace(table, columns=watch.columns | table.columns, unread=watch.doubts)
    table = replace(table, dropped=aliases.read_all_the_same(table.dropped, table.columns))
    # In UTF-8 a character that was lost elsewhere is written out.
    damaged_here = table.encoding == "utf-8" and LOST_ELSEWHERE not in content
    lost = survey.lost_of(found, table.header, damaged_here=damaged_here)
    warnings = (*lost, *table.warnings, *survey.warnings_of(found, sheet=page))
    return replace(
        table, dates=dates, warnings=warnings, doubts=(*lost, *table.unread), length=found.rows
    )


# Blank lines may stand above the first card.
LONGEST_BEGINNING = 10_000
LOST_ELSEWHERE = survey.REPLACEMENT.encode()


def _of_text(
    content: bytes,
    encoding: str,
    delimiter: str,
    *,
    header: bool | None,
    by_hand: Columns | None,
    any_header: bool,
) -> Table:
    decoded = encodings.decode(content, encoding)
    text, encoding = decoded.text, decoded.name
    if not text.strip():
        raise ImportRefused(_("The file is empty."))
    if cards.is_cards(text[:LONGEST_BEGINNING]):
        small, too_large = cardsizes.shortened(text)
        within = card_properties.told_within(small)
        inner = within.name if within else ""
        left_out = cards.dropped(small)
        table = Table(
            VCARD,
            cards.HEADER,
            0,
            by_hand or aliases.columns_of(cards.HEADER),
            lambda: map(_tidied, cardsizes.rows(small, too_large, inner)),
            encoding=encoding,
            dropped=tuple(Dropped(-1, name, properties.why_dropped(name)) for name in left_out),
            properties=properties.held(small, left_out),
        )
        table = _as_decoded(table, within if within and within.is_guessed else decoded)
        if outside := cards.outside(text):
            said = _("Lines outside of any card, which are passed over: %d.") % outside
            table = replace(table, warnings=(*table.warnings, said))
        return table
    if delimiter and delimiter not in DELIMITERS:
        raise ImportRefused(_("Cells are separated by a comma, a semicolon, a tab or a bar."))

    def rows_by(mark: str) -> Rows:
        return lambda: _records(text, mark)

    _refuse_wide(text, delimiter)
    ways = {mark: rows_by(mark) for mark in (delimiter or DELIMITERS)}
    table = _headed(CSV, ways, header, by_hand, any_header=any_header, encoding=encoding)
    return _as_decoded(table, decoded)


def _as_decoded(table: Table, decoded: encodings.Decoded) -> Table:
    """The table, with a word for whoever should look at what the bytes did not say."""
    said = []
    if decoded.is_guessed:
        said.append(
            _("Encoding guessed: %s. Look at the first rows, and choose another if need be.")
            % decoded.name
        )
    if decoded.zeros:
        said.append(_("Zero bytes (NUL) that were taken out: %d.") % decoded.zeros)
    return replace(table, is_guessed=decoded.is_guessed, warnings=tuple(said))


# What nobody sees: widths of nothing, marks of direction and order, soft hyphens.
UNSEEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
INVISIBLE = re.compile(f"[{UNSEEN}]")
ENDS = re.compile(rf"^[\s{UNSEEN}]+|[\s{UNSEEN}]+$")
BLANKS = re.compile(r"[^\S\r\n\t ]")


def _tidied(row: tuple[int, list[str]]) -> tuple[int, list[str]]:
    """The row without what nobody sees at the ends of its cells."""
    number, cells = row
    return number, [cell if cell.isascii() else ENDS.sub("", cell) for cell in cells]


def _seen(heading: str) -> str:
    """A heading without what nobody sees, wherever it stands in it."""
    return heading if heading.isascii() else BLANKS.sub(" ", INVISIBLE.sub("", heading)).strip()


def _refuse_wide(text: str, delimiter: str) -> None:
    """Refuse a first line with more cells than contacts need, by its length and marks alone."""
    first = next((line for line in _lines(text[:LONGEST_LINE]) if line.strip()), "")
    if max(_cells_in(first, mark) for mark in (delimiter or DELIMITERS)) > WIDEST:
        raise _too_wide()


def _cells_in(line: str, mark: str) -> int:
    """How many cells a line has up to the last one with a value, however it is quoted."""
    return line.rstrip(f'{mark}" \t\r\n').count(mark) + 1


def _too_wide() -> ImportRefused:
    return ImportRefused(
        _("The file has more than %d columns; keep those of names, addresses and phones alone.")
        % WIDEST
    )


def _width(cells: Sequence[str]) -> int:
    """The place of the last cell that has a value; blank ones behind it count for nothing."""
    width = len(cells)
    while width and not cells[width - 1].strip():
        width -= 1
    return width


def _header_at(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """The number of the row that makes the best header; 0 where none is known."""
    known = [
        (len(columns), -number)
        for number, cells in rows
        if aliases.is_header(columns := aliases.columns_of(cells))
    ]
    return -max(known)[1] if known else 0


def _headed(
    kind: str,
    ways: Mapping[str, Rows],
    header: bool | None,
    by_hand: Columns | None,
    *,
    any_header: bool,
    encoding: str = "",
) -> Table:
    """The table by the delimiter and the row that make the best header, or by what was said."""
    candidates = _candidates(ways)
    if candidates and header is not False:
        _count, minus, mark, cells, columns = max(candidates, key=lambda c: c[:2])
        at = -minus
    elif header is False or by_hand or any_header:
        mark = max(ways, key=lambda m: _evenness(ways[m]))
        top = _first(ways[mark], JUDGED)
        width = max((_width(row) for _number, row in top), default=0)
        at, cells = (top[0][0], tuple(map(_seen, top[0][1]))) if top else (1, ())
        columns = aliases.columns_of(cells) if _width(cells) <= WIDEST else {}
        if header is False:
            columns = {}
            cells, at = tuple(_("column %d") % (n + 1) for n in range(width)), 0
    else:
        raise ImportRefused(
            _(
                "No header is known in this file: it needs a column of names (e.g. First Name, "
                "Name) and one of e-mail addresses, phones or profile links. Say by hand which "
                "column is what, or that the first row is data already."
            )
        )
    cells = cells[: _width(cells)] if at else cells
    if len(cells) > WIDEST:
        raise _too_wide()
    columns = by_hand if by_hand is not None else columns
    if header is False and not columns and not any_header:
        raise ImportRefused(_("Where the first row is data, say by hand which column is what."))
    return Table(
        kind,
        cells,
        at,
        columns,
        ways[mark],
        encoding=encoding,
        delimiter=mark,
        dropped=aliases.dropped_of(cells, columns) if at else (),
    )


def _candidates(
    ways: Mapping[str, Rows],
) -> list[tuple[int, int, str, tuple[str, ...], Columns]]:
    """The rows that may be the header; beyond a width nobody asks what the columns mean."""
    found = []
    for mark, rows in ways.items():
        for number, cells in _first(rows, MOST_LINES_ABOVE):
            if _width(cells) > WIDEST:
                continue
            headings = tuple(map(_seen, cells))
            if aliases.is_header(columns := aliases.columns_of(headings)):
                found.append((len(columns), -number, mark, headings, columns))
    return found


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield _tidied((number, cells))
    except csv.Error as error:
        raise ImportRefused(_why_unreadable(str(error)) % {"row": number}) from None


def _lines(text: str) -> Iterator[str]:
    """Line by line: a copy of the whole would be made anew for each delimiter that is tried.

    What no row of contacts is as long as does not reach the parser.
    """
    start, length = 0, len(text)
    # Where the next of each mark stands is kept: of the one that is absent nobody asks again.
    feed, back = text.find("\n"), text.find("\r")
    while start < length:
        if 0 <= feed < start:
            feed = text.find("\n", start)
        if 0 <= back < start:
            back = text.find("\r", start)
        ends = [mark for mark in (feed, back) if mark >= 0]
        end = min(ends) + 1 if ends else length
        if end == back + 1 and feed == end:
            end += 1
        if end - start > LONGEST_LINE:
            raise csv.Error("field limit")
        yield text[start:end]
        start = end


def _why_unreadable(error: str) -> str:
    """What the parser found, as far as it can be told apart."""
    if "field limit" in error:
        return _(
            "After row %(row)s a cell has more than 131,072 characters: shorten it, or look for a"
            " quotation mark that is opened and never closed."
        )
    if "unexpected end" in error:
        return _(
            "The file ends within quotation marks: after row %(row)s one is opened and never"
            " closed, or the end of the file is missing."
        )
    if "expected after" in error:
        return _(
            "After row %(row)s a quotation mark stands within a cell; double it, or choose another"
            " delimiter."
        )
    return _("The file cannot be read as CSV after row %(row)s.")


def _first(rows: Rows, most: int) -> list[tuple[int, list[str]]]:
    found: list[tuple[int, list[str]]] = []
    try:
        for number, cells in rows():
            if len(found) >= most:
                break
            found.append((number, cells))
    except ImportRefused:
        # With another delimiter it may be readable; if with none, no header is known.
        pass
    return found


def _evenness(rows: Rows) -> tuple[int, int]:
    """How many of the first rows have the same number of cells, more than one; and that number."""
    widths: Sequence[int] = [len(cells) for _number, cells in _first(rows, JUDGED)]
    most = max(set(widths), key=lambda w: (widths.count(w), w), default=0)
    return (widths.count(most), most) if most > 1 else (0, most)
