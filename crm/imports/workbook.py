"""What is packed in an XLSX workbook, read as a stream: sheets, shared texts, formats, rows.

Nothing that a file says of its own size is believed. A row is given only with the cells that have
a value; blank cells and blank rows are passed over as they come, wherever they stand. Every
namespace is read, so that a "strict" workbook is one too.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from crm.errors import ImportRefused
from crm.imports import kinds, shown

# Sheets of contacts do not shrink to a hundredth; what does was made to fill a memory.
LARGEST_UNPACKED = 300 * 1024 * 1024
LARGEST_RATIO = 150
MOST_MEMBERS = 1_000
MEMBER = b"PK\x01\x02"
PART = 1 << 16
# So many cells are named one by one.
MOST_NAMED = 10
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
PLACE = re.compile(r"([A-Za-z]+)")


class TooWide(Exception):
    """A row has a value beyond the widest column."""


@dataclass(frozen=True, slots=True)
class SheetOf:
    """One sheet as the workbook lists it."""

    title: str
    member: str
    is_hidden: bool


@dataclass(slots=True)
class Seen:
    """What passed by while the rows of a sheet were read."""

    # Cells of formulas without a value: the first ones, and how many they are in all.
    valueless: list[str] = field(default_factory=list)
    valueless_count: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    # First and last column of each range that is hidden, and columns that have a value.
    hidden_ranges: list[tuple[int, int]] = field(default_factory=list)
    used_columns: set[int] = field(default_factory=set)

    @property
    def hidden_columns(self) -> list[int]:
        return sorted(
            column
            for column in self.used_columns
            if any(first <= column <= last for first, last in self.hidden_ranges)
        )


class Workbook:
    """A workbook whose members are unpacked as they are asked for, and counted."""

    def __init__(self, content: bytes) -> None:
        if content.count(MEMBER) > MOST_MEMBERS:
            raise too_large()
        self._archive = kinds.opened(content)
        members = self._archive.infolist()
        unpacked = sum(member.file_size for member in members)
        if len(members) > MOST_MEMBERS or unpacked > LARGEST_UNPACKED:
            raise too_large()
        if unpacked > LARGEST_RATIO * max(len(content), 100_000):
            raise too_large()
        self._names = {member.filename for member in members}
        self._unpacked = 0
        self.main = self._main()
        if self.main not in self._names:
            kind = kinds.packed_kind(self._archive)
            raise ImportRefused(
                _("This is a packed file of kind %s, not a workbook; save the table as XLSX.")
                % kind
            )
        if any(member.flag_bits & 1 for member in members):
            raise kinds.protected()
        self.since_1904 = False
        self.sheets = self._sheets()

    def parts(self, member: str) -> Iterator[bytes]:
        """The bytes of a member, piece by piece; the pieces of a bomb end soon."""
        with self._archive.open(member) as file:
            while part := file.read(PART):
                self._unpacked += len(part)
                # Sheets are passed twice: once to choose among them.
                if self._unpacked > 3 * LARGEST_UNPACKED:
                    raise too_large()
                yield part

    def elements(self, member: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Name and attributes of each element of a small member, as it begins."""
        found: list[tuple[str, dict[str, str]]] = []
        parser = new_parser()
        parser.StartElementHandler = lambda name, attributes: found.append(
            (local(name), {local(key): value for key, value in attributes.items()})
        )
        for _end in fed(parser, self.parts(member)):
            yield from found
            found.clear()

    def _main(self) -> str:
        if "_rels/.rels" in self._names:
            for _target, kind, path in self._relations("_rels/.rels", ""):
                if kind == "officeDocument" and not path.endswith(".bin"):
                    return path
        return "xl/workbook.xml"

    def _relations(self, member: str, folder: str) -> Iterator[tuple[str, str, str]]:
        for name, attributes in self.elements(member):
            if name == "Relationship":
                target = attributes.get("Target", "")
                path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                kind = attributes.get("Type", "").rpartition("/")[2]
                yield attributes.get("Id", ""), kind, path

    def _sheets(self) -> list[SheetOf]:
        folder, name = posixpath.split(self.main)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        targets = {}
        if relations in self._names:
            targets = {key: (kind, path) for key, kind, path in self._relations(relations, folder)}
        self._targets = dict(targets.values())
        sheets = []
        for name, attributes in self.elements(self.main):
            if name == "workbookPr":
                self.since_1904 = attributes.get("date1904") in {"1", "true"}
            elif name == "sheet":
                kind, path = targets.get(attributes.get("id", ""), ("", ""))
                if kind == "worksheet" and path in self._names:
                    is_hidden = attributes.get("state", "visible") != "visible"
                    sheets.append(SheetOf(attributes.get("name", ""), path, is_hidden))
        return sheets

    @cached_property
    def texts(self) -> "Texts":
        """The texts that cells share."""
        path = self._targets.get("sharedStrings", "")
        return Texts(self.parts(path) if path in self._names else iter(()))

    @cached_property
    def formats(self) -> list[str]:
        """The number format of each style."""
        path = self._targets.get("styles", "")
        own: dict[int, str] = {}
        numbers: list[int] = []
        inside = False
        for name, attributes in self.elements(path) if path in self._names else ():
            if name == "numFmt" and attributes.get("numFmtId", "").isdigit():
                own[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
            elif name == "xf" and inside:
                number = attributes.get("numFmtId", "0")
                numbers.append(int(number) if number.isdigit() else 0)
            elif name in {"cellXfs", "cellStyleXfs", "cellStyles"}:
                inside = name == "cellXfs"
        return [shown.format_of(number, own) for number in numbers]

    def rows(self, sheet: SheetOf, *, widest: int, seen: Seen) -> Iterator[tuple[int, list[str]]]:
        """Number and cells of each row that has a value; TooWide where one is beyond."""
        reader = Rows(self, widest, seen)
        for _end in fed(reader.parser, self.parts(sheet.member)):
            yield from reader.found
            reader.found.clear()
            if reader.failure:
                raise reader.failure


class Texts:
    """The shared texts, read only as far as a cell asks."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._found: list[str] = []
        self._text: list[str] = []
        self._takes = self._aside = False
        parser = new_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        self._feed = fed(parser, parts)

    def __getitem__(self, index: int) -> str:
        while index >= len(self._found):
            if next(self._feed, self) is self:
                return ""
        return self._found[index]

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        match local(name):
            case "si":
                self._text = []
            case "rPh":
                # How a word is read aloud is not part of it.
                self._aside = True
            case "t":
                self._takes = not self._aside

    def _end(self, name: str) -> None:
        match local(name):
            case "si":
                self._found.append(unescaped("".join(self._text)))
            case "rPh":
                self._aside = False
            case "t":
                self._takes = False

    def _data(self, text: str) -> None:
        if self._takes:
            self._text.append(text)


class Rows:
    """The rows of one sheet as its parser comes upon them."""

    def __init__(self, book: Workbook, widest: int, seen: Seen) -> None:
        self.found: list[tuple[int, list[str]]] = []
        self.failure: TooWide | None = None
        self._book, self._widest, self._seen = book, widest, seen
        self._number = self._column = 0
        self._cells: dict[int, str] = {}
        self._kind = self._style = ""
        self._value: list[str] = []
        self._takes = self._aside = self._is_formula = self._is_hidden = self._in_cell = False
        self.parser = new_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self.failure:
            return
        match local(name):
            case "c":
                at = attributes.get("r")
                self._column = column_of(at) if at else self._column + 1
                self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
                self._value, self._is_formula, self._in_cell = [], False, True
            case "v" | "t":
                self._takes = self._in_cell and not self._aside
            case "f":
                self._is_formula = self._in_cell
            case "rPh":
                self._aside = True
            case "row":
                number = attributes.get("r", "")
                self._number = int(float(number)) if number else self._number + 1
                self._column, self._cells = 0, {}
                self._is_hidden = is_true(attributes, "hidden") or attributes.get("ht") == "0"
            case "col" if is_true(attributes, "hidden") or attributes.get("width") == "0":
                self._seen.hidden_ranges.append((int(attributes["min"]), int(attributes["max"])))

    def _end(self, name: str) -> None:
        if self.failure:
            return
        match local(name):
            case "v" | "t":
                self._takes = False
            case "rPh":
                self._aside = False
            case "c":
                self._in_cell = False
                self._take_cell()
            case "row":
                if self._cells:
                    width = max(self._cells)
                    cells = [self._cells.get(column, "") for column in range(1, width + 1)]
                    self.found.append((self._number, cells))
                    self._seen.used_columns |= self._cells.keys()
                    if self._is_hidden:
                        self._seen.hidden_rows.append(self._number)
                self._cells = {}

    def _data(self, text: str) -> None:
        if self._takes:
            self._value.append(text)

    def _take_cell(self) -> None:
        value = "".join(self._value)
        if not value:
            if self._is_formula and self._kind != "str":
                self._note_valueless()
            return
        text = self._text(value)
        if not text.strip():
            return
        if self._column > self._widest:
            self.failure = TooWide()
            return
        self._cells[self._column] = text

    def _note_valueless(self) -> None:
        seen = self._seen
        seen.valueless_count += 1
        if len(seen.valueless) < MOST_NAMED:
            seen.valueless.append(f"{letters_of(self._column)}{self._number}")

    def _text(self, value: str) -> str:
        match self._kind:
            case "s":
                return shown.text(self._book.texts[int(value)], self._format())
            case "inlineStr" | "str":
                return shown.text(unescaped(value), self._format())
            case "b":
                return "true" if value == "1" else "false"
            case "d":
                return (
                    value.removesuffix("Z").removesuffix("T00:00:00.000").removesuffix("T00:00:00")
                )
            case "e":
                return value
        return shown.number(value, self._format(), since_1904=self._book.since_1904)

    def _format(self) -> str:
        style, formats = int(self._style), self._book.formats
        return formats[style] if style < len(formats) else shown.GENERAL


def too_large() -> ImportRefused:
    """The refusal of what would fill a memory."""
    return ImportRefused(_("The file unpacks to far more than contacts need; it is not read."))


def new_parser() -> Any:
    """A parser that resolves nothing outside, and no entity of the file's own."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_declaration: object) -> None:
        raise expat.ExpatError("a workbook declares no document type")

    parser.StartDoctypeDeclHandler = refuse
    return parser


def fed(parser: Any, parts: Iterator[bytes]) -> Iterator[None]:
    """Feed the parser piece by piece; whoever asks sees what came so far."""
    empty = True
    for part in parts:
        empty = False
        try:
            parser.Parse(part, False)
        except expat.ExpatError:
            # What came before the break may be all that anybody needs.
            yield
            raise
        yield
    if not empty:
        parser.Parse(b"", True)
        yield


def local(name: str) -> str:
    """A name without the prefix of its namespace."""
    return name.rpartition(":")[2]


def is_true(attributes: dict[str, str], name: str) -> bool:
    """Whether this attribute says yes."""
    return attributes.get(name) in {"1", "true"}


def unescaped(text: str) -> str:
    """A text with the characters that its file writes by number."""
    if "_x" not in text:
        return text

    def character(found: re.Match[str]) -> str:
        made = chr(int(found[1], 16))
        return made if made >= " " or made in "\t\r\n" else ""

    return ESCAPED.sub(character, text)


def column_of(place: str) -> int:
    """The number of a cell's column, counted from 1."""
    number = 0
    for letter in place:
        if not letter.isalpha():
            break
        number = min(number * 26 + ord(letter.upper()) - 64, 1_000_000)
    return number


def letters_of(column: int) -> str:
    """The letters by which a spreadsheet program names a column."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
