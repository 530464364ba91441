"""STOP by SMS, through the provider's own address and as a file."""

import hashlib
import hmac
import io
import json
import time

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from privacy import gate, stops, suppression
from privacy.enums import Channel, ConsentKind, Verdict
from privacy.models import ConsentEvent, SuppressionEntry
from privacy.points import Point
from tests.factories.crm import ContactPointFactory
from tests.factories.privacy import NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

KEY = "only-for-this-test"
NUMBER = "+852 5123 4567"


@pytest.fixture
def amara():
    NoticeFactory()
    return ContactPointFactory(kind="phone", value="5123 4567").contact


@pytest.fixture
def provider(settings):
    settings.PRIVACY_SMS_KEY = KEY

    def send(said=None, *, body=None, at=None, key=KEY):
        body = json.dumps(said).encode() if body is None else body
        at = str(int(time.time()) if at is None else at)
        signed = hmac.new(key.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
        return Client(enforce_csrf_checks=True).post(
            "/hooks/sms/",
            body,
            content_type="application/json",
            headers={"X-Lethe-Timestamp": at, "X-Lethe-Signature": signed},
        )

    return send


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("STOP", True),
        (" stop. ", True),
        ("ＳＴＯＰ", True),
        ("Unsubscribe!", True),
        ("停止", True),
        ("取消訂閱", True),
        ("退訂。", True),
        ("Please do not stop", False),
        ("", False),
        ("OK", False),
    ],
)
def test_one_word_stops_in_any_spelling_and_nothing_else_does(text, is_one):
    assert stops.asks_to_stop(text) is is_one


@pytest.mark.clause("S139")
def test_a_reply_ends_marketing_by_sms_at_once_and_no_other_channel(amara, provider):
    assert provider({"from": NUMBER, "text": "STOP"}).status_code == 204
    assert provider({"from": NUMBER, "text": "STOP"}).status_code == 204

    event = ConsentEvent.objects.get()
    assert (event.kind, event.channel, event.subject) == (ConsentKind.OBJECTED, "sms", amara)
    verdict = gate.may(amara, purpose="promotion", channel="sms").verdict
    assert verdict is Verdict.OBJECTED
    assert gate.may(amara, purpose="promotion", channel="phone").verdict is Verdict.NO_CONSENT
    assert suppression.marketing_refused([Point("phone", NUMBER)], Channel.SMS)[0]


def test_a_number_that_nobody_has_is_suppressed_and_answered_alike(amara, provider):
    known = provider({"from": NUMBER, "text": "stop"})
    unknown = provider({"from": "+852 6123 4567", "text": "stop"})

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert suppression.marketing_refused([Point("phone", "+85261234567")], Channel.SMS)[0]


def test_another_reply_changes_nothing(amara, provider):
    assert provider({"from": NUMBER, "text": "Thanks!"}).status_code == 204

    assert not ConsentEvent.objects.exists()
    assert not SuppressionEntry.objects.exists()


def test_what_is_not_the_providers_or_no_reply_is_refused(amara, provider, settings):
    reply = {"from": NUMBER, "text": "STOP"}
    refused = [
        provider(reply, key="another"),
        provider(reply, at=int(time.time()) - 301),
        provider(reply, at=int(time.time()) + 301),
        provider(reply, at="soon"),
        provider(body=b"x" * 10_001),
        Client().post("/hooks/sms/", reply, content_type="application/json"),
    ]
    assert {answer.status_code for answer in refused} == {403}
    for wrong in (b"", b"[]", b'{"from": "+85251234567"}', b'{"from": "x", "text": "STOP"}'):
        assert provider(body=wrong).status_code == 400
    assert Client().get("/hooks/sms/").status_code == 405
    settings.PRIVACY_SMS_KEY = ""
    assert provider(reply).status_code == 403
    assert not ConsentEvent.objects.exists()


def test_a_file_of_replies_is_taken_in_and_its_bad_rows_named(amara, tmp_path):
    file = tmp_path / "replies.csv"
    file.write_text(f"from,text\n{NUMBER},STOP\n{NUMBER},hello\nnobody,停止\n", "utf-8-sig")
    out = io.StringIO()

    with pytest.raises(CommandError, match=r"these rows: 4\."):
        call_command("sms_stops", str(file), stdout=out)

    assert "Stopped: 1. Other replies: 1." in out.getvalue()
    assert ConsentEvent.objects.get().subject == amara
    for content in ("", "a,b\n1,2\n"):
        file.write_text(content)
        with pytest.raises(CommandError, match="columns from and text"):
            call_command("sms_stops", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("sms_stops", str(tmp_path / "none.csv"))
