"""Interests carry nothing before two people weighed them, and nothing after the review day."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import roles
from privacy import (
    announcing,
    consent,
    dispatch,
    gate,
    notices,
    objections,
    preferences,
    purposes,
    restriction,
    suppression,
    weighing,
)
from privacy.dispatch import Text
from privacy.enums import (
    Basis,
    ConsentMethod,
    DispatchKind,
    ObjectionGround,
    Outcome,
    PointKind,
    Reach,
    RestrictionGround,
    SuppressionScope,
    Verdict,
    Weighing,
)
from privacy.models import Assessment, Purpose
from privacy.points import Point
from tests.factories.crm import (
    ContactFactory,
    ContactPointFactory,
    ParticipationFactory,
    UserFactory,
)
from tests.factories.privacy import AssessmentFactory, LegalEntityFactory, NoticeFactory, weigh

pytestmark = [pytest.mark.django_db, pytest.mark.both]

DAY = timedelta(days=1)
REVIEW = date(2027, 6, 1)
INTERESTS = [one for one in purposes.DECLARED if one.basis == Basis.LEGITIMATE_INTERESTS]
ON_INTERESTS = {Verdict.BY_INTERESTS, Verdict.BY_SOFT_OPT_IN}
PARTS = dict.fromkeys(("interest", "necessity", "impact", "safeguards"), "As it is.")
TEXTS = {
    "en": Text("Your details", "Still right? {answer}"),
    "zh_hant": Text("您的資料", "是否正確？{answer}"),
}


@pytest.fixture(autouse=True)
def notice():
    return NoticeFactory()


@pytest.fixture
def client_in_europe():
    """Whom every purpose on interests may use: a dealing, both points, no law of Hong Kong's."""
    contact = ContactPointFactory(value="bea@example.com").contact
    ContactPointFactory(contact=contact, kind=PointKind.PHONE, value="+35121234567")
    ParticipationFactory(contact=contact, engagement__opened_on=REVIEW - timedelta(days=90))
    return contact


def answers(contact, key, *, on):
    channels = purposes.named(key).channels or [""]
    return {gate.may(contact, purpose=key, channel=one, on=on).verdict for one in channels}


@pytest.mark.clause("S56", "S60")
@pytest.mark.parametrize("key", [one.key for one in INTERESTS])
def test_a_purpose_is_unweighed_without_used_with_and_unweighed_after_its_review_day(
    key, client_in_europe, monkeypatch
):
    # Of marketing by e-mail the law asks for more than interests; by telephone it does not.
    monkeypatch.setattr(gate, "RULES", gate.RULES[1:])
    Purpose.objects.filter(key=purposes.MARKETING).update(channels=["phone"])

    def asked(on):
        return answers(client_in_europe, key, on=on)

    assert asked(REVIEW) == {Verdict.UNWEIGHED}
    weigh(key, review_on=REVIEW)

    assert asked(REVIEW - DAY) <= ON_INTERESTS
    assert asked(REVIEW) <= ON_INTERESTS
    assert asked(REVIEW + DAY) == {Verdict.UNWEIGHED}
    # Nothing of another basis waits for a weighing.
    assert gate.may(client_in_europe, purpose="rights", channel="email", on=REVIEW + DAY).is_yes


@pytest.mark.clause("S60", "S61")
def test_only_a_second_person_gives_a_weighing_its_force():
    purpose, contact, weigher = purposes.named("profiling"), ContactFactory(), UserFactory()
    today = timezone.localdate()

    def assess(outcome=Outcome.PASSED, days=100):
        facts = {**PARTS, "review_on": today + timedelta(days=days), "by": weigher}
        return purposes.assess(purpose, outcome=outcome, **facts)

    def verdict(days=0):
        return gate.may(contact, purpose="profiling", on=today + timedelta(days=days)).verdict

    assess()
    assert verdict() is Verdict.UNWEIGHED
    purposes.approve_assessment(purpose, by=UserFactory())
    assert verdict() is Verdict.BY_INTERESTS

    # A later one that waits leaves the earlier in force, and does not prolong it.
    assess(days=400)
    assert (verdict(100), verdict(101)) == (Verdict.BY_INTERESTS, Verdict.UNWEIGHED)
    purposes.approve_assessment(purpose, by=UserFactory())
    assert verdict(101) is Verdict.BY_INTERESTS

    # One that is overridden counts at once, and whatever passed before it counts no more.
    assess(Outcome.OVERRIDDEN)
    assert verdict() is Verdict.SWITCHED_OFF
    Purpose.objects.update(off_since=None)
    assert verdict() is Verdict.UNWEIGHED
    assess()
    assert verdict() is Verdict.UNWEIGHED
    purposes.approve_assessment(purpose, by=UserFactory())
    assert verdict() is Verdict.BY_INTERESTS


def test_one_of_before_there_was_a_second_look_counts_once_it_is_approved():
    purpose = purposes.named("profiling")
    AssessmentFactory(approved_by=None, approved_at=None)
    assert not weighing.is_weighed(purpose, on=REVIEW)

    purposes.approve_assessment(purpose, by=UserFactory())

    assert weighing.is_weighed(purpose, on=REVIEW)


@pytest.mark.clause("S56")
def test_a_yes_of_ones_own_needs_no_weighing(client_in_europe, notice):
    for purpose, channel in (("similar-services", "email"), ("marketing", "phone")):
        consent.record(
            client_in_europe,
            purpose=purpose,
            channel=channel,
            method=ConsentMethod.ONLINE,
            wording_text="Yes, write to me.",
            notice=notice,
            evidence="form 12",
            by=None,
        )
        asked = {"purpose": purpose, "channel": channel}
        assert gate.may(client_in_europe, **asked).verdict is Verdict.BY_CONSENT


@pytest.mark.parametrize("size", [2, 40])
def test_it_is_asked_once_for_everybody(size):
    weigh("profiling")
    pks = [ContactFactory().pk for _n in range(size)]
    gate.ask(pks, purpose="profiling")

    with CaptureQueriesContext(connection) as queries:
        gate.ask(pks, purpose="profiling")

    asked = [one for one in queries if Assessment._meta.db_table in one["sql"]]
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as queries:
        gate.ask(pks, purpose="rights", channel="email")
    assert not [one for one in queries if Assessment._meta.db_table in one["sql"]]


def test_an_unweighed_purpose_is_not_offered_as_on(client_in_europe, monkeypatch):
    monkeypatch.setattr(gate, "RULES", gate.RULES[1:])

    def boxes():
        found = preferences.choices(client_in_europe)
        return {one.channel: one for one in found if one.purpose.key == "similar-services"}

    assert {one.is_on for one in boxes().values()} == {False}
    assert "receive nothing" in boxes()["email"].why

    weigh("similar-services", review_on=timezone.localdate())
    assert {one.is_on for one in boxes().values()} == {True}

    weigh("similar-services", review_on=timezone.localdate() - DAY)
    assert {one.is_on for one in boxes().values()} == {False}


def test_nobody_is_written_to_for_what_nobody_weighed(client_in_europe, mailoutbox):
    LegalEntityFactory()
    officer = UserFactory()
    asking = dispatch.prepare(
        kind=DispatchKind.ACCURACY, purpose="accuracy", texts=TEXTS, by=officer
    )

    assert dispatch.address(asking, [client_in_europe.pk], by=officer) == {"unweighed": 1}
    asking.refresh_from_db()
    assert asking.left_out == {"unweighed": 1}
    assert not asking.deliveries.exists()

    # Addressed while it was weighed, and over when its turn comes.
    (weighed,) = weigh("accuracy", review_on=timezone.localdate())
    assert dispatch.address(asking, [client_in_europe.pk], by=officer) == {"by_interests": 1}
    asking = dispatch.start(dispatch.approve(asking, by=UserFactory()), by=officer)
    AssessmentFactory(purpose=weighed.purpose, review_on=timezone.localdate() - DAY)
    assert dispatch.work(asking.reference) == 0
    assert asking.deliveries.get().verdict == "unweighed"
    assert mailoutbox == []


def test_whom_a_changed_purpose_would_use_is_told_before_anybody_weighed_it(notice):
    person, objecting = ContactPointFactory().contact, ContactPointFactory().contact
    consent.object_to(objecting, purpose="profiling", method=ConsentMethod.EMAIL, by=None)
    widened = NoticeFactory(
        extent="content", purposes_changed=["profiling"], ways={"profiling": "told"}
    )

    without = announcing.concerned(widened, reach=Reach.USED)
    weigh("profiling")

    assert without == announcing.concerned(widened, reach=Reach.USED) == {person.pk}


@pytest.mark.clause("S65")
def test_rights_and_the_suppression_file_ask_no_gate(client_in_europe):
    assert not Assessment.objects.exists()
    for key in ("individual-rights", "suppression"):
        assert answers(client_in_europe, key, on=REVIEW) == {Verdict.UNWEIGHED}
    contact, officer, today = client_in_europe, UserFactory(), timezone.localdate()
    address = Point(PointKind.EMAIL, "bea@example.com")

    # Who asks for nothing more gets it; who objects is heard, and both are answered.
    suppression.suppress([address], scope=SuppressionScope.NO_MARKETING, by=officer)
    assert suppression.marketing_refused([address], "email") == [True]
    objections.receive(
        contact,
        purpose="customer-history",
        ground=ObjectionGround.WORK,
        received_on=today,
        method=ConsentMethod.EMAIL,
        by=officer,
    )
    assert gate.may(contact, purpose="customer-history").verdict is Verdict.OBJECTED
    preferences.end_all(contact, evidence="link", original={})
    assert gate.may(contact, purpose="rights", channel="email").verdict is Verdict.BY_LAW
    restriction.place(contact, ground=RestrictionGround.OBJECTION, received_on=today, by=officer)
    assert restriction.restricted([contact.pk])
    assert notices.in_force(on=today)


# --- where each stands ---------------------------------------------------------------------------


def standing(key, *, on):
    purpose = weighing.stands(Purpose.objects.all(), on=on).get(key=key)
    return purpose.weighing


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (-1, Weighing.OVER),
        (0, Weighing.NEAR),
        (30, Weighing.NEAR),
        (31, Weighing.WEIGHED),
    ],
)
def test_where_a_purpose_stands_follows_from_its_review_day(days, found):
    weigh("profiling", review_on=REVIEW + timedelta(days=days))

    assert standing("profiling", on=REVIEW) == found
    assert weighing.is_weighed(purposes.named("profiling"), on=REVIEW) is (days >= 0)


def test_where_a_purpose_stands_follows_from_its_last_weighing():
    def found():
        return standing("profiling", on=REVIEW)

    assert standing("newsletter", on=REVIEW) == ""
    assert found() == Weighing.NEVER
    waits = {"approved_by": None, "approved_at": None}
    AssessmentFactory(**waits)
    assert found() == Weighing.WAITING
    AssessmentFactory()
    assert found() == Weighing.WEIGHED
    AssessmentFactory(**waits)
    assert found() == Weighing.WAITING
    AssessmentFactory(outcome=Outcome.OVERRIDDEN, **waits)
    assert found() == Weighing.OVERRIDDEN
    AssessmentFactory(outcome=Outcome.OVERRIDDEN)
    assert found() == Weighing.OVERRIDDEN


def test_what_is_switched_off_is_not_to_be_weighed():
    every = {one.key for one in INTERESTS}
    assert {one.key for one in weighing.to_weigh(on=REVIEW)} == every

    Purpose.objects.filter(key="profiling").update(off_since=REVIEW)
    weigh("fraud")

    assert {one.key for one in weighing.to_weigh(on=REVIEW)} == every - {"profiling", "fraud"}
    assert {one.key for one in weighing.to_weigh(on=REVIEW - DAY)} == every - {"fraud"}


# --- the console ---------------------------------------------------------------------------------


def signed_in(client, role):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return user


def test_dashboard_and_list_show_what_to_weigh_and_what_to_approve(client):
    today, waits = timezone.localdate(), {"approved_by": None, "approved_at": None}
    rest = {one.key for one in INTERESTS} - {"fraud", "security", "marketing", "accuracy"}
    weigh(*rest)
    weigh("fraud", review_on=today + weighing.NEAR)
    weigh("security", review_on=today - DAY)
    weigh("marketing")
    weigh("marketing", **waits)
    signed_in(client, roles.OFFICER)

    page = client.get(reverse("admin:index"))
    (card,) = (card for card in page.context["cards"] if card.title == "To weigh")
    shown = client.get(card.url).context["cl"].result_list

    assert (card.value, card.note, card.alert) == ("4", "2 may not be used today", True)
    open_ones = {"accuracy": False, "fraud": True, "marketing": True, "security": False}
    assert {one.key: one.has_ground for one in shown} == open_ones
    rows = {row["url"]: (row["stands"], row["has_ground"]) for row in page.context["to_weigh"]}
    stands = {
        "accuracy": ("never weighed", False),
        "fraud": ("its review is near", True),
        "marketing": ("waits for a second person", True),
        "security": ("its review is over", False),
    }
    assert rows == {
        reverse("admin:privacy_purpose_change", args=[purposes.named(key).pk]): found
        for key, found in stands.items()
    }
    for url, (words, _has_ground) in rows.items():
        assert f'href="{url}"' in page.content.decode()
        assert str(words) in client.get(url).content.decode()
    lists = reverse("admin:privacy_purpose_changelist")
    for value, key in (("never", "accuracy"), ("waiting", "marketing"), ("over", "security")):
        found = client.get(lists, {"weighing": value}).context["cl"].result_list
        assert [one.key for one in found] == [key]
    assert len(client.get(lists).context["cl"].result_list) == len(purposes.DECLARED)


def test_once_everything_is_weighed_the_dashboard_is_silent(client):
    weigh()
    signed_in(client, roles.OFFICER)

    page = client.get(reverse("admin:index"))

    (card,) = (card for card in page.context["cards"] if card.title == "To weigh")
    assert (card.value, card.note, card.alert) == ("0", "every interest is weighed", False)
    assert page.context["to_weigh"] == []


def test_whoever_only_reads_purposes_is_given_nothing_to_do(client):
    signed_in(client, roles.AUDITOR)

    page = client.get(reverse("admin:index"))

    assert "To weigh" in [card.title for card in page.context["cards"]]
    assert page.context["to_weigh"] == []
