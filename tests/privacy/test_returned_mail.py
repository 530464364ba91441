"""Mail that comes back, over a real IMAP conversation: bounces and requests to unsubscribe."""

import os
import uuid
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from privacy import consent, gate, mailbox, notices, opt_outs, returned_mail
from privacy.enums import Channel, ConsentMethod, DeliveryState, OptOutWay, Verdict
from privacy.errors import MailboxUnreachable
from privacy.models import Delivery, JournalEntry, OptOut
from privacy.returned_mail import Read
from tests.factories.crm import ContactFactory, ContactPointFactory
from tests.factories.privacy import DeliveryFactory, NoticeFactory
from tests.privacy import imap

pytestmark = [pytest.mark.django_db, pytest.mark.both]

NEWSLETTER = {"purpose": "newsletter", "channel": "email"}


@pytest.fixture
def delivery():
    """The newsletter reached, so we thought, somebody with two addresses."""
    NoticeFactory()
    contact = ContactFactory()
    for value in ("amara@example.com", "second@example.com"):
        ContactPointFactory(contact=contact, value=value)
    consent.record(
        contact,
        purpose="newsletter",
        channel=Channel.EMAIL,
        method=ConsentMethod.ONLINE,
        wording_text="Yes.",
        notice=notices.in_force(on=timezone.localdate()),
        evidence="form 12",
        by=None,
    )
    return DeliveryFactory(subject=contact, state=DeliveryState.SENT, sent_at=timezone.now())


def report(
    reference, address="amara@example.com", status="5.1.1", *, headers="text/rfc822-headers"
):
    """A delivery status notification, as Postfix writes it, or with the whole message."""
    action = "failed" if status.startswith("5") else "delayed"
    returned = f"Subject: News\nX-Lethe-Delivery: {reference}\n"
    return (
        "From: MAILER-DAEMON@mail.example.net\n"
        "Subject: Undelivered Mail Returned to Sender\n"
        "MIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        "--B\nContent-Type: text/plain\n\nIt did not arrive.\n"
        "--B\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mail.example.net\n\n"
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n\n"
        f"--B\nContent-Type: {headers}\n\n{returned}\n--B--\n"
    ).encode()


def unsubscribe(reference):
    return f"From: amara@example.com\nSubject: Unsubscribe {reference}\n\n".encode() + b"\xb0\xb1"


@pytest.mark.clause("S104")
@pytest.mark.parametrize("headers", ["text/rfc822-headers", "message/rfc822"])
def test_a_bounce_marks_the_one_address_and_the_delivery(delivery, settings, headers):
    with imap.running(settings) as box:
        box.put(report(delivery.reference, "AMARA@example.com", headers=headers))
        assert mailbox.fetch() == {"bounced": 1}

    assert box.expunged == [1]
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.BOUNCED
    states = dict(delivery.subject.points.values_list("value", "bounced_at"))
    assert states["amara@example.com"] and not states["second@example.com"]
    # From now on the other address is used, and none once both came back.
    points = gate.may(delivery.subject, **NEWSLETTER).points
    assert [point.value for point in points] == ["second@example.com"]
    returned_mail.take(report(delivery.reference, "second@example.com"))
    assert gate.may(delivery.subject, **NEWSLETTER).verdict is Verdict.BOUNCED
    facts = JournalEntry.objects.filter(verb="delivery.bounce").values_list("facts", flat=True)
    assert list(facts) == [{"points": 1}] * 2


@pytest.mark.parametrize(
    ("make", "read"),
    [
        (lambda d: report(d.reference, status="4.2.2"), Read.DELAYED),
        (lambda d: report(uuid.uuid4()), Read.LEFT),
        (lambda d: report("not-a-reference"), Read.LEFT),
        (lambda d: report(d.reference, "stranger@example.com"), Read.LEFT),
        (lambda d: report(d.reference).replace(b"delivery-status\n\n", b"x\n\n"), Read.LEFT),
        (lambda d: report(d.reference)[:200], Read.LEFT),
        (lambda d: b"\xff\x00" * 500, Read.LEFT),
        (lambda d: b"", Read.LEFT),
        (lambda d: b"Content-Type: message/rfc822\n\n" * 1_000, Read.LEFT),
        (lambda d: report(d.reference, status="2.0.0"), Read.LEFT),
        (lambda d: unsubscribe(uuid.uuid4()), Read.LEFT),
        (lambda d: report(d.reference) + b" " * returned_mail.LARGEST, Read.LEFT),
    ],
)
def test_what_is_late_forged_broken_or_huge_changes_nothing(delivery, settings, make, read):
    raw = make(delivery)
    with imap.running(settings) as box:
        box.put(raw)
        assert mailbox.fetch() == {str(read): 1}
        # Read again nothing is new; what nobody understood waits for a person, flagged.
        assert mailbox.fetch() == {}
    assert bool(box.flags) is (read is Read.LEFT)
    assert all(r"\Flagged" in flags for flags in box.flags.values())
    assert not delivery.subject.points.filter(bounced_at__isnull=False).exists()
    assert Delivery.objects.get().state == DeliveryState.SENT


@pytest.mark.clause("S52", "S119")
def test_a_mail_to_unsubscribe_is_the_same_no_as_the_link_and_is_kept_sealed(delivery, settings):
    with imap.running(settings) as box:
        for _n in range(2):
            box.put(unsubscribe(delivery.reference))
        assert mailbox.fetch() == {"unsubscribed": 2}

    assert gate.may(delivery.subject, **NEWSLETTER).verdict is Verdict.WITHDRAWN
    kept = OptOut.objects.first()
    assert kept.way == OptOutWay.MAIL
    said = opt_outs.read(kept, by=None)["message"]
    assert said.encode("latin-1") == unsubscribe(delivery.reference)
    assert not box.messages


def test_a_line_that_drops_loses_nothing_and_the_next_turn_goes_on(delivery, settings):
    with imap.running(settings) as box:
        box.put(report(delivery.reference))
        box.drops_after = 5
        with pytest.raises(MailboxUnreachable):
            mailbox.fetch()
        assert box.messages
        box.drops_after = None
        assert mailbox.fetch() == {"bounced": 1}


def test_a_wrong_password_a_dead_server_and_an_open_line_say_so_without_a_name(settings):
    with (
        imap.running(settings, password="another"),
        pytest.raises(MailboxUnreachable) as wrong,
    ):
        mailbox.fetch()
    with pytest.raises(MailboxUnreachable):
        mailbox.fetch()
    settings.PRIVACY_MAILBOX_URL = "imap://office:secret@mail.example.com/"
    with pytest.raises(MailboxUnreachable) as unsafe:
        mailbox.fetch()

    settings.PRIVACY_MAILBOX_URL = "imaps://office:sec/ret:secret@mail.example.com/"
    with pytest.raises(MailboxUnreachable) as unescaped:
        mailbox.fetch()

    for error in (wrong, unsafe, unescaped):
        assert "amara" not in str(error.value) and "secret" not in str(error.value)
    with pytest.raises(CommandError, match="imaps://"):
        call_command("fetch_mail")
    settings.PRIVACY_MAILBOX_URL = ""
    assert mailbox.fetch() == {}
    with pytest.raises(CommandError, match="No mailbox is set up"):
        call_command("fetch_mail")


@pytest.mark.skipif("LETHE_CASES" not in os.environ, reason="other people's mails are elsewhere")
def test_other_peoples_mails_are_left_for_a_person(delivery):
    found = list(Path(os.environ["LETHE_CASES"]).rglob("*.eml"))

    assert found
    for path in found:
        assert returned_mail.take(path.read_bytes()) is Read.LEFT
