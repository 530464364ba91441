"""The gate's every combination with its reason; a set gets what each of its people gets alone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from dateutil.relativedelta import relativedelta
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.enums import Direction, RestrictionKind
from privacy import consent, disposal, gate, purposes, suppression
from privacy.consent import Standing
from privacy.enums import (
    YESES,
    Channel,
    ConsentKind,
    ConsentMethod,
    ConsentState,
    DisposalCause,
    Kind,
    Need,
    PointKind,
    SuppressionScope,
    Verdict,
)
from privacy.errors import PrivacyError, TransitionRefused
from privacy.models import Purpose
from privacy.points import Point
from tests.factories.crm import (
    ContactFactory,
    ContactPointFactory,
    DemographicsFactory,
    InteractionFactory,
    ParticipationFactory,
    SourceRestrictionFactory,
)
from tests.factories.privacy import LegalEntityFactory, NoticeFactory, weigh

pytestmark = [pytest.mark.django_db, pytest.mark.both]

EMAIL, SMS, PHONE = Channel.EMAIL, Channel.SMS, Channel.PHONE
TODAY = date(2026, 6, 1)
SPRING = datetime(2026, 3, 1, 4, tzinfo=UTC)
HK, EU = frozenset({"HK_PDPO"}), frozenset({"EU_GDPR"})
BOTH = HK | EU


@pytest.fixture(autouse=True)
def notice():
    return NoticeFactory()


def person(number=1, **facts):
    contact = ContactFactory(**facts)
    ContactPointFactory(contact=contact, value=f"amara-{number}@example.com")
    ContactPointFactory(contact=contact, kind=PointKind.PHONE, value=f"+852512345{number:02d}")
    return contact


def yes(contact, purpose="newsletter", channel=EMAIL, method=ConsentMethod.ONLINE, **facts):
    return consent.record(
        contact,
        purpose=purpose,
        channel=channel,
        method=method,
        at=facts.pop("at", SPRING),
        wording_text="Yes, write to me.",
        notice=gate.notices.in_force(on=TODAY),
        evidence="form 12",
        by=None,
        **facts,
    )


def no(contact, purpose="newsletter", channel=EMAIL, kind=ConsentKind.WITHDRAWN):
    consent.record(
        contact,
        purpose=purpose,
        channel=channel,
        kind=kind,
        method=ConsentMethod.EMAIL,
        at=SPRING + timedelta(days=1),
        by=None,
    )


def answer(contact, purpose="newsletter", channel=EMAIL, **asked):
    return gate.may(contact, purpose=purpose, channel=channel, on=TODAY, **asked)


# --- what decides, row by row --------------------------------------------------------------------


@dataclass
class Facts:
    regimes: frozenset = HK
    country: str = "HK"
    limits: tuple = ()
    is_engaged: bool = True
    dealt_on: date | None = date(2026, 1, 1)
    is_under_age: bool = False
    order_points: frozenset = frozenset()
    is_unreviewed: bool = False


def limit(kind, allows="", until=None):
    return Facts(limits=(SimpleNamespace(kind=kind, allows=allows, until=until),))


USABLE = Standing(ConsentState.GIVEN)
NEVER = Standing()
OBJECTED = Standing(ConsentState.OBJECTED)
S = ConsentState

ROWS = [
    # purpose, channel, facts, what was said, verdict
    ("newsletter", EMAIL, Facts(), USABLE, Verdict.BY_CONSENT),
    ("newsletter", EMAIL, Facts(), NEVER, Verdict.NO_CONSENT),
    ("newsletter", EMAIL, Facts(), Standing(S.NOT_ANSWERED), Verdict.NO_CONSENT),
    ("newsletter", EMAIL, Facts(), Standing(S.REFUSED), Verdict.REFUSED),
    ("newsletter", EMAIL, Facts(), Standing(S.WITHDRAWN), Verdict.WITHDRAWN),
    ("newsletter", EMAIL, Facts(), OBJECTED, Verdict.OBJECTED),
    ("newsletter", EMAIL, Facts(), Standing(S.AWAITING), Verdict.UNCONFIRMED),
    ("newsletter", EMAIL, Facts(), Standing(S.LAPSED), Verdict.UNCONFIRMED),
    ("newsletter", EMAIL, Facts(), Standing(S.EXPIRED), Verdict.EXPIRED),
    ("newsletter", EMAIL, Facts(), Standing(S.LEGACY), Verdict.LEGACY),
    # Age goes before every yes (S113).
    ("newsletter", EMAIL, Facts(is_under_age=True), USABLE, Verdict.UNDER_AGE),
    ("service-messages", EMAIL, Facts(is_under_age=True), NEVER, Verdict.UNDER_AGE),
    # Supplied by somebody whom nobody reviewed (S36).
    ("newsletter", EMAIL, Facts(is_unreviewed=True), USABLE, Verdict.UNREVIEWED),
    ("provision", "", Facts(is_unreviewed=True), USABLE, Verdict.UNREVIEWED),
    ("orders", EMAIL, Facts(is_unreviewed=True), NEVER, Verdict.BY_CONTRACT),
    # What the source forbids, until its day (S30); no source stops what a law demands.
    ("newsletter", EMAIL, limit("purpose", "contest"), USABLE, Verdict.SOURCE),
    ("newsletter", EMAIL, limit("purpose", "newsletter"), USABLE, Verdict.BY_CONSENT),
    ("newsletter", EMAIL, limit("channel", "phone"), USABLE, Verdict.SOURCE),
    ("newsletter", EMAIL, limit("channel", "email"), USABLE, Verdict.BY_CONSENT),
    ("newsletter", EMAIL, limit("region", "de"), USABLE, Verdict.SOURCE),
    ("newsletter", EMAIL, limit("region", "hk"), USABLE, Verdict.BY_CONSENT),
    ("newsletter", EMAIL, limit("disclosure"), USABLE, Verdict.BY_CONSENT),
    ("provision", "", limit("disclosure"), USABLE, Verdict.SOURCE),
    ("newsletter", EMAIL, limit("purpose", "contest", TODAY), USABLE, Verdict.SOURCE),
    (
        "newsletter",
        EMAIL,
        limit("purpose", "contest", TODAY - timedelta(days=1)),
        USABLE,
        Verdict.BY_CONSENT,
    ),
    ("rights", EMAIL, limit("purpose", "contest"), NEVER, Verdict.BY_LAW),
    # Contract and law: a no to marketing is none to service (S41), a dealing is needed (S38).
    ("orders", EMAIL, Facts(), NEVER, Verdict.BY_CONTRACT),
    ("orders", EMAIL, Facts(is_engaged=False), NEVER, Verdict.NO_DEALING),
    ("rights", EMAIL, Facts(is_engaged=False), OBJECTED, Verdict.BY_LAW),
    # What somebody asked for is answered for a while without an engagement; nothing else is.
    ("enquiries", EMAIL, Facts(is_engaged=False), NEVER, Verdict.BY_CONTRACT),
    (
        "enquiries",
        EMAIL,
        Facts(is_engaged=False, dealt_on=date(2023, 6, 1)),
        NEVER,
        Verdict.NO_DEALING,
    ),
    ("customer-support", EMAIL, Facts(is_engaged=False, dealt_on=None), NEVER, Verdict.NO_DEALING),
    ("accounts", "", Facts(), NEVER, Verdict.BY_LAW),
    # Legitimate interests pause at an objection (S63).
    ("profiling", "", Facts(), NEVER, Verdict.BY_INTERESTS),
    ("profiling", "", Facts(), OBJECTED, Verdict.OBJECTED),
    ("accuracy", EMAIL, Facts(), NEVER, Verdict.BY_INTERESTS),
    # Marketing on interests: the law of the place may ask for consent all the same (S40).
    ("marketing", PHONE, Facts(), NEVER, Verdict.CONSENT_NEEDED),
    ("marketing", PHONE, Facts(), USABLE, Verdict.BY_CONSENT),
    ("marketing", PHONE, Facts(regimes=EU), NEVER, Verdict.BY_INTERESTS),
    ("marketing", PHONE, Facts(regimes=BOTH), NEVER, Verdict.CONSENT_NEEDED),
    ("marketing", EMAIL, Facts(regimes=EU), NEVER, Verdict.CONSENT_NEEDED),
    ("marketing", EMAIL, Facts(regimes=EU), Standing(S.REFUSED), Verdict.REFUSED),
    ("marketing", EMAIL, Facts(), Standing(S.AWAITING), Verdict.UNCONFIRMED),
    # Soft opt-in: a dealing within the purpose's period, and a law that knows it (S50).
    ("similar-services", EMAIL, Facts(regimes=EU), NEVER, Verdict.BY_SOFT_OPT_IN),
    ("similar-services", SMS, Facts(regimes=EU), NEVER, Verdict.BY_SOFT_OPT_IN),
    ("similar-services", PHONE, Facts(regimes=EU), NEVER, Verdict.BY_INTERESTS),
    ("similar-services", EMAIL, Facts(regimes=BOTH), NEVER, Verdict.CONSENT_NEEDED),
    ("similar-services", EMAIL, Facts(regimes=BOTH), USABLE, Verdict.BY_CONSENT),
    ("similar-services", EMAIL, Facts(regimes=EU), OBJECTED, Verdict.OBJECTED),
    ("similar-services", EMAIL, Facts(regimes=EU, dealt_on=None), USABLE, Verdict.NO_DEALING),
    (
        "similar-services",
        EMAIL,
        Facts(regimes=EU, dealt_on=date(2024, 6, 2)),
        NEVER,
        Verdict.BY_SOFT_OPT_IN,
    ),
    (
        "similar-services",
        EMAIL,
        Facts(regimes=EU, dealt_on=date(2024, 6, 1)),
        NEVER,
        Verdict.NO_DEALING,
    ),
]


@pytest.mark.parametrize(
    ("purpose", "channel", "facts", "said", "verdict"),
    ROWS,
    ids=[f"{n}-{row[0]}-{row[1]}-{row[4]}" for n, row in enumerate(ROWS)],
)
def test_a_row_of_the_table(purpose, channel, facts, said, verdict):
    assert gate.decide(question(purpose, channel, is_weighed=True), facts, said) is verdict


UNWEIGHED_ROWS = [
    # What nobody weighed carries nothing; a yes, and what rests on another basis, stays.
    ("profiling", "", Facts(), NEVER, Verdict.UNWEIGHED),
    ("profiling", "", Facts(), USABLE, Verdict.BY_CONSENT),
    ("profiling", "", Facts(), OBJECTED, Verdict.OBJECTED),
    ("profiling", "", Facts(is_under_age=True), NEVER, Verdict.UNDER_AGE),
    ("accuracy", EMAIL, Facts(), NEVER, Verdict.UNWEIGHED),
    ("accuracy", EMAIL, limit("purpose", "contest"), NEVER, Verdict.SOURCE),
    ("marketing", PHONE, Facts(regimes=EU), NEVER, Verdict.UNWEIGHED),
    ("marketing", PHONE, Facts(), NEVER, Verdict.UNWEIGHED),
    ("marketing", PHONE, Facts(), USABLE, Verdict.BY_CONSENT),
    ("marketing", EMAIL, Facts(regimes=EU), Standing(S.REFUSED), Verdict.REFUSED),
    ("similar-services", EMAIL, Facts(regimes=EU), NEVER, Verdict.UNWEIGHED),
    ("similar-services", PHONE, Facts(regimes=EU), NEVER, Verdict.UNWEIGHED),
    ("similar-services", EMAIL, Facts(regimes=EU), Standing(S.NOT_ANSWERED), Verdict.UNWEIGHED),
    ("similar-services", EMAIL, Facts(regimes=BOTH), USABLE, Verdict.BY_CONSENT),
    ("similar-services", EMAIL, Facts(dealt_on=None), NEVER, Verdict.NO_DEALING),
    ("newsletter", EMAIL, Facts(), USABLE, Verdict.BY_CONSENT),
    ("newsletter", EMAIL, Facts(), NEVER, Verdict.NO_CONSENT),
    ("orders", EMAIL, Facts(), NEVER, Verdict.BY_CONTRACT),
    ("rights", EMAIL, Facts(), OBJECTED, Verdict.BY_LAW),
    ("accounts", "", Facts(), NEVER, Verdict.BY_LAW),
]


@pytest.mark.parametrize(("purpose", "channel", "facts", "said", "verdict"), UNWEIGHED_ROWS)
@pytest.mark.clause("S56", "S60")
def test_without_a_weighing_interests_carry_nothing(purpose, channel, facts, said, verdict):
    assert gate.decide(question(purpose, channel), facts, said) is verdict


def test_an_objection_gives_way_to_claims_and_what_nobody_weighed_does_not():
    claims = question("fraud", "", is_for_claims=True)

    assert gate.decide(claims, Facts(), OBJECTED) is Verdict.UNWEIGHED
    weighed = question("fraud", "", is_for_claims=True, is_weighed=True)
    assert gate.decide(weighed, Facts(), OBJECTED) is Verdict.OBJECTED


def question(purpose, channel, **facts):
    purpose = purposes.named(purpose)
    return gate.Question(purpose, channel, TODAY, "", frozenset(), is_notified=True, **facts)


def test_every_verdict_is_reached_and_says_why_in_words():
    here = {row[4] for row in (*ROWS, *UNWEIGHED_ROWS)}
    below = {
        Verdict.GONE,
        Verdict.RESTRICTED,
        Verdict.SWITCHED_OFF,
        Verdict.COMBINATION,
        Verdict.NOT_NOTIFIED,
        Verdict.NO_ADDRESS,
        Verdict.ADDRESS_LOCKED,
        Verdict.ORDER_ONLY,
        Verdict.BOUNCED,
        Verdict.SHARED_NO,
        Verdict.SAME_MAILBOX,
        Verdict.SUPPRESSED,
    }

    assert here | below == set(Verdict)
    assert not here & below
    assert {verdict for verdict in Verdict if verdict.startswith("by_")} == set(YESES)
    assert all(str(verdict.label).strip() for verdict in Verdict)


@pytest.mark.parametrize(
    ("regimes", "channel", "on", "need"),
    [
        (HK, EMAIL, TODAY, Need.CONSENT),
        (HK, PHONE, date(2013, 4, 1), Need.CONSENT),
        (HK, PHONE, date(2013, 3, 31), Need.NOTHING),
        (EU, EMAIL, TODAY, Need.SOFT_OPT_IN),
        (EU, EMAIL, date(2003, 10, 30), Need.NOTHING),
        (EU, PHONE, TODAY, Need.NOTHING),
        ({"UK_GDPR"}, SMS, TODAY, Need.SOFT_OPT_IN),
        (BOTH, EMAIL, TODAY, Need.CONSENT),
    ],
)
@pytest.mark.constant("S40")
def test_when_consent_is_needed_is_a_dated_table_and_the_strictest_wins(
    regimes, channel, on, need
):
    assert gate.needed(regimes, channel, on=on) is need


# --- addresses, facts and the rest, from the database -------------------------------------------


@pytest.mark.clause("S58")
def test_a_consent_opens_the_gate_and_its_withdrawal_shuts_it_the_same_day():
    amara = person()
    assert answer(amara).verdict is Verdict.NO_CONSENT

    yes(amara)
    assert answer(amara).is_yes
    assert [point.value for point in answer(amara).points] == ["amara-1@example.com"]

    no(amara)
    assert answer(amara).verdict is Verdict.WITHDRAWN
    assert not answer(amara).is_yes


@pytest.mark.clause("S73")
def test_the_suppression_file_shuts_it_whatever_was_said():
    amara = person()
    yes(amara)
    address = Point(PointKind.EMAIL, "AMARA-1@example.com")
    suppression.suppress([address], scope=SuppressionScope.NO_MARKETING, channels=[EMAIL], by=None)

    assert answer(amara).verdict is Verdict.SUPPRESSED
    # Service goes on.
    ParticipationFactory(contact=amara)
    assert answer(amara, "service-messages").verdict is Verdict.BY_CONTRACT


def test_one_of_two_addresses_that_is_suppressed_is_not_used():
    amara = person()
    yes(amara)
    ContactPointFactory(contact=amara, value="second@example.com")
    suppression.suppress(
        [Point(PointKind.EMAIL, "second@example.com")],
        scope=SuppressionScope.NO_MARKETING,
        by=None,
    )

    assert [point.value for point in answer(amara).points] == ["amara-1@example.com"]
    second = {amara.pk: Point(PointKind.EMAIL, "second@example.com")}
    assert answer(amara, addresses=second).verdict is Verdict.SUPPRESSED


@pytest.mark.clause("S16")
def test_a_subscription_holds_for_its_exact_address_alone():
    amara = person()
    ContactPointFactory(contact=amara, value="private@example.com")
    yes(amara, address=Point(PointKind.EMAIL, "amara-1@example.com"))

    assert [point.value for point in answer(amara).points] == ["amara-1@example.com"]
    other = {amara.pk: Point(PointKind.EMAIL, "private@example.com")}
    assert answer(amara, addresses=other).verdict is Verdict.ADDRESS_LOCKED


def test_an_address_that_is_not_theirs_and_a_person_without_one_are_refused():
    amara, bare = person(), ContactFactory()
    yes(amara)
    yes(bare)
    strange = {amara.pk: Point(PointKind.EMAIL, "stranger@example.com")}

    assert answer(amara, addresses=strange).verdict is Verdict.NO_ADDRESS
    assert answer(bare).verdict is Verdict.NO_ADDRESS


def test_a_disposed_person_and_a_number_of_nobody_are_gone():
    amara = person()
    yes(amara)
    disposal.dispose([amara.pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate())

    assert answer(amara).verdict is Verdict.GONE
    nobody = gate.ask([0], purpose="newsletter", channel=EMAIL, on=TODAY)
    assert nobody[0].verdict is Verdict.GONE


def test_a_purpose_switched_off_and_a_day_before_any_notice_shut_it(notice):
    amara = person()
    yes(amara)
    before = gate.may(amara, purpose="newsletter", channel=EMAIL, on=date(2018, 5, 22))
    assert before.verdict is Verdict.NOT_NOTIFIED

    Purpose.objects.filter(key="newsletter").update(off_since=TODAY)
    assert answer(amara).verdict is Verdict.SWITCHED_OFF


@pytest.mark.parametrize(
    ("purpose", "channel", "uses", "refused"),
    [
        ("newsletter", EMAIL, {Kind.CORRESPONDENCE}, True),
        ("newsletter", EMAIL, {Kind.DOCUMENT}, True),
        ("marketing", PHONE, {Kind.FINANCE}, True),
        ("profiling", "", {Kind.IDENTITY}, True),
        ("interest-advertising", "", {Kind.ONLINE, Kind.CONTACT}, True),
        ("interest-advertising", "", {Kind.ONLINE, Kind.DEALING}, False),
        ("newsletter", EMAIL, {Kind.PROFESSIONAL, Kind.PREFERENCE}, False),
    ],
)
@pytest.mark.clause("S53", "S54")
def test_forbidden_combinations_are_refused(purpose, channel, uses, refused):
    verdict = answer(person(), purpose, channel, uses=uses).verdict

    assert (verdict is Verdict.COMBINATION) is refused


def test_the_business_says_age_source_and_dealings():
    child, bound, client = person(1), person(2), person(3)
    DemographicsFactory(contact=child, date_of_birth=timezone.localdate() - timedelta(days=3650))
    SourceRestrictionFactory(source=bound.source, kind=RestrictionKind.CHANNEL, allows="phone")
    InteractionFactory(contact=client, occurred_at=SPRING)
    writes_to_us_never = person(4)
    InteractionFactory(
        contact=writes_to_us_never, occurred_at=SPRING, direction=Direction.OUTBOUND
    )
    for contact in (child, bound, client, writes_to_us_never):
        yes(contact)
        yes(contact, "similar-services")

    assert answer(child).verdict is Verdict.UNDER_AGE
    assert answer(bound).verdict is Verdict.SOURCE
    assert answer(client, "similar-services").verdict is Verdict.BY_CONSENT
    assert answer(writes_to_us_never, "similar-services").verdict is Verdict.NO_DEALING


@pytest.mark.clause("S40")
@pytest.mark.parametrize(
    ("country", "channel", "verdict"),
    [
        ("HK", PHONE, Verdict.CONSENT_NEEDED),
        ("HK", EMAIL, Verdict.CONSENT_NEEDED),
        ("DE", PHONE, Verdict.CONSENT_NEEDED),
        ("DE", EMAIL, Verdict.CONSENT_NEEDED),
        ("GB", SMS, Verdict.CONSENT_NEEDED),
    ],
)
def test_nobody_is_marketed_to_without_the_consent_that_the_law_of_their_place_asks_for(
    country, channel, verdict
):
    weigh("marketing")
    contact = person(residence_country=country)
    assert answer(contact, "marketing", channel).verdict is verdict

    yes(contact, "marketing", channel)

    assert answer(contact, "marketing", channel).verdict is Verdict.BY_CONSENT


@pytest.mark.clause("S50")
@pytest.mark.parametrize(
    ("months", "verdict"),
    [
        (None, Verdict.NO_DEALING),
        (1, Verdict.BY_CONSENT),
        (23, Verdict.BY_CONSENT),
        (25, Verdict.NO_DEALING),
    ],
)
def test_similar_services_are_offered_for_two_years_after_a_dealing_and_to_nobody_else(
    months, verdict
):
    contact = person(residence_country="DE")
    # The firm's own law knows no soft opt-in: a dealing is needed besides the consent.
    yes(contact, "similar-services")
    if months:
        InteractionFactory(
            contact=contact,
            occurred_at=datetime(2026, 6, 1, 4, tzinfo=UTC) - relativedelta(months=months),
        )

    assert answer(contact, "similar-services").verdict is verdict
    assert answer(contact).verdict is Verdict.NO_CONSENT
    consent.object_to(
        contact, purpose="similar-services", method=ConsentMethod.EMAIL, at=SPRING, by=None
    )
    assert not answer(contact, "similar-services").is_yes


@pytest.mark.clause("S56")
def test_data_go_to_partners_for_their_own_ends_with_consent_alone():
    contact = person()
    ParticipationFactory(contact=contact)
    assert answer(contact, "provision", "").verdict is Verdict.NO_CONSENT
    yes(contact)
    assert answer(contact, "provision", "").verdict is Verdict.NO_CONSENT

    yes(contact, "provision", "", recipients="banks", for_gain=False)
    assert answer(contact, "provision", "").verdict is Verdict.BY_CONSENT
    no(contact, "provision", "")
    assert answer(contact, "provision", "").verdict is Verdict.WITHDRAWN


@pytest.mark.clause("S56")
@pytest.mark.parametrize("purpose", ["promotion", "newsletter", "topics", "contest"])
def test_what_was_agreed_for_one_purpose_serves_no_new_one(purpose):
    contact = person()
    others = {"promotion", "newsletter", "topics", "contest"} - {purpose}

    yes(contact, purpose)

    assert answer(contact, purpose).is_yes
    assert {answer(contact, one).verdict for one in others} == {Verdict.NO_CONSENT}


@pytest.mark.clause("S38")
def test_a_contract_opens_the_gate_while_its_engagement_is_open():
    contact = person()
    assert answer(contact, "orders").verdict is Verdict.NO_DEALING

    engagement = ParticipationFactory(contact=contact).engagement
    assert answer(contact, "orders").verdict is Verdict.BY_CONTRACT

    engagement.closed_on = engagement.opened_on
    engagement.save()
    assert answer(contact, "orders").verdict is Verdict.NO_DEALING


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"purpose": "telepathy"}, "not known"),
        ({"channel": "pigeon"}, "does not use this channel"),
        ({"channel": PHONE}, "does not use this channel"),
        ({"uses": {"gossip"}}, "kind of data is not known"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_a_sentence(asked, sentence):
    with pytest.raises(PrivacyError, match=sentence):
        gate.ask([], **{"purpose": "newsletter", "channel": EMAIL, **asked})


# --- sets ---------------------------------------------------------------------------------------


def crowd():
    """People of whom each said, is or has something else."""
    people = [person(number) for number in range(1, 17)]
    for number, contact in enumerate(people):
        if number % 2:
            yes(contact)
        if number % 3 == 0:
            yes(contact, "promotion", SMS, ConsentMethod.ORAL)
        if number % 5 == 0:
            no(contact)
        if number % 7 == 0:
            no(contact, purposes.MARKETING, PHONE, ConsentKind.OBJECTED)
        if number % 4 == 0:
            InteractionFactory(contact=contact, occurred_at=SPRING)
        if number % 6 == 0:
            SourceRestrictionFactory(source=contact.source, kind="channel", allows="sms")
    disposal.dispose(
        [people[-1].pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate()
    )
    return people


def test_the_answer_for_a_set_is_the_answer_for_each_of_its_people():
    people = crowd()
    seen = set()
    questions = [
        (purpose.key, channel)
        for purpose in Purpose.objects.all()
        for channel in (purpose.channels or [""])
    ]

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(
        st.sets(st.sampled_from([contact.pk for contact in people])), st.sampled_from(questions)
    )
    def same(pks, question):
        purpose, channel = question
        together = gate.ask(pks, purpose=purpose, channel=channel, on=TODAY)
        alone = {pk: gate.ask([pk], purpose=purpose, channel=channel, on=TODAY)[pk] for pk in pks}
        assert together == alone
        seen.update(answer.verdict for answer in together.values())

    same()
    assert len(seen) > 6


def test_a_set_costs_the_same_queries_for_three_and_sixty():
    costs = []
    for size in (3, 60):
        pks = [ContactPointFactory().contact_id for _n in range(size)]
        consent.refuse(pks[::2], method=ConsentMethod.IMPORT, by=None)
        gate.ask(pks, purpose="promotion", channel=EMAIL)
        with CaptureQueriesContext(connection) as queries:
            gate.ask(pks, purpose="promotion", channel=EMAIL)
        costs.append(len(queries))

    assert costs[0] == costs[1] <= 15


# --- an address that was given for an order alone ------------------------------------------------


@pytest.mark.clause("S49", "S51")
def test_an_address_given_for_an_order_serves_the_order_and_what_a_law_demands():
    contact = ContactFactory()
    ContactPointFactory(contact=contact, value="orders@example.com", given_for="order")
    ParticipationFactory(contact=contact)
    yes(contact)

    assert answer(contact, "orders").verdict is Verdict.BY_CONTRACT
    assert answer(contact, "enquiries").verdict is Verdict.BY_CONTRACT
    assert answer(contact, "rights").verdict is Verdict.BY_LAW
    weigh("accuracy")
    assert answer(contact, "accuracy").verdict is Verdict.ORDER_ONLY
    # A consent for whatever address is none for this one.
    assert answer(contact, "newsletter").verdict is Verdict.ORDER_ONLY


@pytest.mark.clause("S51")
def test_only_a_consent_for_this_very_address_opens_it_for_more():
    contact = ContactFactory()
    ContactPointFactory(contact=contact, value="orders@example.com", given_for="order")
    free = ContactPointFactory(contact=contact, value="amara@example.com")
    yes(contact)

    assert answer(contact).points == (Point("email", free.value),)

    yes(contact, at=SPRING + timedelta(days=1), address=Point("email", "Orders@example.com"))
    assert answer(contact).points == (Point("email", "orders@example.com"),)


# --- the companies of the group ------------------------------------------------------------------


@pytest.fixture
def group():
    return LegalEntityFactory(), LegalEntityFactory()


@pytest.mark.clause("S2")
def test_a_yes_to_one_company_is_none_to_another_and_a_no_is_said_to_all(group):
    holding, subsidiary = group
    contact = person()
    with pytest.raises(PrivacyError, match="Say which company"):
        yes(contact)
    yes(contact, entity=holding)

    assert answer(contact, entity=holding).verdict is Verdict.BY_CONSENT
    assert answer(contact, entity=subsidiary).verdict is Verdict.NO_CONSENT
    # Nobody is named: each of them must have it.
    assert answer(contact).verdict is Verdict.NO_CONSENT
    yes(contact, entity=subsidiary, at=SPRING + timedelta(hours=1))
    assert answer(contact).is_yes

    no(contact)
    for entity in (holding, subsidiary, None):
        assert answer(contact, entity=entity).verdict is Verdict.WITHDRAWN


@pytest.mark.clause("S2")
def test_an_oral_yes_is_confirmed_by_the_company_to_which_it_was_said(group):
    holding, subsidiary = group
    contact = person()
    yes(contact, entity=holding, method=ConsentMethod.ORAL)
    confirmation = {"kind": ConsentKind.CONFIRMED, "at": SPRING + timedelta(days=2)}

    with pytest.raises(TransitionRefused, match="no oral consent"):
        yes(contact, entity=subsidiary, **confirmation)
    yes(contact, entity=holding, **confirmation)

    assert answer(contact, entity=holding).is_yes
    assert not answer(contact, entity=subsidiary).is_yes


def test_the_only_company_need_not_be_named_and_keeps_what_it_has_beside_a_second():
    first = LegalEntityFactory()
    contact = person()
    assert yes(contact).entity == first
    assert answer(contact).is_yes

    second = LegalEntityFactory()
    assert answer(contact, entity=first).is_yes
    assert not answer(contact, entity=second).is_yes
