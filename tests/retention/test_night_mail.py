"""What was decided is told to the officers once, through a real mail server, refusing or not."""

import socket
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.contrib.auth.models import Group
from django.utils import timezone

from config import roles
from retention import night_mail, sweep
from retention.enums import Mode, NoticeKind
from retention.models import NightNotice, SweepRun
from tests.factories.crm import UserFactory
from tests.retention import people

pytestmark = [pytest.mark.django_db, pytest.mark.both]
EVENT = date(2018, 6, 15)


class Post:
    """What a mail server was handed; it refuses as long as it is told to."""

    def __init__(self):
        self.taken, self.refuses = [], False

    async def handle_DATA(self, server, session, envelope):
        if self.refuses:
            return "451 try again later"
        self.taken.append(
            (envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default))
        )
        return "250 taken"


@pytest.fixture
def post(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    handler = Post()
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 10
    yield handler
    server.stop()


@pytest.fixture
def officer():
    user = UserFactory(email="officer@example.com")
    user.groups.add(Group.objects.get(name=roles.OFFICER))
    UserFactory(email="staff@example.com").groups.add(Group.objects.get(name=roles.STAFF))
    return user


@pytest.fixture
def night():
    people.person(EVENT)
    return sweep.run(on=timezone.localdate(), mode=Mode.APPLY)


def test_the_officers_are_told_once_in_both_languages_and_of_no_name(post, officer, night):
    now = timezone.now()

    assert night_mail.send_due(at=now) == 1
    assert night_mail.send_due(at=now + timedelta(minutes=10)) == 0

    ((recipients, message),) = post.taken
    text = message.get_body(("plain",)).get_content()
    page = message.get_body(("html",)).get_content()
    assert recipients == ["officer@example.com"]
    assert "What Lethe decided on the night of" in message["Subject"]
    for part in (text, page):
        assert "crm.Contact:lead" in part
        assert "夜間的決定" in part
        assert str(night.uuid) in part
        assert "Quillfeather" not in part


def test_a_server_that_refuses_is_asked_again_and_nothing_is_sent_twice(post, officer, night):
    post.refuses = True
    now = timezone.now()
    assert night_mail.send_due(at=now) == 0
    assert not NightNotice.objects.exists()

    post.refuses = False

    assert night_mail.send_due(at=now) == 1
    assert len(post.taken) == 1


def test_a_halt_is_told_apart_from_the_report(post, officer, settings):
    settings.RETENTION_CAP_ROWS, settings.RETENTION_CAP_SHARE = 1, 0.1
    for _person in range(2):
        people.person(EVENT)
    sweep.run(on=timezone.localdate(), mode=Mode.APPLY)

    assert night_mail.send_due(at=timezone.now()) == 2

    subjects = [message["Subject"] for _to, message in post.taken]
    assert any(subject.startswith("Lethe needs you") for subject in subjects)
    assert set(NightNotice.objects.values_list("kind", flat=True)) == {"report", "alert"}


def test_a_missed_night_is_told_once(post, officer):
    # Half past four in the morning in Hong Kong.
    morning = datetime(2026, 1, 5, 20, 30, tzinfo=UTC)

    assert night_mail.send_due(at=morning) == 1
    assert night_mail.send_due(at=morning + timedelta(hours=1)) == 0

    ((_to, message),) = post.taken
    assert "missed the night of" in message["Subject"]
    assert NightNotice.objects.get().kind == NoticeKind.MISSED


def test_a_claim_whose_worker_died_is_taken_over(post, officer, night):
    now = timezone.now()
    NightNotice.objects.create(night=night.night, kind="report", claimed_at=now)

    assert night_mail.send_due(at=now + timedelta(minutes=5)) == 0
    assert night_mail.send_due(at=now + timedelta(minutes=11)) == 1


def test_nights_of_long_ago_flood_nobody(post, officer, night):
    SweepRun.objects.update(finished_at=timezone.now() - timedelta(days=4))

    assert night_mail.send_due(at=timezone.now()) == 0


def test_without_an_officers_address_the_notice_waits(post, night):
    assert night_mail.send_due(at=timezone.now()) == 0
    assert not NightNotice.objects.exists()
