"""Opt-outs lie sealed in their original form for three years, and are read on record."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import merge
from privacy import disposal, gate, inventory, links, opt_outs
from privacy.enums import Channel, DisposalCause, OptOutWay, Verdict
from privacy.errors import PrivacyError
from privacy.links import Act
from privacy.models import JournalEntry, OptOut
from privacy.points import Point
from tests.crm.importing import member
from tests.factories.crm import ContactFactory, ContactPointFactory
from tests.factories.privacy import NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

AMARA = Point("email", "amara@example.com")


@pytest.fixture
def amara():
    NoticeFactory()
    contact = ContactFactory()
    ContactPointFactory(contact=contact, value=AMARA.value)
    return contact


def page_of(contact, act, name):
    token = links.token(act, contact.uuid, purpose="newsletter", channel=Channel.EMAIL)
    return reverse(f"public:{name}", args=[token])


def raw():
    """The table, as a stolen dump has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM privacy_optout")
        return str(cursor.fetchall())


def opened(opt_out):
    return opt_outs.read(opt_out, by=None)


@pytest.mark.clause("S119")
@pytest.mark.parametrize(
    ("body", "way"),
    [({"List-Unsubscribe": "One-Click"}, OptOutWay.ONE_CLICK), ({}, OptOutWay.LINK)],
)
def test_what_a_mail_program_or_a_person_sent_is_kept_as_it_arrived(amara, body, way):
    address = page_of(amara, Act.UNSUBSCRIBE, "unsubscribe")
    for method in (Client().get, Client().head, Client().options):
        method(address)
    assert not OptOut.objects.exists()

    Client().post(address, body)

    kept = OptOut.objects.get()
    assert kept.way == way
    said = opened(kept)
    assert (said["method"], said["path"]) == ("POST", address)
    assert ("One-Click" in said["body"]) is bool(body)
    assert AMARA.value not in raw() and "POST" not in raw() and address not in raw()


def test_the_page_of_choices_and_sms_are_kept_too(amara, settings, tmp_path):
    page = page_of(amara, Act.PREFERENCES, "preferences")
    Client().post(page, {"everything": "1"})
    file = tmp_path / "stops.csv"
    file.write_text("from,text\n+85251234567,STOP\n")
    call_command("sms_stops", str(file))

    ways = dict(OptOut.objects.values_list("way", "pk"))
    assert set(ways) == {OptOutWay.PREFERENCES, OptOutWay.SMS}
    sms = opened(OptOut.objects.get(pk=ways[OptOutWay.SMS]))
    assert sms == {"from": "+85251234567", "text": "STOP"}
    assert "51234567" not in raw()


def test_it_is_found_by_the_address_in_any_spelling_and_by_nothing_else(amara):
    Client().post(page_of(amara, Act.UNSUBSCRIBE, "unsubscribe"))

    assert opt_outs.find(Point("email", "AMARA@Example.com")).count() == 1
    assert not opt_outs.find(Point("email", "other@example.com")).exists()


@pytest.mark.clause("S65")
def test_an_erasure_leaves_it_and_the_sweep_takes_it_after_three_years(amara):
    Client().post(page_of(amara, Act.UNSUBSCRIBE, "unsubscribe"))
    disposal.dispose([amara.pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate())
    assert opt_outs.find(AMARA).count() == 1

    OptOut.objects.update(received_at=timezone.now() - timedelta(days=3 * 366))
    holding = inventory.holding(OptOut)
    (keep,) = holding.keeps
    assert OptOut.objects.filter(holding.is_over(keep, on=timezone.localdate())).exists()


def test_a_rotated_key_still_opens_and_a_lost_one_says_what_to_do(amara, settings):
    Client().post(page_of(amara, Act.UNSUBSCRIBE, "unsubscribe"))
    kept, old = OptOut.objects.get(), list(settings.PRIVACY_SUPPRESSION_KEYS)

    settings.PRIVACY_SUPPRESSION_KEYS = ["new1:" + "77" * 32, *old]
    assert opened(kept)["method"] == "POST"
    assert opt_outs.find(AMARA).count() == 1

    settings.PRIVACY_SUPPRESSION_KEYS = ["new1:" + "77" * 32]
    with pytest.raises(PrivacyError, match="escrow copy"):
        opened(kept)


def test_what_is_too_long_is_cut_and_nothing_is_lost_of_the_no(amara):
    opt_outs.keep(OptOutWay.MAIL, {"body": "x" * 10**7}, about=[AMARA])

    assert len(opened(OptOut.objects.get())["body"]) == opt_outs.LONGEST


def test_an_officer_reads_it_on_record_and_a_colleague_may_not(client, amara):
    Client().post(page_of(amara, Act.UNSUBSCRIBE, "unsubscribe"))
    kept = OptOut.objects.get()
    read = reverse("admin:privacy_optout_read", args=[kept.pk])
    client.force_login(member(roles.STAFF))
    assert client.post(read).status_code == 403
    client.force_login(member())
    found = client.post(
        reverse("admin:privacy_optout_find"), {"kind": "email", "value": "AMARA@example.com"}
    )
    assert found["Location"].endswith(f"/{kept.pk}/change/")
    page = client.post(read)

    assert "POST" in page.content.decode()
    assert JournalEntry.objects.get(verb="opt_out.read").object_reference == str(kept.reference)
    text = json.dumps(list(JournalEntry.objects.values_list("facts", flat=True)))
    assert AMARA.value not in text


@pytest.mark.clause("S52", "S118")
def test_a_link_sent_before_a_merge_ends_the_messages_of_whoever_stayed(amara):
    kept = ContactFactory()
    ContactPointFactory(contact=kept, value=AMARA.value)
    address = page_of(amara, Act.UNSUBSCRIBE, "unsubscribe")
    merge.merge(kept, amara, by=member())

    Client().post(address)

    newsletter = gate.may(kept, purpose="newsletter", channel=Channel.EMAIL)
    assert newsletter.verdict is Verdict.WITHDRAWN
    assert opt_outs.find(AMARA).count() == 1
