"""The clock: vectors of our own for every rule, and what holds for any letter."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import assume, given
from hypothesis import strategies as st

from privacy.deadlines import (
    DeadlineError,
    Pause,
    calendar,
    calendars,
    compute,
    governing,
    received_on,
)
from privacy.deadlines.rules import RULES
from privacy.enums import CLOCKED, Right

EU, HK, POLICY = CLOCKED
D = date.fromisoformat
DAYS = st.dates(D("2016-01-01"), D("2026-06-30"))
MONTHS = [key for key, rule in RULES.items() if rule.months]


@pytest.mark.parametrize(
    ("regime", "right", "received", "extra", "due"),
    [
        (EU, Right.ACCESS, "2026-03-05", {}, "2026-04-05"),
        (EU, Right.ACCESS, "2026-08-31", {}, "2026-09-30"),
        (EU, Right.ERASURE, "2024-01-31", {}, "2024-02-29"),
        (EU, Right.ERASURE, "2023-02-28", {}, "2023-03-28"),
        (EU, Right.ACCESS, "2026-11-25", {"on_calendar": "FR"}, "2026-12-28"),
        (EU, Right.ACCESS, "2026-11-26", {"on_calendar": "BE"}, "2026-12-28"),
        (EU, Right.ACCESS, "2026-11-26", {"on_calendar": "IE"}, "2026-12-28"),
        (EU, Right.ACCESS, "2026-03-03", {"on_calendar": "DE"}, "2026-04-07"),
        (EU, Right.RECTIFICATION, "2026-01-31", {"extended": True}, "2026-04-30"),
        (EU, Right.PORTABILITY, "2025-11-30", {"extended": True}, "2026-02-28"),
        (
            EU,
            Right.ACCESS,
            "2026-01-31",
            {"extended": True, "notice_sent_on": D("2026-03-01")},
            "2026-02-28",
        ),
        (
            EU,
            Right.ACCESS,
            "2026-05-04",
            {"pauses": [Pause(D("2026-05-06"), D("2026-05-09"), "identity")]},
            "2026-06-07",
        ),
        (EU, Right.REFUSAL, "2026-01-15", {"extended": True}, "2026-02-15"),
        (EU, Right.WITHDRAWAL, "2026-04-05", {"on_calendar": "IE"}, "2026-04-05"),
        (EU, Right.ART14_NOTICE, "2026-01-31", {"on_calendar": "IE"}, "2026-02-28"),
        (HK, Right.ACCESS, "2026-01-05", {}, "2026-02-14"),
        (HK, Right.RECTIFICATION, "2026-05-22", {}, "2026-07-02"),
        (HK, Right.REFUSAL, "2026-04-01", {"extended": True}, "2026-05-11"),
        (
            HK,
            Right.ACCESS,
            "2026-07-30",
            {"closures": [D("2026-09-08"), D("2026-09-09")]},
            "2026-09-10",
        ),
        (HK, Right.MARKETING_OBJECTION, "2026-04-05", {}, "2026-04-05"),
        (HK, Right.ORAL_CONSENT, "2026-06-05", {}, "2026-06-20"),
        (HK, Right.UNSUBSCRIBE, "2026-06-13", {}, "2026-06-26"),
        (HK, Right.UNSUBSCRIBE_RECORD, "2024-02-29", {}, "2027-02-28"),
        (HK, Right.ACCOUNTING_RECORD, "2025-03-31", {}, "2032-03-31"),
        (HK, Right.EMPLOYEE_RECORD, "2020-06-30", {}, "2027-06-30"),
        (POLICY, Right.ACCESS, "2026-07-31", {}, "2026-08-31"),
        (POLICY, Right.ACCESS, "2026-07-01", {"extended": True}, "2026-08-10"),
        (
            POLICY,
            Right.ACCESS,
            "2026-07-01",
            {"extended": True, "section_19_2_notice": True},
            "2026-10-01",
        ),
        (POLICY, Right.ERASURE, "2026-07-01", {"extended": True}, "2026-10-01"),
        (POLICY, Right.ENQUIRY, "2026-01-31", {}, "2026-03-02"),
    ],
)
def test_every_rule_gives_its_day(regime, right, received, extra, due):
    clock = compute(regime, right, D(received), **extra)

    assert clock.due == D(due)
    assert str(clock.due) in " ".join(clock.trace) or clock.due == D(received)


def test_a_breach_is_counted_in_hours_across_a_change_of_the_clocks():
    known = datetime(2026, 10, 23, 18, 30, tzinfo=ZoneInfo("Europe/Brussels"))

    clock = compute(EU, Right.BREACH_NOTICE, known)

    assert clock.due - known == timedelta(hours=72) or clock.due.astimezone(
        UTC
    ) - known.astimezone(UTC) == timedelta(hours=72)
    assert clock.due.isoformat(timespec="minutes") == "2026-10-26T17:30+01:00"
    with pytest.raises(DeadlineError, match="zone"):
        compute(EU, Right.BREACH_NOTICE, date(2026, 10, 23))


def test_the_day_of_receipt_is_the_earlier_of_both_places():
    evening_in_lisbon = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)

    assert received_on(evening_in_lisbon) == date(2026, 3, 1)
    assert evening_in_lisbon.astimezone(ZoneInfo("Asia/Hong_Kong")).date() == date(2026, 3, 2)
    with pytest.raises(DeadlineError, match="time zone"):
        received_on(datetime(2026, 3, 1, 20, 0))


@pytest.mark.parametrize(
    ("pauses", "sentence"),
    [
        ([("2026-05-09", "2026-05-06", "identity")], "before it begins"),
        ([("2026-05-01", "2026-05-06", "identity")], "after the receipt"),
        (
            [
                ("2026-05-05", "2026-05-15", "identity"),
                ("2026-05-10", "2026-05-20", "clarification"),
            ],
            "has ended",
        ),
        ([("2026-06-10", "2026-06-12", "identity")], "over already"),
        ([("2026-05-05", "2026-05-06", "holiday")], "these alone"),
    ],
)
def test_a_pause_that_cannot_be_is_refused(pauses, sentence):
    with pytest.raises(DeadlineError, match=sentence):
        compute(
            EU, Right.ACCESS, D("2026-05-04"), pauses=[Pause(D(a), D(b), c) for a, b, c in pauses]
        )


@pytest.mark.parametrize("regime", [HK, POLICY])
def test_only_the_gdpr_knows_a_pause(regime):
    with pytest.raises(DeadlineError, match="no pause"):
        compute(
            regime,
            Right.ACCESS,
            D("2026-05-04"),
            pauses=[Pause(D("2026-05-05"), D("2026-05-06"), "identity")],
        )


@pytest.mark.parametrize("regime", [HK, POLICY])
@pytest.mark.parametrize("name", ["IE", "HK_GENERAL+SAT"])
def test_no_other_holidays_make_hong_kong_later(regime, name):
    with pytest.raises(DeadlineError, match="would make it later"):
        compute(regime, Right.ACCESS, D("2026-01-05"), on_calendar=name)


def test_what_needs_no_table_is_named_beyond_the_tables():
    last = calendar("HK_GENERAL").last

    clock = compute(EU, Right.ACCESS, date(last, 12, 5))

    assert clock.due == date(last + 1, 1, 5)
    assert "are known" in clock.trace[-1]


def test_a_closed_city_moves_what_is_shown_beside():
    closed = [D("2026-09-08")]

    clock = compute(HK, Right.ACCESS, D("2026-07-30"), closures=closed)

    assert (clock.due, clock.rolled) == (D("2026-09-09"), D("2026-09-09"))
    assert clock.target < D("2026-09-08")


def test_clocks_of_hours_and_of_days_are_not_weighed_against_each_other():
    known = datetime(2026, 3, 1, 12, tzinfo=UTC)
    clocks = [compute(EU, Right.BREACH_NOTICE, known), compute(EU, Right.ACCESS, D("2026-03-01"))]

    with pytest.raises(DeadlineError, match="clock of hours"):
        governing(clocks)


def test_a_notice_before_the_receipt_is_none():
    with pytest.raises(DeadlineError, match="before the receipt"):
        compute(EU, Right.ACCESS, D("2026-03-05"), extended=True, notice_sent_on=D("2026-03-04"))


def test_beyond_the_tables_is_an_error_that_says_so():
    last = calendar("HK_GENERAL").last
    with pytest.raises(DeadlineError, match=f"to {last}, not for {last + 1}"):
        compute(HK, Right.ACCESS, date(last, 12, 15))


def test_unknown_calendars_and_rights_are_named():
    with pytest.raises(DeadlineError, match="HK_GENERAL"):
        calendar("MARS")
    with pytest.raises(DeadlineError, match="it has: .*access"):
        compute(HK, Right.PORTABILITY, D("2026-01-01"))
    with pytest.raises(DeadlineError, match="leave the closures out"):
        compute(EU, Right.ACCESS, D("2026-01-01"), closures=[D("2026-02-01")])


def test_saturday_is_an_ordinary_day_in_hong_kong_alone():
    saturday = date(2026, 6, 6)

    assert not calendar("HK_GENERAL").is_off(saturday)
    assert calendar("HK_GENERAL+SAT").is_off(saturday)
    assert calendar("DE").is_off(saturday)
    assert not calendar("NONE").is_off(date(2026, 6, 7))


def test_general_holidays_have_the_days_that_the_statutory_ones_lack():
    hong_kong = calendar("HK_GENERAL")
    # Good Friday, the day after it, Easter Monday.
    for day in ("2025-04-18", "2025-04-19", "2025-04-21"):
        assert hong_kong.is_off(D(day))
    for year in range(hong_kong.first, hong_kong.last + 1):
        assert len([day for day in hong_kong.days if day.year == year]) in {16, 17, 18}


def test_the_next_years_table_is_missed_from_november():
    last = calendar("HK_GENERAL").last

    assert calendars.year_to_enter(date(last, 10, 31)) is None
    assert calendars.year_to_enter(date(last, 11, 1)) == last + 1
    assert calendars.year_to_enter(date(last + 1, 2, 1)) == last + 1


@given(DAYS, st.sampled_from(MONTHS))
def test_a_month_is_the_same_day_or_the_last(received, key):
    clock = compute(*key, received)

    assert clock.nominal == received + relativedelta(months=1)
    assert clock.nominal <= clock.due
    assert clock.target <= clock.nominal
    assert clock.due <= clock.rolled


@given(DAYS, st.sampled_from([key for key in MONTHS if RULES[key].extended_months]))
def test_an_extension_is_counted_from_receipt_and_never_chained(received, key):
    clock = compute(*key, received, extended=True, section_19_2_notice=True)

    assert clock.nominal == received + relativedelta(months=3)
    assert clock.extension_notice_by == received + relativedelta(months=1)
    late = compute(
        *key,
        received,
        extended=True,
        notice_sent_on=clock.extension_notice_by + timedelta(days=1),
    )
    assert late.due == compute(*key, received).due


@given(DAYS, st.integers(0, 20), st.integers(0, 40))
def test_suspended_days_are_added_once(received, after, days):
    asked = received + timedelta(days=after)
    pause = Pause(asked, asked + timedelta(days=days), "clarification")

    clock = compute(EU, Right.ACCESS, received, pauses=[pause])

    assert clock.due == clock.nominal + timedelta(days=days)
    assert clock.extension_notice_by == received + relativedelta(months=1)


@given(DAYS, DAYS, st.sampled_from(sorted(RULES)), st.booleans())
def test_a_later_letter_is_never_due_earlier(one, other, key, extended):
    assume(one <= other)
    assume(not RULES[key].hours)

    first, second = (compute(*key, day, extended=extended) for day in (one, other))

    assert first.due <= second.due


@given(DAYS, st.booleans())
def test_the_policy_never_passes_what_the_law_allows(received, extended):
    for right in (Right.ACCESS, Right.RECTIFICATION):
        mine = compute(POLICY, right, received, extended=extended)
        assert mine.due <= compute(HK, right, received).due
        assert mine.due <= received + timedelta(days=40)
    for right in (Right.ACCESS, Right.ERASURE):
        assert (
            compute(POLICY, right, received, extended=extended).due
            <= compute(EU, right, received, extended=extended).due
        )


@given(DAYS)
@pytest.mark.constant("S137")
def test_the_earliest_clock_governs_and_says_why(received):
    clocks = [compute(regime, Right.ACCESS, received) for regime in CLOCKED]

    first = governing(clocks)

    assert first.due == min(clock.due for clock in clocks)
    assert len(first.trace) == sum(len(clock.trace) for clock in clocks) + 1
    with pytest.raises(DeadlineError):
        governing([])
