"""What was said last was received last: no clock decides whether a “no” stands (S58, S77)."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy import consent, gate, notices, objections, purposes, returned_mail, sign_up
from privacy.consent.standing import Event, told
from privacy.enums import (
    Announcement,
    Channel,
    ConsentKind,
    ConsentMethod,
    CounterGround,
    DeliveryState,
    ObjectionGround,
    ObjectionOutcome,
)
from privacy.errors import TransitionRefused
from privacy.models import ConsentEvent, Delivery, PendingSignUp
from privacy.sign_up import Typed
from tests.factories.crm import ContactPointFactory, UserFactory
from tests.factories.privacy import DeliveryFactory, NoticeFactory, weigh

pytestmark = [pytest.mark.django_db, pytest.mark.both]

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
NEWS = {"purpose": "newsletter", "channel": Channel.EMAIL}
NOES = ("withdraws", "refuses marketing", "refuses by mail")
# What is said, and by how many minutes the clock was off when it was written down.
SAID = st.lists(
    st.tuples(
        st.sampled_from(("agrees", "imported", *NOES)),
        st.integers(min_value=-4_000, max_value=4_000),
    ),
    min_size=1,
    max_size=7,
)


class Clock:
    """The machine's clock, set by hand."""

    def __init__(self, monkeypatch):
        self.at = NOON
        monkeypatch.setattr(timezone, "now", lambda: self.at)

    def set(self, at):
        self.at = at


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def event(number, kind, at):
    said = ("", 1, "newsletter", Channel.EMAIL, "", kind, ConsentMethod.ONLINE, at, None, "")
    return Event(number, *said)


def agree(person, method=ConsentMethod.ONLINE):
    consent.record(
        person,
        **NEWS,
        method=method,
        wording_text="Yes.",
        notice=notices.in_force(on=timezone.localdate()),
        evidence="form 12",
        by=None,
    )


def say(person, act):
    match act:
        case "agrees":
            agree(person)
        case "imported":
            agree(person, ConsentMethod.IMPORT)
        case "withdraws":
            consent.withdraw(
                person,
                purpose="newsletter",
                channels=[Channel.EMAIL],
                method=ConsentMethod.ONLINE,
                by=None,
            )
        case "refuses marketing":
            consent.object_to(person, method=ConsentMethod.ONLINE, by=None)
        case "refuses by mail":
            consent.refuse(
                [person.pk],
                purpose="newsletter",
                channels=[Channel.EMAIL],
                method=ConsentMethod.EMAIL,
                by=None,
            )


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(said=SAID)
def test_whatever_the_clock_a_no_ends_every_yes_before_it_then_and_later(clock, said):
    clock.set(NOON)
    NoticeFactory(effective_from=(NOON - timedelta(days=30)).date())
    person = ContactPointFactory(value=f"{uuid.uuid4().hex}@example.com").contact
    last = None
    for number, (act, minutes) in enumerate(said):
        clock.set(NOON + timedelta(minutes=number + minutes))
        try:
            say(person, act)
        except TransitionRefused:
            # A “yes” that would not count; nothing was written.
            continue
        last = "no" if act in NOES else (last if act == "imported" else "yes")
        if last == "no":
            for days in (0, 1, 3, 300):
                clock.set(NOON + timedelta(days=days))
                assert consent.state([person.pk], **NEWS, on=timezone.localdate())[person.pk].is_no
                assert not gate.may(person, **NEWS).is_yes


def test_a_yes_that_would_not_count_is_refused_and_lifts_nothing(clock):
    NoticeFactory(effective_from=(NOON - timedelta(days=30)).date())
    person = ContactPointFactory().contact
    clock.set(NOON + timedelta(days=1))
    say(person, "refuses marketing")
    clock.set(NOON)

    with pytest.raises(TransitionRefused, match="said no after that"):
        agree(person)

    clock.set(NOON + timedelta(days=2))
    agree(person)
    assert gate.may(person, **NEWS).is_yes


def test_a_yes_of_before_a_no_that_an_older_version_wrote_down_after_it_lifts_nothing():
    refused = event(1, ConsentKind.WITHDRAWN, NOON + timedelta(days=1))
    agreed = event(2, ConsentKind.GIVEN, NOON)
    later = event(3, ConsentKind.GIVEN, NOON + timedelta(days=2))

    assert told([refused, agreed]).is_no
    assert not told([refused, agreed, later]).is_no


def test_a_wide_no_said_again_after_a_yes_is_written_down_though_the_yes_lies_ahead(clock):
    NoticeFactory(effective_from=(NOON - timedelta(days=30)).date())
    person = ContactPointFactory().contact
    say(person, "refuses marketing")
    clock.set(NOON + timedelta(days=1))
    agree(person)
    clock.set(NOON + timedelta(minutes=1))

    say(person, "refuses marketing")

    clock.set(NOON + timedelta(days=2))
    assert not gate.may(person, **NEWS).is_yes
    noes = ConsentEvent.objects.filter(channel=Channel.EMAIL, kind=ConsentKind.OBJECTED)
    assert noes.count() == 2


def test_an_objection_after_the_answer_to_an_earlier_one_holds_whatever_the_clock(clock):
    officer, other = UserFactory(), UserFactory()
    person = ContactPointFactory().contact
    weigh("product-development")
    facts = {"purpose": "product-development", "method": ConsentMethod.EMAIL, "by": officer}
    made = objections.receive(
        person, ground=ObjectionGround.WORK, received_on=NOON.date(), **facts
    )
    objections.decide(
        made,
        outcome=ObjectionOutcome.OVERRIDDEN,
        counter_ground=CounterGround.CLAIMS,
        reasons="A claim is pending.",
        by=officer,
    )
    objections.approve(made, by=other)
    # The person is told by a clock that is ten days ahead.
    clock.set(NOON + timedelta(days=10))
    objections.tell(
        made, how=Announcement.EMAIL, resumes_on=(NOON + timedelta(days=11)).date(), by=officer
    )
    clock.set(NOON + timedelta(minutes=1))
    consent.object_to(person, **facts)

    clock.set(NOON + timedelta(days=12))
    assert not gate.may(person, purpose="product-development").is_yes


def test_mail_about_a_message_of_a_fast_clock_unsubscribes(clock):
    person = ContactPointFactory(value="amara@example.com").contact
    delivery = DeliveryFactory(
        subject=person, state=DeliveryState.SENT, sent_at=NOON + timedelta(days=1)
    )

    read = returned_mail.take(f"Subject: unsubscribe {delivery.reference}\n\n".encode())

    assert read == returned_mail.Read.UNSUBSCRIBED
    assert Delivery.objects.get().reference == delivery.reference


def test_a_sign_up_that_was_once_over_stays_over_when_the_clock_is_set_back(clock):
    NoticeFactory(effective_from=(NOON - timedelta(days=30)).date())
    typed = Typed("Amara Okafor", "amara@example.com", "en", {"newsletter": "Yes."})
    pending = sign_up.ask(typed, is_old_enough=True)
    PendingSignUp.objects.filter(pk=pending.pk).update(asked_at=NOON)

    clock.set(NOON + sign_up.LIVES)
    assert not sign_up.confirm(pending.reference)
    clock.set(NOON)
    assert not sign_up.confirm(pending.reference)
    assert PendingSignUp.objects.get().sealed == ""


def test_a_no_to_all_marketing_is_asked_of_each_of_its_purposes(clock):
    person = ContactPointFactory().contact
    clock.set(NOON + timedelta(days=2))
    say(person, "refuses marketing")
    clock.set(NOON)

    said = consent.state(
        [person.pk], purposes.named("promotion"), Channel.EMAIL, on=timezone.localdate()
    )
    assert said[person.pk].is_no
