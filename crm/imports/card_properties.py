"""A property of a card: its name, parameters and value, out of whatever encoding it is in."""

import base64
import quopri
import re
from dataclasses import dataclass

from crm.errors import ImportRefused
from crm.imports import encodings
from crm.imports.card_lines import cards_in, matched

LINKS = frozenset("URL X-URL X-SOCIALPROFILE SOCIALPROFILE X-LINKEDIN X-LINKEDIN-URL IMPP".split())
READ = LINKS.union("VERSION N FN NICKNAME ORG TITLE ROLE TEL EMAIL ADR LANG KIND UID".split())
# Of a text in another encoding; photographs and keys are never read.
BASE64 = frozenset({"B", "BASE64"})
ESCAPED = re.compile(r"\\([\\,;:nN])")
APART = {mark: re.compile(rf"(?<!\\)((?:\\\\)*){mark}") for mark in ",;"}
# Without one a card says that it is nobody's in particular.
LEAST = 101


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
        return unescaped(self.value).strip()

    def parts(self, mark: str) -> list[str]:
        """The values between these marks, those that are escaped being text."""
        return [unescaped(part).strip() for part in apart(self.value, mark)]


def property_of(match: re.Match[str], line: str, within: str) -> Property:
    cleared = matched(clear(match, line, within)) or match
    parameters = []
    for said in _parameters(cleared["parameters"]):
        name, is_named, value = said.partition("=")
        # In vCard 2.1 the value of a parameter stands alone.
        parameters.append((name.strip().upper(), value.strip('" ')) if is_named else ("", name))
    return Property(cleared["name"].upper(), parameters, cleared["value"])


def _parameters(text: str) -> list[str]:
    """The parameters of a property; a semicolon within quotation marks parts none."""
    return [part.strip() for part in re.findall(r'(?:[^;"]|"[^"]*"|")+', text)]


def unescaped(text: str) -> str:
    return ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text)


def apart(text: str, mark: str) -> list[str]:
    """The pieces between marks that no backslash makes text."""
    found, start = [], 0
    for match in APART[mark].finditer(text):
        found.append(text[start : match.end() - 1])
        start = match.end()
    return [*found, text[start:]]


def told_within(text: str) -> encodings.Decoded | None:
    """The encoding of what cards hold in bytes without a charset that reads them; None of none.

    All such properties tell together: a name alone is short.
    """
    untold = []
    for card in cards_in(text):
        for line in card.unfolded:
            match = matched(line)
            if match and match["name"].upper() in READ and (raw := _unpacked(match)) is not None:
                untold += [raw] if _as_named(raw, _charset(match)) is None else []
    try:
        return encodings.decode(b"\n".join(untold)) if untold else None
    except ImportRefused:
        return None


def clear(match: re.Match[str], line: str, within: str) -> str:
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


def said_of(match: re.Match[str]) -> set[str]:
    return {part.upper().rpartition("=")[2].strip('" ') for part in match["parameters"].split(";")}


def _unpacked(match: re.Match[str]) -> bytes | None:
    """The bytes of a property that is written in others; None where it is plain."""
    said = said_of(match)
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
