"""A page of choices that was opened earlier takes no “no” back that was said meanwhile (Art. 7(3))."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy import consent, gate, links, notices, preferences, suppression
from privacy.enums import NOES, Channel, ConsentKind, ConsentMethod, PointKind
from privacy.links import Act
from privacy.models import ConsentEvent, LegalEntity, Office, Purpose
from privacy.points import Point
from tests.factories.crm import ContactPointFactory, ParticipationFactory
from tests.factories.privacy import NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

NEWS, OFFERS, CONTEST = "newsletter.email", "similar-services.email", "contest.sms"
BOXES = (NEWS, OFFERS, CONTEST, "promotion.phone")


@pytest.fixture(autouse=True)
def firm():
    Office.objects.update_or_create(id=1, defaults={"privacy_contact": "privacy@example.com"})
    LegalEntity.objects.create(name="Example Consulting Ltd", address="1 Example Road")
    return NoticeFactory()


def somebody():
    """With two consents, to news and to what is similar to what they bought."""
    person = ContactPointFactory(value=f"{uuid.uuid4().hex}@example.com").contact
    ParticipationFactory(contact=person, engagement__opened_on=timezone.localdate())
    for purpose in ("newsletter", "similar-services"):
        consent.record(
            person,
            purpose=purpose,
            channel=Channel.EMAIL,
            method=ConsentMethod.ONLINE,
            wording_text="Yes, write to me.",
            notice=notices.in_force(on=timezone.localdate()),
            evidence="form 12",
            by=None,
        )
    return person


def address(person):
    with translation.override("en"):
        return reverse("public:preferences", args=[links.token(Act.PREFERENCES, person.uuid)])


def ticked(text):
    return set(re.findall(r'name="([a-z.-]+)"[^>]*\bchecked\b', text))


class Page:
    """A page of choices in a browser's tab, saved whenever its reader comes back to it."""

    def __init__(self, person):
        self.url = address(person)
        self.take(Client().get(self.url).content.decode())

    def take(self, text):
        self.shown = ticked(text)
        self.stamp = re.search(r'name="shown" value="([^"]+)"', text)[1]

    def save(self, boxes, **facts):
        sent = {**dict.fromkeys(boxes, "on"), "shown": self.stamp, **facts}
        response = Client().post(self.url, {k: v for k, v in sent.items() if v is not None})
        assert response.status_code == 200
        return response.content.decode()


def click(person):
    """One click in a mail program."""
    token = links.token(Act.UNSUBSCRIBE, person.uuid, purpose="newsletter", channel="email")
    with translation.override("en"):
        Client().post(reverse("public:unsubscribe", args=[token]))


def on(person):
    return {one.name for one in preferences.choices(person) if one.is_on}


def test_what_is_unticked_elsewhere_does_not_bring_back_what_one_click_ended():
    person = somebody()
    page = Page(person)
    click(person)

    text = page.save(page.shown - {OFFERS})

    assert on(person) & {NEWS, OFFERS} == set()
    assert "This page was open while your choices changed elsewhere." in text
    assert not gate.may(person, purpose="newsletter", channel="email").is_yes


def test_after_no_to_everything_an_older_page_lifts_nothing():
    person = somebody()
    page = Page(person)
    page.save((), everything="1")

    page.save({*page.shown, CONTEST})

    point = Point(PointKind.EMAIL, person.points.get().value)
    assert suppression.marketing_refused([point], Channel.EMAIL) == [True]
    assert on(person) == set()


def test_a_box_that_is_set_on_the_page_as_it_stands_is_a_consent():
    person = somebody()
    page = Page(person)

    text = page.save({*page.shown, CONTEST})

    assert CONTEST in on(person)
    assert 'role="alert"' not in text


def test_a_no_is_done_though_what_it_is_about_is_no_longer_shown():
    person = somebody()
    page = Page(person)
    assert OFFERS in page.shown
    Purpose.objects.filter(key="similar-services").update(off_since=timezone.localdate())
    assert OFFERS not in {one.name for one in preferences.choices(person)}

    page.save(page.shown - {OFFERS})

    said = ConsentEvent.objects.filter(purpose__key="similar-services").latest("pk")
    assert said.kind == ConsentKind.OBJECTED


@pytest.mark.parametrize("stamp", [None, "", "altered", "another"])
def test_without_what_it_showed_a_page_can_only_say_no(stamp):
    person = somebody()
    page = Page(person)
    page.stamp = {"altered": page.stamp[:-1] + "_", "another": Page(somebody()).stamp}.get(
        stamp, stamp
    )

    page.save({CONTEST})

    assert on(person) & {NEWS, OFFERS, CONTEST} == set()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.integers(0, 2)),
        st.tuples(st.just("save"), st.integers(0, 2), st.sets(st.sampled_from(BOXES), max_size=3)),
        st.tuples(st.just("click")),
        st.tuples(st.just("everything"), st.integers(0, 2)),
    ),
    min_size=2,
    max_size=7,
)


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_in_any_order_of_shown_no_and_saved_nobody_agrees_who_did_not_tick(steps):
    person = somebody()
    pages = [Page(person) for _ in range(3)]
    for step, *rest in steps:
        before, number = on(person), ConsentEvent.objects.count()
        page = pages[rest[0]] if rest else None
        match step:
            case "open":
                page.take(Client().get(page.url).content.decode())
                continue
            case "click":
                click(person)
                assert NEWS not in on(person)
                continue
            case "everything":
                page.save((), everything="1")
                assert on(person) == set()
                continue
        # Each of these boxes is turned round by the reader of this page.
        turned = rest[1]
        page.save(page.shown ^ turned)

        after = on(person)
        assert after - before <= turned - page.shown
        assert not after & turned & page.shown
        said = ConsentEvent.objects.order_by("pk")[number:]
        assert {e.kind for e in said} <= {*NOES, ConsentKind.GIVEN}
        given_to = {f"{e.purpose.key}.{e.channel}" for e in said if e.kind == ConsentKind.GIVEN}
        assert given_to <= turned - page.shown
