"""Needles: what would identify these people, gathered before it goes, and how to see it in a text.

Folded full names, points, links and references; never under three letters, or two Han characters,
as those would be found everywhere (DESIGN 11).
"""

import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

import ahocorasick

from privacy import inventory
from privacy.enums import Needle as Kind
from privacy.enums import PointKind
from privacy.folding import fold
from privacy.inventory import Holding
from privacy.points import Point, normal_form, points_in, telephones, versioned_forms

FEWEST_LETTERS = 3
FEWEST_HAN = 2
FEWEST_DIGITS = 7
CHUNK = 5_000
# Between the texts of one row: no name, number or address goes on across it.
BETWEEN = " | "
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
# A run of digits as telephone numbers are written; what it is, its digits tell.
DIGITS = re.compile(r"\+?\d(?:[\s().\-/\u2010-\u2015]{0,3}\d){6,40}")
NO_DIGITS = re.compile(r"[^0-9]+")
ESCAPED = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")


# A point as it is written -> every text by which it may be met again.
Read = dict[str, tuple[tuple[Kind, str], ...]]


@dataclass(frozen=True, slots=True)
class Needle:
    """One identifier of one person, as it is compared."""

    text: str
    kind: Kind
    # The person's primary key under the root model.
    subject: int


class Needles:
    """The identifiers of some people; finds them in a text in one pass, however many there are."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        self._words: dict[str, set[Needle]] = {}
        self._han: dict[str, set[Needle]] = {}
        self._numbers: dict[str, set[Needle]] = {}
        for needle in needles:
            if needle.kind is Kind.PHONE:
                shelf = self._numbers
            else:
                shelf = self._han if HAN.search(needle.text) else self._words
            shelf.setdefault(needle.text, set()).add(needle)
        self._word_automaton = _automaton(self._words)
        self._han_automaton = _automaton(self._han)

    def __bool__(self) -> bool:
        return bool(self._words or self._han or self._numbers)

    def found_among(self, cells: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Needle]]:
        """The needles in some texts, each with its column; most rows are asked about once."""
        if self.found_in(BETWEEN.join(text for _column, text in cells)):
            for column, text in cells:
                yield from ((column, needle) for needle in self.found_in(text))

    def found_in(self, text: str) -> set[Needle]:
        """The needles in this text, in whatever escape it is written."""
        found: set[Needle] = set()
        for reading in _readings(text):
            folded = fold(reading)
            for end, word in self._word_automaton.iter(folded):
                if _stands_alone(folded, end + 1 - len(word), end + 1):
                    found |= self._words[word]
            if self._han and HAN.search(folded):
                # Han names are written with or without a space, and stand in running text.
                for _end, name in self._han_automaton.iter(folded.replace(" ", "")):
                    found |= self._han[name]
            if self._numbers:
                for run in DIGITS.findall(folded):
                    found |= self._among(run)
        return found

    def _among(self, run: str) -> set[Needle]:
        """The numbers in a run of digits: the whole, or a part of what is no number as a whole."""
        found = set(self._numbers.get(_bare(run), ()))
        if not found:
            parts = {_bare(part) for part in telephones.parts_of(run)}
            for part in parts & self._numbers.keys():
                if not telephones.is_valid(run):
                    found |= self._numbers[part]
        return found


def gather(
    subject_pks: Collection[int], *, root: str | None = None, read: Read | None = None
) -> Needles:
    """The needles of these people, from every identifying column of every holding about them.

    A point stands in its row, its normal form and its history: `read` keeps what each was read
    as, and lives no longer than whoever asks.
    """
    gathered: set[Needle] = set()
    pks, read = list(subject_pks), {} if read is None else read
    for start in range(0, len(pks), CHUNK):
        for holding in inventory.registry.about_subjects(root):
            gathered.update(_of_holding(holding, pks[start : start + CHUNK], read))
    return Needles(gathered)


def _of_holding(holding: Holding, subject_pks: Collection[int], read: Read) -> Iterator[Needle]:
    columns = [name for name, datum in holding.data.items() if datum.identifies]
    if not columns:
        return
    # By place: a dictionary for each row would cost as much as what is read in it.
    place = {name: at for at, name in enumerate(columns, start=1)}
    spellings = [[place[name] for name in spelling] for spelling in holding.names]
    in_names = {name for spelling in holding.names for name in spelling}
    points = [place[name] for name in columns if holding.data[name].point]
    others = [
        place[name] for name in columns if place[name] not in points and name not in in_names
    ]
    rows = holding.rows_about(subject_pks).values_list(holding.path, *columns)
    for row in rows.iterator(chunk_size=CHUNK):
        subject = row[0]
        for spelling in spellings:
            if text := _name(" ".join([row[at] or "" for at in spelling])):
                yield Needle(text, Kind.NAME, subject)
        for at in filter(row.__getitem__, points):
            yield from [Needle(text, kind, subject) for kind, text in _read(str(row[at]), read)]
        for at in filter(row.__getitem__, others):
            if len(text := fold(str(row[at]))) >= FEWEST_LETTERS:
                yield Needle(text, Kind.REFERENCE, subject)


def _read(value: str, read: Read) -> Sequence[tuple[Kind, str]]:
    """Read this point once; a number of one reading was read in its normal form as well."""
    if value not in read:
        texts = tuple(_point(value))
        read[value] = texts
        if texts and texts[0][0] is Kind.PHONE and value.strip().startswith("+"):
            # What begins with a plus sign has one reading at most.
            read.setdefault(f"+{texts[0][1]}", texts)
    return read[value]


# A person's name stands in their row and in each line of its history.
@lru_cache(maxsize=5_000)
def _name(written: str) -> str:
    """The folded name; "" where it is too short to mean anybody."""
    folded = fold(written)
    if len(HAN.findall(folded)) >= FEWEST_HAN:
        return folded.replace(" ", "")
    letters = sum(letter.isalpha() for letter in folded)
    return folded if letters >= FEWEST_LETTERS else ""


def _point(value: str) -> Iterator[tuple[Kind, str]]:
    """Every text by which this point may be met again."""
    for kind, readings in (
        (PointKind.EMAIL, _of_address),
        (PointKind.LINK, _of_link),
        (PointKind.PHONE, _of_telephone),
    ):
        point = Point(kind, value)
        if found := points_in(point):
            yield from readings(point, found)
            return
    if len(form := fold(value)) >= FEWEST_LETTERS:
        # Stored before there was a rule for what a point is.
        yield (Kind.EMAIL if "@" in form else Kind.LINK), form


def _of_address(point: Point, found: Sequence[Point]) -> Iterator[tuple[Kind, str]]:
    for one in (point, *found):
        for form in {fold(one.value), fold(normal_form(one))}:
            if len(form) >= FEWEST_LETTERS:
                yield Kind.EMAIL, form


def _of_link(point: Point, found: Sequence[Point]) -> Iterator[tuple[Kind, str]]:
    forms = {fold(form) for _version, form in versioned_forms(point)}
    yield from ((Kind.LINK, form) for form in forms if len(form) >= FEWEST_LETTERS)


def _of_telephone(point: Point, found: Sequence[Point]) -> Iterator[tuple[Kind, str]]:
    yield Kind.PHONE, _bare(point.value)
    for number in found:
        for form in telephones.phone_forms(number.value):
            yield Kind.PHONE, _bare(form)
            for national in telephones.national_forms(form):
                yield Kind.PHONE, national


def _readings(text: str) -> Iterator[str]:
    """The text, and what it says where it is escaped for JSON, HTML or an address."""
    yield text
    if "\\u" in text:
        yield ESCAPED.sub(_unescape, text)
    if "&" in text and ";" in text:
        yield html.unescape(text)
    if "%" in text:
        yield unquote(text)


def _unescape(match: re.Match[str]) -> str:
    units = bytes.fromhex(match[0].replace("\\u", ""))
    return units.decode("utf-16-be", "replace")


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no longer word, address or path goes on at either side; Han needs no space."""
    needle, before, after = text[start:end], text[start - 1 : start], text[end : end + 2]
    if _goes_on(before) or _goes_on(after[:1]):
        return False
    if "@" in needle and before in {".", "-", "+", "_"}:
        return False
    # The domain of an address, or a path, goes on after a dot or a hyphen.
    is_longer = len(after) == 2 and after[0] in ".-" and _goes_on(after[1])
    return not (is_longer and ("@" in needle or "/" in needle))


def _goes_on(letter: str) -> bool:
    return letter.isalnum() and not HAN.match(letter)


def _automaton(texts: Collection[str]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    # An automaton without any word cannot be asked; no folded text has a control character.
    for text in texts or ("\0",):
        automaton.add_word(text, text)
    automaton.make_automaton()
    return automaton


def _bare(written: str) -> str:
    """The digits of a number, without the zeros that stand for the plus sign."""
    if written.isascii():
        return NO_DIGITS.sub("", written).removeprefix("00")
    digits = "".join(c for c in unicodedata.normalize("NFKC", written) if c.isdecimal())
    return digits.removeprefix("00")
