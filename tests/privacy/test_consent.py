"""The consent ledger: a yes has its proof, a no counts at once and is never lost (S74 to S77)."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from privacy import consent, disposal, gate, ledger, purposes, replay, suppression
from privacy.consent import standing
from privacy.enums import (
    Channel,
    ConsentKind,
    ConsentMethod,
    ConsentState,
    DisposalCause,
    PointKind,
)
from privacy.errors import AppendOnly, PrivacyError, TransitionRefused
from privacy.models import ConsentEvent, Purpose, SuppressionEntry
from privacy.points import Point
from retention import schedule
from tests.factories.crm import ContactFactory, ContactPointFactory, UserFactory
from tests.factories.privacy import NoticeFactory, WordingFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

EMAIL = Channel.EMAIL
NEWS = "newsletter"
SPRING = datetime(2024, 3, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def amara():
    person = ContactFactory()
    ContactPointFactory(contact=person, value="amara@example.com")
    ContactPointFactory(contact=person, kind=PointKind.PHONE, value="+85251234567")
    return person


def proof(**facts):
    return {
        "wording": WordingFactory(),
        "notice": NoticeFactory(),
        "evidence": "form 12, request 7",
        **facts,
    }


def yes(person, at=SPRING, *, purpose=NEWS, channel=EMAIL, method=ConsentMethod.ONLINE, **facts):
    return consent.record(
        person, purpose=purpose, channel=channel, method=method, at=at, by=None, **proof(**facts)
    )


def no(person, at, *, purpose=NEWS, channels=(EMAIL,), method=ConsentMethod.EMAIL):
    return consent.withdraw(
        person, purpose=purpose, channels=channels, method=method, at=at, by=None
    )


def state(person, on=None, purpose=NEWS, channel=EMAIL, **facts):
    on = on or timezone.localdate()
    return consent.state([person.pk], purpose, channel, on=on, **facts)[person.pk]


# --- a yes --------------------------------------------------------------------------------------


@pytest.mark.clause("S75")
def test_a_consent_counts_from_its_day_for_its_purpose_and_channel_alone(amara):
    event = yes(amara)
    day = timezone.localdate(SPRING)

    assert state(amara, day).is_usable
    assert state(amara, day).reference == str(event.reference)
    assert state(amara, day - DAY).state is ConsentState.NEVER_ASKED
    assert not state(amara, purpose="promotion").is_usable
    assert not state(amara, purpose="promotion", channel=Channel.SMS).is_usable


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ({"wording": None}, "needs its wording"),
        ({"evidence": " "}, "needs its evidence"),
        ({"notice": None}, "version of the notice"),
        ({"purpose": "telepathy"}, "not known"),
        ({"channel": "pigeon"}, "channel is not known"),
        ({"channel": Channel.PHONE}, "does not use this channel"),
        ({"channel": ""}, "does not use this channel"),
        ({"at": datetime(2999, 1, 1, tzinfo=UTC)}, "future"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.clause("S74")
def test_a_consent_without_one_of_its_parts_is_refused_with_a_sentence(amara, missing, sentence):
    with pytest.raises(PrivacyError, match=sentence):
        yes(amara, **missing)

    assert not ConsentEvent.objects.exists()


def test_a_notice_that_was_not_in_force_proves_nothing(amara):
    late, draft = NoticeFactory(effective_from=date(2024, 3, 2)), NoticeFactory.build()
    for notice in (late, NoticeFactory(approved_by=None, approved_at=None)):
        with pytest.raises(PrivacyError, match="not in force"):
            yes(amara, notice=notice)
    assert draft.pk is None


def test_words_of_a_letter_stand_where_no_form_has_any(amara):
    event = yes(amara, wording=None, wording_text="Please do send it.", language="en")

    assert event.wording_text == "Please do send it."


@pytest.mark.clause("S4")
def test_a_consent_of_before_the_gdpr_is_kept_and_not_usable(amara):
    consent.record(
        amara,
        purpose=NEWS,
        channel=EMAIL,
        method=ConsentMethod.PAPER,
        at=datetime(2018, 5, 24, 4, tzinfo=UTC),
        by=None,
    )

    assert state(amara).state is ConsentState.LEGACY
    assert not state(amara).is_usable


def test_a_consent_with_an_end_expires_the_day_after_it(amara):
    yes(amara, valid_until=date(2025, 3, 1))

    assert state(amara, date(2025, 3, 1)).is_usable
    assert state(amara, date(2025, 3, 2)).state is ConsentState.EXPIRED


# --- said orally ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "usable"), [(0, True), (14, True)])
@pytest.mark.clause("S74")
def test_an_oral_consent_is_usable_from_its_written_confirmation(amara, days, usable):
    yes(amara, method=ConsentMethod.ORAL)
    day = timezone.localdate(SPRING)
    assert state(amara, day).state is ConsentState.AWAITING

    consent.record(
        amara,
        purpose=NEWS,
        channel=EMAIL,
        kind=ConsentKind.CONFIRMED,
        method=ConsentMethod.EMAIL,
        at=SPRING + days * DAY,
        by=None,
    )

    assert state(amara, day + days * DAY).is_usable is usable
    assert state(amara).is_usable


@pytest.mark.clause("S74")
def test_after_fourteen_days_an_oral_consent_must_be_asked_anew(amara):
    yes(amara, method=ConsentMethod.ORAL)

    assert state(amara, timezone.localdate(SPRING) + 14 * DAY).state is ConsentState.AWAITING
    assert state(amara, timezone.localdate(SPRING) + 15 * DAY).state is ConsentState.LAPSED
    with pytest.raises(TransitionRefused, match="14 days"):
        consent.record(
            amara,
            purpose=NEWS,
            channel=EMAIL,
            kind=ConsentKind.CONFIRMED,
            method=ConsentMethod.EMAIL,
            at=SPRING + 15 * DAY,
            by=None,
        )


def test_nothing_is_confirmed_that_nobody_said(amara):
    with pytest.raises(TransitionRefused, match="no oral consent"):
        consent.record(
            amara,
            purpose=NEWS,
            channel=EMAIL,
            kind=ConsentKind.CONFIRMED,
            method=ConsentMethod.EMAIL,
            at=SPRING,
            by=None,
        )


@pytest.mark.clause("S33")
def test_giving_data_to_others_needs_it_in_writing_to_whom_and_whether_for_gain(amara):
    facts = {"purpose": "provision", "channel": "", "recipients": "banks", "for_gain": False}

    with pytest.raises(PrivacyError, match="in writing"):
        yes(amara, method=ConsentMethod.ORAL, **facts)
    with pytest.raises(PrivacyError, match="whether for gain"):
        yes(amara, **{**facts, "for_gain": None})
    yes(amara, **facts)

    assert state(amara, purpose="provision", channel="").is_usable


# --- a no ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [ConsentKind.REFUSED, ConsentKind.WITHDRAWN, ConsentKind.OBJECTED]
)
@pytest.mark.clause("S115")
def test_a_no_needs_no_proof_and_counts_on_the_same_day(amara, kind):
    yes(amara)

    consent.record(
        amara,
        purpose=NEWS,
        channel=EMAIL,
        kind=kind,
        method=ConsentMethod.EMAIL,
        at=SPRING + DAY,
        by=None,
    )

    assert state(amara, timezone.localdate(SPRING)).is_usable
    assert state(amara, timezone.localdate(SPRING + DAY)).state == kind


@pytest.mark.parametrize("moment", [SPRING, SPRING - DAY])
def test_a_yes_of_no_later_moment_than_a_no_ends_nothing_and_is_refused(amara, moment):
    no(amara, SPRING)

    with pytest.raises(TransitionRefused, match="said no after that"):
        yes(amara, moment)

    assert state(amara).state is ConsentState.WITHDRAWN


def test_at_one_moment_the_no_wins(amara):
    yes(amara, SPRING)
    no(amara, SPRING)

    assert state(amara).state is ConsentState.WITHDRAWN


@pytest.mark.clause("S41")
def test_a_no_to_marketing_is_a_no_to_each_of_its_purposes_and_to_no_service(amara):
    yes(amara)

    no(amara, SPRING + DAY, purpose=purposes.MARKETING, channels=Channel)

    assert state(amara).is_no
    assert state(amara, purpose="promotion", channel=Channel.PHONE).is_no
    assert state(amara, purpose="service-messages").state is ConsentState.NEVER_ASKED


@pytest.mark.clause("S65")
def test_a_no_to_marketing_and_any_objection_reach_the_suppression_file(amara):
    address = Point(PointKind.EMAIL, "amara@example.com")
    number = Point(PointKind.PHONE, "+85251234567")

    no(amara, SPRING, purpose=purposes.MARKETING)
    assert suppression.marketing_refused([address, number], EMAIL) == [True, False]
    assert suppression.marketing_refused([number], Channel.PHONE) == [False]
    assert suppression.refused([address]) == [False]

    consent.object_to(
        amara, purpose="promotion", channels=[Channel.PHONE], method=ConsentMethod.ORAL, by=None
    )
    assert suppression.marketing_refused([number], Channel.PHONE) == [True]


def test_a_no_to_one_newsletter_leaves_the_other_consents_of_the_person(amara):
    yes(amara)
    yes(amara, purpose="contest")

    no(amara, SPRING + DAY, purpose="contest")

    assert state(amara).is_usable
    assert not state(amara, purpose="contest").is_usable
    assert not SuppressionEntry.objects.exists()


def test_a_later_yes_of_the_person_lifts_what_their_no_had_suppressed(amara):
    address = Point(PointKind.EMAIL, "amara@example.com")
    no(amara, SPRING, purpose=purposes.MARKETING)

    yes(amara, SPRING + DAY)

    assert state(amara).is_usable
    assert suppression.marketing_refused([address], EMAIL) == [False]
    # What they did not say yes to stays refused.
    assert state(amara, purpose="promotion").is_no


def test_an_import_never_subscribes_again(amara):
    address = Point(PointKind.EMAIL, "amara@example.com")
    no(amara, SPRING, purpose=purposes.MARKETING)

    yes(amara, SPRING + DAY, method=ConsentMethod.IMPORT)

    assert state(amara).is_no
    assert suppression.marketing_refused([address], EMAIL) == [True]


def test_many_refuse_at_once_and_twice_changes_nothing(amara):
    people = [amara, *(ContactPointFactory().contact for _n in range(3))]
    pks = [person.pk for person in people]

    events = consent.refuse(pks, method=ConsentMethod.IMPORT, by=UserFactory())
    entries = SuppressionEntry.objects.count()
    again = consent.refuse(pks, method=ConsentMethod.IMPORT, by=None)

    assert len(events) == 4 * 3
    assert again == []
    assert SuppressionEntry.objects.count() == entries
    # Four addresses by e-mail; the one number by SMS and by telephone.
    assert entries == 4 + 2


def test_a_refusal_does_not_water_down_an_objection(amara):
    consent.object_to(amara, method=ConsentMethod.EMAIL, by=None)

    consent.refuse([amara.pk], method=ConsentMethod.IMPORT, by=None)

    assert state(amara, purpose=purposes.MARKETING).state is ConsentState.OBJECTED


@pytest.mark.clause("S74", "S75")
def test_a_consent_keeps_what_it_permits_and_everything_that_proves_it(amara):
    event = yes(amara, evidence_digest="AB" * 32, withdrawal_told=True, source_system="console")

    assert event.kinds == ["identity", "contact"]
    assert event.marketed == "Newsletter and company news"
    assert (event.evidence_digest, event.withdrawal_told) == ("ab" * 32, True)
    assert (event.utc_offset, event.source_system) == (480, "console")
    # What the purpose becomes later changes nothing of what was permitted.
    Purpose.objects.filter(key="newsletter").update(kinds=["identity", "contact", "online"])
    again = ConsentEvent.objects.get(pk=event.pk)
    assert again.kinds == ["identity", "contact"]
    with pytest.raises(ValidationError, match="64 digits"):
        yes(amara, evidence_digest="not a digest")


def test_many_refusals_cost_the_same_queries_for_five_and_thirty():
    costs = []
    # The first call of all notes the key.
    consent.refuse([ContactPointFactory().contact_id], method=ConsentMethod.IMPORT, by=None)
    for count in (5, 30):
        pks = [ContactPointFactory().contact_id for _n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            consent.refuse(pks, channels=[EMAIL], method=ConsentMethod.IMPORT, by=None)
        costs.append(len(queries))

    assert costs[0] == costs[1]


@pytest.mark.clause("S76")
def test_silence_is_written_down_and_takes_nothing_away(amara):
    def ask(at):
        consent.record(
            amara,
            purpose=NEWS,
            channel=EMAIL,
            kind=ConsentKind.NOT_ANSWERED,
            method=ConsentMethod.EMAIL,
            at=at,
            by=None,
        )

    ask(SPRING)
    assert state(amara).state is ConsentState.NOT_ANSWERED
    yes(amara, SPRING + DAY)
    ask(SPRING + 2 * DAY)
    assert state(amara).is_usable


# --- topics, addresses, merged rows -------------------------------------------------------------


@pytest.mark.clause("S48")
def test_a_topic_is_refused_alone_and_with_all_the_others(amara):
    yes(amara, purpose="topics")
    consent.withdraw(
        amara,
        purpose="topics",
        channels=[EMAIL],
        topic="shipping",
        method=ConsentMethod.ONLINE,
        at=SPRING + DAY,
        by=None,
    )
    assert not state(amara, purpose="topics", topic="shipping").is_usable
    assert state(amara, purpose="topics", topic="banking").is_usable

    no(amara, SPRING + 2 * DAY, purpose="topics")
    assert not state(amara, purpose="topics", topic="banking").is_usable


def test_a_consent_for_one_address_says_for_which_and_never_shows_it(amara):
    address = Point(PointKind.EMAIL, "Amara@Example.com")

    event = yes(amara, address=address)

    same = Point(PointKind.EMAIL, "amara@example.com")
    assert state(amara).address_digest in suppression.locks(same)
    assert "amara" not in event.address_digest


@pytest.mark.parametrize("first", ["yes", "no"])
def test_of_two_merged_rows_the_no_wins_until_the_person_says_yes_again(amara, first):
    other = ContactFactory()
    merged_at = SPRING + 10 * DAY
    same = {amara.pk: {other.pk: merged_at}}
    yes(amara, SPRING + (0 if first == "yes" else 2) * DAY)
    no(other, SPRING + DAY)

    assert state(amara).is_usable
    assert state(amara, same_as=same).state is ConsentState.WITHDRAWN
    yes(amara, SPRING + 11 * DAY)
    assert state(amara, same_as=same).is_usable


def test_first_and_latest_are_the_first_yes_and_the_last_word(amara):
    given_first, _later = yes(amara), yes(amara, SPRING + DAY)
    (last,) = no(amara, SPRING + 2 * DAY)

    first, latest = consent.first_and_latest([amara.pk], NEWS, EMAIL)[amara.pk]

    assert (first.reference, latest.reference) == (str(given_first.reference), str(last.reference))


# --- on the console ------------------------------------------------------------------------------


@pytest.mark.clause("S48", "S75")
@pytest.mark.parametrize("kind", [ConsentKind.WITHDRAWN, ConsentKind.OBJECTED])
def test_a_no_to_one_topic_shuts_the_channel_to_no_other(amara, kind):
    yes(amara)
    yes(amara, purpose="topics")

    consent.record(
        amara,
        purpose="topics",
        channel=EMAIL,
        topic="shipping",
        kind=kind,
        method=ConsentMethod.ONLINE,
        at=SPRING + DAY,
        by=None,
    )

    asked = {"purpose": "topics", "channel": EMAIL}
    assert not gate.may(amara, **asked, topic="shipping").is_yes
    assert gate.may(amara, **asked, topic="banking").is_yes
    assert gate.may(amara, purpose="newsletter", channel=EMAIL).is_yes
    assert not SuppressionEntry.objects.exists()


@pytest.mark.clause("S77")
def test_whoever_hears_a_no_writes_it_down_on_the_persons_page(client, amara):
    hearer = UserFactory(is_superuser=True)
    client.force_login(hearer)
    page = reverse("admin:crm_contact_consent", args=[amara.pk])
    said = {
        "kind": "withdrawn",
        "purpose": purposes.named(purposes.MARKETING).pk,
        "channel": "phone",
        "method": "oral",
        "said_on": timezone.localdate().isoformat(),
    }

    assert client.get(page).status_code == 200
    assert not ConsentEvent.objects.exists()
    client.post(page, said)

    event = ConsentEvent.objects.get()
    assert (event.kind, event.channel, event.recorded_by) == ("withdrawn", "phone", hearer)
    assert state(amara, purpose=purposes.MARKETING, channel=Channel.PHONE).is_no


def test_a_yes_without_its_proof_is_refused_on_the_console_with_its_sentence(client, amara):
    client.force_login(UserFactory(is_superuser=True))
    said = {
        "kind": "given",
        "purpose": purposes.named(NEWS).pk,
        "channel": "email",
        "method": "paper",
        "said_on": "2024-03-01",
        "wording_text": "Yes, please.",
        "language": "en",
        "notice": NoticeFactory().pk,
    }
    page = reverse("admin:crm_contact_consent", args=[amara.pk])

    refused = client.post(page, said, follow=True)
    assert "needs its evidence" in refused.content.decode()
    client.post(page, {**said, "evidence": "folder 12"})

    amara.refresh_from_db()
    assert state(amara).is_usable
    # A consent given is a qualifying event: the record's clock starts anew.
    assert amara.anchor_on == max(date(2024, 3, 1), amara.source.obtained_on)


def test_the_matrix_shows_each_channel_of_each_marketing_purpose(amara):
    yes(amara)
    no(amara, SPRING, purpose=purposes.MARKETING, channels=[Channel.SMS])

    rows = {row.purpose.key: row.cells for row in consent.matrix(amara)}

    assert [cell and cell.state for cell in rows[NEWS]] == [ConsentState.GIVEN, None, None]
    assert [cell.state for cell in rows["promotion"]] == [
        ConsentState.NEVER_ASKED,
        ConsentState.WITHDRAWN,
        ConsentState.NEVER_ASKED,
    ]


# --- the ledger as a whole ----------------------------------------------------------------------

KINDS = st.sampled_from(
    [
        (ConsentKind.GIVEN, ConsentMethod.ONLINE),
        (ConsentKind.GIVEN, ConsentMethod.ORAL),
        (ConsentKind.GIVEN, ConsentMethod.IMPORT),
        (ConsentKind.CONFIRMED, ConsentMethod.EMAIL),
        (ConsentKind.NOT_ANSWERED, ConsentMethod.EMAIL),
        (ConsentKind.REFUSED, ConsentMethod.ONLINE),
        (ConsentKind.WITHDRAWN, ConsentMethod.SMS),
        (ConsentKind.OBJECTED, ConsentMethod.EMAIL),
    ]
)
STORIES = st.lists(st.tuples(st.integers(0, 40), KINDS), max_size=12)


def events(story):
    return [
        standing.Event(n, str(n), 1, NEWS, EMAIL, "", kind, method, SPRING + day * DAY, None, "")
        for n, (day, (kind, method)) in enumerate(story)
    ]


@given(STORIES, st.integers(-1, 60))
def test_whatever_was_said_a_no_is_followed_by_a_yes_only_by_the_person(story, asked):
    on = timezone.localdate(SPRING) + asked * DAY
    heard = [event for event in events(story) if event.day <= on]
    answer = standing.told(heard)

    noes = [event.occurred_at for event in heard if event.is_no]
    own = [e for e in heard if e.kind == ConsentKind.GIVEN and e.method != ConsentMethod.IMPORT]
    if noes and not any(event.occurred_at > max(noes) for event in own):
        assert answer.is_no


@given(STORIES, st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_read_changes_nothing(story, random):
    told = events(story)
    shuffled = list(told)
    random.shuffle(shuffled)

    assert standing.told(told) == standing.told(shuffled)


@pytest.mark.clause("S59")
def test_the_state_of_every_day_follows_from_the_events_of_the_database(amara):
    """Rebuilt from its rows alone, day by day, the ledger says what `state` says (S59)."""
    yes(amara, SPRING)
    no(amara, SPRING + 5 * DAY)
    yes(amara, SPRING + 9 * DAY, method=ConsentMethod.ORAL)
    consent.object_to(
        amara,
        purpose=NEWS,
        channels=[EMAIL],
        method=ConsentMethod.ORAL,
        at=SPRING + 30 * DAY,
        by=None,
    )
    expected = {
        range(-1): ConsentState.NEVER_ASKED,
        range(5): ConsentState.GIVEN,
        range(5, 9): ConsentState.WITHDRAWN,
        range(9, 24): ConsentState.AWAITING,
        range(24, 30): ConsentState.LAPSED,
        range(30, 60): ConsentState.OBJECTED,
    }

    for days, wanted in expected.items():
        for day in days:
            on = timezone.localdate(SPRING) + day * DAY
            assert state(amara, on).state is wanted, day
    assert state(amara, timezone.localdate(SPRING) - DAY).state is ConsentState.NEVER_ASKED
    moments = list(ConsentEvent.objects.order_by("occurred_at").values_list("pk", flat=True))
    assert all(a < b for a, b in pairwise(moments))


def test_the_state_of_a_set_costs_one_query_for_each_chunk(amara, django_assert_num_queries):
    pks = [ContactFactory().pk for _n in range(20)]
    purpose = purposes.named(NEWS)

    with django_assert_num_queries(1):
        consent.state(pks, purpose, EMAIL, on=date(2024, 3, 1))


@pytest.mark.clause("S59")
def test_the_ledger_refuses_change_and_deletion_by_model_and_sql(amara):
    event = yes(amara)

    with pytest.raises(AppendOnly):
        event.save()
    with pytest.raises(AppendOnly):
        ConsentEvent.objects.all().delete()
    for statement in (
        "UPDATE privacy_consentevent SET kind = 'given'",
        "DELETE FROM privacy_consentevent",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_of_a_disposed_person_the_proof_stays_and_its_words_go(amara):
    yes(amara, wording=None, wording_text="Please send it to me.", evidence="message 12")

    disposal.dispose([amara.pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate())

    event = ConsentEvent.objects.get()
    amara.refresh_from_db()
    assert amara.disposed_at
    assert (event.kind, event.subject_id) == (ConsentKind.GIVEN, amara.pk)
    assert (event.wording_text, event.evidence) == ("", "")
    with pytest.raises(TransitionRefused, match="disposed of"):
        yes(amara)


def test_the_proof_of_a_disposed_person_goes_after_six_years_and_a_living_persons_no_never(amara):
    other = ContactFactory()
    no(amara, SPRING)
    no(other, SPRING)
    rule = schedule.rule_named("privacy.ConsentEvent:evidence")
    disposal.dispose([amara.pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate())
    end = timezone.localdate() + relativedelta(years=6)

    assert not rule.due(end - DAY).exists()
    assert [event.subject_id for event in rule.due(end)] == [amara.pk]
    disposal.dispose_rows(
        ConsentEvent, list(rule.due(end).values_list("pk", flat=True)), by=None, keep=rule.name
    )
    assert ConsentEvent.objects.get().subject_id == other.pk


# --- after a restore ----------------------------------------------------------------------------


def forget_events():
    """As a restore of a dump made before them would."""
    with disposal._permit([disposal.inventory.holding(ConsentEvent)]):
        ConsentEvent._base_manager.all()._raw_delete("default")


@pytest.mark.django_db(transaction=True)
def test_after_a_restore_every_no_comes_back_as_it_was_and_no_yes(amara):
    yes(amara)
    no(amara, SPRING + DAY)
    consent.object_to(amara, method=ConsentMethod.EMAIL, by=None)
    noes = ConsentEvent.objects.exclude(kind=ConsentKind.GIVEN).order_by("reference")
    columns = (
        "reference",
        "subject",
        "purpose",
        "channel",
        "kind",
        "method",
        "occurred_at",
        "recorded_at",
    )
    before = list(noes.values_list(*columns))
    forget_events()
    assert replay.outstanding().refusals == len(before) == 4

    outcome = replay.replay()

    assert outcome.refusals == 4
    assert list(noes.values_list(*columns)) == before
    assert state(amara).is_no
    assert not replay.outstanding()
    assert not any(replay.replay().facts().values())


@pytest.mark.django_db(transaction=True)
def test_a_no_of_somebody_disposed_of_is_no_reason_to_stay_shut(amara):
    no(amara, SPRING)
    disposal.dispose([amara.pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate())
    forget_events()

    assert not replay.outstanding()


@pytest.mark.django_db(transaction=True)
def test_the_ledger_outside_names_references_and_no_words(amara):
    no(amara, SPRING)

    (line,) = [line for line in ledger.entries() if line["kind"] == "withdrawal"]

    assert line["subject"] == str(amara.uuid)
    assert (line["purpose"], line["channel"], line["method"]) == (NEWS, "email", "email")


def test_a_no_to_all_marketing_said_again_after_a_yes_to_one_purpose_counts(amara):
    for said_again in (False, True):
        consent.refuse([amara.pk], method=ConsentMethod.EMAIL, by=None, channels=["email"])
        assert state(amara).is_no, "the newsletter is marketing"
        # Twice in a row is once; after a "yes" it is not the same any more.
        before = ConsentEvent.objects.count()
        consent.refuse([amara.pk], method=ConsentMethod.EMAIL, by=None, channels=["email"])
        assert ConsentEvent.objects.count() == before
        if not said_again:
            yes(amara, timezone.now())
            assert not state(amara).is_no
