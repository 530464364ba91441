"""The search box: either script, points in any spacing, organisations, references; no more."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from config import roles
from crm import contacts, search
from crm.models import Contact
from tests.factories.crm import (
    ContactFactory,
    ContactPointFactory,
    OrganisationFactory,
    RoleFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def office():
    firm = OrganisationFactory(name="Harbour Trading", name_key="harbourtrading")
    tai_man = ContactFactory(
        native_family_name="陳",
        native_given_name="大文",
        latin_family_name="Chan",
        latin_given_name="Tai Man",
    )
    jurgen = ContactFactory(latin_family_name="Müller", latin_given_name="Jürgen")
    other = ContactFactory(native_family_name="李", native_given_name="大文", latin_family_name="")
    RoleFactory(contact=tai_man, organisation=firm)
    ContactPointFactory(contact=tai_man, kind="phone", value="+852 5123 4567")
    ContactPointFactory(contact=jurgen, value="j.mueller@example.com")
    contacts.index([tai_man.pk, jurgen.pk, other.pk])
    return {"tai_man": tai_man, "jurgen": jurgen, "other": other}


@pytest.mark.parametrize(
    ("term", "names"),
    [
        ("陳", {"tai_man"}),
        ("陳大", {"tai_man"}),
        ("大文", set()),
        ("陳大文", {"tai_man"}),
        ("chan TAI", {"tai_man"}),
        ("muller", {"jurgen"}),
        ("MÜLLER jur", {"jurgen"}),
        ("j.mueller@example", {"jurgen"}),
        ("51234567", {"tai_man"}),
        ("+852 5123-4567", {"tai_man"}),
        ("(5123) 4567", {"tai_man"}),
        ("harbour", {"tai_man"}),
        ("org:harbour", {"tai_man"}),
        ("org:harbour muller", set()),
        ("org:nobody", set()),
        ("org:", set()),
        ("org:!!", set()),
        ("+852 (0)5123 4567", {"tai_man"}),
        ("id:zz", set()),
        ("nobody at all", set()),
        ("", {"tai_man", "jurgen", "other"}),
    ],
)
def test_what_is_typed_finds_who_is_meant(office, term, names):
    found = search.find(Contact.objects.all(), term)

    assert {name for name, person in office.items() if person in found} == names


@pytest.mark.parametrize("length", [8, 13, 36])
def test_a_reference_is_found_by_its_beginning(office, length):
    person = office["jurgen"]
    beginning = str(person.uuid)[:length]

    for term in (f"id:{beginning}", f"ID:{beginning.upper()}", beginning):
        assert list(search.find(Contact.objects.all(), term)) == [person]
    assert not search.find(Contact.objects.all(), f"id:{str(person.uuid)[:7]}")


def test_the_box_finds_no_more_than_the_list_shows(client, office):
    staff = UserFactory(team=TeamFactory())
    staff.groups.set([Group.objects.get(name=roles.STAFF)])
    client.force_login(staff)
    mine, gone = office["tai_man"], office["jurgen"]
    Contact.objects.filter(pk=mine.pk).update(owner=staff)
    Contact.objects.filter(pk=gone.pk).update(owner=staff, disposed_at="2026-01-01T00:00Z")

    def listed(term):
        page = client.get(reverse("admin:crm_contact_changelist"), {"q": term})
        return set(page.context["cl"].result_list.values_list("pk", flat=True))

    assert listed("陳大文") == {mine.pk}
    assert listed("李大文") == set()
    assert listed(f"id:{gone.uuid}") == set()


@pytest.mark.parametrize("term", ["陳", "muller", "5123 4567", "org:harbour", "0" * 8])
def test_every_search_is_one_query(office, term, django_assert_num_queries):
    with django_assert_num_queries(1):
        list(search.find(Contact.objects.all(), term))
