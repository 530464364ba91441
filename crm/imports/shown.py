"""A cell as its workbook shows it: the number format counts, as far as it says something.

Leading zeros, signs and words of a format are part of what people see and mean. Thousands
separators and the zeros behind a whole number are not: a telephone number is none of its worse
for them. Dates are written as ISO dates, however the workbook dresses them.
"""

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

GENERAL = "General"
# The built-in dates of East Asian programs, whose formats no file writes out.
BUILTIN_DATES = {*range(27, 37), *range(50, 59)}
# Above it a program that calculates no longer knows each digit.
EXACT = 2**53
LOCALE = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
BRACKETS = re.compile(r"\[(?!hh?\]|mm?\]|ss?\])[^\]]*\]", re.IGNORECASE)
# Sections that choose by amount are for money and other countries' numbers.
CONDITION = re.compile(r"\[[<>=]")
TOKEN = re.compile(r'"([^"]*)"|\\(.)|[_*](.)|([0#?])|([.,%])|([Ee][+-][0#?]+)|(@)|(.)', re.DOTALL)


def format_of(number: int, own: dict[int, str]) -> str:
    """The format under this number: the workbook's own, or one that every program knows."""
    if number in own:
        return own[number]
    return "yyyy-mm-dd" if number in BUILTIN_DATES else BUILTIN_FORMATS.get(number, GENERAL)


def text(value: str, pattern: str) -> str:
    """A text under its format, which may put words around it."""
    if "@" not in pattern or pattern == "@":
        return value
    section = _sections(pattern)[-1]
    around = "".join(
        value if at else quoted or escaped or literal or ""
        for quoted, escaped, _space, _digit, _mark, _power, at, literal in TOKEN.findall(section)
    )
    return around if value in around else value


def number(raw: str, pattern: str, *, since_1904: bool) -> str:
    """A number, or a day, under its format."""
    try:
        value = Decimal(raw)
    except InvalidOperation:
        return raw
    if not value.is_finite():
        return raw
    if is_date_format(pattern):
        day = _day(float(value), pattern, since_1904=since_1904)
        return _plain(value, raw) if day is None else day
    if pattern in {GENERAL, "@"} or CONDITION.search(pattern):
        return _plain(value, raw)
    sections = _sections(pattern)
    negative = value < 0
    section = sections[0]
    if negative and len(sections) > 1:
        section, negative = sections[1], False
    elif not value and len(sections) > 2:
        section = sections[2]
    dressed = _dressed(abs(value), section, raw)
    return f"-{dressed}" if negative and dressed.strip("0.") else dressed


@lru_cache(maxsize=500)
def _sections(pattern: str) -> tuple[str, ...]:
    """The formats for what is above, below and at zero; without colours and conditions."""
    plain = BRACKETS.sub("", LOCALE.sub(lambda found: f'"{found[1]}"', pattern))
    parts, start, quoted, at = [], 0, False, 0
    while at < len(plain):
        if plain[at] == '"':
            quoted = not quoted
        elif plain[at] == "\\" and not quoted:
            at += 1
        elif plain[at] == ";" and not quoted:
            parts.append(plain[start:at])
            start = at + 1
        at += 1
    return (*parts, plain[start:])


def _plain(value: Decimal, raw: str) -> str:
    """Each digit of a whole number, however the file writes it; of another, what is exact."""
    if value == value.to_integral_value():
        return str(int(value)) if abs(value) < EXACT or raw.lstrip("-").isdigit() else raw
    return f"{float(value):.15g}"


def _dressed(value: Decimal, section: str, raw: str) -> str:
    tokens = TOKEN.findall(section)
    if any(power for *_others, power, _at, _literal in tokens) or "/" in section:
        # Scientific notation loses the digits that the cell holds; a fraction is none of ours.
        return _plain(value, raw)
    places = [i for i, token in enumerate(tokens) if token[3]]
    if not places:
        if GENERAL.casefold() in section.casefold() or "@" in section or not section.strip():
            return _plain(value, raw)
        return "".join(quoted or escaped or literal for quoted, escaped, *_o, literal in tokens)
    points = [i for i, token in enumerate(tokens) if token[4] == "."]
    point = points[0] if points else places[-1] + 1
    value *= 100 ** sum(token[4] == "%" for token in tokens)
    last = places[-1]
    scaling = 0
    for token in tokens[last + 1 :]:
        if token[4] != ",":
            break
        scaling += 1
    value /= 1000**scaling
    decimals = sum(i > point for i in places)
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    whole, _dot, rest = f"{rounded:f}".partition(".")
    rest = "" if not rest.strip("0") else rest
    return _filled(tokens, [i for i in places if i < point], whole, rest, point)


def _filled(
    tokens: list[tuple[str, ...]], places: list[int], whole: str, rest: str, point: int
) -> str:
    """The digits in their places, from the right; what has no place stands before the first."""
    digits = "" if whole == "0" else whole
    given: dict[int, str] = {}
    for i in reversed(places):
        if digits:
            given[i], digits = digits[-1], digits[:-1]
        else:
            given[i] = "0" if tokens[i][3] == "0" else ""
    if places:
        given[places[0]] = digits + given[places[0]]
    shown: list[str] = []
    for i, (quoted, escaped, _space, digit, mark, _power, _at, literal) in enumerate(tokens):
        if digit:
            shown.append(given.get(i, ""))
        elif i == point and mark == "." and rest:
            shown.append("." + rest)
        elif mark == "%":
            shown.append("%")
        else:
            shown.append(quoted or escaped or literal)
    return "".join(shown).strip()


def _day(value: float, pattern: str, *, since_1904: bool) -> str | None:
    """The day or the time of day; None where no calendar has it."""
    epoch = CALENDAR_MAC_1904 if since_1904 else CALENDAR_WINDOWS_1900
    try:
        found = from_excel(value, epoch, timedelta=is_timedelta_format(pattern))
    except (OverflowError, ValueError):
        return None
    bare = re.sub(r'"[^"]*"|\[\$[^\]]*\]', "", pattern).casefold()
    if isinstance(found, timedelta):
        seconds = round(found.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(found, datetime):
        shows_time = "h" in bare or "s" in bare
        if not shows_time or found.time() == time.min:
            return found.date().isoformat()
        return found.isoformat()
    if isinstance(found, time) and not ("h" in bare or "s" in bare):
        # Below the first day of the calendar there is none.
        return None
    return found.isoformat() if isinstance(found, date | time) else None
