"""The public pages: they say what they say in two languages, and change nothing but by POST."""

import hashlib
import re
import uuid
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.core import mail, signing
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from privacy import consent, gate, link_mail, links, notices, suppression
from privacy.enums import Channel, ConsentKind, ConsentMethod, SuppressionScope, Verdict
from privacy.links import Act
from privacy.models import ConsentEvent, LegalEntity, Office
from privacy.points import Point
from privacy.public.urls import urlpatterns
from tests.factories.crm import ContactFactory, ContactPointFactory, ParticipationFactory
from tests.factories.privacy import NoticeFactory, weigh

pytestmark = [pytest.mark.django_db, pytest.mark.both]

ONE_CLICK = {
    "data": "List-Unsubscribe=One-Click",
    "content_type": "application/x-www-form-urlencoded",
}
BOTH = ("en", "zh-hant")


@pytest.fixture(autouse=True)
def firm(settings):
    # What was counted in the hour of an earlier run counts here no more.
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    Office.objects.create(id=1, privacy_contact="privacy@office.example.com")
    LegalEntity.objects.create(name="Example Consulting Ltd", address="1 Example Road")
    return NoticeFactory(
        version="2026-05", text_en="We keep little.", text_zh_hant="我們保留甚少。"
    )


@pytest.fixture
def amara():
    contact = ContactPointFactory(value="amara@example.com").contact
    for purpose in ("newsletter", "topics"):
        consent.record(
            contact,
            purpose=purpose,
            channel=Channel.EMAIL,
            method=ConsentMethod.ONLINE,
            at=datetime(2026, 3, 1, tzinfo=UTC),
            wording_text="Yes, write to me.",
            notice=notices.in_force(on=timezone.localdate()),
            evidence="form 12",
            by=None,
        )
    return contact


def address(name, *args, language="en"):
    with translation.override(language):
        return reverse(f"public:{name}", args=args)


def unsubscribe_link(contact, purpose="newsletter", channel="email", language="en", **scope):
    token = links.token(Act.UNSUBSCRIBE, contact.uuid, purpose=purpose, channel=channel, **scope)
    return address("unsubscribe", token, language=language)


def everything():
    """Every row of every table, as one number."""
    state = hashlib.sha256()
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda m: m._meta.label):
        for row in model._base_manager.order_by("pk").values_list():
            state.update(repr((model._meta.label, row)).encode())
    return state.hexdigest()


def record_of(queries):
    """The texts of the queries, without their values."""
    return [re.sub(r"'[^']*'|\b\d+\b", "?", query["sql"]) for query in queries.captured_queries]


def pages(contact):
    """The address of every public page."""
    arguments = {
        "sign_up_confirm": [links.token(Act.SIGN_UP, uuid.uuid4())],
        "notice_version": ["2026-05"],
        **{
            str(act): [links.token(act, contact.uuid, purpose="newsletter", channel="email")]
            for act in Act
        },
    }
    return [
        address(pattern.name, *arguments.get(pattern.name, []), language=language)
        for pattern in urlpatterns
        for language in BOTH
    ]


@pytest.mark.clause("S82")
@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_at_any_page_changes_no_table_and_sets_no_session(amara, method):
    before = everything()
    client = Client()

    for url in pages(amara):
        response = getattr(client, method)(url)
        # Nobody signed up here: the receipt of a sign-up is tried where one is.
        right = {404} if "/receipt/" in url else {200}
        assert response.status_code in ({*right, 200, 405} if method == "options" else right), url
        assert set(response.cookies) <= {"csrftoken"}
        assert response["Cache-Control"] == "no-store"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        if method == "get":
            assert "script-src 'none'" in response["Content-Security-Policy"]
            assert b"<script" not in response.content
            assert not re.findall(rb'(?:src|href)="(?:https?:)?//', response.content)

    assert everything() == before


def test_whoever_follows_every_link_changes_nothing(amara):
    before, client = everything(), Client()
    seen, left = set(), pages(amara)

    while left:
        url = left.pop()
        seen.add(url)
        content = client.get(url).content.decode()
        found = {
            link for link in re.findall(r'href="(/[^"]*)"', content) if "/static/" not in link
        }
        left += found - seen

    assert len(seen) > len(pages(amara)) - 1
    assert everything() == before


@pytest.mark.parametrize("language", BOTH)
def test_each_page_leads_to_itself_in_the_other_language(amara, language):
    other = BOTH[1 - BOTH.index(language)]
    url = unsubscribe_link(amara, language=language)

    content = Client().get(url).content.decode()

    assert f'<html lang="{"zh-Hant" if language == "zh-hant" else "en"}">' in content
    assert unsubscribe_link(amara, language=other).rpartition("/u/")[0] in content
    assert f'href="/{other}{url.removeprefix("/" + language)}"' in content


@pytest.mark.clause("S1")
def test_the_notice_is_shown_by_version_with_its_digest(firm):
    now = Client().get(address("notice")).content.decode()
    old = Client().get(address("notice_version", "2026-05", language="zh-hant")).content.decode()

    assert "We keep little." in now and firm.digest in now
    assert "我們保留甚少。" in old
    missing = Client().get(address("notice_version", "none"))
    assert missing.status_code == 404
    assert "This page does not exist" in missing.content.decode()


@pytest.mark.clause("S120")
def test_every_page_says_what_a_link_to_elsewhere_means(amara):
    for url in pages(amara):
        if url.startswith("/en/"):
            assert "for which we are not responsible" in Client().get(url).content.decode()


@pytest.mark.clause("S77", "S118")
def test_a_mail_programs_own_post_unsubscribes_at_once_and_twice_changes_nothing(amara):
    client = Client(enforce_csrf_checks=True)
    url = unsubscribe_link(amara)

    first, second = client.post(url, **ONE_CLICK), client.post(url, **ONE_CLICK)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content
    assert not first.cookies
    event = ConsentEvent.objects.filter(kind=ConsentKind.WITHDRAWN).get()
    assert (event.purpose.key, event.channel, event.method) == ("newsletter", "email", "online")
    assert event.recorded_by is None
    assert event.evidence.startswith("link ")
    assert gate.may(amara, purpose="newsletter", channel="email").verdict is Verdict.WITHDRAWN
    # Of nothing else they had agreed to.
    assert gate.may(amara, purpose="topics", channel="email").is_yes


def test_what_rests_on_interests_is_objected_to(amara):
    Client().post(unsubscribe_link(amara, purpose="similar-services"), **ONE_CLICK)

    event = ConsentEvent.objects.get(purpose__key="similar-services")
    assert event.kind == ConsentKind.OBJECTED


def test_one_topic_is_left_and_the_others_stay(amara):
    Client().post(unsubscribe_link(amara, purpose="topics", topic="tax"), **ONE_CLICK)

    asked = {"purpose": "topics", "channel": "email"}
    assert gate.may(amara, **asked, topic="audit").is_yes
    assert not gate.may(amara, **asked, topic="tax").is_yes


def test_whoever_is_gone_or_was_never_here_gets_the_same_page(amara):
    gone = ContactFactory(disposed_at=timezone.now())
    client, before = Client(), ConsentEvent.objects.count()
    here = client.post(unsubscribe_link(amara), **ONE_CLICK)

    for reference in (gone.uuid, uuid.uuid4()):
        token = links.token(Act.UNSUBSCRIBE, reference, purpose="newsletter", channel="email")
        there = client.post(address("unsubscribe", token), **ONE_CLICK)
        assert there.status_code == 200
        assert _less_links(there) == _less_links(here)
        assert there.headers.keys() == here.headers.keys()
    assert ConsentEvent.objects.count() == before + 1


def _less_links(response):
    """What the page says, without its link to itself in the other language."""
    return re.sub(rb'href="[^"]*/u/[^"]*"', b"", response.content)


@pytest.mark.parametrize(
    "token",
    [
        "nothing",
        "a:b:c",
        links.token(Act.PREFERENCES, uuid.uuid4()),
        links.token(Act.UNSUBSCRIBE, uuid.uuid4(), purpose="telepathy"),
        links.token(Act.UNSUBSCRIBE, uuid.uuid4(), purpose="newsletter")[:-2],
        signing.dumps(["x"], salt="lethe.links.unsubscribe"),
    ],
)
def test_a_broken_or_foreign_link_says_so_and_changes_nothing(token):
    before, client = everything(), Client()

    for method in (client.get, client.post):
        response = method(address("unsubscribe", token))
        assert response.status_code == 404
        assert "does not work" in response.content.decode()
    assert everything() == before


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(amara, method):
    assert getattr(Client(), method)(unsubscribe_link(amara)).status_code == 405


def centre(contact, language="en"):
    return address("preferences", links.token(Act.PREFERENCES, contact.uuid), language=language)


def ticked(response):
    boxes = re.findall(r'<input type="checkbox"[^>]*>', response.content.decode())
    return {re.search(r'name="([^"]+)"', box)[1] for box in boxes if " checked" in box}


def sent(response, boxes):
    """What a browser sends of a page on which these boxes are ticked."""
    stamp = re.search(r'name="shown" value="([^"]+)"', response.content.decode())[1]
    return {**dict.fromkeys(boxes, "on"), "shown": stamp}


ON = {"newsletter.email", "topics.email"}


@pytest.mark.clause("S48", "S115")
def test_what_is_on_is_ticked_and_nothing_else_that_needs_a_yes(amara):
    response = Client().get(centre(amara))

    assert ticked(response) == ON
    text = response.content.decode()
    assert "given, since 1 March 2026" in text
    assert "Unsubscribe from everything" in text


def test_a_tick_taken_away_withdraws_and_one_that_is_set_is_a_consent_with_its_words(amara):
    url, client = centre(amara), Client()
    page = client.get(url)
    kept = ticked(page) - {"newsletter.email"}

    response = client.post(url, sent(page, {*kept, "contest.sms"}))

    assert "Your choices are saved and count from now." in response.content.decode()
    events = ConsentEvent.objects.order_by("-pk")[:2]
    said = {(e.purpose.key, e.channel): e for e in events}
    assert said["newsletter", "email"].kind == ConsentKind.WITHDRAWN
    given = said["contest", "sms"]
    assert given.kind == ConsentKind.GIVEN
    assert given.wording.text == "Contests, promotions and surveys, by SMS"
    assert given.notice.version == "2026-05"
    assert given.evidence.removeprefix("link ") in response.content.decode()
    # Saved again as it stands, nothing changes.
    before = ConsentEvent.objects.count()
    page = client.get(url)
    client.post(url, sent(page, ticked(page)))
    assert ConsentEvent.objects.count() == before


@pytest.mark.clause("S41", "S119")
def test_one_button_ends_all_marketing_on_every_channel_and_no_service(amara):
    response = Client().post(centre(amara, "zh-hant"), {"everything": "1"})

    assert "取消所有推廣訊息" in response.content.decode()
    assert ticked(response) == set()
    for purpose, channel in (("newsletter", "email"), ("similar-services", "phone")):
        assert gate.may(amara, purpose=purpose, channel=channel).verdict is Verdict.OBJECTED
    assert gate.may(amara, purpose="rights", channel="email").is_yes


@pytest.mark.clause("S140")
@pytest.mark.parametrize("signal", ["DNT", "Sec-GPC"])
def test_a_browser_that_asks_not_to_be_tracked_refuses_tracking_when_it_saves(amara, signal):
    weigh("web-analytics")
    client = Client(headers={signal: "1"})
    shown = client.get(centre(amara))
    assert "asks not to be tracked" in shown.content.decode()
    assert gate.may(amara, purpose="web-analytics").is_yes

    client.post(centre(amara), sent(shown, ticked(shown)))

    for purpose in ("web-analytics", "profiling", "interest-advertising"):
        assert gate.may(amara, purpose=purpose).verdict is Verdict.OBJECTED
    assert gate.may(amara, purpose="newsletter", channel="email").is_yes


@pytest.mark.clause("S81")
def test_a_refusal_is_kept_with_the_person_and_not_in_their_browser(amara):
    refusing = Client(headers={"Sec-GPC": "1"})
    shown = refusing.get(centre(amara))
    refusing.post(centre(amara), sent(shown, ticked(shown) - {"newsletter.email"}))
    refusing.cookies.clear()

    anew = Client().get(centre(amara))

    assert "newsletter.email" not in ticked(anew)
    assert gate.may(amara, purpose="newsletter", channel="email").verdict is Verdict.WITHDRAWN
    for purpose in ("web-analytics", "profiling", "interest-advertising"):
        assert gate.may(amara, purpose=purpose).verdict is Verdict.OBJECTED


@pytest.mark.constant("S136")
def test_a_copy_a_correction_and_the_deletion_are_asked_for_without_a_form(amara):
    text = Client().get(centre(amara)).content.decode()

    assert text.count('href="mailto:privacy@office.example.com?subject=Please%20') == 3


def test_an_ended_or_foreign_link_opens_no_choices(amara):
    gone = ContactFactory(disposed_at=timezone.now())
    for token in (
        links.token(Act.UNSUBSCRIBE, amara.uuid),
        links.token(Act.PREFERENCES, gone.uuid),
        links.token(Act.PREFERENCES, uuid.uuid4()),
        "x",
    ):
        for method in (Client().get, Client().post):
            assert method(address("preferences", token)).status_code == 404


def test_a_page_of_choices_cannot_be_posted_by_another_site(amara):
    assert (
        Client(enforce_csrf_checks=True).post(centre(amara), {"everything": "1"}).status_code
        == 403
    )


def test_known_unknown_suppressed_and_gone_are_answered_alike(amara):
    suppression.suppress(
        [Point("email", "erased@example.com")], scope=SuppressionScope.NO_REENTRY, by=None
    )
    consent.object_to(
        ContactPointFactory(value="quiet@example.com").contact, method=ConsentMethod.EMAIL, by=None
    )
    url, seen = address("preferences_ask"), []
    for name in ("amara", "nobody", "erased", "quiet", "child"):
        with CaptureQueriesContext(connection) as queries:
            response = Client(REMOTE_ADDR=f"192.0.2.{len(seen)}").post(
                url, {"email": f"{name}@example.com"}
            )
        seen.append(
            (response.status_code, dict(response.headers), response.content, record_of(queries))
        )

    assert all(one == seen[0] for one in seen)
    assert seen[0][0] == 200
    assert b"If we hold an address that matches" in seen[0][2]


def test_the_link_goes_to_the_address_that_asked_and_opens_the_choices(amara, settings):
    ContactPointFactory(contact=amara, value="private@example.com")
    lock = suppression.locks(Point("email", "AMARA@example.com"))[0]

    assert link_mail.send([amara.pk], lock) == 1
    assert link_mail.send([], lock) == 0
    assert link_mail.send([amara.pk], suppression.locks(Point("email", "x@example.com"))[0]) == 0

    (message,) = mail.outbox
    assert message.to == ["amara@example.com"]
    url = re.search(r"http://127\.0\.0\.1:8000(/\S+)", message.body)[1]
    assert Client().get(url).status_code == 200


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter your e-mail address."),
        ("amara", "as in name@example.com"),
        ("a@example.com\nBcc: b@example.com", "as in name@example.com"),
        ("a" * 250 + "@example.com", "254"),
    ],
)
def test_what_is_no_address_is_said_beside_its_field_and_in_the_summary(typed, error):
    response = Client().post(address("preferences_ask"), {"email": typed})

    text = response.content.decode()
    assert "<title>Error: " in text
    assert text.count(error) >= 2
    assert 'href="#id_email"' in text


def test_a_machine_that_fills_the_trap_and_one_that_asks_too_often_get_nothing(amara, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    url, client = address("preferences_ask"), Client(REMOTE_ADDR="192.0.2.99")

    trapped = client.post(url, {"email": "amara@example.com", "website": "x"})
    answers = [client.post(url, {"email": "x@example.com"}).status_code for _n in range(11)]

    assert trapped.status_code == 200
    assert answers[-1] == 429
    other = Client(REMOTE_ADDR="192.0.2.98").post(url, {"email": "x@example.com"})
    assert other.status_code == 200
    assert not [key for key in cache._cache if "192.0.2" in key or "example" in key]


def test_what_rests_on_interests_is_ticked_only_where_it_is_really_sent():
    client, europe = Client(), ContactPointFactory(value="bea@example.com").contact
    type(europe).objects.filter(pk=europe.pk).update(residence_country="PT")
    assert b"similar-services" not in client.get(centre(europe)).content

    ParticipationFactory(contact=europe, engagement__opened_on=timezone.localdate())
    # As the law of Hong Kong has it, nobody is written to without consent.
    assert ticked(client.get(centre(europe))) == set()
    page = client.get(centre(europe))
    client.post(centre(europe), sent(page, {"similar-services.email"}))
    assert ticked(client.get(centre(europe))) == {"similar-services.email"}
    client.post(centre(europe), {})
    assert ticked(client.get(centre(europe))) == set()
    verdict = gate.may(europe, purpose="similar-services", channel="email").verdict
    assert verdict is Verdict.OBJECTED
