"""The age gate: nobody under sixteen is entered by any way in; only a count remains (S113).

The sixteenth birthday passes. The day is that of the office. What can be a day of birth at all is
said here too, once for form, import and entry.
"""

from datetime import date

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from crm.models import UnderAgeRefusal

LEAST = 16
EARLIEST = date(1900, 1, 1)
# With them the calendars of spreadsheets begin: an empty cell, not a birth.
FIRST_DAYS = frozenset({date(1900, 1, 1), date(1904, 1, 1)})


def is_under_age(born_on: date, *, on: date) -> bool:
    """Whether somebody born on this day is not yet sixteen."""
    return born_on + relativedelta(years=LEAST) > on


def stands_for_none(born_on: date) -> bool:
    """Whether a program wrote this day where it knew none."""
    return born_on < EARLIEST or born_on in FIRST_DAYS


def problem_of(born_on: date, *, on: date) -> str:
    """Why this can be nobody's day of birth, "" where it can."""
    if born_on > on:
        return _("A date of birth is not in the future.")
    if stands_for_none(born_on):
        return _(
            "No date of birth is before 1900 or the first day of a spreadsheet's calendar; leave"
            " it empty where nobody knows it."
        )
    return ""


@transaction.atomic
def count_refusals(entry_point: str, *, on: date, count: int = 1) -> None:
    """Add to the day's counter of an entry point; the only trace of a refusal."""
    UnderAgeRefusal.objects.bulk_create(
        [UnderAgeRefusal(on=on, entry_point=entry_point)], ignore_conflicts=True
    )
    UnderAgeRefusal.objects.filter(on=on, entry_point=entry_point).update(count=F("count") + count)
