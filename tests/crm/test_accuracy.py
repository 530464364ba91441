"""“Are your details still right?”: asked by mail, answered by a button, on record."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.models import ContactPoint, FollowUp, Interaction
from privacy import dispatch, links, restriction
from privacy.dispatch import Text
from privacy.enums import DispatchKind, RestrictionGround
from privacy.links import Act
from privacy.points import Point
from privacy.public.accuracy import covered
from tests.factories.crm import ContactPointFactory, UserFactory
from tests.factories.privacy import LegalEntityFactory, weigh

pytestmark = pytest.mark.django_db


@pytest.fixture
def amara():
    contact = ContactPointFactory(value="amara@example.com", contact__owner=UserFactory()).contact
    ContactPointFactory(contact=contact, kind="phone", value="+852 5123 4567")
    return contact


def page(contact):
    return reverse("public:still_right", args=[links.token(Act.ACCURACY, contact.uuid)])


@pytest.mark.clause("S101")
def test_it_is_asked_by_mail_and_a_yes_confirms_each_contact_point(amara):
    LegalEntityFactory()
    weigh("accuracy")
    texts = {
        "en": Text("Your details", "Still right? {answer}"),
        "zh_hant": Text("您的資料", "是否正確？{answer}"),
    }
    one = dispatch.prepare(
        kind=DispatchKind.ACCURACY, purpose="accuracy", texts=texts, by=UserFactory()
    )
    dispatch.address(one, [amara.pk], by=one.prepared_by)
    one = dispatch.start(dispatch.approve(one, by=UserFactory()), by=one.prepared_by)
    assert dispatch.work(one.reference) == 1
    (message,) = mail.outbox
    assert page(amara).rpartition("/still-right/")[0] in message.body
    assert "List-Unsubscribe" not in message.extra_headers

    client = Client()
    shown = client.get(page(amara)).content.decode()
    assert "a…@example.com" in shown and "…567" in shown and "amara" not in shown
    assert not ContactPoint.objects.filter(verified_at__isnull=False).exists()

    for _twice in range(2):
        assert client.post(page(amara), {"answer": "right"}).status_code == 200

    assert not ContactPoint.objects.filter(verified_at__isnull=True).exists()
    interaction = Interaction.objects.get()
    assert (interaction.direction, interaction.recorded_by) == ("inbound", None)
    amara.refresh_from_db()
    assert amara.anchor_on == timezone.localdate()


@pytest.mark.clause("S101")
def test_a_no_asks_the_owner_to_look_once(amara):
    for _twice in range(2):
        Client().post(page(amara), {"answer": "wrong"})

    follow_up = FollowUp.objects.get()
    assert (follow_up.owner, follow_up.due_on) == (amara.owner, timezone.localdate())
    assert Interaction.objects.count() == 1
    assert not ContactPoint.objects.filter(verified_at__isnull=False).exists()


def test_of_a_restricted_person_nothing_is_written_and_the_page_is_the_same(amara):
    free = Client().post(
        page(ContactPointFactory(value="b@example.com").contact), {"answer": "right"}
    )
    restriction.place(
        amara,
        ground=RestrictionGround.ACCURACY,
        received_on=timezone.localdate(),
        by=UserFactory(),
    )

    held = Client().post(page(amara), {"answer": "right"})

    assert held.status_code == free.status_code == 200
    assert Interaction.objects.count() == 1
    assert amara.points.filter(verified_at__isnull=False).count() == 0


def test_another_link_opens_nothing(amara):
    for token in ("x", links.token(Act.PREFERENCES, amara.uuid)):
        for method in (Client().get, Client().post):
            assert method(reverse("public:still_right", args=[token])).status_code == 404


def test_a_point_is_covered_but_for_what_its_owner_knows_it_by():
    assert covered(Point("email", "amara@example.com")) == "a…@example.com"
    assert covered(Point("phone", "+85251234567")) == "…567"
    assert covered(Point("link", "https://www.example.org/people/amara")) == "https://www.…"
