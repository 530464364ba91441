"""Between which days a date may lie, by every reading of it: what the age gate asks (S113).

A year alone, a month of a year, two digits of one, the Republic's calendar, a spreadsheet's day, a
moment in seconds, a date among words: looser than what is stored (`days`), and never stored.
"""

import calendar
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from django.utils import timezone

from crm.enums import DateOrder
from crm.imports import days

Span = tuple[date, date]
ROMAN = {
    name: number
    for number, name in enumerate("i ii iii iv v vi vii viii ix x xi xii".split(), start=1)
}
# `2016年5月`, `80年5月4日`.
OF_YEAR = re.compile(r"(\d{2,4}) ?年 ?(?:生|(\d{1,2}) ?月 ?(?:(\d{1,2}) ?[日號号]?)?)?")
OF_MONTH = re.compile(r"\D*\d{1,2} ?月 ?\d{1,2} ?[日號号]?\D*")
DECADE = re.compile(r"\b(\d{3})0 ?['’]?(?:s\b|er\b|年代)|\b(\d{3})x\b")
# “After 1990” has no youngest day.
OPEN = re.compile(r"\b(?:after|since|later|nach|seit|après|depuis)\b|>|以後|以后|之後|之后")
UNSAID = re.compile(r"-{1,3}\d{1,2}(?:-?\d{1,2})?(?:t.*)?")
FRACTION = re.compile(r"(-?\d+)[.,]\d+")
FIRST_SERIAL = date(1899, 12, 30)


def read(text: str, *, on: date, order: str = "") -> list[Span] | None:
    """First and last day that each reading allows; none for what cannot be read or is to come.

    None instead of a list: this says nothing of a year.
    """
    if exact := days.readings(text, order=order):
        return [(day, day) for day in exact if day <= on]
    text = days.in_western(text.casefold())
    if days.is_blank(text) or UNSAID.fullmatch(text):
        return None
    if order and days.NUMBERS.fullmatch(text) and days.readings(text):
        # The order was said, and this is no date in it.
        return []
    text = days.without_clock(text)
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
        if token in days.MONTHS:
            return days.MONTHS[token]
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
        # A sign before it, a word beside it.
        return list(_of_digits(numbers[0]))
    if len(numbers) == 2:
        return _of_two(numbers[0], numbers[1], is_bare=is_bare)
    found: list[Span] = []
    for three in zip(numbers, numbers[1:], numbers[2:], strict=False):
        if any(len(number) == 4 and not int(number) for number in three):
            return None
        found += _of_three(three, order)
    return found


def _of_three(three: Sequence[str], order: str) -> Iterator[Span]:
    """A year in any place that can hold it, month and day in either order."""
    whole = [place for place, number in enumerate(three) if len(number) == 4]
    for place in whole or (0, 2):
        first, second = (number for at, number in enumerate(three) if at != place)
        if len(first) > 2 or len(second) > 2:
            continue
        ways = {(first, second), (second, first)}
        if place == 2 and order:
            ways = {(second, first) if order == DateOrder.DAY_FIRST else (first, second)}
        for year in _years(three[place]):
            for month, day in ways:
                yield from _span(year, int(month), int(day))


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
    """The years that these digits may be: of two, in two centuries; of three, the Republic's."""
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
    elif whole := days.day_of(year, month, day):
        yield whole, whole


def _of_digits(text: str) -> Iterator[Span]:
    """What one number may be: a year, a date without signs, a spreadsheet's day, a moment."""
    length = len(text.lstrip("-"))
    if length <= 4 and not text.startswith("-"):
        for year in _years(text):
            yield from _year(year)
    elif length == 5:
        yield from _whole(FIRST_SERIAL + timedelta(days=int(text)))
    elif length <= 8:
        found = list(_compact(text))
        # Eight digits that are no day may be a moment of the first years of the count.
        yield from found or (_moment(int(text), is_fine=False) if length == 8 else ())
    elif (
        length in {12, 14}
        and "1800" < text[:4] <= str(timezone.localdate().year)
        and (day := days.day_of(text[:4], text[4:6], text[6:8]))
    ):
        yield from _whole(day)
    elif length <= 13:
        yield from _moment(int(text), is_fine=length >= 11)


def _compact(text: str) -> Iterator[Span]:
    if text.startswith("-"):
        return
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
    tokens = re.findall(r"\d+|[^\W\d_]+", days.in_western(text.casefold()))
    numbers = [int(token) for token in tokens if token.isdigit()]
    number = _month(tokens) or (numbers[0] if numbers else 0)
    return number if number <= 12 else 0
