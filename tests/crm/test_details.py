"""What is kept of each detail: by which way it came, whose it is, and what was declined."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from config import roles
from crm import contacts
from crm.contacts import Entry, SourceFacts
from crm.enums import Channel, Usage
from crm.models import ContactPoint, Demographics
from crm.names import Names
from privacy.enums import PointKind
from privacy.suppression import Point
from tests.config.test_console import form_of
from tests.crm.importing import member
from tests.factories.crm import ContactFactory, DemographicsFactory, UserFactory

pytestmark = pytest.mark.django_db
ADD = reverse("admin:crm_contact_add")


@pytest.fixture
def officer(client):
    client.force_login(member())
    return client


def enter(*points, came_by):
    return contacts.enter(
        Entry(names=Names("", "", "Okonkwo", "Amara"), points=list(points)),
        source=SourceFacts("person", date(2026, 3, 1)),
        by=UserFactory(),
        came_by=came_by,
    )


@pytest.mark.clause("S10")
@pytest.mark.parametrize("way", [Channel.PHONE, Channel.CHAT, Channel.FORM])
def test_each_address_says_by_which_way_it_came(way):
    contact = enter(Point(PointKind.EMAIL, "amara@example.com"), came_by=way)

    assert contact.points.get().came_by == way


@pytest.mark.clause("S13")
def test_private_and_business_addresses_of_one_person_are_told_apart(officer):
    sent = form_of(**{"points-TOTAL_FORMS": "2"})
    for number, usage in enumerate((Usage.PRIVATE, Usage.CORPORATE)):
        sent |= {
            f"points-{number}-kind": "email",
            f"points-{number}-value": f"{usage}@example.com",
            f"points-{number}-usage": usage,
            f"points-{number}-came_by": "form",
        }

    assert officer.post(ADD, sent).status_code == 302

    assert dict(ContactPoint.objects.values_list("value", "usage")) == {
        "private@example.com": Usage.PRIVATE,
        "corporate@example.com": Usage.CORPORATE,
    }


@pytest.mark.clause("S14")
def test_a_profile_is_kept_as_its_link_and_nothing_of_its_page():
    link = "https://www.linkedin.com/in/amara-okonkwo"
    contact = enter(Point(PointKind.LINK, link), came_by=Channel.IMPORT)

    point = contact.points.get()
    assert point.value == link
    texts = [f.name for f in point._meta.fields if f.get_internal_type() == "TextField"]
    assert texts == []


@pytest.mark.clause("S9")
def test_who_declines_says_so_on_the_page_and_it_is_not_the_same_as_blank(officer):
    assert officer.post(ADD, form_of()).status_code == 302
    assert not Demographics.objects.exists()
    declined = {"gender": "declined", "date_of_birth_declined": "on"}
    sent = {f"demographics-0-{name}": value for name, value in declined.items()}

    answer = officer.post(ADD, form_of(**{"demographics-TOTAL_FORMS": "1", **sent}))

    assert answer.status_code == 302
    row = Demographics.objects.get()
    assert (row.gender, row.date_of_birth_declined, row.date_of_birth) == ("declined", True, None)


@pytest.mark.clause("S15")
@pytest.mark.parametrize(
    ("role", "sees"), [(roles.OFFICER, True), (roles.ASSISTANT, False), (roles.STAFF, False)]
)
def test_gender_and_birth_date_are_shown_and_taken_on_no_page_of_those_who_need_neither(
    client, role, sees
):
    user = member(role)
    contact = DemographicsFactory(contact__owner=user, gender="female").contact
    page = reverse("admin:crm_contact_change", args=[contact.pk])
    client.force_login(user)

    shown = client.get(page).content.decode()

    assert ("1980-02-29" in shown, 'name="demographics-0-gender"' in shown) == (sees, sees)
    child = {"demographics-TOTAL_FORMS": "1", "demographics-0-date_of_birth": "1990-05-05"}
    client.post(ADD, form_of(**child))
    assert Demographics.objects.filter(date_of_birth=date(1990, 5, 5)).exists() is sees


@pytest.mark.clause("S9")
def test_a_declined_birth_date_is_an_answer_and_no_date_can_stand_beside_it():
    row = Demographics.objects.create(contact=ContactFactory(), date_of_birth_declined=True)

    row.date_of_birth = date(1980, 1, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
