"""Public holidays as data: one row a day in holidays.csv, by calendar (Cap 149; Reg. 1182/71).

HK_GENERAL are the general holidays, not the shorter list of statutory ones. A day beyond a table
is an error and never a working day. Gale and black-rainstorm days are entered by hand, as nobody
knows them before.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from privacy.deadlines.errors import DeadlineError

TABLE = Path(__file__).with_name("holidays.csv")
NONE = "NONE"
OFFICE = "HK_GENERAL"
# After the name of a calendar: Saturdays count as holidays too, as in Reg. 1182/71 Art. 3(4).
SATURDAYS = "+SAT"
SATURDAY, SUNDAY = 5, 6
DAY = timedelta(days=1)
# What the calendars of the program, and the arithmetic of every period, can bear.
FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are no working days; NONE has none, not even a Sunday."""

    name: str
    days: frozenset[date] = frozenset()
    weekend: frozenset[int] = frozenset()
    first: int = 0
    last: int = 0

    def is_off(self, day: date) -> bool:
        """DeadlineError for a day that the table does not reach."""
        if not self.weekend:
            return False
        if not self.first <= day.year <= self.last:
            raise DeadlineError(
                _("The holidays of %(name)s are known %(first)s to %(last)s, not for %(day)s.")
                % {"name": self.name, "first": self.first, "last": self.last, "day": day}
            )
        return day.weekday() in self.weekend or day in self.days

    def rolled(self, day: date) -> date:
        """This day, or the next one that is no holiday."""
        while self.is_off(day):
            day += DAY
        return day

    def rolled_back(self, day: date) -> date:
        """This day, or the last one before it that is no holiday."""
        while self.is_off(day):
            day -= DAY
        return day

    def with_saturdays(self) -> "Calendar":
        """The same where Saturdays are no working days either."""
        return replace(self, weekend=self.weekend | {SATURDAY}) if self.weekend else self

    def closed_on(self, days: Iterable[date]) -> "Calendar":
        """The same with days on which a gale or a black rainstorm closed the city (Cap 1 s.71)."""
        closures = frozenset(days)
        if closures and not self.weekend:
            raise DeadlineError(_("The calendar NONE rolls no day: leave the closures out."))
        return replace(self, days=self.days | closures)


def calendar(name: str) -> Calendar:
    """The calendar of this name: NONE, HK_GENERAL, a Member State's; DeadlineError otherwise."""
    bare = name.removesuffix(SATURDAYS)
    if bare == NONE:
        return Calendar(NONE)
    tables = _tables()
    if bare not in tables:
        raise DeadlineError(
            _("There is no calendar %(name)r; there are: %(names)s.")
            % {"name": name, "names": ", ".join([NONE, *sorted(tables)])}
        )
    days = tables[bare]
    years = {day.year for day in days}
    # In Hong Kong Saturday is an ordinary day; a Member State's calendar is for Reg. 1182/71.
    weekend = {SUNDAY} if bare == OFFICE else {SATURDAY, SUNDAY}
    found = Calendar(bare, days, frozenset(weekend), min(years), max(years))
    return found.with_saturdays() if name.endswith(SATURDAYS) else found


def year_to_enter(on: date) -> int | None:
    """From November on: the next year, where the office's own table ends with this one."""
    last = calendar(OFFICE).last
    return last + 1 if on >= date(last, 11, 1) else None


@cache
def _tables() -> dict[str, frozenset[date]]:
    tables: dict[str, set[date]] = {}
    with TABLE.open(newline="") as file:
        for name, day in csv.reader(file):
            tables.setdefault(name, set()).add(date.fromisoformat(day))
    return {name: frozenset(days) for name, days in tables.items()}
