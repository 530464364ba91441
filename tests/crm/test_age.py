"""The sixteenth birthday passes, the day before does not (S113)."""

from datetime import date

import pytest

from crm import age
from crm.models import UnderAgeRefusal


@pytest.mark.parametrize(
    ("born_on", "on", "under_age"),
    [
        (date(2010, 6, 15), date(2026, 6, 14), True),
        (date(2010, 6, 15), date(2026, 6, 15), False),
        (date(2010, 6, 15), date(2026, 6, 16), False),
        (date(2008, 2, 29), date(2024, 2, 28), True),
        (date(2008, 2, 29), date(2024, 2, 29), False),
    ],
)
def test_the_sixteenth_birthday_passes(born_on, on, under_age):
    assert age.is_under_age(born_on, on=on) is under_age


@pytest.mark.django_db
@pytest.mark.both
def test_refusals_add_up_per_day_and_entry_point():
    on = date(2026, 6, 15)

    age.count_refusals("form", on=on)
    age.count_refusals("form", on=on, count=3)
    age.count_refusals("import", on=on)

    assert dict(UnderAgeRefusal.objects.values_list("entry_point", "count")) == {
        "form": 4,
        "import": 1,
    }
