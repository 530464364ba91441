"""The clock is not taken at its word: a day that does not follow from the last one is confirmed.

A clock that is years ahead would make everybody due in one night. So an application goes on from
the days on which Lethe itself wrote something down since the last application, in the order in
which it did: none of them before the one before it, none far after it, and today the last of them.
What was written under a wrong clock therefore makes no later day credible. Where they do not
follow, a named person confirms the day, which opens that day and no other; the run that follows is
what the next day is measured by. An office that never ran is measured by its newest entry, a new
one by nothing. Serves Art. 5(1)(f) and 32 GDPR (no accidental destruction).
"""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from privacy import journal
from retention.enums import Mode
from retention.errors import DayNotToday, DayUnconfirmed
from retention.models import SweepRun

# The journal's verbs for the beginning of an application, and for somebody's word on the day.
START = "sweep.start"
CONFIRMED = "sweep.day_confirmed"


def refuse_unless_credible() -> None:
    """DayUnconfirmed where neither the days before nor a named person speak for today."""
    today = timezone.localdate()
    if not is_credible(today):
        raise DayUnconfirmed(today)


def is_credible(day: date) -> bool:
    """Whether this day follows from what Lethe did last, or a named person has confirmed it."""
    return _follows(day) or journal.says(CONFIRMED, day=str(day))


@transaction.atomic
def confirm(day: date, *, by: Any) -> None:
    """Confirm that this day is today, in a person's name; DayNotToday for any other."""
    today = timezone.localdate()
    if day != today:
        raise DayNotToday(today)
    if not is_credible(day):
        journal.record(CONFIRMED, by=by, facts={"day": str(day)})


def _follows(day: date) -> bool:
    furthest = timedelta(days=settings.RETENTION_CLOCK_JUMP_DAYS)
    days = [*_days_since_last_application(), day]
    return all(one <= other <= one + furthest for one, other in pairwise(days))


def _days_since_last_application() -> list[date]:
    last = SweepRun.objects.filter(mode=Mode.APPLY).order_by("-pk").first()
    if last is None:
        return journal.days_since(START)[-1:]
    return [timezone.localdate(last.started_at), *journal.days_since(START)]
