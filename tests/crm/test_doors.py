"""One reader and one judge: whatever brings a value in, the verdict and the form are the same."""

from datetime import date

import pytest

from crm import contacts
from crm.contacts import Entry, SourceFacts
from crm.enums import RoleKind, SourceType
from crm.forms import ContactPointForm, OrganisationForm
from crm.imports import batch, reading
from crm.models import ContactPoint, Organisation
from crm.names import Names
from privacy import suppression
from privacy.enums import PointKind, SuppressionScope
from privacy.errors import PrivacyError
from privacy.points import Point
from privacy.public.forms import AddressForm
from tests.factories import crm as factories

E, P, L = PointKind.EMAIL, PointKind.PHONE, PointKind.LINK
SOURCE = SourceFacts(SourceType.CARD, date(2024, 3, 1))
# What is written -> (what is stored, its form), or None where it is refused.
TABLE = [
    (E, "ann@example.com", ("ann@example.com", "ann@example.com")),
    (E, "mailto:Ann@Example.com", ("Ann@Example.com", "ann@example.com")),
    (E, "Ann Lark <ann@example.com>", ("ann@example.com", "ann@example.com")),
    (E, "'ann@example.com", ("ann@example.com", "ann@example.com")),
    (E, "陳@例子.公司", ("陳@例子.公司", "陳@xn--fsqu00a.xn--55qx5d")),
    (E, "jürgen@bücher.example", ("jürgen@bücher.example", "jürgen@xn--bcher-kva.example")),
    (E, "ann", None),
    (E, "ann@example", None),
    (E, "@ann", None),
    (E, "ann@@example.com", None),
    (P, "+852 2555 0150", ("+852 2555 0150", "+85225550150")),
    (P, "Tel. 2555 0150 (direct)", ("2555 0150", "+85225550150")),
    (P, "２５５５ ０１５０", ("2555 0150", "+85225550150")),
    (P, "+852 2555 0150 內線 12", ("+852 2555 0150 ext. 12", "+85225550150")),
    (P, "call reception", None),
    (P, "8.52511E+11", None),
    (P, "1823", None),
    (L, "https://hk.linkedin.com/in/Ann/?x=1", ("https://hk.linkedin.com/in/Ann/?x=1", "linkedin.com/in/ann")),
    (L, "LinkedIn: linkedin.com/in/ann", ("linkedin.com/in/ann", "linkedin.com/in/ann")),
    (L, "@ann", None),
    (L, "ann", None),
]  # fmt: skip


def stored(rows):
    found = list(rows.values_list("value", "normal_form"))
    return found[0] if found else None


def by_create(kind, value):
    try:
        ContactPoint.objects.create(contact=factories.ContactFactory(), kind=kind, value=value)
    except PrivacyError:
        return None
    return stored(ContactPoint.objects.all())


def by_enter(kind, value):
    entry = Entry(Names("", "", "Lark", "Ann"), points=[Point(kind, value)])
    try:
        contacts.enter(entry, source=SOURCE, by=factories.UserFactory())
    except PrivacyError:
        return None
    return stored(ContactPoint.objects.all())


def by_form(kind, value):
    person = factories.ContactFactory()
    form = ContactPointForm(
        {"kind": kind, "value": value, "usage": "unknown", "came_by": "form"},
        instance=ContactPoint(contact=person),
    )
    if not form.is_valid():
        assert "value" in form.errors
        return None
    form.save()
    return stored(ContactPoint.objects.all())


def by_import(kind, value):
    column = {E: "E-mail", P: "Phone", L: "Profile url"}[kind]
    # Somebody else's point is there, so that a bad one alone keeps nobody out.
    text = f'Name,{column}\nAnn Lark,"{value}"\n'
    batch.run(
        reading.read(text.encode()), source=SOURCE, role=RoleKind.PROSPECT, by=None, apply=True
    )
    return stored(ContactPoint.objects.all())


def by_organisation(kind, value):
    if kind == L:
        return "no such field"
    column = {E: "email", P: "phone"}[kind]
    form = OrganisationForm({"name": "Example Ltd", column: value})
    if not form.is_valid():
        assert column in form.errors
        return None
    form.save()
    firm = Organisation.objects.get()
    return getattr(firm, column), getattr(firm, f"{column}_form")


def by_public_page(kind, value):
    if kind != E:
        return "no such field"
    form = AddressForm({"email": value})
    if not form.is_valid():
        return None
    return by_create(kind, form.cleaned_data["email"])


DOORS = (by_create, by_enter, by_form, by_import, by_organisation, by_public_page)


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("kind", "value", "expected"), TABLE)
def test_every_door_gives_the_same_verdict_and_form(door, kind, value, expected):
    assert door(kind, value) in {expected, "no such field"}


@pytest.mark.clause("S64", "S110")
@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (P, "2555 0150 (WhatsApp)"),
        (P, "2555 0151 / 2555 0150"),
        (P, "2555 0151/50"),
        (E, "bob@example.com; ann@example.com"),
        (E, "ann%40example.com"),
        (L, "m.linkedin.com:443/in/ann"),
    ],
)
def test_nobody_comes_back_by_any_door(door, kind, value):
    points = [
        Point(P, "+852 2555 0150"),
        Point(E, "ann@example.com"),
        Point(L, "linkedin.com/in/ann"),
    ]
    suppression.suppress(points, scope=SuppressionScope.NO_REENTRY, by=None)

    assert door(kind, value) in {None, "no such field"}
    assert not ContactPoint.objects.exists()


def test_a_point_of_its_own_words_is_never_empty():
    for kind, value, expected in TABLE:
        assert expected is None or all(expected), (kind, value)
