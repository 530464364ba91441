"""Dates as people write them, and the ones about which somebody has to be asked."""

from datetime import date

import pytest

from crm.enums import DateOrder, RoleKind
from crm.imports import days, reading
from crm.imports.rows import Row, Verdict, understand

LEAP = date(1980, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        "1980-02-29", "1980/2/29", "1980.02.29", "19800229", "1980年2月29日", "1980 年 02 月 29 號",
        "29 Feb 1980", "29. Februar 1980", "29-Feb-1980", "Feb 29, 1980", "February 29th 1980",
        "29.02.1980", "29/02/1980", "02/29/1980", "29-2-1980", "1980-02-29T00:00:00",
        "1980-02-29 00:00:00", "1980-02-29T00:00:00.000Z", "1980-02-29T00:00:00+08:00",
        "2/29/1980 12:00 AM",
    ],
)  # fmt: skip
def test_a_date_with_one_reading_is_read(text):
    assert days.readings(text) == [LEAP]


@pytest.mark.parametrize(
    "text", ["", "soon", "30 Feb 1980", "29/02/80", "1980-13-01", "29 Xyz 1980"]
)
def test_what_is_no_date_has_no_reading(text):
    assert days.readings(text) == []


def test_two_readings_are_one_once_somebody_says_the_order():
    assert days.readings("03/04/1980") == [date(1980, 3, 4), date(1980, 4, 3)]
    assert days.readings("03/04/1980", order=DateOrder.DAY_FIRST) == [date(1980, 4, 3)]
    assert days.readings("03/04/1980", order=DateOrder.MONTH_FIRST) == [date(1980, 3, 4)]
    # A day that cannot be so in the order that was said is no date, rather than the other one.
    assert days.readings("02/29/1980", order=DateOrder.DAY_FIRST) == []
    assert days.readings("04/04/1980") == [date(1980, 4, 4)]


def test_a_row_asks_and_the_file_says_which_rows_ask():
    text = b"Name,Email,Birthday\nAnn Lark,a@example.com,03/04/1980\nBo Lark,b@example.com,1980-04-03\n"

    def first(table):
        number, cells = next(table.rows())
        row = Row(number, cells)
        understand(
            row, table.columns, header=table.header, role=RoleKind.PROSPECT, on=date(2026, 1, 1),
            dates=table.dates,
        )  # fmt: skip
        return row

    asked, said = reading.read(text), reading.read(text, dates=DateOrder.DAY_FIRST)

    assert "in rows 2;" in asked.warnings[0]
    assert first(asked).verdict == Verdict.INVALID
    assert "day or month first" in first(asked).reason
    assert not said.warnings
    assert first(said).entry.born_on == date(1980, 4, 3)
