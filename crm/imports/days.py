"""Dates as people write them: what has one reading is read, what has two is asked about.

03/04/1980 is the third of April or the fourth of March; which, somebody says once for the file.
Two digits of a year are no year.
"""

import re
from collections.abc import Callable
from datetime import date

from crm.enums import DateOrder

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar jan jänner", "february februar feb", "march märz maerz mar mär mrz",
            "april apr", "may mai", "june juni jun", "july juli jul", "august aug",
            "september sep sept", "october oktober oct okt", "november nov",
            "december dezember dec dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
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
    text = " ".join(text.split())
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


def _day(year: str, month: str | int, day: str) -> date | None:
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
