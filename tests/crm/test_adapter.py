"""What the privacy office learns of people through the adapter."""

import pytest

from crm.models import Contact
from privacy import subjects
from privacy.enums import HoldScope
from privacy.suppression import Point
from tests.factories import crm as make

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_people_are_found_by_any_spelling_of_a_point():
    contact = make.ContactPointFactory(kind="phone", value="+852 5123 4567").contact
    make.ContactPointFactory()

    assert subjects.adapter().search([Point("phone", "0085251234567")]) == {contact.pk}
    assert subjects.adapter().search([Point("email", "nobody@example.com")]) == set()


def test_a_person_is_created_corrected_and_described():
    adapter = subjects.adapter()

    pk = adapter.create(name="Amara Okonkwo", email="amara@example.com", language="zh-hant")
    adapter.correct(Contact.objects.get(pk=pk), "language", "en")
    adapter.correct(Contact.objects.get(pk=pk), "residence_country", "PT")

    facts = adapter.facts([pk])[pk]
    assert facts.language == "en"
    assert facts.regimes == {"EU_GDPR", "HK_PDPO"}
    assert facts.source_type == "person"
    assert not facts.is_engaged


def test_scope_is_asked_anew():
    role = make.RoleFactory(organisation=make.OrganisationFactory())
    part = make.ParticipationFactory()
    adapter = subjects.adapter()

    assert adapter.in_scope(HoldScope.ORGANISATION, role.organisation.uuid) == {role.contact_id}
    assert adapter.in_scope(HoldScope.ENGAGEMENT, part.engagement.uuid) == {part.contact_id}
