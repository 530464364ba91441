"""Signing up: sealed until the mailbox answers, and then the person's own request."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from crm.models import Contact, ContactPoint, UnderAgeRefusal
from privacy import consent, gate, links, restriction, sign_up, suppression
from privacy.enums import (
    Channel,
    ConsentKind,
    ConsentMethod,
    RestrictionGround,
    SuppressionScope,
    Verdict,
)
from privacy.errors import MailNotTaken
from privacy.links import Act
from privacy.models import ConsentEvent, NoticeGiven, Office, PendingSignUp
from privacy.points import Point
from tests.crm import post
from tests.factories.crm import ContactPointFactory, UserFactory
from tests.factories.privacy import LegalEntityFactory, NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

AMARA = "amara@example.com"
PHONE = Point("phone", "+85251234567")
# What stands in a query of its own: values, and the names of savepoints.
VALUES = r"'[^']*'|\b\d+\b|\bs\d+_x\d+\b"
TYPED = {"name": "Amara Okonkwo", "email": AMARA, "age": "16", "to_newsletter": "on"}
NEWSLETTER = {"purpose": "newsletter", "channel": "email"}


@pytest.fixture
def effective_from():
    """The first day of the notice."""
    return date(2018, 5, 23)


@pytest.fixture(autouse=True)
def firm(settings, effective_from):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    Office.objects.create(id=1, privacy_contact="privacy@office.example.com")
    return NoticeFactory(effective_from=effective_from)


def page(name, *args, language="en"):
    with translation.override(language):
        return reverse(f"public:{name}", args=args)


def asked(language="en", **changed):
    return Client().post(page("sign_up", language=language), TYPED | changed)


def confirmed(language="en"):
    pending = PendingSignUp.objects.latest("pk")
    token = links.token(Act.SIGN_UP, pending.reference)
    return Client().post(page("sign_up_confirm", token, language=language))


@pytest.mark.clause("S11", "S117")
def test_nobody_is_entered_before_the_mailbox_answers_and_then_with_the_words_of_each_box():
    shown = Client().get(page("sign_up")).content.decode()
    assert 'type="checkbox"' in shown and "checked" not in shown

    assert asked(language="zh-hant").status_code == 200
    pending = PendingSignUp.objects.get()
    assert not Contact.objects.exists()
    assert AMARA not in pending.sealed and len(pending.sealed) > 8_000

    assert sign_up.send(pending.reference)
    (message,) = mail.outbox
    assert message.to == [AMARA]
    token = re.search(r"/sign-up/confirm/([^/\s]+)/", message.body)[1]
    assert links.opened(Act.SIGN_UP, token).reference == pending.reference
    assert not Contact.objects.exists()

    done = confirmed(language="zh-hant").content.decode()

    contact = Contact.objects.get()
    assert (contact.latin_family_name, contact.language) == ("Okonkwo", "zh-hant")
    assert contact.source.type == "person"
    event = ConsentEvent.objects.get(kind=ConsentKind.GIVEN)
    assert event.wording.text in done
    assert event.wording.text == "是，請以電郵向我發送：電子通訊及公司消息"
    assert event.evidence == f"sign-up {pending.reference}"
    assert gate.may(contact, **NEWSLETTER).is_yes
    pending.refresh_from_db()
    assert pending.sealed == ""


@pytest.mark.clause("S121")
def test_whoever_signs_up_was_shown_the_notice_and_that_is_on_record(firm):
    asked()
    assert not NoticeGiven.objects.exists()
    confirmed()
    confirmed()

    given = NoticeGiven.objects.get()
    assert (given.subject, given.notice) == (Contact.objects.get(), firm)
    assert (given.article, given.how, given.recorded_by) == ("13", "form", None)


@pytest.mark.clause("S16")
def test_what_was_agreed_holds_for_the_address_that_was_typed_alone():
    asked()
    confirmed()
    contact = Contact.objects.get()
    contact.points.all().delete()
    ContactPointFactory(contact=contact, value="other@example.com")

    assert gate.may(contact, **NEWSLETTER).verdict is Verdict.ADDRESS_LOCKED


def test_confirmed_twice_is_confirmed_once_and_after_48_hours_it_is_over():
    asked()
    first, second = confirmed(), confirmed()
    assert first.status_code == second.status_code == 200
    assert ConsentEvent.objects.filter(kind=ConsentKind.GIVEN).count() == 1
    assert Contact.objects.count() == 1

    asked(email="late@example.com")
    PendingSignUp.objects.filter(confirmed_at=None).update(
        asked_at=timezone.now() - timedelta(hours=48, minutes=1)
    )
    assert confirmed().status_code == 404
    assert Contact.objects.count() == 1


def test_a_look_at_the_link_confirms_nothing():
    asked()
    token = links.token(Act.SIGN_UP, PendingSignUp.objects.get().reference)

    for method in (Client().get, Client().head):
        assert method(page("sign_up_confirm", token)).status_code == 200
    assert Client().post(page("sign_up_confirm", token[:-1])).status_code == 404
    assert Client(enforce_csrf_checks=True).post(page("sign_up_confirm", token)).status_code == 403
    assert not Contact.objects.exists()


def test_somebody_known_is_found_by_the_address_and_nothing_of_theirs_is_changed():
    known = ContactPointFactory(value="AMARA@example.com").contact
    before = Contact.objects.values().get()

    asked(name="Somebody Else")
    confirmed()

    after = Contact.objects.values().get()
    kept = {name: before[name] for name in before if name not in {"anchor_on", "retention_class"}}
    assert kept.items() <= after.items()
    assert gate.may(known, **NEWSLETTER).is_yes


def test_an_erased_person_may_come_back_by_their_own_request():
    suppression.suppress([Point("email", AMARA)], scope=SuppressionScope.NO_REENTRY, by=None)

    asked()
    assert not Contact.objects.exists()
    confirmed()

    assert ContactPoint.objects.get().value == AMARA
    assert not suppression.refused([Point("email", AMARA)])[0]


def test_a_no_on_another_channel_and_to_another_purpose_stays_a_no():
    known = ContactPointFactory(value=AMARA).contact
    ContactPointFactory(contact=known, kind="phone", value=PHONE.value)
    consent.object_to(known, method=ConsentMethod.EMAIL, by=None)

    asked()
    confirmed()

    assert gate.may(known, **NEWSLETTER).is_yes
    for purpose, channel in (("promotion", "email"), ("promotion", "sms"), ("topics", "email")):
        assert gate.may(known, purpose=purpose, channel=channel).verdict is Verdict.OBJECTED
    assert suppression.marketing_refused([PHONE], Channel.SMS)[0]


@pytest.mark.parametrize("channels", [(Channel.EMAIL, Channel.SMS, Channel.PHONE), ()])
def test_of_one_case_what_keeps_this_address_from_e_mail_ends_and_nothing_else(channels):
    """The console's “Suppress” enters all points of a person under one case."""
    known = ContactPointFactory(value=AMARA).contact
    ContactPointFactory(contact=known, kind="phone", value=PHONE.value)
    suppression.suppress_subject(
        known.pk, by=None, scope=SuppressionScope.NO_MARKETING, channels=channels
    )

    asked()
    confirmed()

    assert gate.may(known, **NEWSLETTER).is_yes
    assert gate.may(known, purpose="promotion", channel="email").verdict is Verdict.REFUSED
    address = Point("email", AMARA)
    assert not suppression.marketing_refused([address], Channel.EMAIL)[0]
    for channel in (Channel.SMS, Channel.PHONE):
        assert suppression.marketing_refused([PHONE], channel)[0]
        assert suppression.marketing_refused([address], channel)[0]
        assert not gate.may(known, purpose="promotion", channel=channel).is_yes


def test_an_erased_person_who_comes_back_by_mail_is_not_called():
    suppression.suppress(
        [Point("email", AMARA), PHONE], scope=SuppressionScope.NO_REENTRY, by=None
    )

    asked()
    confirmed()

    assert not suppression.refused([Point("email", AMARA)])[0]
    assert suppression.refused([PHONE])[0]


@pytest.mark.clause("S76")
def test_a_box_that_was_left_is_on_record_as_not_answered_and_is_no_refusal():
    known = ContactPointFactory(value=AMARA).contact

    asked(language="zh-hant")
    confirmed()

    left = ConsentEvent.objects.filter(kind=ConsentKind.NOT_ANSWERED).order_by("purpose__key")
    assert list(left.values_list("purpose__key", flat=True)) == ["contest", "promotion"]
    assert all(event.wording.text.startswith("是，請以電郵向我發送") for event in left)
    assert gate.may(known, purpose="promotion", channel="email").verdict is Verdict.NO_CONSENT


def test_what_was_agreed_to_before_is_not_taken_back_by_a_box_that_was_left():
    asked(to_promotion="on")
    confirmed()
    asked()
    confirmed()

    assert gate.may(Contact.objects.get(), purpose="promotion", channel="email").is_yes


def test_of_several_who_share_a_mailbox_the_one_who_is_called_so_is_meant():
    other = ContactPointFactory(value=AMARA, contact__latin_family_name="Baker").contact
    known = ContactPointFactory(
        value=AMARA, contact__latin_family_name="Okonkwo", contact__latin_given_name="Amara"
    ).contact

    asked()
    confirmed()
    assert gate.may(known, **NEWSLETTER).is_yes
    assert not gate.may(other, **NEWSLETTER).is_yes

    asked(name="Chidi Okonkwo")
    confirmed()
    new = Contact.objects.exclude(pk__in=[known.pk, other.pk]).get()
    assert new.latin_given_name == "Chidi"
    assert gate.may(new, **NEWSLETTER).is_yes
    assert not gate.may(other, **NEWSLETTER).is_yes


def test_an_address_in_another_script_is_one_address():
    asked(email="amara@bücher.example")
    confirmed()
    asked(email="amara@xn--bcher-kva.example")
    confirmed()

    known = Contact.objects.get()
    assert gate.may(known, **NEWSLETTER).is_yes
    assert ConsentEvent.objects.filter(kind=ConsentKind.GIVEN).count() == 2


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_sign_ups_of_one_address_confirmed_at_once_enter_one_person():
    asked()
    asked()
    references = list(PendingSignUp.objects.values_list("reference", flat=True))
    together = Barrier(len(references), timeout=20)

    def confirm(reference):
        try:
            together.wait()
            return sign_up.confirm(reference)
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:
        assert all(threads.map(confirm, references))

    known = Contact.objects.get()
    assert ConsentEvent.objects.filter(subject=known, kind=ConsentKind.GIVEN).count() == 2


def test_who_is_restricted_is_answered_as_everybody_and_used_by_nobody():
    known = ContactPointFactory(value=AMARA).contact
    restriction.place(
        known,
        ground=RestrictionGround.ACCURACY,
        received_on=timezone.localdate(),
        by=UserFactory(),
    )

    asked()
    restricted = confirmed()
    asked(email="somebody@example.com")
    free = confirmed()

    own = r"[0-9a-f-]{36}|confirm/[^/]+/"
    pages = [re.sub(own, "?", page.content.decode()) for page in (restricted, free)]
    assert pages[0] == pages[1] and restricted.status_code == 200
    assert gate.may(known, **NEWSLETTER).verdict is Verdict.RESTRICTED


@pytest.mark.clause("S113")
def test_of_a_minor_nothing_stays_but_the_count():
    asked(age="under")

    assert UnderAgeRefusal.objects.get(entry_point="sign-up").count == 1
    assert not sign_up.send(PendingSignUp.objects.get().reference)
    assert confirmed().status_code == 404
    assert not mail.outbox
    assert not Contact.objects.exists()


@pytest.mark.clause("S12", "S116")
def test_why_and_for_what_stands_before_the_boxes():
    text = Client().get(page("sign_up")).content.decode()

    assert text.index("that is marketing") < text.index('type="checkbox"')
    assert text.index("free of charge") < text.index('type="checkbox"')
    assert text.index("We give your data to nobody") < text.index('type="checkbox"')


def test_known_unknown_suppressed_and_under_age_are_answered_alike():
    ContactPointFactory(value=AMARA)
    suppression.suppress(
        [Point("email", "erased@example.com")], scope=SuppressionScope.NO_REENTRY, by=None
    )
    seen = []
    for changed in (
        {},
        {"email": "nobody@example.com"},
        {"email": "erased@example.com"},
        {"age": "under"},
    ):
        with CaptureQueriesContext(connection) as queries:
            answer = asked(**changed)
        said = [re.sub(VALUES, "?", query["sql"]) for query in queries.captured_queries]
        seen.append((answer.status_code, dict(answer.headers), answer.content, said))

    assert all(one == seen[0] for one in seen)
    assert PendingSignUp.objects.count() == 4
    assert len({len(one.sealed) for one in PendingSignUp.objects.all()}) == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "Enter your name."),
        ({"name": "A\x07B"}, "Null characters|special signs"),
        ({"name": "A" * 4_000}, "150"),
        ({"email": "amara"}, "as in name@example.com"),
        ({"email": "a@example.com\r\nBcc: b@example.com"}, "as in name@example.com"),
        ({"age": ""}, "Say how old you are."),
        ({"to_newsletter": ""}, "Choose at least one kind of message."),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_what_was_typed_is_kept(changed, sentence):
    text = asked(**changed).content.decode()

    assert re.search(sentence, text)
    assert "<title>Error: " in text
    assert not PendingSignUp.objects.exists()


def test_a_mail_server_that_is_down_is_asked_again(settings):
    asked()
    with post.running(settings) as taken:
        taken.refuses = True
        with pytest.raises(MailNotTaken) as refused:
            sign_up.send(PendingSignUp.objects.get().reference)
        assert AMARA not in str(refused.value)
        taken.refuses = False
        assert sign_up.send(PendingSignUp.objects.get().reference)
        assert len(taken.taken) == 1


def test_a_sign_up_that_waits_survives_a_new_secret_key(settings):
    asked()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]

    assert confirmed().status_code == 200
    assert Contact.objects.get()


def test_what_was_sealed_under_another_key_can_only_be_asked_anew(settings):
    asked()
    settings.SECRET_KEY = "another" * 10

    assert not sign_up.send(PendingSignUp.objects.get().reference)
    assert not Contact.objects.exists()


@pytest.mark.parametrize("effective_from", [date(2099, 1, 1)])
def test_without_a_notice_there_is_nothing_to_sign_up_for(effective_from):
    assert "nothing to sign up for" in Client().get(page("sign_up")).content.decode()
    assert "nothing to sign up for" in asked().content.decode()
    assert not PendingSignUp.objects.exists()


@pytest.mark.clause("S74")
def test_whoever_signed_up_takes_the_receipt_of_each_box_along():
    LegalEntityFactory(name="Example Consulting Ltd")
    asked(to_promotion="on")
    done = confirmed().content.decode()

    address = re.search(r'href="(/en/receipt/[^"]+)"', done)[1]
    before = ConsentEvent.objects.count()
    answer = Client().get(address)
    receipts = answer.json()["receipts"]

    assert {one["services"][0]["purposes"][0]["purpose"] for one in receipts} == {
        "Newsletter and company news",
        "Offers that may interest you",
    }
    assert receipts[0]["piiControllers"][0]["piiController"] == "Example Consulting Ltd"
    assert AMARA not in answer.content.decode() and "Okonkwo" not in answer.content.decode()
    assert AMARA not in address and ConsentEvent.objects.count() == before
    assert Client().get(address[:-2] + "/").status_code == 404
    assert Client().post(address).status_code == 405
    foreign = links.token(Act.SIGN_UP, PendingSignUp.objects.get().reference)
    assert Client().get(page("receipt", foreign)).status_code == 404


def test_without_a_company_there_is_no_receipt_and_no_link_to_one():
    asked()
    assert "receipt" not in confirmed().content.decode()
    token = links.token(Act.RECEIPT, PendingSignUp.objects.get().reference)
    assert Client().get(page("receipt", token)).status_code == 404
