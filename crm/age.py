"""The age gate: nobody under sixteen is entered by any way in; only a count remains (S113).

The sixteenth birthday passes. The day is that of the office.
"""

from datetime import date

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import F

from crm.models import UnderAgeRefusal

LEAST = 16


def is_under_age(born_on: date, *, on: date) -> bool:
    """Whether somebody born on this day is not yet sixteen."""
    return born_on + relativedelta(years=LEAST) > on


@transaction.atomic
def count_refusals(entry_point: str, *, on: date, count: int = 1) -> None:
    """Add to the day's counter of an entry point; the only trace of a refusal."""
    UnderAgeRefusal.objects.bulk_create(
        [UnderAgeRefusal(on=on, entry_point=entry_point)], ignore_conflicts=True
    )
    UnderAgeRefusal.objects.filter(on=on, entry_point=entry_point).update(count=F("count") + count)
