"""Dates as people write them: what has one reading is read, what has two is asked about.

03/04/1980 is the third of April or the fourth of March; which, somebody says once for the file.
Two digits of a year are no year that is stored. The age gate asks more loosely, of whatever could
be a date: between which days it lies by each reading (`spans`).
"""

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from django.utils import timezone

from crm.enums import DateOrder

Span = tuple[date, date]
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar jan jänner janvier janv", "february februar feb février fevrier",
            "march märz maerz mar mär mrz mars", "april apr avril avr", "may mai",
            "june juni jun juin", "july juli jul juillet", "august aug août aout",
            "september sep sept septembre", "october oktober oct okt octobre",
            "november nov novembre", "december dezember dec dez décembre decembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
ROMAN = {
    name: number
    for number, name in enumerate("i ii iii iv v vi vii viii ix x xi xii".split(), start=1)
}
# A time behind the day is midnight's, or nobody's business.
TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AP]M)?(?:Z|[+-]\d{2}:?\d{2})?)?"


def _ways(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern + TIME, re.IGNORECASE)


YEAR_FIRST = _ways(r"(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.)(\d{1,2})")
COMPACT = _ways(r"(\d{4})(\d{2})(\d{2})")
CHINESE = _ways(r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?[日號号]")
DOTTED = _ways(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")
NUMBERS = _ways(r"(\d{1,2})(?:/(\d{1,2})/|-(\d{1,2})-)(\d{4})")
DAY_NAMED = _ways(r"(\d{1,2})(?:st|nd|rd|th|\.)?[ -]([^\W\d]+)\.?,?[ -](\d{4})")
MONTH_NAMED = _ways(r"([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")


def readings(text: str, *, order: str = "") -> list[date]:
    """Every day that this may mean, each once; `order` is how the file writes its numbers."""
    text = _arabic(text)
    found: list[date | None] = []
    for pattern, read in ORDERED:
        if match := pattern.fullmatch(text):
            found.append(read(*[part for part in match.groups() if part is not None]))
    if match := NUMBERS.fullmatch(text):
        first, second, year = [part for part in match.groups() if part is not None]
        if order != DateOrder.MONTH_FIRST:
            found.append(_day(year, second, first))
        if order != DateOrder.DAY_FIRST:
            found.append(_day(year, first, second))
    return sorted({day for day in found if day is not None})


def _day(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _named(year: str, month: str, day: str) -> date | None:
    return _day(year, MONTHS.get(month.casefold(), 0), day)


ORDERED: tuple[tuple[re.Pattern[str], Callable[..., date | None]], ...] = (
    (YEAR_FIRST, _day),
    (COMPACT, _day),
    (CHINESE, _day),
    # Whoever writes points writes the day first.
    (DOTTED, lambda day, month, year: _day(year, month, day)),
    (DAY_NAMED, lambda day, month, year: _named(year, month, day)),
    (MONTH_NAMED, lambda month, day, year: _named(year, month, day)),
)


# --- numerals -----------------------------------------------------------------------------------

DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "○": 0, "两": 2, "兩": 2,
}  # fmt: skip
TENS = {"廿": 20, "卅": 30}
NUMERAL = re.compile("[" + "".join([*DIGITS, *TENS, "十百"]) + "]+")
# Year 1 of the Republic of China is 1912.
REPUBLIC = re.compile(
    r"(?:中華)?(?:民國|民国|\broc\b|\bminguo\b)\s*(元|\d{1,3})\s*(?=\D|\Z)", re.I
)


def _arabic(text: str) -> str:
    """In narrow Western digits, with one space between words and the years of our era."""
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    if text.isascii() and "c" not in text and "C" not in text and "guo" not in text:
        return text
    text = in_digits(text)
    return REPUBLIC.sub(lambda m: str(1911 + (1 if m[1] == "元" else int(m[1]))), text)


def in_digits(text: str) -> str:
    """Chinese numerals below a thousand, and digits one by one, as Western digits."""
    return NUMERAL.sub(lambda found: _number(found[0]), text)


def _number(signs: str) -> str:
    if not set(signs) & {"十", "百", *TENS}:
        return "".join(str(DIGITS[sign]) for sign in signs)
    total = current = 0
    for sign in signs:
        if sign in TENS:
            total += TENS[sign]
        elif sign in "十百":
            total += (current or 1) * (10 if sign == "十" else 100)
            current = 0
        else:
            current = DIGITS[sign]
    return str(total + current)


# --- no date ------------------------------------------------------------------------------------

# What stands in a cell of whom nobody knows the date.
NO_DATE = frozenset(
    """
    n/a|na|#n/a|n.a.|n. a.|nan|nat|none|null|nil|nul|void|unknown|not known|unspecified|undefined
    not set|not given|not available|not applicable|not provided|not specified|not stated|not disclosed
    not recorded|not known|no date|no data|no entry|no birthday|no dob|blank|empty|missing|tba|tbc|tbd|false|no
    private|secret|confidential|prefer not to say|not disclosed|invalid date|#ref!|#value!|#name?
    #null!|#num!|#div/0!|(none)|(null)|(blank)|(empty)|[null]|<null>|(not set)|\\n
    unbekannt|nicht bekannt|nicht angegeben|nicht verfügbar|nicht gesetzt|keine|keines|keins|kein
    keine angabe|keine angaben|kein datum|kein geburtstag|k.a.|k. a.|k.a|ka|k/a|o.a.|ohne angabe|leer
    fehlt|entfällt|offen|nein|ohne|nicht vorhanden|#nv|#wert!|#bezug!
    inconnu|inconnue|non renseigné|non communiqué|non précisé|non spécifié|aucun|aucune|vide|s.o.|n.c.
    無|无|沒有|没有|不詳|不详|未知|未填|未填寫|未填写|未提供|未設定|未设定|不明|不知|不適用|不适用|空|空白|暫無
    暂无|待補|待补|保密|無資料|无资料|沒有資料|没有资料|否
    """.strip().replace("\n", "|").replace("    ", "").split("|")
)  # fmt: skip
TEMPLATE = re.compile(
    r"(?:d{1,2}|m{1,4}|y{1,4}|t{1,2}|j{2,4}|a{2,4}|x+|[日月年號号]+|mon|day|month|year|tag|monat|jahr)\Z"
)
CLOCK = re.compile(
    r"(?:(?<=\d)t|(?<=\d) |\A|\b)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"
    r"(?: ?(?:[ap]\.?m\b\.?|uhr|上午|下午))?"
    r" ?(?:z\b|utc|gmt|cest|cet|hkt)?(?: ?[+-]\d{2}:?\d{2}\b)?|(?<=\d{8})t\d{2,6}z?"
)


def is_blank(text: str) -> bool:
    """Whether it stands for no date at all: zeros and signs alone, a placeholder, a pattern."""
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if text in NO_DATE or text.strip(" .!?()[]{}<>-–—*\"'") in NO_DATE:
        return True
    text = _without_clock(text)
    if not re.search(r"[^\W0_]", text):
        return True
    words = re.findall(r"[^\W_]+", text)
    return (len(words) > 1 or len(text) > 1) and all(TEMPLATE.match(word) for word in words)


def _without_clock(text: str) -> str:
    return CLOCK.sub(" ", text).strip()


# --- the days between which it lies -------------------------------------------------------------

# `2016年5月`, `80年5月4日`.
OF_YEAR = re.compile(r"(\d{2,4}) ?年 ?(?:生|(\d{1,2}) ?月 ?(?:(\d{1,2}) ?[日號号]?)?)?")
OF_MONTH = re.compile(r"\D*\d{1,2} ?月 ?\d{1,2} ?[日號号]?\D*")
DECADE = re.compile(r"\b(\d{3})0 ?['’]?(?:s\b|er\b|年代)|\b(\d{3})x\b")
# “After 1990” has no youngest day.
OPEN = re.compile(r"\b(?:after|since|later|nach|seit|après|depuis)\b|>|以後|以后|之後|之后")
UNSAID = re.compile(r"-{1,3}\d{1,2}(?:-?\d{1,2})?(?:t.*)?")
FRACTION = re.compile(r"(-?\d+)[.,]\d+")
FIRST_SERIAL = date(1899, 12, 30)


def spans(text: str, *, on: date, order: str = "") -> list[Span] | None:
    """First and last day that each reading allows; none for what cannot be read or is to come.

    None instead of a list: this says nothing of a year.
    """
    if exact := readings(text, order=order):
        return [(day, day) for day in exact if day <= on]
    text = _arabic(text.casefold())
    if is_blank(text) or UNSAID.fullmatch(text):
        return None
    if order and NUMBERS.fullmatch(text) and readings(text):
        # The order was said, and this is no date in it.
        return []
    text = _without_clock(text)
    found = [] if OPEN.search(text) else _spans(text, order)
    return None if found is None else sorted({span for span in found if span[0] <= on})


def _spans(text: str, order: str) -> list[Span] | None:
    whole = FRACTION.fullmatch(text)
    digits = whole[1] if whole and len(whole[1]) >= 4 else text
    if re.fullmatch(r"-?\d+", digits):
        return list(_of_digits(digits))
    if match := DECADE.search(text):
        first = int(match[1] or match[2]) * 10
        return [*_year(first), *_year(first + 9)]
    if match := OF_YEAR.search(text):
        parts = [int(part or 0) for part in match.groups()[1:]]
        return [span for year in _years(match[1]) for span in _span(year, *parts)]
    if OF_MONTH.fullmatch(text):
        return None
    tokens = re.findall(r"\d+|[^\W\d_]+", text)
    numbers = [token for token in tokens if token.isdigit()]
    month = _month(tokens)
    if month:
        found = _with_month(month, numbers, is_close=bool(re.search(r"[^\W\d_]-\d|['’]\d", text)))
    else:
        is_bare = not any(_is_between(tokens))
        found = _without_month(numbers, order, is_bare=is_bare)
    if found == [] and len(numbers) != 3 and not month:
        # Whatever else it is, a year stands in it.
        found = [span for number in numbers if len(number) == 4 for span in _year(int(number))]
    return found


def _month(tokens: Sequence[str]) -> int:
    """The month that is named, in letters or between two numbers in Roman ones."""
    for token in tokens:
        if token in MONTHS:
            return MONTHS[token]
    for (before, token), (_same, after) in pairwise(pairwise(tokens)):
        if token in ROMAN and before.isdigit() and after.isdigit():
            return ROMAN[token]
    return 0


def _is_between(tokens: Sequence[str]) -> Iterator[bool]:
    """Whether words that may name a month in some language stand between numbers."""
    at = [place for place, token in enumerate(tokens) if token.isdigit()]
    for first, second in pairwise(at):
        yield second > first + 1


def _with_month(month: int, numbers: Sequence[str], *, is_close: bool) -> list[Span] | None:
    whole = [number for number in numbers if len(number) == 4]
    short = [number for number in numbers if len(number) <= 2]
    if whole:
        # A name that stands for a month, a number that may be its day.
        found = [
            span
            for year in whole
            for day in short or ["0"]
            for span in _span(int(year), month, int(day))
        ]
        return found or None if not any(map(int, whole)) else found
    if len(short) >= 2:
        return [
            span
            for first, second in pairwise(short)
            for day, years in ((first, _years(second)), (second, _years(first)))
            for year in years
            for span in _span(year, month, int(day))
        ]
    if short and (is_close or int(short[0]) > 31):
        return [span for year in _years(short[0]) for span in _span(year, month, 0)]
    return None


def _without_month(numbers: Sequence[str], order: str, *, is_bare: bool) -> list[Span] | None:
    if len(numbers) == 1:
        (number,) = numbers
        # A sign before it, a word beside it.
        return list(_of_digits(number)) if len(number) != 1 else []
    if len(numbers) == 2:
        return _of_two(numbers[0], numbers[1], is_bare=is_bare)
    found: list[Span] = []
    for three in zip(numbers, numbers[1:], numbers[2:], strict=False):
        for place in (0, 2) if not any(len(n) == 4 for n in three) else (0, 1, 2):
            if any(len(n) == 4 for n in three) and len(three[place]) != 4:
                continue
            first, second = (n for at, n in enumerate(three) if at != place)
            if len(three[place]) == 4 and not int(three[place]):
                return None
            if len(first) > 2 or len(second) > 2:
                continue
            ways = {(first, second), (second, first)}
            if place == 2 and order == DateOrder.DAY_FIRST:
                ways = {(second, first)}
            elif place == 2 and order == DateOrder.MONTH_FIRST:
                ways = {(first, second)}
            for year in _years(three[place]):
                for month, day in ways:
                    found += _span(year, int(month), int(day))
    return found


def _of_two(first: str, second: str, *, is_bare: bool) -> list[Span] | None:
    for year, other in ((first, second), (second, first)):
        if len(year) == 4 and len(other) <= 2:
            if not int(year):
                return None
            if is_bare and int(other) <= 12:
                return list(_span(int(year), int(other), 0))
            # A school year, or a day whose month is a word that nobody knows here.
            later = [y for y in _years(other) if int(year) < y <= int(year) + 1]
            return [span for y in (int(year), *later) for span in _year(y)]
    if len(first) > 2 or len(second) > 2:
        return []
    low, high = sorted((int(first), int(second)))
    if high <= 31:
        # A day and a month.
        return None if low <= 12 else []
    months = [int(n) for n in (first, second) if int(n) <= 12]
    return [span for m in months for year in _years(f"{high:02}") for span in _span(year, m, 0)]


def _years(number: str) -> list[int]:
    """The years that these digits may be: of two, of any century that lives; of three, the Republic's."""
    value = int(number)
    if len(number) == 4:
        return [value]
    if len(number) == 3:
        return [1911 + value]
    return [1900 + value, 2000 + value] if len(number) == 2 else []


def _year(year: int) -> Iterator[Span]:
    yield from _span(year, 0, 0)


def _span(year: int, month: int, day: int) -> Iterator[Span]:
    """The days of it, where month or day is 0 for one that is not said."""
    if not 1000 <= year <= 2999 or month > 12:
        return
    if not month:
        yield date(year, 1, 1), date(year, 12, 31)
    elif not day:
        yield date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    elif whole := _day(year, month, day):
        yield whole, whole


def _of_digits(text: str) -> Iterator[Span]:
    """What one number may be: a year, a date without signs, a spreadsheet's day, a moment."""
    number, length = int(text), len(text.lstrip("-"))
    if text.startswith("-"):
        if length >= 9:
            yield from _moment(number, is_fine=length >= 11)
        return
    if length == 2:
        for year in _years(text):
            yield from _year(year)
    elif length == 3:
        yield from _year(1911 + number)
    elif length == 4:
        yield from _year(number)
    elif length == 5:
        yield from _whole(FIRST_SERIAL + timedelta(days=number))
    elif length in {6, 7, 8}:
        yield from _compact(text)
    elif length in {12, 14} and (day := _day(text[:4], text[4:6], text[6:8])):
        yield from _whole(day)
    elif 9 <= length <= 13:
        yield from _moment(number, is_fine=length >= 11)


def _compact(text: str) -> Iterator[Span]:
    if len(text) == 6:
        yield from _span(int(text[:4]), int(text[4:]), 0)
        pairs = text[:2], text[2:4], text[4:]
        for year, month, day in (pairs, (pairs[2], pairs[1], pairs[0]), (pairs[2], *pairs[:2])):
            for full in _years(year):
                if int(month) and int(day):
                    yield from _span(full, int(month), int(day))
        return
    if len(text) == 7:
        yield from _span(1911 + int(text[:3]), int(text[3:5]), int(text[5:]))
        text = f"0{text}"
    year, first, second = int(text[4:]), int(text[:2]), int(text[2:4])
    yield from _span(year, second, first)
    yield from _span(year, first, second)
    if int(text[:4]):
        yield from _span(int(text[:4]), int(text[4:6]), int(text[6:]))


def _moment(number: int, *, is_fine: bool) -> Iterator[Span]:
    """Seconds or, finer, milliseconds since 1970, on the office's calendar."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        seconds=number // 1000 if is_fine else number
    )
    yield from _whole(moment.astimezone(timezone.get_current_timezone()).date())


def _whole(day: date) -> Iterator[Span]:
    yield day, day


def month_of(text: str) -> int:
    """The month of a column that holds nothing else; 0 where it is not said."""
    tokens = re.findall(r"\d+|[^\W\d_]+", _arabic(text.casefold()))
    numbers = [int(token) for token in tokens if token.isdigit()]
    number = _month(tokens) or (numbers[0] if numbers else 0)
    return number if number <= 12 else 0
