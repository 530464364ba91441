"""What is kept of each detail: by which way it came, whose it is, and what was declined."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from crm import contacts
from crm.contacts import Entry, SourceFacts
from crm.enums import Channel, Usage
from crm.models import ContactPoint, Demographics
from crm.names import Names
from privacy.enums import PointKind
from privacy.suppression import Point
from tests.factories.crm import ContactFactory, UserFactory

pytestmark = pytest.mark.django_db


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
def test_private_and_business_addresses_of_one_person_are_told_apart():
    contact = ContactFactory()
    for usage in (Usage.PRIVATE, Usage.CORPORATE):
        ContactPoint.objects.create(
            contact=contact, kind=PointKind.EMAIL, value=f"{usage}@example.com", usage=usage
        )

    assert {point.usage for point in contact.points.all()} == {Usage.PRIVATE, Usage.CORPORATE}


@pytest.mark.clause("S14")
def test_a_profile_is_kept_as_its_link_and_nothing_of_its_page():
    link = "https://www.linkedin.com/in/amara-okonkwo"
    contact = enter(Point(PointKind.LINK, link), came_by=Channel.IMPORT)

    point = contact.points.get()
    assert point.value == link
    texts = [f.name for f in point._meta.fields if f.get_internal_type() == "TextField"]
    assert texts == []


@pytest.mark.clause("S9")
def test_a_declined_birth_date_is_an_answer_and_no_date_can_stand_beside_it():
    row = Demographics.objects.create(contact=ContactFactory(), date_of_birth_declined=True)

    row.date_of_birth = date(1980, 1, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
