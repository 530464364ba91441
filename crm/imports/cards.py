"""vCard 2.1, 3.0 and 4.0, card by card: a bad one comes back with its number, the rest goes in.

Only the properties that Lethe has a place for are read at all; photographs, keys, notes and the
rest are dropped before anything is parsed (Art. 5(1)(c)). A comma is text, but in a property that
holds several values. Each card is one row, whatever is in it; what stands outside is counted.
"""

import base64
import quopri
import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from django.utils.translation import gettext as _

from crm.errors import ImportRefused
from crm.exports.formulas import unparted
from crm.imports import births, encodings, labels, optouts
from crm.names import EAST, HAN
from privacy.enums import PointKind
from privacy.points import Point, normal_form
from privacy.points.telephones import EXTENSION

BEGINS = re.compile(r"^(\s*)BEGIN\s*:\s*VCARD\s*$", re.IGNORECASE)
ENDS = re.compile(r"^END\s*:\s*VCARD\s*$", re.IGNORECASE)
# So many lines may stand above the first card.
MOST_LINES_ABOVE = 20
LINE_END = re.compile(r"\r+\n|\r|\n")
# A colon within quotation marks ends no parameter; where these are not paired, it does.
PROPERTIES = tuple(
    re.compile(
        rf"^(?:[\w-]+\.)?(?P<name>[A-Za-z][\w-]*)(?P<parameters>(?:;{inside})?):(?P<value>.*)$",
        re.DOTALL,
    )
    for inside in (r'(?:[^:"]|"[^"]*")*', "[^:]*")
)
LINKS = frozenset("URL X-URL X-SOCIALPROFILE SOCIALPROFILE X-LINKEDIN X-LINKEDIN-URL IMPP".split())
READ = LINKS.union("VERSION N FN NICKNAME ORG TITLE ROLE TEL EMAIL ADR LANG KIND UID".split())
# Of these a card may have none but says nothing of a person.
NO_FACTS = frozenset({"VERSION", "KIND", "UID"})
# A no may stand in them all the same.
LOOKED_THROUGH = frozenset({"ROLE"}) | LINKS - {"URL"}
# Read here and not by the parser, whatever stands in it.
BIRTHDAY = "BDAY"
# As the reader of tables knows them; the last one says why a card stays out.
HEADER = (
    "Native family name", "Native given name", "Last name", "First name", "Middle name",
    "Full name", "E-mail", "Phone", "Profile url", "Company", "Job title", "Birthday", "Street",
    "City", "Region", "Postal code", "Address country", "Language", "Age", "Labels", "In doubt",
    "Role", "Reference", "Reading note", "Reading problem",
)  # fmt: skip
# Of a text in another encoding; photographs and keys are never read.
BASE64 = frozenset({"B", "BASE64"})
# Names of properties that may say no to marketing, and are not read.
IN_DOUBT = "In doubt"
BETWEEN = " ::: "
WHOLE_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T.*)?\Z")
# Apple writes a birthday of which nobody knows the year in one that it names.
OMITTED_YEAR = re.compile(r"X-APPLE-OMIT-YEAR=(\d{4})", re.IGNORECASE)
# What is no text that a person wrote.
NO_TEXT = frozenset("PHOTO LOGO SOUND KEY UID REV PRODID AGENT TZ GEO BEGIN END".split())
ESCAPED = re.compile(r"\\([\\,;:nN])")
APART = {mark: re.compile(rf"(?<!\\)((?:\\\\)*){mark}") for mark in ",;"}
SCHEME = re.compile(r"(?:tel|callto|sips?|sms|h323|facetime(?:-audio)?|whatsapp):", re.IGNORECASE)
# Without one a card says that it is nobody's in particular.
LEAST = 101
A_LINK = re.compile(r"https?:/|www\.|[\w.-]+\.[a-z]{2,}/", re.IGNORECASE)
# Pages that every firm has: a link to one of them shows nobody.
OF_A_FIRM = re.compile(
    r"(?:index|home|default|about(?:-?us)?|contact(?:-?us)?|team|impressum|en|de|fr|zh|tc|sc|hk|cn"
    r"|[a-z]{2}[-_](?:[a-z]{2}|han[st]))(?:\.[a-z]{3,5})?"
)
PERSONAL = frozenset({"home", "personal", "private", "profile"})


@dataclass(slots=True)
class Property:
    """One line of a card, unfolded and decoded."""

    name: str
    parameters: list[tuple[str, str]]
    value: str

    @property
    def kinds(self) -> set[str]:
        """What TYPE says, in any of its dresses."""
        said = (value for name, value in self.parameters if name in {"TYPE", ""})
        return {kind.strip().casefold() for value in said for kind in value.split(",")}

    @property
    def rank(self) -> int:
        """The preferred value comes first: PREF=1, TYPE=pref, or PREF alone."""
        said = [value for name, value in self.parameters if name == "PREF"]
        if said and said[0].isdecimal():
            return int(said[0])
        return 1 if "pref" in self.kinds else LEAST

    @property
    def text(self) -> str:
        return _unescaped(self.value).strip()

    def parts(self, mark: str) -> list[str]:
        """The values between these marks, those that are escaped being text."""
        return [_unescaped(part).strip() for part in _apart(self.value, mark)]


@dataclass(slots=True)
class Card:
    """The logical lines of a card, each in the pieces in which it was folded."""

    lines: list[list[str]] = field(default_factory=list)
    # What stands before each of its lines, where the whole card is indented.
    indent: str = ""
    is_whole: bool = False
    # END:VCARD without a beginning.
    is_headless: bool = False
    # Cards within it (AGENT): somebody else's, who is not asked for.
    within: int = 0

    @property
    def awaits_agent(self) -> bool:
        return bool(self.lines) and _is_agent("".join(self.lines[-1]))

    @property
    def unfolded(self) -> list[str]:
        return ["".join(pieces) for pieces in self.lines]


def is_cards(text: str) -> bool:
    """Whether a card begins at the top, or below lines that can be no table."""
    top = text.lstrip("\ufeff \t\r\n")[:10_000]
    for line in LINE_END.split(top)[: MOST_LINES_ABOVE + 1]:
        if BEGINS.match(line):
            return True
        if '"' in line:
            # A card within a cell.
            return False
    return False


def rows(text: str, within: str = "") -> Iterator[tuple[int, list[str]]]:
    """(number of the card, cells under HEADER); `within`: see `told_within`."""
    number = 0
    for card in _cards(text):
        number += 1
        yield number, _row(card, within)
        for _agent in range(card.within):
            number += 1
            yield number, _problem(_("a card within another one (AGENT) is not read"))


def _row(card: Card, within: str) -> list[str]:
    if card.is_headless:
        return _problem(_("the card is cut: it has no BEGIN:VCARD"))
    if not card.is_whole:
        return _problem(_("the card is cut: it has no END:VCARD"))
    if not card.lines:
        return _problem(_("the card is empty"))
    try:
        return _cells(card.unfolded, within)
    except Exception as error:  # noqa: BLE001 - strangers' cards fail in any way
        return _problem(_("the card cannot be read (%s)") % type(error).__name__)


def dropped(text: str) -> list[str]:
    """Names of the properties that are not read, each once."""
    found: dict[str, None] = {}
    for card in _cards(text):
        for pieces in card.lines:
            match = _matched(pieces[0])
            if match and match["name"].upper() not in READ | {BIRTHDAY, "REV"}:
                found[match["name"].upper()] = None
    return sorted(found)


def outside(text: str) -> int:
    """How many lines stand outside of any card, and are passed over."""
    splitter = Splitter()
    deque(_cards(text, splitter), maxlen=0)
    return splitter.passed + splitter.stray


# --- from lines to cards ------------------------------------------------------------------------


def _cards(text: str, splitter: "Splitter | None" = None) -> Iterator[Card]:
    """Each card of the text, whole or not."""
    splitter = splitter or Splitter()
    for line in _lines(text):
        yield from splitter.take(line)
    if splitter.card:
        yield splitter.card


@dataclass(slots=True)
class Splitter:
    """Where a card begins and ends, line by line."""

    card: Card | None = None
    # Cards within the card at hand that have not ended, and the last line of the innermost.
    depth: int = 0
    inner: str = ""
    # Lines outside of any card: since the last one, and before it.
    stray: int = 0
    passed: int = 0

    def take(self, line: str) -> Iterator[Card]:
        """The card, if this line ends one or shows that the one before was cut."""
        if self.card and self.card.indent:
            line = line.removeprefix(self.card.indent)
        if begins := BEGINS.match(line):
            yield from self._begin(begins[1], line)
        elif ENDS.match(line):
            yield from self._end()
        elif self.card is None:
            self.stray += bool(line.strip())
        elif self.depth:
            self.inner = line if line.strip() else self.inner
        else:
            _continue(self.card.lines, line)

    def _begin(self, indent: str, line: str) -> Iterator[Card]:
        card = self.card
        if card and (_is_agent(self.inner) if self.depth else card.awaits_agent):
            self.depth, self.inner = self.depth + 1, ""
            card.within += 1
            # Said once: the next one is a card of its own.
            card.lines[-1].append("VCARD")
        elif card and indent:
            # Folded text that reads like the beginning of a card.
            _continue(card.lines, line)
        else:
            if card:
                yield card
            self.passed, self.stray = self.passed + self.stray, 0
            self.card, self.depth = Card(indent=indent), 0

    def _end(self) -> Iterator[Card]:
        if self.depth:
            self.depth, self.inner = self.depth - 1, ""
            return
        if self.card:
            self.card.is_whole = True
        yield self.card or Card(is_headless=True)
        self.card, self.stray = None, 0


def _lines(text: str) -> Iterator[str]:
    start = 0
    for end in LINE_END.finditer(text):
        yield text[start : end.start()]
        start = end.end()
    yield text[start:]


def _is_agent(line: str) -> bool:
    """Whether this line says that another card follows within its own."""
    match = _matched(line)
    return bool(match and match["name"].upper() == "AGENT" and not match["value"].strip())


def _continue(lines: list[list[str]], line: str) -> None:
    """Join a line to the one that it continues: folded, or broken in quoted-printable."""
    if lines and line[:1] in {" ", "\t"}:
        lines[-1].append(line[1:])
    elif lines and lines[-1][-1].endswith("=") and _is_quoted(lines[-1][0]):
        lines[-1][-1] = lines[-1][-1][:-1]
        lines[-1].append(line)
    elif line.strip():
        lines.append([line])


def _is_quoted(line: str) -> bool:
    return "QUOTED-PRINTABLE" in line.partition(":")[0].upper()


def _matched(line: str) -> re.Match[str] | None:
    first, second = PROPERTIES
    return first.match(line) or second.match(line)


# --- from a card to cells -----------------------------------------------------------------------


def _cells(lines: list[str], within: str) -> list[str]:
    read, unread = _properties(lines, within)

    def texts(name: str) -> list[str]:
        return [one.text for one in read.get(name, ()) if one.text]

    if {kind.casefold() for kind in texts("KIND")} & {"org", "group", "location"}:
        return _problem(_("the card is an organisation's or a group's, not a person's"))
    cells = dict.fromkeys(HEADER, "")
    cells |= _names(read.get("N", ()))
    units = [list(filter(None, one.parts(";"))) for one in read.get("ORG", ())]
    firms = [parts[0] for parts in units if parts]
    if not any(cells[name] for name in HEADER[:6]):
        cells["Full name"] = _full(texts("FN")) or _nickname(read.get("NICKNAME", ()))
        if cells["Full name"] and cells["Full name"] in firms:
            return _problem(_("the card is an organisation's or a group's, not a person's"))
    links, others = _links(read)
    cells["E-mail"] = _several(texts("EMAIL"))
    cells["Phone"] = _several(_telephones(read.get("TEL", ())))
    cells["Profile url"] = _several(links)
    cells["Company"] = _several(firms)
    cells["Job title"] = _several(texts("TITLE"))
    cells["Role"] = _several(texts("ROLE"))
    cells["Language"] = next(iter(texts("LANG")), "")
    cells |= _besides(lines, within)
    cells |= _address(read.get("ADR", ()))
    if not any(cells.values()):
        if read.keys() - NO_FACTS:
            return _problem(_("the card says nothing of a person"))
        return _problem(_("the card has no property that is read"))
    cells["Reference"] = next(iter(texts("UID")), "")
    cells["Reading note"] = "; ".join(_notes(unread, others=others))
    return list(cells.values())


def _properties(lines: Sequence[str], within: str) -> tuple[dict[str, list[Property]], int]:
    """What is read of the card, the preferred first; and how many lines are no property."""
    read: dict[str, list[Property]] = {}
    unread, in_base64 = 0, False
    for line in lines:
        match = _matched(line)
        if match is None:
            # A key or photograph of vCard 2.1 goes on without a blank in front.
            unread += not in_base64
            continue
        in_base64 = bool(_said(match) & BASE64)
        if (name := match["name"].upper()) in READ:
            read.setdefault(name, []).append(_property(match, line, within))
    for properties in read.values():
        properties.sort(key=lambda one: one.rank)
    return read, unread


def _notes(unread: int, *, others: bool) -> Iterator[str]:
    if others:
        yield _("link to a firm's web site: left out")
    if unread:
        yield _("lines of the card that are no property: %d") % unread


def _nickname(properties: Sequence[Property]) -> str:
    return next((name for one in properties for name in one.parts(",") if name), "")


def _property(match: re.Match[str], line: str, within: str) -> Property:
    cleared = _matched(_clear(match, line, within)) or match
    parameters = []
    for said in _parameters(cleared["parameters"]):
        name, is_named, value = said.partition("=")
        # In vCard 2.1 the value of a parameter stands alone.
        parameters.append((name.strip().upper(), value.strip('" ')) if is_named else ("", name))
    return Property(cleared["name"].upper(), parameters, cleared["value"])


def _parameters(text: str) -> list[str]:
    """The parameters of a property; a semicolon within quotation marks parts none."""
    return [part.strip() for part in re.findall(r'(?:[^;"]|"[^"]*"|")+', text)]


def _several(values: Sequence[str]) -> str:
    return BETWEEN.join(unparted(value) for value in dict.fromkeys(values))


def _besides(lines: list[str], within: str) -> dict[str, str]:
    """Birth, age and noes out of whatever property speaks of them; of texts nothing else."""
    born, ages, refused = [], [], set()
    in_doubt: dict[str, None] = {}
    for line in lines:
        match = _matched(line)
        if not match or match["name"].upper() in (READ - LOOKED_THROUGH) | NO_TEXT:
            continue
        name = match["name"].upper()
        value = (
            _clear(match, line, within).partition(":")[2] if _is_quoted(line) else match["value"]
        )
        value = value.replace("\\n", "\n").replace("\\N", "\n").replace("\\", "").strip()
        if not value or "ENCODING=B" in match["parameters"].upper():
            continue
        heading = "Birthday" if name == BIRTHDAY else name.removeprefix("X-")
        asked = "" if name in {"NOTE", "ANNIVERSARY"} else births.meaning_of(heading)
        if asked == "age":
            ages.append(value)
        elif asked and asked not in {births.MONTH, births.DAY, births.FLAG}:
            born.append(_birthday(match["parameters"], value))
        elif (said := optouts.said_under(heading, value)) is not None:
            refused |= said
        elif name != "NOTE" or labels.is_short(value):
            refused |= labels.refused(value, among_labels=name == "CATEGORIES")
        elif labels.is_doubtful(value):
            in_doubt[name] = None
    return {
        # A day without a year says nothing.
        "Birthday": BETWEEN.join(value for value in born if not value.startswith("--")),
        "Age": BETWEEN.join(ages),
        "Labels": labels.in_words(refused) if refused else "",
        IN_DOUBT: ", ".join(in_doubt),
    }


def _birthday(parameters: str, value: str) -> str:
    omitted = OMITTED_YEAR.search(parameters)
    if omitted and value.startswith(omitted[1]):
        return f"--{value[4:].lstrip('-')}"
    match = WHOLE_DAY.match(value)
    return "-".join(match.groups()) if match else value


def _names(properties: Sequence[Property]) -> dict[str, str]:
    """One name a script: of several in one script the first counts."""
    found: dict[str, str] = {}
    for one in properties:
        # Several given names stand behind each other; a comma elsewhere is text.
        pieces = [*_apart(one.value, ";"), "", "", ""][:3]
        family, given = (_unescaped(piece).strip() for piece in pieces[:2])
        middle = " ".join(_unescaped(name).strip() for name in _apart(pieces[2], ","))
        script = next((value for name, value in one.parameters if name == "X-SCRIPT"), "")
        if script == "native" or (not script and is_native(family + given)):
            found.setdefault("Native family name", family)
            found.setdefault("Native given name", given)
        elif family or given:
            found.setdefault("Last name", family)
            found.setdefault("First name", given)
            found.setdefault("Middle name", middle.strip())
    native = [found.get(f"Native {part} name", "") for part in ("family", "given")]
    if sum(map(bool, native)) == 1 and "Last name" not in found and _is_east(native):
        # All in one field: the reader of tables splits it.
        found["Full name"] = found.pop("Native family name") + found.pop("Native given name")
    return {heading: unparted(name) for heading, name in found.items()}


def _is_east(parts: Sequence[str]) -> bool:
    return bool(EAST.fullmatch("".join("".join(parts).split())))


def is_native(name: str) -> bool:
    """Whether a name is written in another script than the Latin one, as far as letters tell."""
    letters = [letter for letter in name if letter.isalpha()]
    return bool(HAN.search(name)) or (bool(letters) and not any(map(_is_latin, letters)))


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")


def _full(names: Sequence[str]) -> str:
    """The name as it is shown: in each script the first."""
    native = [name for name in names if HAN.search(name)]
    latin = [name for name in names if not HAN.search(name)]
    return " ".join([*native[:1], *latin[:1]])


def _telephones(properties: Sequence[Property]) -> list[str]:
    """Voice and mobile numbers; a fax machine reaches nobody."""
    return [
        _dialled(one.text)
        for one in properties
        if one.text and not any("fax" in kind or kind == "pager" for kind in one.kinds)
    ]


def _dialled(text: str) -> str:
    """A telephone number as people write it, out of a URI as well (RFC 3966)."""
    match = SCHEME.match(text)
    number, *said = (unquote(text[match.end() :]) if match else text).split(";")
    named = dict(part.partition("=")[::2] for part in said)
    parameters = {name.strip().casefold(): value.strip() for name, value in named.items()}
    if not match and not parameters.keys() & {"ext", "phone-context"}:
        return text
    if match and match[0].casefold().startswith("sip"):
        number = number.partition("@")[0]
    context = parameters.get("phone-context", "")
    if context.startswith("+") and not number.startswith("+"):
        number = f"{context} {number}"
    extension = parameters.get("ext", "")
    return f"{number.strip()}{EXTENSION}{extension}" if extension else number.strip()


def _links(read: Mapping[str, Sequence[Property]]) -> tuple[list[str], bool]:
    """The links that show a person, and whether others were left out."""
    found, is_another_there = [], False
    for name in sorted(LINKS, key=lambda one: one != "URL"):
        for one in read.get(name, ()):
            # Not even the end of a line is escaped in a link.
            value = re.sub(r"\\([\\,;:])", r"\1", one.value).strip()
            if name != "URL" and not A_LINK.match(value):
                # A handle, a number of a messenger.
                continue
            if value and (one.kinds & PERSONAL or not is_of_a_firm(value)):
                found.append(value)
            elif value:
                is_another_there = True
    return found, is_another_there


def is_of_a_firm(link: str) -> bool:
    """Whether this is a whole site, or a page that every firm has: many have the same."""
    form = normal_form(Point(PointKind.LINK, link))
    parts = form.partition("/")[2].split("/")
    return bool(form) and all(not part or OF_A_FIRM.fullmatch(part) for part in parts)


def _address(properties: Sequence[Property]) -> dict[str, str]:
    """The first that says anything; each line of the street is one, its commas are text."""
    parts = next((parts for one in properties if any(parts := one.parts(";"))), [])
    box, extended, street, city, region, postcode, country = [*parts, *[""] * 7][:7]
    return {
        "Street": "\n".join(filter(None, (box, extended, street))),
        "City": city,
        "Region": region,
        "Postal code": postcode,
        "Address country": country,
    }


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text)


def _apart(text: str, mark: str) -> list[str]:
    """The pieces between marks that no backslash makes text."""
    found, start = [], 0
    for match in APART[mark].finditer(text):
        found.append(text[start : match.end() - 1])
        start = match.end()
    return [*found, text[start:]]


# --- bytes within cards -------------------------------------------------------------------------


def told_within(text: str) -> encodings.Decoded | None:
    """The encoding of what cards hold in bytes without a charset that reads them; None of none.

    All such properties tell together: a name alone is short.
    """
    untold = []
    for card in _cards(text):
        for line in card.unfolded:
            match = _matched(line)
            if match and match["name"].upper() in READ and (raw := _unpacked(match)) is not None:
                untold += [raw] if _as_named(raw, _charset(match)) is None else []
    try:
        return encodings.decode(b"\n".join(untold)) if untold else None
    except ImportRefused:
        return None


def _clear(match: re.Match[str], line: str, within: str) -> str:
    """The property without its transport encoding; one without a charset is told by its bytes."""
    raw = _unpacked(match)
    if raw is None:
        return line
    text = _as_named(raw, _charset(match))
    if text is None:
        text = encodings.decode(raw, within).text
    kept = [
        parameter
        for parameter in match["parameters"].split(";")
        if not parameter.upper().startswith(("CHARSET", "ENCODING"))
        and parameter.upper() not in {"QUOTED-PRINTABLE", *BASE64}
    ]
    text = text.replace("\r\n", "\\n").replace("\r", "\\n").replace("\n", "\\n")
    return f"{match['name']}{';'.join(kept)}:{text}"


def _said(match: re.Match[str]) -> set[str]:
    return {part.upper().rpartition("=")[2].strip('" ') for part in match["parameters"].split(";")}


def _unpacked(match: re.Match[str]) -> bytes | None:
    """The bytes of a property that is written in others; None where it is plain."""
    said = _said(match)
    if said & BASE64:
        try:
            return base64.b64decode(match["value"].encode())
        except ValueError:
            return None
    if "QUOTED-PRINTABLE" not in said:
        return None
    value = match["value"]
    if ";" in value and "2022" not in _charset(match):
        # Between plain semicolons an encoded one is text.
        value = re.sub("=3B", r"=5C=3B", value, flags=re.IGNORECASE)
    return quopri.decodestring(value.encode())


def _charset(match: re.Match[str]) -> str:
    parts = (part.partition("=") for part in match["parameters"].split(";"))
    return next((value.strip('"') for name, _is, value in parts if name.upper() == "CHARSET"), "")


def _as_named(raw: bytes, charset: str) -> str | None:
    """The text in the charset that is named, or else in UTF-8; None where neither reads it."""
    try:
        return raw.decode(charset or "utf-8").replace("\0", "")
    except (LookupError, UnicodeDecodeError):
        # A name that nobody knows, or a wrong one.
        return None


def _problem(reason: str) -> list[str]:
    return [*([""] * (len(HEADER) - 1)), reason]
