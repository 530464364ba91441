"""What a page hands over is done once, whether the broker, a worker or the mail server dies."""

from datetime import timedelta

import pytest
from django.utils import timezone

from privacy import queues
from privacy.errors import MailNotTaken
from privacy.models import WaitingTask

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def done():
    return []


def by(done):
    return lambda task: lambda *arguments: done.append((task, arguments))


def test_it_is_done_once_however_often_it_is_told(done):
    waits = queues.hand_over("privacy.send_sign_up", "ref")

    for _again in range(3):
        queues.carry_out(waits.reference, by(done))

    assert done == [("privacy.send_sign_up", ("ref",))]
    assert not WaitingTask.objects.exists()


def test_whoever_is_at_it_is_left_alone_until_their_lease_is_over(done):
    waits = queues.hand_over("privacy.send_sign_up", "ref")
    WaitingTask.objects.update(lease_until=timezone.now() + queues.LEASE)

    assert not queues.carry_out(waits.reference, by(done))
    assert queues.left() == []
    WaitingTask.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert queues.left() == [str(waits.reference)]
    assert queues.carry_out(waits.reference, by(done))


def test_what_the_broker_did_not_take_is_found_a_minute_later():
    waits = queues.hand_over("privacy.send_sign_up", "ref")
    assert queues.left() == []

    WaitingTask.objects.update(made_at=timezone.now() - queues.PATIENCE - timedelta(seconds=1))

    assert queues.left() == [str(waits.reference)]


def test_a_mail_server_that_is_down_is_asked_again_for_two_days():
    waits = queues.hand_over("privacy.send_sign_up", "ref")

    def refuse(_task):
        def refused(*_arguments):
            raise MailNotTaken

        return refused

    assert not queues.carry_out(waits.reference, refuse)
    assert WaitingTask.objects.exists()
    WaitingTask.objects.update(made_at=timezone.now() - queues.LIVES - timedelta(minutes=1))
    assert queues.left() == []
    assert not WaitingTask.objects.exists()
