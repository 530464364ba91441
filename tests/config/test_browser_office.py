"""The office of the browser tests is swept by its own timetable: nothing in it may be due."""

import pytest
from django.utils import timezone

from retention import plan
from tests.browser import office


@pytest.mark.django_db
def test_no_night_takes_a_row_from_under_the_browser():
    office.accounts()
    office.rows()

    assert [item for item in plan.make(timezone.localdate()).items if item.rows] == []
