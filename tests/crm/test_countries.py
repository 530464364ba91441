"""A country in whatever spelling is the one that is meant, or unknown; never another."""

import gettext
from string import ascii_uppercase

import pycountry
import pytest
from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

from crm import countries
from crm.forms import AddressForm, ContactForm, OrganisationForm

CODES = [country.alpha_2 for country in pycountry.countries]
UNASSIGNED = sorted({a + b for a in ascii_uppercase for b in ascii_uppercase} - {*CODES, "UK"})


def names_of(country):
    code = country.alpha_2
    official = {
        getattr(country, kind, "") for kind in ("name", "official_name", "common_name")
    } - {""}
    yield from (code, code.lower(), country.alpha_3, country.alpha_3.lower(), *official)
    for catalogue in ("de", "fr", "zh_CN", "zh_TW", "zh_HK"):
        words = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [catalogue])
        yield from map(words.gettext, official)
    own = get_official_languages(code, de_facto=True, regional=True)
    for language in ("en", "de", "fr", "zh_Hant", "zh_Hant_HK", "zh_Hans", *own):
        try:
            yield Locale.parse(language).territories.get(code, code)
        except UnknownLocaleError:
            continue


@pytest.mark.parametrize("country", list(pycountry.countries), ids=lambda country: country.alpha_2)
def test_each_name_of_a_country_is_its_code(country):
    code = country.alpha_2
    spelled = set()
    for name in names_of(country):
        spelled |= {name, name.upper(), f" {name}. ", name.replace(" and ", " & ")}
        spelled.add(name.replace("Saint ", "St. "))
        if len(name) > 3:
            spelled.add(f"The {name}")
        before, comma, behind = name.partition(", ")
        if comma:
            spelled.add(f"{behind} {before}")

    assert {name: found for name in spelled if (found := countries.code_of(name)) != code} == {}


def test_two_letters_that_iso_does_not_assign_are_unknown():
    assert [code for code in UNASSIGNED if countries.code_of(code) is not None] == []


@pytest.mark.parametrize(
    ("code", "spellings"),
    [
        (
            "HK",
            "Hong Kong, China|Hongkong|HKSAR|H.K.|Hong Kong S.A.R.|Hong Kong (SAR)|China (Hong Kong)"
            "|香港特別行政區|中國香港|Hong Kong SAR, P.R.C.",
        ),
        ("MO", "Macau|Macao SAR|Macau, China|澳門"),
        ("TW", "R.O.C.|Taiwan (ROC)|Republic of China|China, Republic of|Taiwan, China|台灣|臺灣"),
        ("CN", "PRC|P.R. China|P. R. C.|Mainland China|內地|中国大陆|China, People's Republic of"),
        ("KR", "Korea|Korea, South|S. Korea|Republic of Korea|南韓"),
        ("KP", "Korea (North)|DPRK|North Korea|北韓"),
        ("GB", "UK|U.K.|England|Scotland|Wales|Ireland, Northern|England, UK|Great Britain"),
        ("US", "USA|U.S.A.|U. S.|United States|the States|美國"),
        ("CD", "Congo (Kinshasa)|Congo, DR|Congo (DRC)|Democratic Rep. of the Congo"),
        ("VG", "BVI|British Virgin Islands|Virgin Islands (British)"),
        ("TR", "Turkey|Türkiye|TURKIYE"),
        ("CI", "Ivory Coast|Côte d’Ivoire|COTE D'IVOIRE"),
        ("NL", "Holland|Netherlands, The|the Netherlands"),
        ("AE", "UAE|U.A.E.|United Arab Emirates"),
        ("MM", "Burma|Myanmar (Burma)"),
        ("SZ", "Swaziland|Eswatini"),
        ("IE", "Republic of Ireland|Ireland (Republic)|Ireland, Republic of"),
        ("VA", "Vatican|Holy See|Vatican City"),
        ("PR", "Puerto Rico, USA"),
        ("KN", "St Kitts & Nevis|Saint Kitts and Nevis"),
    ],
)
def test_what_a_desk_in_hong_kong_writes_is_known(code, spellings):
    assert {countries.code_of(spelling) for spelling in spellings.split("|")} == {code}


@pytest.mark.parametrize(
    "text",
    ["Virgin Islands", "Georgia (USA)", "Paris, France", "Nowhere", "Kosovo", "XYZ", "E.U.", "-"],
)
def test_what_may_be_two_countries_or_none_is_unknown(text):
    assert countries.code_of(text) is None


@pytest.mark.parametrize("text", ["", " ", "\u200b"])
def test_a_blank_says_nothing(text):
    assert countries.code_of(text) == ""


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (ContactForm, "residence_country"),
        (AddressForm, "country"),
        (OrganisationForm, "country"),
    ],
)
@pytest.mark.parametrize(("typed", "code"), [("Hong Kong", "HK"), ("hkg", "HK"), ("XX", None)])
def test_each_form_takes_a_name_and_refuses_an_unassigned_code(form, name, typed, code):
    filled = form({name: typed})
    filled.errors  # noqa: B018 - cleans it

    assert filled.cleaned_data.get(name) == code
    assert (name in filled.errors) is (code is None)
