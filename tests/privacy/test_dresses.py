"""A suppressed point in any dress is met again; what is stored is one point or nothing."""

import re

import pytest
from django.conf import settings as django_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.models import ContactPoint, Organisation
from privacy import suppression
from privacy.enums import PointKind, SuppressionScope
from privacy.errors import IdentifierSuppressed, IdentifierUnreadable
from privacy.models import SuppressionEntry
from privacy.points import Point, normal_form, normal_forms, points_in, problem_of
from privacy.points.links import link_form_1
from privacy.suppression.entries import digest_of
from tests.factories import crm as factories

NUMBER, OTHER, FORM = "25550140", "25550141", "+85225550140"
WORDS = (
    "",
    "Tel",
    "Mobile:",
    "direct",
    "(WhatsApp)",
    "office hours only",
    "手提",
    "電話：",
    "辦公室",
    "Handy",
    "dienstlich",
    "раб.",
    "هاتف",
    "携帯",
    "전화",
    "☎",
)
GROUPED = (
    "{0}{1}",
    "{0} {1}",
    "{0}-{1}",
    "{0}.{1}",
    "{0}–{1}",
    "{0}\u00a0{1}",
    "{0}·{1}",
    "({0}) {1}",
)
BEFORE = (
    "",
    "+852 ",
    "+852",
    "852 ",
    "00852 ",
    "00 852-",
    "(852) ",
    "(+852) ",
    "＋852 ",
    "001 852 ",
    "011-852-",
    "0011 852 ",
    "+852 (0) ",
)
BEHIND = (
    "",
    " ext. 12",
    " ext 123",
    " x12",
    " #12",
    ";ext=12",
    " 內線 12",
    " 分機123",
    " 转 12",
    " Durchwahl 12",
    " DW 12",
    " poste 12",
    " доб. 12",
)
BETWEEN = (
    " / ",
    "/",
    "; ",
    ", ",
    " | ",
    "\n",
    " & ",
    " and ",
    " or ",
    " und ",
    " oder ",
    "、",
    "，",
    " 或 ",
    " 及 ",
)
DIGITS = (str, lambda text: text.translate({48 + n: 0xFF10 + n for n in range(10)}))


def written(grouped, number=NUMBER):
    return grouped.format(number[:4], number[4:])


numbers = st.builds(
    lambda before, grouped, behind, digits: digits(before + written(grouped)) + behind,
    st.sampled_from(BEFORE),
    st.sampled_from(GROUPED),
    st.sampled_from(BEHIND),
    st.sampled_from(DIGITS),
)
dressed = st.builds(
    lambda first, number, last: " ".join(filter(None, (first, number, last))),
    st.sampled_from(WORDS),
    numbers,
    st.sampled_from(WORDS),
)
several = st.builds(
    lambda one, mark, other, turned: mark.join((other, one) if turned else (one, other)),
    dressed,
    st.sampled_from(BETWEEN),
    st.sampled_from([written(grouped, OTHER) for grouped in GROUPED[:4]]),
    st.booleans(),
)


@settings(max_examples=200)
@given(dressed)
def test_a_number_in_any_dress_is_asked_about_and_one_number_is_stored(text):
    point = Point(PointKind.PHONE, text)

    assert FORM in normal_forms(point)
    (stored,) = points_in(point)
    assert FORM in normal_forms(stored)
    assert not re.search(r"[^\W\d_]", stored.value.replace("ext.", ""))


@settings(max_examples=200)
@given(several)
def test_of_several_numbers_each_is_asked_about_and_none_is_joined(text):
    point = Point(PointKind.PHONE, text)

    assert {FORM, "+85225550141"} <= set(normal_forms(point))
    assert all({FORM, "+85225550141"} & set(normal_forms(found)) for found in points_in(point))
    assert problem_of(point)


@pytest.mark.parametrize(
    "text", ["2555 0141 / 0140", "2555 0141/40", "2555 0141, 40", "2555 0141 or 0"]
)
def test_a_second_number_written_short_is_asked_about(text):
    assert FORM in normal_forms(Point(PointKind.PHONE, text))


@pytest.mark.parametrize(
    "text",
    [
        "85225550140.0",
        "'+85225550140",
        '="85225550140"',
        "85,225,550,140",
        "8.5225550140E+10",
        "8,522555014E+10",
        "2555014025550141",
        "二五五五 〇一四〇",
        "٢٥٥٥٠١٤٠",
    ],
)
def test_what_a_program_made_of_a_number_is_asked_about(text):
    assert FORM in normal_forms(Point(PointKind.PHONE, text))


@pytest.mark.parametrize(
    "text", ["8.52511E+11", "8,52511E+11", "8.5E11", "8.52511 x 10^11", "8.5225550140E+10"]
)
def test_a_shortened_number_is_none(text):
    point = Point(PointKind.PHONE, text)

    assert points_in(point) == []
    assert "shortened by a spreadsheet" in problem_of(point)


def test_a_foreign_number_that_ends_alike_is_another():
    forms = normal_forms(Point(PointKind.PHONE, "+44 20 7946 0140"))

    assert not [form for form in forms if form.startswith("+852")]


@given(st.text(alphabet="+0123456789 ", min_size=1, max_size=16))
def test_any_form_of_a_number_is_its_own_form(text):
    form = normal_form(Point(PointKind.PHONE, text))

    assert normal_form(Point(PointKind.PHONE, form)) == form


@settings(max_examples=200)
@given(st.text(alphabet="+0123456789 /-(),", min_size=1, max_size=24))
def test_a_number_that_is_found_is_found_again_as_it_is(text):
    for found in points_in(Point(PointKind.PHONE, text)):
        assert points_in(found) == [found]


@pytest.mark.parametrize("text", ["0", "00000000", "+000 0000", "00-00"])
def test_zeros_are_no_number(text):
    assert problem_of(Point(PointKind.PHONE, text)) == "not a telephone number"


ADDRESSES = (
    "ann.bee@example.com",
    "o'brien@example.org",
    "a+b_c@mail.example.co.uk",
    "陳@例子.公司",
    "jürgen@bücher.example",
)
DRESSES = (
    "{}",
    " {} ",
    "<{}>",
    "Ann Bee <{}>",
    '"Bee, Ann" <{}>',
    "mailto:{}",
    "MAILTO:{}?subject=x",
    "'{}",
    "{} (private)",
    "E-mail: {}",
    "電郵：{}",
    "{},",
    "{};",
    "[{}]",
    "\u200b{}\ufeff",
    '<a href="mailto:{}">Ann</a>',
)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("dress", DRESSES)
def test_an_address_in_any_dress_is_asked_about_and_stored_without_it(address, dress):
    point = Point(PointKind.EMAIL, dress.format(address))

    assert normal_form(Point(PointKind.EMAIL, address)) in normal_forms(point)
    assert [found.value for found in points_in(point)] == [address]


@pytest.mark.parametrize(
    "text",
    [
        '"ann.bee"@example.com',
        '"ann"."bee"@example.com',
        "ann.bee%40example.com",
        "ann.bee&#64;example.com",
        "ann.bee(home)@example.com",
        "(x)ann.bee@(y)example.com(z)",
        "ann.bee [at] example [dot] com",
        "ann.bee(at)example.com",
        "ann.bee @ example.com",
        "ann . bee @ example . com",
        "ann.bee@example.com.",
        "ann.bee@example.com; bob@example.com",
        "bob@example.com, ann.bee@example.com",
        "bob@example.com/ann.bee@example.com",
        "bob@example.com\nann.bee@example.com",
    ],
)
def test_quotes_comments_and_neighbours_hide_no_address(text):
    assert "ann.bee@example.com" in normal_forms(Point(PointKind.EMAIL, text))


@pytest.mark.parametrize(
    "text",
    [
        "ann",
        "@ann",
        "ann@",
        "@example.com",
        "ann@example",
        "ann@@example.com",
        "a b@c",
        "ann@-x.com",
    ],
)
def test_what_is_no_address_is_refused(text):
    assert problem_of(Point(PointKind.EMAIL, text)) == "not an e-mail address"


SCHEMES = ("", "http://", "HTTPS://", "//", "https://user@", "https://user:pw@")
HOSTS = (
    "linkedin.com",
    "www.linkedin.com",
    "pt.linkedin.com",
    "m.linkedin.com",
    "LinkedIn.com",
    "linkedin.com.",
    "uk.linkedin.com",
)
PORTS = ("", ":443", ":80")
PATHS = (
    "/in/j%C3%BCrgen-bee",
    "/in/jürgen-bee",
    "/in/J%C3%9Crgen-Bee",
    "/in/j%25C3%25BCrgen-bee",
    "//in//jürgen-bee",
)
TAILS = ("", "/", "?trk=x", "#top", "/details/skills/", "/?locale=de_DE#x")
AROUND = ("{}", "<{}>", "LinkedIn: {}", "{} (profile)", '"{}"', "{},")


@settings(max_examples=200)
@given(*map(st.sampled_from, (SCHEMES, HOSTS, PORTS, PATHS, TAILS, AROUND)))
def test_a_profile_has_one_form_whatever_its_host_port_encoding_and_tail(
    scheme, host, port, path, tail, around
):
    point = Point(PointKind.LINK, around.format(f"{scheme}{host}{port}{path}{tail}"))

    assert "linkedin.com/in/jürgen-bee" in normal_forms(point)
    assert normal_form(point) == "linkedin.com/in/jürgen-bee"


@given(
    one=st.from_regex(r"[a-z]{2,8}\.(org|com|hk)", fullmatch=True),
    other=st.from_regex(r"[a-z]{2,8}\.(org|com|hk)", fullmatch=True),
)
def test_two_hosts_never_share_a_form(one, other):
    forms = {normal_form(Point(PointKind.LINK, f"https://{host}/ann")) for host in (one, other)}

    assert len(forms) == len({one, other})


def test_a_query_that_is_the_name_stays():
    forms = {
        normal_form(Point(PointKind.LINK, f"https://www.facebook.com/profile.php?id={n}&x=1"))
        for n in (5, 6)
    }

    assert forms == {"facebook.com/profile.php?id=5", "facebook.com/profile.php?id=6"}


@pytest.mark.parametrize("text", ["@ann", "ann", "ann@example.com", "in/ann", "call me"])
def test_what_names_no_site_is_no_link(text):
    assert problem_of(Point(PointKind.LINK, text)) == "not a link"


@pytest.fixture
def suppressed(db):
    points = [
        Point(PointKind.PHONE, "+852 2555 0140"),
        Point(PointKind.EMAIL, "ann.bee@example.com"),
        Point(PointKind.LINK, "https://www.linkedin.com/in/ann-bee"),
    ]
    suppression.suppress(points, scope=SuppressionScope.NO_REENTRY, by=None)


COMING_BACK = (
    (PointKind.PHONE, "2555 0140 (WhatsApp)"),
    (PointKind.PHONE, "2555 0141 / 2555 0140"),
    (PointKind.PHONE, "2555 0141/40"),
    (PointKind.PHONE, "8.522555014E+10"),
    (PointKind.EMAIL, '"ann.bee"@example.com'),
    (PointKind.EMAIL, "bob@example.com; Ann <ann.bee@example.com>"),
    (PointKind.EMAIL, "ann.bee%40example.com"),
    (PointKind.LINK, "pt.linkedin.com:443/in/ann%2Dbee/details"),
)


def create(kind, value):
    ContactPoint.objects.create(contact=factories.ContactFactory(), kind=kind, value=value)


def bulk_create(kind, value):
    person = factories.ContactFactory()
    ContactPoint.objects.bulk_create([ContactPoint(contact=person, kind=kind, value=value)])


def update(kind, value):
    row = ContactPoint.objects.create(
        contact=factories.ContactFactory(), kind=PointKind.EMAIL, value="z@example.com"
    )
    ContactPoint.objects.filter(pk=row.pk).update(kind=kind, value=value)


DOORS = (create, bulk_create, update)


@pytest.mark.clause("S64", "S110")
@pytest.mark.both
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("kind", "value"), COMING_BACK)
def test_a_suppressed_point_in_another_dress_is_refused_at_every_door(
    suppressed, door, kind, value
):
    with pytest.raises(IdentifierSuppressed):
        door(kind, value)


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (PointKind.PHONE, "call reception"),
        (PointKind.PHONE, "2555 0150 / 2555 0151"),
        (PointKind.PHONE, "8.52511E+11"),
        (PointKind.EMAIL, "a@example.com; b@example.com"),
        (PointKind.EMAIL, "nobody"),
        (PointKind.LINK, "@ann"),
    ],
)
def test_what_is_not_one_point_is_stored_by_no_door(door, kind, value):
    with pytest.raises(IdentifierUnreadable):
        door(kind, value)

    assert not ContactPoint.objects.exclude(value="z@example.com").exists()


@pytest.mark.django_db
@pytest.mark.both
def test_every_door_stores_the_cleaned_value():
    person = factories.ContactFactory()
    row = ContactPoint.objects.create(
        contact=person, kind=PointKind.EMAIL, value="mailto:ann@example.com"
    )
    firm = factories.OrganisationFactory(email="Desk <desk@example.com>", phone="Tel. 2555 0150")
    ContactPoint.objects.filter(pk=row.pk).update(value="Bob <bob@example.com>")

    row.refresh_from_db()
    firm.refresh_from_db()
    assert (row.value, row.normal_form) == ("bob@example.com", "bob@example.com")
    assert (firm.email, firm.phone, firm.phone_form) == (
        "desk@example.com", "2555 0150", "+85225550150",
    )  # fmt: skip


@pytest.mark.django_db
def test_a_row_of_before_there_was_a_rule_is_saved_as_it_stands():
    row = ContactPoint.objects.create(
        contact=factories.ContactFactory(), kind=PointKind.PHONE, value="2555 0150"
    )
    ContactPoint.objects.filter(pk=row.pk)._unasked().update(value="ask Bob", normal_form="")
    row.refresh_from_db()
    row.is_preferred = True

    row.save()

    row.refresh_from_db()
    assert (row.value, row.is_preferred) == ("ask Bob", True)
    assert Organisation.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.both
def test_stored_links_are_turned_into_todays_form_and_older_entries_still_asked():
    old, twin = "https://pt.linkedin.com/in/ann-bee/", "https://www.linkedin.com/in/ann-bee"
    person = factories.ContactFactory()
    row = ContactPoint.objects.create(contact=person, kind=PointKind.LINK, value=old)
    ContactPoint.objects.filter(pk=row.pk)._unasked().update(normal_form=link_form_1(old))
    other = ContactPoint.objects.create(
        contact=factories.ContactFactory(), kind=PointKind.LINK, value=twin
    )
    double = ContactPoint.objects.create(
        contact=person, kind=PointKind.LINK, value="example.org/ann"
    )
    ContactPoint.objects.filter(pk=double.pk)._unasked().update(value=twin, normal_form="older")

    assert suppression.renew_forms() == 1
    assert suppression.renew_forms() == 0

    assert ContactPoint.objects.get(pk=row.pk).normal_form == "linkedin.com/in/ann-bee"
    assert ContactPoint.objects.get(pk=other.pk).normal_form == "linkedin.com/in/ann-bee"
    # The same link twice: one of the two keeps what it had.
    assert ContactPoint.objects.get(pk=double.pk).normal_form == "older"


@pytest.mark.django_db
@pytest.mark.both
def test_an_entry_of_the_first_version_is_asked_in_its_own_form():
    old = "https://pt.linkedin.com/in/ann-bee/"
    suppression.suppress([Point(PointKind.LINK, old)], scope=SuppressionScope.NO_REENTRY, by=None)
    key = next(iter(suppression.parse_keys(django_settings.PRIVACY_SUPPRESSION_KEYS).values()))
    SuppressionEntry.objects.update(
        norm_version=1, digest=digest_of(key, PointKind.LINK, 1, link_form_1(old))
    )

    assert suppression.refused([Point(PointKind.LINK, "pt.linkedin.com/in/Ann-Bee")]) == [True]
