"""Normal forms of contact points, fixed and versioned (DESIGN 7; law P4).

One spelling for every way of writing the same e-mail address, telephone number or profile link.
No provider's tricks (dots, plus-tags): those may be two people. A changed rule is a new version.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import idna
import phonenumbers

from privacy.enums import PointKind

NORM_VERSION = 1
# Where a number without a country code is at home when the row does not say.
HOME_COUNTRY = "HK"
TRUNK_ZERO = re.compile(r"^\s*((?:\+|00)\s*\d{1,3}[\s.\-]*)\(\s*0\s*\)")


@dataclass(frozen=True, slots=True)
class Point:
    """A contact point as somebody wrote it; `country` helps to read a telephone number."""

    kind: str
    value: str
    country: str = ""


def normal_form(point: Point) -> str:
    """The one form that is stored and compared for equality; "" where nothing is left of it."""
    readings = normal_forms(point)
    return readings[0] if readings else ""


# As many as a part of an import or a sweep has in hand.
@lru_cache(maxsize=20_000)
def normal_forms(point: Point) -> tuple[str, ...]:
    """Every reading of the point; more than one for telephone numbers alone. All are asked."""
    match point.kind:
        case PointKind.EMAIL:
            form = _settled(email_form, point.value)
            return (form,) if form else ()
        case PointKind.PHONE:
            return phone_forms(point.value, point.country)
        case PointKind.LINK:
            form = _settled(link_form, point.value)
            return (form,) if form else ()
    raise ValueError("A contact point is an e-mail address, a telephone number or a link.")


def _settled(rule: Callable[[str], str], text: str) -> str:
    """Apply a rule until nothing changes: brackets within brackets, a scheme before a scheme."""
    before = None
    while text != before:
        before, text = text, rule(text)
    return text


def without_invisible(text: str) -> str:
    """Drop format and control characters: zero-width, direction marks, soft hyphens."""
    return "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cc"})


def folded(text: str) -> str:
    """NFKC, casefold, NFKC until nothing changes: idempotent, full-width becomes plain."""
    before = None
    while text != before:
        before = text
        text = unicodedata.normalize("NFKC", without_invisible(text))
        text = unicodedata.normalize("NFKC", text.casefold())
    return text


def email_form(value: str) -> str:
    """Local part folded; domain by IDNA's UTS-46, non-transitional, so faß.de is not fass.de."""
    text = unicodedata.normalize("NFKC", without_invisible(value)).strip()
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") :]
    text = text.strip("<>[]() \t\"'")
    if text[:7].casefold() == "mailto:":
        text = text[7:].split("?", 1)[0]
    text = text.strip("<>[]() \t\"'")
    local, at, domain = text.rpartition("@")
    if not at:
        return folded(text).strip()
    domain = domain.strip().rstrip(".")
    return f"{folded(local).strip()}@{_host(domain)}"


def phone_forms(value: str, country: str = "") -> tuple[str, ...]:
    """Every reading that is a valid number, in E.164, most literal first; else the digits."""
    text = unicodedata.normalize("NFKC", without_invisible(value)).strip()
    if text[:4].casefold() == "tel:":
        text = text[4:]
    # "+44 (0) 20 …": the zero is dialled at home alone, and no part of the number.
    text = TRUNK_ZERO.sub(r"\1", text)
    found: list[str] = []
    for written, region in _phone_readings(text, country):
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            form = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            if form not in found:
                found.append(form)
    if found:
        return tuple(found)
    digits = re.sub(r"\D", "", text)
    return (digits,) if digits else ()


def _phone_readings(text: str, country: str) -> Iterator[tuple[str, str | None]]:
    """What was written, with the region in which it may be at home; most literal first."""
    if text.startswith("+"):
        yield text, None
        return
    digits = re.sub(r"\D", "", text)
    if digits.startswith("00"):
        yield f"+{digits[2:]}", None
    if country:
        yield text, country
    yield text, HOME_COUNTRY
    # A number written with its country code but without the plus sign.
    yield f"+{digits}", None


def national_forms(e164: str) -> tuple[str, ...]:
    """The digits of a valid number as they are written at home: with and without a trunk zero."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return ()
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return tuple({re.sub(r"\D", "", written), phonenumbers.national_significant_number(number)})


def link_form(value: str) -> str:
    """Host without www and path without the last slash; scheme, query and fragment are dropped."""
    text = unicodedata.normalize("NFKC", without_invisible(value)).strip()
    text = re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*:)?/*", "", text)
    text = re.split(r"[?#]", text, maxsplit=1)[0]
    host, _slash, path = text.partition("/")
    host = _host(host.rpartition("@")[2].removeprefix("www."))
    return f"{host}/{folded(path)}".rstrip("/").strip()


def _host(domain: str) -> str:
    """The ASCII form of a domain; one that is none by the rules is compared as written."""
    try:
        return idna.encode(domain, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        # Lower-cased, never casefolded: ß and ss are two domains.
        return domain.lower()
