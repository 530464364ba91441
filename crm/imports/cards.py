"""vCard 2.1, 3.0 and 4.0, card by card: a bad one comes back with its number, the rest goes in.

Only the properties that Lethe has a place for are read at all; photographs, keys, notes and the
rest are dropped before anything is parsed (Art. 5(1)(c)). A comma is text, but in a property that
holds several values. Each card is one row, whatever is in it; what stands outside is counted.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote

from django.utils.translation import gettext as _

from crm.exports.formulas import unparted
from crm.imports import births, labels, optouts
from crm.imports.card_lines import BEGINS, LINE_END, Card, Splitter, cards_in, is_quoted, matched
from crm.imports.card_properties import (
    BASE64,
    LINKS,
    READ,
    Property,
    apart,
    clear,
    property_of,
    said_of,
    unescaped,
)
from crm.names import EAST, HAN
from privacy.enums import PointKind
from privacy.points import Point, normal_form
from privacy.points.telephones import EXTENSION

# So many lines may stand above the first card.
MOST_LINES_ABOVE = 20
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
# Names of properties that may say no to marketing, and are not read.
IN_DOUBT = "In doubt"
BETWEEN = " ::: "
WHOLE_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T.*)?\Z")
# Apple writes a birthday of which nobody knows the year in one that it names.
OMITTED_YEAR = re.compile(r"X-APPLE-OMIT-YEAR=(\d{4})", re.IGNORECASE)
# What is no text that a person wrote.
NO_TEXT = frozenset("PHOTO LOGO SOUND KEY UID REV PRODID AGENT TZ GEO BEGIN END".split())
SCHEME = re.compile(r"(?:tel|callto|sips?|sms|h323|facetime(?:-audio)?|whatsapp):", re.IGNORECASE)
A_LINK = re.compile(r"https?:/|www\.|[\w.-]+\.[a-z]{2,}/", re.IGNORECASE)
# Pages that every firm has: a link to one of them shows nobody.
OF_A_FIRM = re.compile(
    r"(?:index|home|default|about(?:-?us)?|contact(?:-?us)?|team|impressum|en|de|fr|zh|tc|sc|hk|cn"
    r"|[a-z]{2}[-_](?:[a-z]{2}|han[st]))(?:\.[a-z]{3,5})?"
)
PERSONAL = frozenset({"home", "personal", "private", "profile"})


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
    for card in cards_in(text):
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
    for card in cards_in(text):
        for pieces in card.lines:
            match = matched(pieces[0])
            if match and match["name"].upper() not in READ | {BIRTHDAY, "REV"}:
                found[match["name"].upper()] = None
    return sorted(found)


def outside(text: str) -> int:
    """How many lines stand outside of any card, and are passed over."""
    splitter = Splitter()
    deque(cards_in(text, splitter), maxlen=0)
    return splitter.passed + splitter.stray


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
        match = matched(line)
        if match is None:
            # A key or photograph of vCard 2.1 goes on without a blank in front.
            unread += not in_base64
            continue
        in_base64 = bool(said_of(match) & BASE64)
        if (name := match["name"].upper()) in READ:
            read.setdefault(name, []).append(property_of(match, line, within))
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


def _several(values: Sequence[str]) -> str:
    return BETWEEN.join(unparted(value) for value in dict.fromkeys(values))


def _besides(lines: list[str], within: str) -> dict[str, str]:
    """Birth, age and noes out of whatever property speaks of them; of texts nothing else."""
    born, ages, refused = [], [], set()
    in_doubt: dict[str, None] = {}
    for line in lines:
        match = matched(line)
        if not match or match["name"].upper() in (READ - LOOKED_THROUGH) | NO_TEXT:
            continue
        name = match["name"].upper()
        value = clear(match, line, within).partition(":")[2] if is_quoted(line) else match["value"]
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
        pieces = [*apart(one.value, ";"), "", "", ""][:3]
        family, given = (unescaped(piece).strip() for piece in pieces[:2])
        middle = " ".join(unescaped(name).strip() for name in apart(pieces[2], ","))
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


def _problem(reason: str) -> list[str]:
    return [*([""] * (len(HEADER) - 1)), reason]
