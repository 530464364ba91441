"""Address cards as vCard 4.0 (RFC 6350), one a person, folded at 75 octets."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from crm.enums import ExportColumn
from crm.exports.points import link, telephone, uri
from crm.exports.rows import Person
from crm.imports.cards import is_native, is_of_a_firm
from privacy.enums import PointKind

WIDEST = 75
BACKSLASH = "\\"
LANGUAGES = {"zh-hant": "zh-Hant"}


class Cards:
    """UTF-8 and CRLF, as the RFC demands."""

    content_type, suffix = "text/vcard; charset=utf-8", "vcf"

    def __init__(self, chosen: Sequence[str], *, at: datetime) -> None:
        self.chosen = set(chosen)
        self.revised = at.strftime("%Y%m%dT%H%M%SZ")

    def begin(self) -> bytes:
        return b""

    def add(self, people: Iterable[Person]) -> bytes:
        return b"".join(fold(line) for person in people for line in self._lines(person))

    def end(self) -> bytes:
        return b""

    def _lines(self, person: Person) -> Iterator[str]:
        yield from ("BEGIN:VCARD", "VERSION:4.0", "KIND:individual")
        # By it a later card of the same person is known again.
        yield f"UID:urn:uuid:{person.reference}"
        yield f"REV:{self.revised}"
        if ExportColumn.NAMES in self.chosen:
            yield f"FN:{escaped(person.display_name)}"
            yield from _names(person)
        else:
            # A card must have one.
            yield "FN:"
        for column, write in WRITTEN.items():
            if column in self.chosen:
                yield from write(person)
        yield "END:VCARD"


def _names(person: Person) -> Iterator[str]:
    """The same name in two scripts is one property in two representations (RFC 6350, 5.4)."""
    native = (person.native_family_name, person.native_given_name)
    latin = (person.latin_family_name, person.latin_given_name)
    pairs = [(said, pair) for said, pair in (("native", native), ("latin", latin)) if any(pair)]
    for script, (family, given) in pairs:
        alternative = ";ALTID=1" if len(pairs) > 1 else ""
        # Where the letters do not tell: a Latin name that stands in the place of the native one.
        told = "" if is_native(family + given) == (script == "native") else f";X-SCRIPT={script}"
        yield f"N{alternative}{told}:{escaped(family)};{escaped(given)};;;"


def _organisations(person: Person) -> Iterator[str]:
    for name in person.organisations:
        yield f"ORG:{escaped(name)}"


def _job_titles(person: Person) -> Iterator[str]:
    for title in person.job_titles:
        yield f"TITLE:{escaped(title)}"


def _roles(person: Person) -> Iterator[str]:
    for role in person.roles:
        yield f"ROLE:{escaped(role)}"


def _emails(person: Person) -> Iterator[str]:
    for value in person.points.get(PointKind.EMAIL, ()):
        yield f"EMAIL:{escaped(value)}"


def _telephones(person: Person) -> Iterator[str]:
    for value in person.points.get(PointKind.PHONE, ()):
        if number := uri(value):
            yield f"TEL;VALUE=uri:{number}"
        else:
            # Without a country code it is no global number, and no URI.
            yield f"TEL;VALUE=text:{escaped(telephone(value))}"


def _links(person: Person) -> Iterator[str]:
    for value in person.points.get(PointKind.LINK, ()):
        # A URI is not text: nothing in it is escaped, and it has no line of its own.
        written = "".join(c for c in link(value) if c.isprintable() and not c.isspace())
        # A site of a person's own, lest it be taken for that of the firm.
        kind = ";TYPE=home" if is_of_a_firm(written) else ""
        yield f"URL{kind}:{written.replace(BACKSLASH, '%5C')}"


def _address(person: Person) -> Iterator[str]:
    if any(person.address.values()):
        parts = [escaped(person.address[name]) for name in ("lines", "city", "region")]
        ends = [escaped(person.address[name]) for name in ("postcode", "country")]
        yield f"ADR:;;{';'.join([*parts, *ends])}"


def _language(person: Person) -> Iterator[str]:
    if person.language:
        yield f"LANG:{LANGUAGES.get(person.language, person.language)}"


def _birthday(person: Person) -> Iterator[str]:
    if person.born_on:
        yield f"BDAY:{person.born_on:%Y%m%d}"


WRITTEN: dict[str, Callable[[Person], Iterator[str]]] = {
    ExportColumn.ORGANISATION: _organisations,
    ExportColumn.JOB_TITLE: _job_titles,
    ExportColumn.ROLE: _roles,
    ExportColumn.EMAIL: _emails,
    ExportColumn.PHONE: _telephones,
    ExportColumn.LINK: _links,
    ExportColumn.ADDRESS: _address,
    ExportColumn.LANGUAGE: _language,
    ExportColumn.BORN_ON: _birthday,
}


def escaped(text: str) -> str:
    r"""A value of text: \ , ; and the end of a line are written with a backslash in front."""
    plain = "".join(c for c in text if c in "\t\r\n" or (ord(c) >= 32 and ord(c) != 127))
    for letter in "\\,;":
        plain = plain.replace(letter, f"\\{letter}")
    return plain.replace("\r\n", "\\n").replace("\r", "\\n").replace("\n", "\\n")


def fold(line: str) -> bytes:
    """The line in pieces of at most 75 octets, between characters and never within one."""
    pieces: list[bytes] = []
    piece, room = b"", WIDEST
    for letter in line:
        octets = letter.encode("utf-8", "replace")
        if len(piece) + len(octets) > room:
            pieces.append(piece)
            # The blank that continues a line counts too.
            piece, room = b"", WIDEST - 1
        piece += octets
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"
