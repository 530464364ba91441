"""One message to each of many, through the gate, once; a real mail server takes them."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.mail import get_connection
from django.db import IntegrityError, transaction
from django.utils import timezone

from crm import merge
from privacy import consent, dispatch, journal, links, notices, restriction, suppression
from privacy.dispatch import Text
from privacy.dispatch.work import Left, _carry_out, _take
from privacy.enums import (
    Channel,
    ConsentMethod,
    DeliveryState,
    DispatchKind,
    DispatchState,
    Kind,
    PointKind,
    RestrictionGround,
    SuppressionScope,
    Verdict,
)
from privacy.errors import PrivacyError, TransitionRefused
from privacy.links import Act
from privacy.models import Delivery, Dispatch, JournalEntry, LegalEntity, Office
from privacy.points import Point
from tests.crm import post
from tests.factories.crm import ContactFactory, ContactPointFactory, UserFactory
from tests.factories.privacy import LegalEntityFactory, NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

TEXTS = {
    "en": Text("News of June", "Good day!\n\nThis is new.\n\nStop: {unsubscribe}"),
    "zh_hant": Text("六月消息", "您好！\n\n這是新消息。\n\n停止：{unsubscribe}"),
}
SPRING = datetime(2026, 3, 1, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def firm():
    NoticeFactory()
    Office.objects.create(id=1, privacy_contact="privacy@office.example.com")
    return LegalEntity.objects.create(
        name="Example Consulting Ltd", address="1 Example Road", country="HK"
    )


@pytest.fixture
def mailbox(settings):
    with post.running(settings) as taken:
        yield taken


def reader(number, **facts):
    contact = ContactFactory(**facts)
    ContactPointFactory(contact=contact, value=f"reader-{number}@example.com")
    consent.record(
        contact,
        purpose="newsletter",
        channel=Channel.EMAIL,
        method=ConsentMethod.ONLINE,
        at=SPRING,
        wording_text="Yes, write to me.",
        notice=notices.in_force(on=timezone.localdate()),
        evidence="form 12",
        by=None,
    )
    return contact


def prepared(**changed):
    terms = {"kind": DispatchKind.MAILING, "purpose": "newsletter", "texts": TEXTS}
    return dispatch.prepare(**(terms | {"by": UserFactory()} | changed))


def started(*contacts, **changed):
    one = prepared(**changed)
    dispatch.address(one, [contact.pk for contact in contacts], by=one.prepared_by)
    one = dispatch.approve(one, by=UserFactory())
    return dispatch.start(one, by=one.approved_by)


def states(one):
    rows = one.deliveries.order_by("pk").values_list("state", "verdict")
    return [(str(state), verdict) for state, verdict in rows]


@pytest.mark.clause("S52")
@pytest.mark.constant("S6", "S146")
def test_each_reader_receives_one_message_in_their_language_that_says_how_to_stop(mailbox):
    amara, mei = reader(1, language="en"), reader(2, language="zh-hant")
    one = started(amara, mei)

    assert dispatch.work(one.reference) == 2
    assert dispatch.work(one.reference) == 0

    (to_amara, english), (to_mei, chinese) = mailbox.taken
    assert (to_amara, to_mei) == (["reader-1@example.com"], ["reader-2@example.com"])
    assert (english["Subject"], chinese["Subject"]) == ("News of June", "六月消息")
    assert english["From"].startswith("Example Consulting Ltd <")
    text = english.get_content()
    assert "1 Example Road" in text and "free of charge" in text
    assert "privacy@office.example.com" in text
    assert english["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url, mailto = re.findall(r"<([^>]+)>", english["List-Unsubscribe"])
    assert text.rstrip().endswith(url)
    assert mailto.startswith("mailto:privacy@office.example.com")
    opened = links.opened(Act.UNSUBSCRIBE, url.rstrip("/").rpartition("/")[2])
    assert opened == links.Opened(amara.uuid, "newsletter", "email", "")
    # Of the person themselves nothing but the address of the envelope.
    assert "Family" not in str(english)
    one.refresh_from_db()
    assert one.state == DispatchState.DONE
    assert JournalEntry.objects.latest("number").facts == {"sent": 2}
    journal.verify()


def test_only_those_whom_the_gate_lets_through_are_addressed_and_the_others_counted():
    stranger = ContactPointFactory(value="stranger@example.com").contact
    amara = reader(1)
    one = prepared()

    counts = dispatch.address(one, [amara.pk, stranger.pk, stranger.pk], by=one.prepared_by)

    assert counts == {"by_consent": 1, "no_consent": 1}
    one.refresh_from_db()
    assert one.left_out == {"no_consent": 1}
    assert [d.subject_id for d in one.deliveries.all()] == [amara.pk]
    dispatch.address(one, [amara.pk], by=one.prepared_by)
    assert one.deliveries.count() == 1


@pytest.mark.clause("S58")
def test_a_no_between_the_address_and_the_turn_takes_effect_at_its_receipt(mailbox):
    amara, mei, john = reader(1), reader(2), reader(3)
    one = started(amara, mei, john)

    consent.withdraw(
        amara, purpose="newsletter", method=ConsentMethod.EMAIL, by=None, channels=["email"]
    )
    assert states(one)[0] == ("refused", "withdrawn")
    restriction.place(
        mei, ground=RestrictionGround.ACCURACY, received_on=timezone.localdate(), by=UserFactory()
    )
    assert states(one)[1] == ("refused", "restricted")
    # What no listener heard of is asked when its turn comes.
    john.points.update(value="moved@example.com")
    assert dispatch.work(one.reference) == 1
    assert [to for to, _message in mailbox.taken] == [["moved@example.com"]]


def test_a_no_to_another_purpose_leaves_the_queue_alone():
    amara = reader(1)
    one = started(amara)

    consent.object_to(amara, purpose="profiling", method=ConsentMethod.EMAIL, by=None)

    assert states(one) == [("waiting", "")]


def test_service_is_sent_whatever_was_said_to_marketing_and_without_a_way_out(mailbox):
    amara = reader(1)
    consent.object_to(amara, method=ConsentMethod.EMAIL, by=None)
    texts = {language: Text("Your notice", "We tell you.") for language in TEXTS}
    one = started(
        amara, kind=DispatchKind.NOTICE, purpose="rights", texts=texts, notice=NoticeFactory()
    )

    assert dispatch.work(one.reference) == 1

    _to, message = mailbox.taken[0]
    assert message["List-Unsubscribe"] is None
    assert "marketing" not in message.get_content()


def test_what_a_server_refuses_for_good_fails_and_what_it_delays_waits(mailbox, settings):
    one = started(reader(1))
    mailbox.refuses = True

    assert dispatch.work(one.reference) == 0
    delivery = one.deliveries.get()
    assert (delivery.state, delivery.verdict, delivery.attempts) == ("waiting", "451", 1)
    assert delivery.again_at > timezone.now()
    assert dispatch.work(one.reference) == 0
    assert one.deliveries.get().attempts == 1

    mailbox.refuses = False
    one.deliveries.update(again_at=timezone.now() - timedelta(minutes=1))
    assert dispatch.work(one.reference) == 1
    assert len(mailbox.taken) == 1


def test_a_server_that_refuses_an_address_for_good_is_not_asked_again(mailbox):
    one = started(reader(1), reader(2))
    mailbox.unknown = {"reader-1@example.com"}

    assert dispatch.work(one.reference) == 1

    assert states(one) == [("failed", "550"), ("sent", "")]
    assert Dispatch.objects.get().state == DispatchState.DONE


def test_without_a_server_nothing_is_lost_and_no_attempt_counted(settings, mailbox):
    one = started(reader(1))
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1

    assert dispatch.work(one.reference) == 0
    assert states(one) == [("waiting", "")]
    assert one.deliveries.get().attempts == 0

    settings.EMAIL_PORT = port
    assert dispatch.work(one.reference) == 1


def test_a_server_that_falls_silent_in_the_middle_is_not_handed_the_message_twice(mailbox):
    one = started(reader(1), reader(2))
    mailbox.hangs_up = 1

    assert dispatch.work(one.reference) == 1

    assert states(one) == [("uncertain", ""), ("sent", "")]
    assert dispatch.work(one.reference) == 0


def test_a_server_that_hangs_is_left_after_its_time_and_handed_nothing_twice(mailbox, settings):
    one = started(reader(1), reader(2))
    # It takes the message, and says so too late.
    settings.EMAIL_TIMEOUT, mailbox.seconds = 0.5, 2

    assert dispatch.work(one.reference) == 0
    assert states(one) == [("uncertain", "")] * 2

    settings.EMAIL_TIMEOUT, mailbox.seconds = 10, 0
    assert dispatch.work(one.reference) == 0
    assert len(mailbox.taken) <= 2


def test_what_a_dead_worker_had_in_its_hands_is_never_sent_again(mailbox):
    one = started(reader(1))
    one.deliveries.update(
        state=DeliveryState.SENDING, lease_until=timezone.now() - timedelta(seconds=1)
    )

    assert dispatch.work(one.reference) == 0
    assert states(one) == [("uncertain", "")]
    assert mailbox.taken == []


def test_a_pause_stops_and_a_start_goes_on_and_a_cancelled_one_is_over(mailbox):
    one = started(reader(1), reader(2))
    assert dispatch.work(one.reference, most=1) == 1

    one = dispatch.pause(one, by=one.approved_by)
    assert dispatch.work(one.reference) == 0
    one = dispatch.start(one, by=one.approved_by)
    one = dispatch.cancel(one, by=one.approved_by)

    assert dispatch.work(one.reference) == 0
    assert dispatch.progress(one)["cancelled"] == 1
    with pytest.raises(TransitionRefused):
        dispatch.start(one, by=one.approved_by)


def test_a_second_person_approves_and_the_database_says_so_too():
    one = prepared()
    dispatch.address(one, [reader(1).pk], by=one.prepared_by)

    with pytest.raises(TransitionRefused, match="does not approve"):
        dispatch.approve(one, by=one.prepared_by)
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispatch.objects.update(approved_by=one.prepared_by)
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispatch.objects.update(state=DispatchState.SENDING)


def test_nothing_is_approved_that_goes_to_nobody_and_nobody_is_added_later():
    with pytest.raises(TransitionRefused, match="nobody"):
        dispatch.approve(prepared(), by=UserFactory())
    one = started(reader(1))
    with pytest.raises(TransitionRefused):
        dispatch.address(one, [reader(2).pk], by=one.prepared_by)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"texts": {"en": TEXTS["en"]}}, "both languages"),
        ({"texts": TEXTS | {"en": Text("", "Stop: {unsubscribe}")}}, "both languages"),
        ({"texts": TEXTS | {"en": Text("A\nBcc: x@example.com", "{unsubscribe}")}}, "one line"),
        ({"texts": TEXTS | {"zh_hant": Text("消息", "沒有停止方法")}}, "unsubscribe"),
        ({"texts": TEXTS | {"en": Text("News", "Dear {name}, {unsubscribe}")}}, "not known"),
        ({"texts": TEXTS | {"en": Text("{unsubscribe}", "{unsubscribe}")}}, "not in the subject"),
        ({"purpose": "rights"}, "does not fit"),
        ({"purpose": "profiling"}, "does not fit"),
        ({"purpose": "telepathy"}, "not known"),
        ({"kind": DispatchKind.ACCURACY}, "does not fit"),
        ({"kind": DispatchKind.NOTICE, "purpose": "rights"}, "tells people"),
    ],
)
def test_what_could_not_be_sent_is_refused_before_it_is_prepared(changed, sentence):
    with pytest.raises(PrivacyError, match=sentence):
        prepared(**changed)
    assert not Dispatch.objects.exists()


def test_the_sender_is_named_where_the_firm_has_several_companies(firm):
    other = LegalEntity.objects.create(name="Example Group Ltd", address="2 Example Road")

    with pytest.raises(PrivacyError, match="which company"):
        prepared()
    assert prepared(entity=other).entity == other


@pytest.mark.clause("S58")
def test_an_address_that_was_suppressed_meanwhile_receives_nothing_when_its_turn_comes(mailbox):
    one = started(reader(1), reader(2))
    address = Point(PointKind.EMAIL, "reader-1@example.com")
    suppression.suppress(
        [address], scope=SuppressionScope.NO_MARKETING, channels=["email"], by=None
    )

    assert dispatch.work(one.reference) == 1

    assert [to for to, _message in mailbox.taken] == [["reader-2@example.com"]]


@pytest.mark.clause("S53", "S54")
def test_people_who_were_chosen_by_what_they_wrote_receive_nothing():
    one = prepared(uses=[Kind.CORRESPONDENCE])

    counts = dispatch.address(one, [reader(1).pk], by=one.prepared_by)

    assert counts == {str(Verdict.COMBINATION): 1}


def test_two_records_of_one_person_are_written_to_once():
    kept, gone = reader(1), reader(2)
    one = prepared()
    dispatch.address(one, [kept.pk, gone.pk], by=one.prepared_by)

    merge.merge(kept, gone, by=None)

    assert [d.subject_id for d in one.deliveries.all()] == [kept.pk]


def test_a_merge_between_the_turn_and_the_message_makes_it_the_other_records(mailbox):
    kept, gone = reader(1), reader(2)
    one = started(gone)
    taken = _take(one)
    merge.merge(kept, gone, by=None)

    assert _carry_out(taken, get_connection()) is Left.REFUSED
    assert [(d.subject, d.state) for d in one.deliveries.all()] == [(kept, "waiting")]
    assert dispatch.work(one.reference) == 1
    assert len(mailbox.taken) == 1


def test_a_server_that_refuses_the_sender_fails_nobodys_message(mailbox):
    one = started(reader(1), reader(2))
    mailbox.knows_sender = False

    assert dispatch.work(one.reference) == 0
    assert states(one) == [("waiting", ""), ("waiting", "")]

    mailbox.knows_sender = True
    assert dispatch.work(one.reference) == 2


def test_an_unknown_dispatch_is_none():
    with pytest.raises(Dispatch.DoesNotExist):
        dispatch.work(uuid.uuid4())
    assert not Delivery.objects.exists()


@pytest.mark.clause("S2")
def test_a_company_writes_to_those_who_agreed_with_it_and_not_with_its_sister(firm, mailbox):
    ours = reader(1)
    sister = LegalEntityFactory(name="Example Sister Ltd")
    with pytest.raises(PrivacyError, match="Say which company"):
        prepared()

    theirs = prepared(entity=sister)
    assert dispatch.address(theirs, [ours.pk], by=UserFactory()) == {"no_consent": 1}

    one = started(ours, entity=firm)
    dispatch.work(one.reference)
    ((_to, message),) = mailbox.taken
    assert "Example Consulting Ltd" in message["From"]
