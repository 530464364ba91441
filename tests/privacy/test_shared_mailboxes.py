"""One person in several records, one mailbox of several people: no mail twice, none after a no."""

import uuid

import pytest
from django.core import mail
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy import consent, dispatch, gate, link_mail, notices, stops, suppression
from privacy.enums import (
    Channel,
    ConsentMethod,
    DeliveryState,
    DispatchKind,
    DispatchState,
    PointKind,
    Told,
    Verdict,
)
from privacy.links import Act, Opened
from privacy.models import Delivery, LegalEntity, NoticeGiven
from privacy.points import Point
from privacy.public.unsubscribe import end
from privacy.purposes import named
from tests.factories.crm import ContactFactory, ContactPointFactory, UserFactory
from tests.factories.privacy import DispatchFactory, LegalEntityFactory, NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

NEWS = {"purpose": "newsletter", "channel": Channel.EMAIL}


def agree(person):
    consent.record(
        person,
        **NEWS,
        method=ConsentMethod.ONLINE,
        wording_text="Yes.",
        notice=notices.in_force(on=timezone.localdate()),
        evidence="form 12",
        by=None,
    )


def click(person):
    """One click in the message to this record."""
    opened = Opened(person.uuid, purpose="newsletter", channel="email")
    end(opened, named("newsletter"), evidence="link 1", original={"body": ""})


def message(people, **facts):
    """Approved by another, and being sent."""
    company = LegalEntity.objects.first() or LegalEntityFactory()
    made = DispatchFactory(entity=company, **facts)
    for person in people:
        Delivery.objects.create(dispatch=made, subject=person)
    type(made).objects.filter(pk=made.pk).update(
        state=DispatchState.SENDING, approved_by=UserFactory()
    )
    return made


def written_to():
    return [address for sent in mail.outbox for address in sent.to]


GRAPHS = st.tuples(
    # The addresses of each record.
    st.lists(st.sets(st.integers(0, 3), min_size=1, max_size=3), min_size=2, max_size=5),
    # What each of them says, one after the other.
    st.lists(st.tuples(st.sampled_from(("yes", "no")), st.integers(0, 4)), max_size=8),
)


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(graph=GRAPHS)
def test_in_any_graph_of_records_and_addresses_nobody_gets_it_twice_or_after_a_no(graph, settings):
    records, said = graph
    NoticeFactory()
    mail.outbox.clear()
    tag = uuid.uuid4().hex[:8]
    people, addresses = [], []
    for theirs in records:
        person = ContactFactory()
        for number in theirs:
            ContactPointFactory(contact=person, value=f"{tag}.{number}@example.com")
        people.append(person)
        addresses.append({f"{tag}.{number}@example.com" for number in theirs})
    last_yes, noes = {}, {}
    for number, (what, one) in enumerate(said, start=1):
        who = one % len(people)
        if what == "yes":
            agree(people[who])
            last_yes[who] = number
        else:
            click(people[who])
            for address in addresses[who]:
                noes[address] = (
                    max(noes.get(address, 0), number) if who in last_yes else noes.get(address, 0)
                )
    made = message(people)

    dispatch.work(made.reference)
    dispatch.work(made.reference)

    got = written_to()
    assert len(got) == len(set(got))
    for address in got:
        # Somebody with this address agreed after every no that was said there.
        yes = max((at for who, at in last_yes.items() if address in addresses[who]), default=0)
        assert yes > noes.get(address, 0)
    for who, mine in enumerate(addresses):
        assert len(mine & set(got)) <= 1 or any(
            mine & other & set(got) for n, other in enumerate(addresses) if n != who
        )


def test_an_older_yes_under_another_record_does_not_outlive_a_no_at_the_address():
    NoticeFactory()
    one, other = (ContactPointFactory(value="amara@example.com").contact for _n in range(2))
    agree(one)
    agree(other)
    made = message([other])

    click(one)

    assert gate.may(other, **NEWS).verdict is Verdict.SHARED_NO
    # What waited for the other record goes out of the queue in the same transaction.
    assert Delivery.objects.get(dispatch=made).state == DeliveryState.REFUSED
    agree(other)
    assert gate.may(other, **NEWS).is_yes
    assert not gate.may(one, **NEWS).is_yes


def test_of_a_notice_all_who_share_the_mailbox_were_told_by_one_mail():
    notice = NoticeFactory()
    people = [ContactPointFactory(value="amara@example.com").contact for _n in range(2)]
    made = message(people, kind=DispatchKind.NOTICE, purpose=named("rights"), notice=notice)

    dispatch.work(made.reference)

    assert written_to() == ["amara@example.com"]
    told = NoticeGiven.objects.filter(notice=notice, how=Told.EMAIL)
    assert set(told.values_list("subject", flat=True)) == {person.pk for person in people}


def test_who_is_being_written_to_by_another_worker_is_waited_for():
    NoticeFactory()
    people = [ContactPointFactory(value="amara@example.com").contact for _n in range(2)]
    for person in people:
        agree(person)
    made = message(people)
    busy = Delivery.objects.get(dispatch=made, subject=people[0])
    Delivery.objects.filter(pk=busy.pk).update(
        state=DeliveryState.SENDING,
        lease_until=timezone.now() + dispatch.work.__globals__["LEASE"],
    )

    dispatch.work(made.reference)

    assert written_to() == []
    waits = Delivery.objects.get(dispatch=made, subject=people[1])
    assert (waits.state, waits.attempts) == (DeliveryState.WAITING, 0)
    assert waits.again_at > timezone.now()


def test_one_mailbox_gets_one_mail_with_a_link_for_each_record():
    people = [ContactPointFactory(value="amara@example.com").contact for _n in range(2)]
    lock = suppression.locks(Point(PointKind.EMAIL, "Amara@example.com"))[0]

    assert link_mail.send([person.pk for person in people], lock) == 1

    (sent,) = mail.outbox
    assert sent.to == ["amara@example.com"]
    assert sent.body.count("/preferences/") == 2
    assert "several of our records" in sent.body


def test_stop_from_a_number_is_the_no_of_every_record_that_has_it():
    people = [
        ContactPointFactory(kind=PointKind.PHONE, value="+85251234567").contact for _n in range(2)
    ]

    stops.stop("5123 4567", original={"text": "STOP"}, evidence="sms 1")

    for person in people:
        said = consent.state([person.pk], "promotion", Channel.SMS, on=timezone.localdate())
        assert said[person.pk].is_no
    assert Act.UNSUBSCRIBE
