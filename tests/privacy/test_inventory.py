"""The inventory: periods as calendars count them, declarations taken once."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.enums import About
from privacy.errors import InventoryIncomplete
from privacy.inventory import Activity, Holding, Inventory, Keep, registry, root_of

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
PERIODS = st.sampled_from(
    [
        Keep("a", "on", "test", years=6),
        Keep("b", "on", "test", years=2),
        Keep("c", "on", "test", months=13),
        Keep("d", "on", "test", months=1),
        Keep("e", "on", "test", days=30),
        Keep("f", "on", "test", years=7, year_ends_in=3),
        Keep("g", "on", "test", year_ends_in=12),
    ]
)


@given(keep=PERIODS, on=DAYS)
def test_cutoff_is_the_latest_anchor_that_has_ended(keep, on):
    cutoff = keep.cutoff(on)

    assert keep.ends_on(cutoff) <= on
    assert keep.ends_on(cutoff + timedelta(days=1)) > on


@given(keep=PERIODS, anchor=DAYS, on=DAYS)
def test_cutoff_selects_exactly_what_ends_on_says(keep, anchor, on):
    assert (anchor <= keep.cutoff(on)) == (keep.ends_on(anchor) <= on)


@pytest.mark.parametrize(
    ("anchor", "end"),
    [
        (date(2020, 2, 29), date(2026, 2, 28)),
        (date(2020, 2, 28), date(2026, 2, 28)),
        (date(2018, 2, 28), date(2024, 2, 28)),
        (date(2020, 3, 1), date(2026, 3, 1)),
    ],
)
def test_six_years_end_on_the_same_day_and_29_february_on_the_28th(anchor, end):
    assert Keep("six", "on", "test", years=6).ends_on(anchor) == end


@pytest.mark.parametrize(
    ("ends_in", "anchor", "end"),
    [
        (3, date(2025, 3, 31), date(2032, 4, 1)),
        (3, date(2025, 4, 1), date(2033, 4, 1)),
        (3, date(2026, 3, 30), date(2033, 4, 1)),
        (12, date(2025, 1, 1), date(2033, 1, 1)),
        (12, date(2025, 12, 31), date(2033, 1, 1)),
        (2, date(2024, 2, 29), date(2031, 3, 1)),
        (2, date(2024, 3, 1), date(2032, 3, 1)),
    ],
)
def test_years_of_accounts_count_from_the_first_day_after_the_financial_year(ends_in, anchor, end):
    keep = Keep("seven", "on", "Cap 622 s.377", years=7, year_ends_in=ends_in)

    assert keep.ends_on(anchor) == end
    # The law's seven years after the last day of that year are over.
    assert keep.ends_on(anchor) > Keep("k", "on", "Cap 112 s.51C", years=7).ends_on(anchor)


def test_the_same_model_cannot_be_declared_twice():
    inventory = Inventory()
    inventory.declare(Activity("a", "purpose", "basis"))
    inventory.declare(Holding("library.Reader", About.NOBODY, "a"))

    with pytest.raises(InventoryIncomplete, match="declared twice"):
        inventory.declare(Holding("library.Reader", About.NOBODY, "a"))


def test_asking_about_an_undeclared_model_names_where_to_declare_it():
    with pytest.raises(InventoryIncomplete, match=r"personal_data\.py"):
        Inventory().holding("library.Reader")


def test_every_path_of_the_business_leads_to_the_contact():
    holdings = list(registry.about_subjects())

    assert {root_of(h) for h in holdings} == {"crm.Contact"}
    assert "crm.WebActivity" in {h.model for h in holdings}


def test_no_ceiling_is_longer_than_six_years_without_a_statute():
    for holding in registry.about_subjects():
        for keep in holding.keeps:
            assert keep.statute or keep.ends_on(date(2020, 1, 1)) <= date(2026, 1, 1), keep.name
