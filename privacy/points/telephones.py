"""Telephone numbers: every reading of one, and the numbers that a text holds.

Only what is one number is ever stored, in E.164 where a reading is valid; but every number that
can be found in a text is asked about: between words of any script, before an extension, beside
another number, behind another country's dialling prefix, and as a spreadsheet or program left it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache, lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

from privacy.points.spelling import lined, plain

# Where a number without a country code is at home when the row does not say.
HOME_COUNTRY = "HK"
TRUNK_ZERO = re.compile(r"^\s*((?:\+|00)\s*\d{1,3}[\s.\-]*)\(\s*0\s*\)")
# E.164 has fifteen digits; a dialling prefix may stand before them.
FEWEST, MOST = 5, 15
# How an extension is written behind its number.
EXTENSION = " ext. "
MOST_GROUPS = 10
SHORTEST_JOINED = 7
# A short second number: 2555 0140 / 41.
LONGEST_TAIL = 5
HAN_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
HAN_RUN = re.compile(r"[〇零一二三四五六七八九][〇零一二三四五六七八九 -]{5,}")
# Signs that stand for a plus or a hyphen; NFKC leaves them.
SIGNS = str.maketrans(dict.fromkeys("‐‑‒–—―−ー－·•・･∙_~*", "-"))
PLUS = re.compile(r"[+\uff0b\u207a](?:[\s(]*[+\uff0b\u207a])*\s*(?=[\s(\[]*\d)")
# A run of digits as numbers are written, and the extension behind it.
NUMBER = re.compile(
    r"(?P<run>\+?[\s(\[]*\d(?:[\s().\[\]/-]*\d)*)"
    r"(?:[\s,;(\[]*(?:;?ext(?:ension|\.|n\.?)?|(?<![^\W\d])x|xtn\.?|#|durchwahl|dw\b|nebenstelle|app(?:arat)?\b|"
    r"poste|interno?\b|int\.|anexo|ramal|доб(?:авочный)?|toestel|wew\.?|klapka|linje|內線|内線|内线|"
    r"分機|分机|轉|转)[\s.:=]*(?P<extension>\d{1,7})(?!\d)[)\]]?)?",
    re.IGNORECASE,
)
# Most of all cells: one number, in which no second one can hide.
SIMPLE = re.compile(r"(?:\+|[2-9])\d(?:[ -]?\d){4,10}")
CODE = re.compile(r"[(\[]?\s*(?:\+|00)\s*\d{1,4}\s*[)\]]?")
# What stands between a number and a second one that is written short.
APART = re.compile(r"[,;|&/、，；+]|or|and|und|oder|bzw\.?|y|et|ou|或|及|和|與|与", re.IGNORECASE)
SCIENTIFIC = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(?:e\s*\+?\s*|[x×*-]\s*10\s*\^?\s*\+?)(\d{1,3})\Z", re.IGNORECASE
)
# What a spreadsheet makes of a number that it takes for an amount.
AMOUNT = re.compile(r"(\+?\d{5,})[.,]0+\Z")
GROUPED = re.compile(r"\d{1,3}(?:[,'’]\d{3}){2,}(?:\.0+)?\Z")
NO_DIGITS = re.compile(r"[^0-9]+")
QUOTES = "'\"`´‘’“”= "


def phone_forms(value: str, country: str = "") -> tuple[str, ...]:
    """Every reading of what is one number that is valid, in E.164, most literal first.

    Where none is: its digits, with the plus sign that was written.
    """
    text = plain(value)
    if text[:4].casefold() == "tel:":
        text = text[4:]
    # "+44 (0) 20 …": the zero is dialled at home alone, and no part of the number.
    text = TRUNK_ZERO.sub(r"\1", text)
    if found := _valid_readings(text, country):
        return found
    digits = _digits(text)
    if not digits:
        return ()
    return (f"+{digits}",) if text.startswith("+") else (digits,)


def _readings(text: str, country: str) -> Iterator[tuple[str, str | None]]:
    """What was written, with the region in which it may be at home; most literal first."""
    if text.startswith("+"):
        yield text, None
        return
    digits = _digits(text)
    if digits.startswith("00"):
        yield f"+{digits[2:]}", None
    if country:
        yield text, country
    yield text, HOME_COUNTRY
    # A number written with its country code but without the plus sign.
    yield f"+{digits}", None


# As many as a part of an import or a sweep has in hand.
@lru_cache(maxsize=4_000)
def _valid_readings(text: str, country: str) -> tuple[str, ...]:
    return tuple(_valid(_readings(text, country)))


def _valid(readings: Iterable[tuple[str, str | None]]) -> dict[str, None]:
    found: dict[str, None] = {}
    for written, region in readings:
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            found[phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)] = None
    return found


def asked_forms(value: str, country: str = "") -> tuple[str, ...]:
    """Every form by which the suppression file is asked about this text, whatever stands in it."""
    found = dict.fromkeys(phone_forms(value, country))
    if SIMPLE.fullmatch(value) and (is_valid(value, country) or value[0] == "+"):
        return tuple(found)
    # As version 1 stored what was no number.
    if digits := _digits(plain(value)):
        found.setdefault(digits)
    text = _readable(value)
    if match := SCIENTIFIC.fullmatch(text):
        text = f"{Decimal(match[1].replace(',', '.')).scaleb(int(match[2])):.0f}"
    runs = [run for run, _extension, _gap in _runs(text)]
    for piece in dict.fromkeys(_pieces(runs, country)):
        found |= dict.fromkeys(_valid_readings(piece, country))
        found |= _valid((f"+{rest}", None) for rest in _behind_prefixes(_digits(piece)))
    return tuple(found)


def numbers_in(value: str, country: str = "") -> list[str]:
    """Every number that this text holds, as it is to be written, with its extension; each once.

    One that a spreadsheet shortened is none: its digits are lost. Each is found again as it is.
    """
    found: dict[str, None] = {}
    for one in _numbers_in(value, country):
        again = [one] if one == value else _numbers_in(one, country)
        if len(again) == 1 and (again == [one] or _numbers_in(again[0], country) == again):
            found[again[0]] = None
    return list(found)


def _numbers_in(value: str, country: str) -> list[str]:
    if SIMPLE.fullmatch(value) and (is_valid(value, country) or value[0] == "+"):
        return [value] if value.strip("+0 -") else []
    text = _readable(value)
    if is_shortened(text):
        return []
    found: dict[str, str] = {}
    last = ""
    for run, extension, gap in _runs(text):
        if last and _is_tail(run, last) and APART.fullmatch(gap.strip()):
            numbers = [_completed(last, run)]
        else:
            numbers = _parted(run, country)
        for number in numbers:
            whole = f"{number}{EXTENSION}{extension}" if extension else number
            found.setdefault(phone_forms(number, country)[0], whole)
            last = number
    return list(found.values())


def is_shortened(value: str) -> bool:
    """Whether a spreadsheet left only the beginning of this number: 8.52511E+11."""
    return bool(SCIENTIFIC.search(_readable(value)))


def parts_of(run: str) -> set[str]:
    """Whatever of a run of digits may be a number of its own, or one behind a prefix."""
    parts = {*run.split("/"), *_windows(run.replace("/", " ").split())}
    return parts | {*_behind_prefixes(_digits(run))}


def _readable(value: str) -> str:
    """The text with its digits and signs made plain, and what a spreadsheet did to it undone."""
    text = lined(value).translate(SIGNS)
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
        text = HAN_RUN.sub(lambda match: match.group().translate(HAN_DIGITS), text)
    text = PLUS.sub("+", text.strip(QUOTES))
    if match := AMOUNT.fullmatch(text):
        text = match[1]
    elif GROUPED.fullmatch(text):
        text = _digits(text.partition(".")[0])
    return TRUNK_ZERO.sub(r"\1", text)


def _runs(text: str) -> Iterator[tuple[str, str, str]]:
    """(run of digits, its extension, what stands before it), one after the other."""
    end, code = 0, ""
    for match in NUMBER.finditer(text):
        run, gap = " ".join(match["run"].split()), text[end : match.start()]
        end = match.end()
        if code and APART.fullmatch(gap.strip()):
            yield code, "", ""
        elif code:
            run = f"{code} {run}"
        code = ""
        if CODE.fullmatch(run) and not match["extension"]:
            # A country's code, its name behind it, and only then the number: +44 (UK) 20 …
            code = run
            continue
        yield TRUNK_ZERO.sub(r"\1", run), match["extension"] or "", gap
    if code:
        yield code, "", ""


def _pieces(runs: Sequence[str], country: str) -> Iterator[str]:
    """Whatever of these runs may be a number: alone, part by part, and all of them as one."""
    last = ""
    for run in runs:
        parts = [part for part in run.split("/") if part.strip()]
        for part in dict.fromkeys([run.replace("/", " "), *parts]):
            yield part
            if not is_valid(part, country):
                yield from _windows(part.split())
                yield from _cuts(_digits(part))
            if last and _is_tail(part, last):
                yield _completed(last, part)
            last = part if len(_digits(part)) >= FEWEST else last
    if len(runs) > 1:
        yield " ".join(runs)


def _windows(groups: Sequence[str]) -> Iterator[str]:
    """Each row of neighbouring groups: 2555 0140 2555 0141."""
    if len(groups) <= MOST_GROUPS:
        for start in range(len(groups)):
            for end in range(start + 1, len(groups) + 1):
                yield " ".join(groups[start:end])


def _cuts(digits: str) -> Iterator[str]:
    """Two numbers that some program joined."""
    if 2 * SHORTEST_JOINED <= len(digits) <= 2 * MOST:
        for at in range(SHORTEST_JOINED, len(digits) - SHORTEST_JOINED + 1):
            yield digits[:at]
            yield digits[at:]


def _parted(run: str, country: str) -> list[str]:
    """The numbers of one run: one where it is valid as a whole, else those that its parts are."""
    parts = [part.strip() for part in run.split("/") if part.strip()]
    if len(parts) == 1 or len(_digits(parts[0])) < FEWEST:
        return _grouped(run, country)
    if is_valid(run, country) and not all(is_valid(part, country) for part in parts):
        return [run]
    found: list[str] = []
    for part in parts:
        if found and _is_tail(part, found[-1]):
            found.append(_completed(found[-1], part))
        else:
            found += _grouped(part, country)
    return found


def _grouped(run: str, country: str) -> list[str]:
    if is_valid(run, country):
        return [run]
    if len(parts := _partition(run.split(), country)) > 1:
        return parts
    head = run.partition("(")[0].strip()
    if head and is_valid(head, country):
        # What follows in brackets are hours, or a second thought.
        return [head]
    digits = _digits(run)
    if not digits.strip("0"):
        # Zeros stand for no number.
        return []
    if FEWEST <= len(digits) <= MOST or any(_valid_behind_prefixes(digits)):
        return [run]
    return []


def _partition(groups: Sequence[str], country: str) -> list[str]:
    """These groups as valid numbers one after the other; none where they are not."""
    if len(groups) > MOST_GROUPS:
        return []
    for end in range(1, len(groups) + 1):
        first = " ".join(groups[:end])
        if len(_digits(first)) >= FEWEST and is_valid(first, country):
            if end == len(groups):
                return [first]
            if rest := _partition(groups[end:], country):
                return [first, *rest]
    return []


def is_valid(text: str, country: str = "") -> bool:
    """Whether any reading of this text as one number is a valid one."""
    return bool(_valid_readings(text, country))


def _is_tail(run: str, number: str) -> bool:
    """Whether this may be the end of a second number, of which the beginning is not repeated."""
    digits = _digits(run)
    return (
        "+" not in run and 0 < len(digits) <= LONGEST_TAIL and len(digits) < len(_digits(number))
    )


def _completed(number: str, tail: str) -> str:
    """The first number with its last digits replaced."""
    digits = _digits(number)
    whole = digits[: -len(_digits(tail))] + _digits(tail)
    return f"+{whole}" if number.startswith("+") else whole


@cache
def _prefixes() -> tuple[re.Pattern[str], ...]:
    """What is dialled before a country's code, in any country of the world."""
    regions = (PhoneMetadata.metadata_for_region(r) for r in phonenumbers.SUPPORTED_REGIONS)
    found = {region.international_prefix for region in regions if region}
    return tuple(re.compile(f"(?:{prefix})") for prefix in sorted(filter(None, found)))


def _behind_prefixes(digits: str) -> Iterator[str]:
    if len(digits) > SHORTEST_JOINED + 2 and digits[0] in "0189":
        ends = {match.end() for prefix in _prefixes() if (match := prefix.match(digits))}
        yield from (digits[end:] for end in sorted(ends))
        if digits.startswith("0"):
            yield digits.lstrip("0")


def _valid_behind_prefixes(digits: str) -> dict[str, None]:
    return _valid((f"+{rest}", None) for rest in _behind_prefixes(digits))


def national_forms(e164: str) -> tuple[str, ...]:
    """The digits of a valid number as they are written at home: with and without a trunk zero."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return ()
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return tuple({_digits(written), phonenumbers.national_significant_number(number)})


def _digits(text: str) -> str:
    if text.isascii():
        return NO_DIGITS.sub("", text)
    return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())
