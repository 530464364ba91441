"""A mailing by a real worker through a real mail server, while people say no and the worker dies."""

import os
import time
from datetime import UTC, datetime

import pytest
import redis
from celery import Celery
from django.utils import timezone

from crm.models import User
from privacy import consent, dispatch, notices
from privacy.dispatch import Text
from privacy.enums import Channel, ConsentMethod, DeliveryState, DispatchKind, DispatchState
from privacy.models import Delivery, Dispatch, LegalEntity
from tests.crm import post
from tests.factories.crm import ContactFactory, ContactPointFactory, UserFactory
from tests.factories.privacy import NoticeFactory
from tests.journeys import scratch
from tests.retention.test_kill import REDIS, kill, start, until

pytestmark = pytest.mark.services
READERS = 40
TEXTS = {
    "en": Text("News", "This is new. {unsubscribe}"),
    "zh_hant": Text("消息", "這是新消息。{unsubscribe}"),
}


@pytest.fixture(scope="module")
def office(tmp_path_factory, django_db_setup, django_db_blocker):
    """A database and a folder that the worker opens, too."""
    folder = tmp_path_factory.mktemp("office")
    with django_db_blocker.unblock(), scratch.database(folder):
        yield folder


@pytest.fixture
def mailbox(settings):
    with post.running(settings) as taken:
        # As long as a real server takes, so that something can happen in between.
        taken.seconds = 0.05
        yield taken


def worker(folder, settings):
    options = "worker --pool prefork --concurrency 2 --loglevel ERROR --without-gossip"
    return start(
        folder,
        *("-m", "celery", "-A", "config", *options.split()),
        REDIS_URL=REDIS,
        EMAIL_URL=f"smtp://127.0.0.1:{settings.EMAIL_PORT}",
        # The ledger that the database is anchored in: a worker without it refuses to start.
        PRIVACY_LEDGER_FILE=str(settings.PRIVACY_LEDGER_FILE),
    )


def send(task, *arguments):
    with Celery(broker=REDIS) as sender:
        sender.send_task(task, args=arguments, queue="default")


def readers():
    NoticeFactory()
    LegalEntity.objects.create(name="Example Consulting Ltd", address="1 Example Road")
    people = []
    for number in range(READERS):
        contact = ContactFactory()
        ContactPointFactory(contact=contact, value=f"reader-{number}@example.com")
        consent.record(
            contact,
            purpose="newsletter",
            channel=Channel.EMAIL,
            method=ConsentMethod.ONLINE,
            at=datetime(2026, 3, 1, tzinfo=UTC),
            wording_text="Yes, write to me.",
            notice=notices.in_force(on=timezone.localdate()),
            evidence="form 12",
            by=None,
        )
        people.append(contact)
    return people


def started(people):
    one = dispatch.prepare(
        kind=DispatchKind.MAILING, purpose="newsletter", texts=TEXTS, by=UserFactory()
    )
    dispatch.address(one, [contact.pk for contact in people], by=one.prepared_by)
    one = dispatch.approve(one, by=User.objects.create_user("second"))
    return dispatch.start(one, by=one.approved_by)


@pytest.mark.clause("S58")
def test_whoever_says_no_while_it_runs_is_not_written_to_and_nobody_twice(
    office, mailbox, settings
):
    redis.Redis.from_url(REDIS).flushdb()
    people = readers()
    one = started(people)
    # Delivered twice: two workers share it.
    send("privacy.send_dispatch", str(one.reference))
    send("privacy.send_dispatch", str(one.reference))
    process = worker(office, settings)
    assert process.pid != os.getpid()

    try:
        until(lambda: len(mailbox.taken) >= 5)
        quiet = {}
        for number in (READERS - 1, READERS // 2, 12):
            consent.withdraw(
                people[number],
                purpose="newsletter",
                method=ConsentMethod.ONLINE,
                channels=[Channel.EMAIL],
                by=None,
            )
            quiet[f"reader-{number}@example.com"] = time.monotonic()
        until(lambda: len(mailbox.taken) >= 15)
        kill(process)
        lost = Delivery.objects.filter(state=DeliveryState.SENDING).count()
        assert lost <= 2
        Delivery.objects.filter(state=DeliveryState.SENDING).update(lease_until=timezone.now())
        send("privacy.dispatches_watchdog")
        process = worker(office, settings)
        until(lambda: Dispatch.objects.get().state == DispatchState.DONE)
    finally:
        kill(process)

    for (to,), at in zip([to for to, _m in mailbox.taken], mailbox.times, strict=True):
        assert at < quiet.get(to, at + 1), "a message after the withdrawal"
    reached = [to for (to,), _message in mailbox.taken]
    assert len(reached) == len(set(reached))
    counted = dispatch.progress(one)
    assert counted["waiting"] == counted["sending"] == 0
    assert counted["sent"] + counted["uncertain"] + counted["refused"] == READERS
    assert counted["uncertain"] == lost
    assert counted["refused"] >= 2
