"""From the list of people to a message that a second person approves."""

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import contacts
from crm.admin.messaging import USES
from crm.models import Contact
from privacy import consent, dispatch, notices
from privacy.enums import Channel, ConsentMethod, DispatchState, Kind
from privacy.models import Dispatch, JournalEntry
from tests.crm.importing import member
from tests.factories.crm import ContactPointFactory, RoleFactory
from tests.factories.privacy import DispatchFactory, LegalEntityFactory, NoticeFactory

pytestmark = pytest.mark.django_db

PEOPLE = reverse("admin:crm_contact_changelist")
TYPED = {
    "kind": "mailing",
    "subject_en": "News",
    "body_en": "This is new. {unsubscribe}",
    "subject_zh_hant": "消息",
    "body_zh_hant": "這是新消息。{unsubscribe}",
}


@pytest.fixture
def reader():
    NoticeFactory()
    contact = ContactPointFactory(value="amara@example.com").contact
    consent.record(
        contact,
        purpose="newsletter",
        channel=Channel.EMAIL,
        method=ConsentMethod.ONLINE,
        at=timezone.now(),
        wording_text="Yes, write to me.",
        notice=notices.in_force(on=timezone.localdate()),
        evidence="form 12",
        by=None,
    )
    return contact


def act(message, name):
    return reverse(f"admin:privacy_dispatch_{name}", args=[message.pk])


def test_one_person_prepares_addresses_and_tests_and_another_approves(client, reader):
    LegalEntityFactory()
    RoleFactory(contact=reader, kind="client")
    stranger = ContactPointFactory(value="stranger@example.com").contact
    assistant = member(roles.ASSISTANT)
    assistant.email = "assistant@office.example.com"
    assistant.save()
    officer = member(roles.OFFICER)
    client.force_login(assistant)
    purpose = dispatch.acts.purposes.named("newsletter").pk

    client.post(reverse("admin:privacy_dispatch_prepare"), {**TYPED, "purpose": purpose})
    message = Dispatch.objects.get()
    ticked = {ACTION_CHECKBOX_NAME: [reader.pk, stranger.pk], "action": "write_to_people"}
    page = client.post(f"{PEOPLE}?role=client", ticked | {ACTION_CHECKBOX_NAME: [reader.pk]})
    assert "Newsletter and company news: News" in page.content.decode()
    answer = client.post(PEOPLE, {**ticked, "confirmed": "1", "draft": message.pk}, follow=True)

    assert "2 were chosen; the message goes to 1 people." in answer.content.decode()
    message.refresh_from_db()
    assert message.left_out == {"no_consent": 1}
    client.post(act(message, "test"))
    assert [m.to for m in mail.outbox] == [[assistant.email]] * 2
    assert "消息" in mail.outbox[1].subject
    assert client.post(act(message, "approve")).status_code == 403

    client.force_login(officer)
    preview = client.get(act(message, "approve")).content.decode()
    assert "This is new." in preview and "no: " in preview
    client.post(act(message, "approve"))
    message.refresh_from_db()
    assert (message.state, message.approved_by) == (DispatchState.APPROVED, officer)
    client.post(act(message, "start"))
    client.post(act(message, "pause"))
    client.post(act(message, "cancel"))
    message.refresh_from_db()
    assert message.state == DispatchState.CANCELLED
    verbs = JournalEntry.objects.filter(verb__startswith="dispatch.").order_by("number")
    assert list(verbs.values_list("verb", flat=True)) == [
        f"dispatch.{verb}"
        for verb in ("prepare", "address", "test", "approve", "start", "pause", "cancel")
    ]


@pytest.mark.clause("S54")
def test_the_kinds_of_data_by_which_the_list_was_narrowed_go_to_the_gate(client, reader):
    RoleFactory(contact=reader, kind="client")
    client.force_login(member(roles.OFFICER))
    message = DispatchFactory()
    contacts.index([reader.pk])

    client.post(
        f"{PEOPLE}?role=client&q=amara",
        {
            "action": "write_to_people",
            ACTION_CHECKBOX_NAME: [reader.pk],
            "confirmed": "1",
            "draft": message.pk,
        },
    )

    message.refresh_from_db()
    assert message.uses == [str(Kind.IDENTITY), str(Kind.PROFESSIONAL)]
    assert message.deliveries.get().subject == reader


def test_staff_write_to_nobody(client, reader):
    client.force_login(member(roles.STAFF))
    ticked = {"action": "write_to_people", ACTION_CHECKBOX_NAME: [reader.pk]}

    assert "write_to_people" not in client.get(PEOPLE).content.decode()
    client.post(PEOPLE, {**ticked, "confirmed": "1", "draft": DispatchFactory().pk})

    assert not Dispatch.objects.get().deliveries.exists()
    assert Contact.objects.filter(pk=reader.pk).exists()


def test_without_a_draft_the_page_says_what_to_do_first(client, reader):
    client.force_login(member(roles.OFFICER))

    page = client.post(PEOPLE, {"action": "write_to_people", ACTION_CHECKBOX_NAME: [reader.pk]})

    assert reverse("admin:privacy_dispatch_prepare") in page.content.decode()


def test_each_filter_of_the_list_says_by_which_kind_of_data_it_chooses():
    filters = admin.site._registry[Contact].list_filter
    names = {getattr(one, "parameter_name", one) for one in filters}

    assert {name.split("__")[0] for name in names} <= set(USES)
