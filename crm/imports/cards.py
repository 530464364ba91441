"""vCard 2.1, 3.0 and 4.0, card by card: a bad one comes back with its number, the rest goes in.

Only the properties that Lethe has a place for are read at all; photographs, keys, notes and the
rest are dropped before anything is parsed (Art. 5(1)(c)).
"""

import base64
import quopri
import re
from collections.abc import Iterator

import vobject
from django.utils.translation import gettext as _

from crm.errors import ImportRefused
from crm.imports import births, encodings, labels, optouts
from crm.names import HAN

BEGINS = re.compile(r"^\s*BEGIN\s*:\s*VCARD\s*$", re.IGNORECASE)
ENDS = re.compile(r"^\s*END\s*:\s*VCARD\s*$", re.IGNORECASE)
PROPERTY = re.compile(
    r"^(?:[\w-]+\.)?(?P<name>[A-Za-z][\w-]*)(?P<parameters>(?:;[^:]*)?):(?P<value>.*)$"
)
READ = frozenset("VERSION N FN NICKNAME ORG TITLE TEL EMAIL ADR URL LANG KIND".split())
# Read here and not by the parser, whatever stands in it.
BIRTHDAY = "BDAY"
# As the reader of tables knows them; the last one says why a card stays out.
HEADER = (
    "Native family name", "Native given name", "Last name", "First name", "Middle name",
    "Full name", "E-mail", "Phone", "Profile url", "Company", "Job title", "Birthday", "Street",
    "City", "Region", "Postal code", "Address country", "Language", "Age", "Labels", "In doubt",
    "Reading problem",
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


def is_cards(text: str) -> bool:
    """Whether the first line that says anything begins a card."""
    return bool(BEGINS.match(text.lstrip("\ufeff \t\r\n").split("\n", 1)[0].strip("\r")))


def rows(text: str, within: str = "") -> Iterator[tuple[int, list[str]]]:
    """(number of the card, cells under HEADER); `within`: see `told_within`."""
    for number, (lines, is_whole) in enumerate(_cards(text), start=1):
        if not is_whole:
            yield number, _problem(_("the card is cut: it has no END:VCARD"))
            continue
        try:
            yield number, _cells(lines, within)
        except Exception as error:  # noqa: BLE001 - a parser of strangers' cards fails in any way
            yield number, _problem(_("the card cannot be read (%s)") % type(error).__name__)


def dropped(text: str) -> list[str]:
    """Names of the properties that are not read, each once."""
    found: dict[str, None] = {}
    for lines, _is_whole in _cards(text):
        for line in lines:
            if (match := PROPERTY.match(line)) and match["name"].upper() not in READ | {BIRTHDAY}:
                found[match["name"].upper()] = None
    return sorted(found)


def _cards(text: str) -> Iterator[tuple[list[str], bool]]:
    """The logical lines of each card, and whether it came to its end."""
    lines: list[str] = []
    inside, depth = False, 0
    for line in text.splitlines():
        if BEGINS.match(line):
            if inside and lines and lines[-1].upper().startswith("AGENT"):
                # A card within a card: somebody else's, which is not asked for.
                depth += 1
                continue
            if inside:
                yield lines, False
            lines, inside, depth = [], True, 0
        elif ENDS.match(line):
            if depth:
                depth -= 1
            elif inside:
                yield lines, True
                lines, inside = [], False
        elif inside and not depth:
            _continue(lines, line)
    if inside:
        yield lines, False


def _continue(lines: list[str], line: str) -> None:
    """Join a line to the one that it continues: folded, or broken in quoted-printable."""
    if lines and line[:1] in {" ", "\t"}:
        lines[-1] += line[1:]
    elif lines and lines[-1].endswith("=") and _is_quoted(lines[-1]):
        lines[-1] = lines[-1][:-1] + line
    elif line.strip():
        lines.append(line)


def _is_quoted(line: str) -> bool:
    return "QUOTED-PRINTABLE" in line.partition(":")[0].upper()


def _cells(lines: list[str], within: str) -> list[str]:
    wanted = []
    for line in lines:
        match = PROPERTY.match(line)
        if match and match["name"].upper() in READ:
            wanted.append(_clear(match, line, within))
    card = vobject.readOne("\n".join(["BEGIN:VCARD", *wanted, "END:VCARD", ""]))
    cells = dict.fromkeys(HEADER, "")
    kind = _values(card, "kind")
    if kind and kind[0].casefold() in {"org", "group", "location"}:
        return _problem(_("the card is an organisation's or a group's, not a person's"))
    cells |= _names(card)
    firm = [part for line in card.contents.get("org", []) for part in _parts(line.value)]
    cells["Company"] = firm[0] if firm else ""
    full = _values(card, "fn")
    if not any(cells[name] for name in HEADER[:6]):
        nickname = _values(card, "nickname")
        cells["Full name"] = next(iter(full + nickname), "")
        if cells["Full name"] and cells["Full name"] == cells["Company"]:
            return _problem(_("the card is an organisation's or a group's, not a person's"))
    cells["E-mail"] = BETWEEN.join(
        value.removeprefix("mailto:") for value in _values(card, "email")
    )
    cells["Phone"] = BETWEEN.join(_telephones(card))
    cells["Profile url"] = BETWEEN.join(
        value for value in _values(card, "url") if "linkedin." in value.casefold()
    )
    cells["Job title"] = next(iter(_values(card, "title")), "")
    cells["Language"] = next(iter(_values(card, "lang")), "")
    cells |= _besides(lines, within)
    if addresses := card.contents.get("adr"):
        cells |= _address(addresses[0].value)
    return list(cells.values())


def _besides(lines: list[str], within: str) -> dict[str, str]:
    """Birth, age and noes out of whatever property speaks of them; of texts nothing else."""
    born, ages, refused = [], [], set()
    in_doubt: dict[str, None] = {}
    for line in lines:
        match = PROPERTY.match(line)
        if not match or match["name"].upper() in READ | NO_TEXT:
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


def _names(card: vobject.base.Component) -> dict[str, str]:
    """One name a script: of several in one script the first counts."""
    found: dict[str, str] = {}
    for line in card.contents.get("n", []):
        family, given, middle = (
            " ".join(_parts(getattr(line.value, name)))
            for name in ("family", "given", "additional")
        )
        if HAN.search(family + given):
            found.setdefault("Native family name", family)
            found.setdefault("Native given name", given)
        elif family or given:
            found.setdefault("Last name", family)
            found.setdefault("First name", given)
            found.setdefault("Middle name", middle)
    if found.get("Native family name", "x") == "" or found.get("Native given name", "x") == "":
        # All in one field: the reader of tables splits it.
        found["Full name"] = found.pop("Native family name") + found.pop("Native given name")
    return found


def _telephones(card: vobject.base.Component) -> Iterator[str]:
    """Voice and mobile numbers; a fax machine reaches nobody."""
    for line in card.contents.get("tel", []):
        kinds = ",".join([*line.params.get("TYPE", []), *line.singletonparams]).casefold()
        if "fax" not in kinds and "pager" not in kinds:
            value = str(line.value).strip().removeprefix("tel:")
            yield value.partition(";")[0]


def _address(value: vobject.vcard.Address) -> dict[str, str]:
    street = [*_parts(value.box), *_parts(value.extended), *_parts(value.street)]
    return {
        "Street": "\n".join(street),
        "City": " ".join(_parts(value.city)),
        "Region": " ".join(_parts(value.region)),
        "Postal code": " ".join(_parts(value.code)),
        "Address country": " ".join(_parts(value.country)),
    }


def _values(card: vobject.base.Component, name: str) -> list[str]:
    found = []
    for line in card.contents.get(name, []):
        found += [part for part in _parts(line.value) if part]
    return found


def _parts(value: object) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    # A comma within a part of vCard 2.1 is taken for a list.
    texts = [",".join(map(str, p)) if isinstance(p, list) else str(p) for p in parts]
    return [text.strip() for text in texts if text.strip()]


def told_within(text: str) -> encodings.Decoded | None:
    """The encoding of what cards hold in bytes without a charset that reads them; None of none.

    All such properties tell together: a name alone is short.
    """
    untold = []
    for lines, _is_whole in _cards(text):
        for line in lines:
            match = PROPERTY.match(line)
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
    text = text.replace("\r\n", "\\n").replace("\n", "\\n")
    return f"{match['name']}{';'.join(kept)}:{text}"


def _unpacked(match: re.Match[str]) -> bytes | None:
    """The bytes of a property that is written in others; None where it is plain."""
    said = {part.upper().rpartition("=")[2] for part in match["parameters"].split(";")}
    if said & BASE64:
        try:
            return base64.b64decode(match["value"].encode())
        except ValueError:
            return None
    return quopri.decodestring(match["value"].encode()) if "QUOTED-PRINTABLE" in said else None


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
