"""Mail that comes back, over a real IMAP conversation: bounces and requests to unsubscribe."""

import os
import uuid
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from crm import accuracy
from crm.errors import EntryRefused
from crm.models import ContactPoint
from privacy import (
    consent,
    gate,
    left_mail,
    mailbox,
    notices,
    opt_outs,
    returned_mail,
    sign_up,
)
from privacy.enums import (
    Channel,
    ConsentMethod,
    DeliveryState,
    DispatchState,
    LeftCause,
    OptOutWay,
    Verdict,
)
from privacy.errors import MailboxUnreachable, TransitionRefused
from privacy.models import Delivery, Dispatch, JournalEntry, LeftMail, OptOut
from privacy.returned_mail import Read
from tests.factories.crm import ContactFactory, ContactPointFactory, UserFactory
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
    reference,
    address="amara@example.com",
    status="5.1.1",
    *,
    headers="text/rfc822-headers",
    action=None,
    original="",
):
    """A delivery status notification, as Postfix writes it, or with the whole message."""
    if action is None:
        action = "failed" if status.startswith("5") else "delayed"
    asked = f"Original-Recipient: rfc822;{original}\n" if original else ""
    does = f"Action: {action}\n" if action else ""
    returned = f"Subject: News\nX-Lethe-Delivery: {reference}\n"
    return (
        "From: MAILER-DAEMON@mail.example.net\n"
        "Subject: Undelivered Mail Returned to Sender\n"
        "MIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        "--B\nContent-Type: text/plain\n\nIt did not arrive.\n"
        "--B\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mail.example.net\n\n"
        f"{asked}Final-Recipient: rfc822; {address}\n{does}Status: {status}\n\n"
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
        (lambda d: report(d.reference, status="2.0.0", action="failing"), Read.LEFT),
        (lambda d: report(d.reference, status="2.0.0", action=""), Read.LEFT),
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


# --- each kind of report, and what follows ------------------------------------------------------

DEAD = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
OURS = ("5.7.1", "5.7.26", "5.3.4", "5.3.0")
OTHER = ("5.0.0", "5.4.1", "5.5.0", "5.2.3", "4.4.7", "4.2.2", "5.1.0", "5.1.7", "")


def expected(action, status):
    """The table of what follows, written down a second time."""
    if action in {"delayed", "delivered", "relayed", "expanded"}:
        return {"delayed": "delayed", "delivered": "arrived"}.get(action, "relayed")
    if action == "" and not status.startswith("5"):
        return "delayed" if status.startswith("4") else "left"
    if action not in {"", "failed"}:
        return "left"
    if status in DEAD:
        return "bounced"
    if status == "5.2.2":
        return "full"
    return "refused" if status in OURS else "failed"


@pytest.mark.parametrize("status", [*DEAD, *OURS, *OTHER, "5.2.2"])
@pytest.mark.parametrize(
    "action", ["failed", "delayed", "delivered", "relayed", "expanded", "", "surprised"]
)
@pytest.mark.parametrize("whose", ["final", "original", "nobody"])
def test_any_status_action_and_recipient_has_what_the_table_says(
    delivery, action, status, whose, mailoutbox, django_capture_on_commit_callbacks
):
    Dispatch.objects.update(
        state=DispatchState.SENDING, approved_by=UserFactory(email="officer@office.example.com")
    )
    raw = report(
        delivery.reference,
        "Amara@Example.com" if whose == "final" else "forwarded@elsewhere.example",
        status,
        action=action,
        original="amara@example.com" if whose == "original" else "",
    )

    with django_capture_on_commit_callbacks(execute=True):
        read = returned_mail.take(raw)

    want = "left" if whose == "nobody" else expected(action, status)
    assert read == want
    delivery.refresh_from_db()
    state = {
        "bounced": DeliveryState.BOUNCED,
        "full": DeliveryState.FAILED,
        "failed": DeliveryState.FAILED,
        "refused": DeliveryState.FAILED,
    }.get(want, DeliveryState.SENT)
    assert delivery.state == state
    marked = delivery.subject.points.filter(bounced_at__isnull=False)
    assert list(marked.values_list("value", flat=True)) == (
        ["amara@example.com"] if want == "bounced" else []
    )
    is_paused = Dispatch.objects.get().state == DispatchState.PAUSED
    assert is_paused is (want == "refused")
    assert [m.bcc for m in mailoutbox] == ([["officer@office.example.com"]] if is_paused else [])


def test_a_full_mailbox_is_dead_after_three_deliveries_and_not_after_three_reports(delivery):
    first = report(delivery.reference, status="5.2.2")
    for _again in range(4):
        assert returned_mail.take(first) is Read.FULL
    point = delivery.subject.points.get(value="amara@example.com")
    assert (point.times_full, point.bounced_at) == (1, None)

    for read in (Read.FULL, Read.BOUNCED):
        another = DeliveryFactory(
            subject=delivery.subject, state=DeliveryState.SENT, sent_at=timezone.now()
        )
        assert returned_mail.take(report(another.reference, status="5.2.2")) is read

    assert delivery.subject.points.get(value="amara@example.com").bounced_at


def test_an_address_that_is_dead_is_so_in_every_record(delivery):
    other = ContactPointFactory(value="AMARA@example.com")

    returned_mail.take(report(delivery.reference))

    other.refresh_from_db()
    assert other.bounced_at


def dead(delivery):
    returned_mail.take(report(delivery.reference))
    point = delivery.subject.points.get(value="amara@example.com")
    assert point.bounced_at
    return point


def receipt(d):
    return report(d.reference).replace(
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mail.example.net\n",
        b"Content-Type: message/disposition-notification\n",
    )


def vacation(d):
    return (
        b"From: Amara <amara@example.com>\nSubject: away\nAuto-Submitted: auto-replied (vacation)\n"
        + f"In-Reply-To: <{d.reference.hex}.lethe@office.example.com>\n\nAway.".encode()
    )


def confirmed(d):
    typed = sign_up.Typed("Amara", "amara@example.com", "en", {"newsletter": "Yes."})
    sign_up.confirm(sign_up.ask(typed, is_old_enough=True).reference)


def corrected(d):
    point = d.subject.points.get(value="amara@example.com")
    point.value = "amara.new@example.com"
    point.save()


def corrected_as_a_set(d):
    ContactPoint.objects.filter(contact=d.subject, bounced_at__isnull=False).update(
        value="amara.new@example.com"
    )


def corrected_in_a_batch(d):
    point = d.subject.points.get(value="amara@example.com")
    point.value = "amara.new@example.com"
    ContactPoint.objects.bulk_update([point], ["value"])


PROOFS = {
    "delivered": lambda d: returned_mail.take(report(d.reference, action="delivered")),
    "shown to its reader": lambda d: returned_mail.take(receipt(d)),
    "an answering machine": lambda d: returned_mail.take(vacation(d)),
    "a sign-up confirmed there": confirmed,
    "the person says it is right": lambda d: accuracy.answered(d.subject_id, is_right=True),
    "another address": corrected,
    "another address, as a set": corrected_as_a_set,
    "another address, in a batch": corrected_in_a_batch,
    "try again": lambda d: accuracy.try_again(d.subject, by=UserFactory()),
}


@pytest.mark.parametrize("proof", PROOFS.values(), ids=PROOFS)
def test_what_proves_the_mailbox_alive_or_changes_the_address_ends_the_mark(delivery, proof):
    point = dead(delivery)

    proof(delivery)

    point.refresh_from_db()
    assert (point.bounced_at, point.times_full) == (None, 0)


def test_the_same_address_saved_again_keeps_its_mark(delivery):
    point = dead(delivery)
    point.value = "Amara@EXAMPLE.com"
    point.save()

    point.refresh_from_db()
    assert point.bounced_at


def test_to_try_again_is_in_the_journal_and_is_refused_where_nothing_is_marked(delivery):
    dead(delivery)
    accuracy.try_again(delivery.subject, by=UserFactory())

    entry = JournalEntry.objects.get(verb="contact.try_again")
    assert entry.facts == {"points": 1}
    with pytest.raises(EntryRefused):
        accuracy.try_again(delivery.subject, by=UserFactory())


def complaint(reference, kind="abuse"):
    return (
        "From: feedback@provider.example\nSubject: complaint\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="B"\n\n'
        "--B\nContent-Type: text/plain\n\nA complaint.\n"
        f"--B\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nVersion: 1\n\n"
        f"--B\nContent-Type: message/rfc822\n\nX-Lethe-Delivery: {reference}\n\nNews\n--B--\n"
    ).encode()


@pytest.mark.clause("S52", "S119")
def test_a_complaint_about_marketing_is_a_no_and_any_other_waits_for_a_person(delivery):
    assert returned_mail.take(complaint(delivery.reference, "fraud")) is Read.LEFT
    assert gate.may(delivery.subject, **NEWSLETTER).is_yes

    assert returned_mail.take(complaint(delivery.reference)) is Read.COMPLAINED

    assert gate.may(delivery.subject, **NEWSLETTER).verdict is Verdict.WITHDRAWN
    assert OptOut.objects.get().way == OptOutWay.COMPLAINT


def test_exims_report_without_a_part_for_machines_is_read(delivery):
    raw = (
        "X-Failed-Recipients: amara@example.com\nAuto-Submitted: auto-replied\n"
        "Subject: Mail delivery failed\n\nRCPT TO:<amara@example.com>:\n"
        "550 5.1.1 no such user\n\n------ This is a copy of the message.\n"
        f"X-Lethe-Delivery: {delivery.reference}\nSubject: News\n"
    ).encode()

    assert returned_mail.take(raw) is Read.BOUNCED


def test_what_nobody_understood_stands_in_a_list_until_somebody_read_it(delivery, settings):
    strange = b"From: amara@example.com\nSubject: Please stop\n\nNo more, Amara Okafor"
    with imap.running(settings) as box:
        for raw in (strange, strange, report(uuid.uuid4()), b"\xff" * 10):
            box.put(raw)
        assert mailbox.fetch() == {"left": 4}

    causes = sorted(left_mail.waiting().values_list("cause", flat=True))
    assert causes == [LeftCause.DAMAGED, LeftCause.LETTER, LeftCause.REPORT]
    officer = UserFactory()
    left_mail.settle(left_mail.waiting().get(cause=LeftCause.LETTER), by=officer)
    assert left_mail.waiting().count() == 2
    with pytest.raises(TransitionRefused):
        left_mail.settle(LeftMail.objects.get(cause=LeftCause.LETTER), by=officer)
