"""Normal forms: one spelling for every way of writing the same point."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.enums import PointKind
from privacy.points import Point, normal_form, normal_forms
from privacy.points.addresses import email_form
from privacy.points.links import link_form


@pytest.mark.parametrize(
    "spelling",
    [
        "Ann.Chan@Example.COM",
        " ann.chan@example.com",
        "ａｎｎ.ｃｈａｎ@ｅｘａｍｐｌｅ.ｃｏｍ",
        "ann.chan\u200b@example.com",
        "mailto:ann.chan@example.com",
        "MAILTO:ann.chan@example.com?subject=x",
        "Ann Chan <ann.chan@example.com>",
        "<ann.chan@example.com>",
        "ann.chan@example.com.",
        "\u202eann.chan@example.com",
    ],
)
def test_every_spelling_of_an_address_has_one_form(spelling):
    assert email_form(spelling) == "ann.chan@example.com"


def test_an_international_domain_and_its_ascii_form_are_one():
    assert email_form("ann@bücher.example") == email_form("ann@xn--bcher-kva.example")


def test_two_firms_whose_names_differ_in_sharp_s_are_two():
    assert email_form("ann@faß.de") != email_form("ann@fass.de")


def test_dots_and_tags_are_not_rewritten():
    assert email_form("a.b+c@example.com") == "a.b+c@example.com"


@pytest.mark.parametrize(
    "spelling",
    [
        "+852 5123 4567",
        "0085251234567",
        "５１２３ ４５６７",
        "5123-4567",
        "(852) 5123 4567",
        "tel:+85251234567",
        "+852 (0) 5123 4567",
        "00852(0)51234567",
    ],
)
def test_every_spelling_of_a_number_has_a_reading_in_common(spelling):
    assert "+85251234567" in normal_forms(Point(PointKind.PHONE, spelling))


def test_the_country_of_the_row_gives_a_reading():
    assert "+442079460001" in normal_forms(Point(PointKind.PHONE, "020 7946 0001", "GB"))


def test_links_differ_in_scheme_www_and_slash_only():
    assert link_form("https://www.LinkedIn.com/in/Ann/?x=1") == link_form("linkedin.com/in/ann")


@given(kind=st.sampled_from([PointKind.EMAIL, PointKind.PHONE, PointKind.LINK]), text=st.text())
def test_the_normal_form_of_a_normal_form_is_itself(kind, text):
    form = normal_form(Point(kind, text))

    assert normal_form(Point(kind, form)) == form


@given(
    local=st.text(min_size=1, max_size=20),
    domain=st.from_regex(r"[a-zß]{1,9}\.(de|hk)", fullmatch=True),
)
def test_addresses_are_stable(local, domain):
    form = email_form(f"{local}@{domain}")

    assert email_form(form) == form
