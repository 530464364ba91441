"""Rules shorten within declared scopes, from their day on, and after two people looked (S102)."""

import contextlib
from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from crm.enums import Direction, EngagementState, RoleKind
from crm.models import Contact, ContactPoint, Organisation, Visitor, VisitorLink, WebActivity
from privacy import inventory
from privacy.enums import Criterion
from privacy.errors import TransitionRefused
from privacy.models import Disposal, JournalEntry
from retention import forecast, plan, rules, sweep, why
from retention.enums import Mode, RuleState, RunState
from retention.errors import (
    ImpactChanged,
    ImpactNotConfirmed,
    OwnProposal,
    PeriodTooLong,
    RuleRefused,
    SecondPersonNeeded,
)
from retention.models import RetentionRule
from tests import canaries
from tests.factories.crm import UserFactory
from tests.retention import people

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DAY = timedelta(days=1)
TODAY = timezone.localdate()
# A year and a half ago: under no ceiling yet.
EVENT = TODAY - timedelta(days=550)
LEAD = "crm.Contact:lead"


@pytest.fixture
def author():
    return UserFactory(username="author")


@pytest.fixture
def approver():
    return UserFactory(username="approver")


def proposal(by, **facts):
    facts.setdefault("keep", LEAD if "activity" not in facts else "")
    facts.setdefault("decision", "DEC-2026-1")
    facts.setdefault("effective_on", TODAY)
    return rules.propose(by=by, **facts)


def approved(row, by):
    found = rules.impact(row, on=TODAY)
    return rules.approve(row, seen=found.digest, confirmed=found.total, by=by)


def taken(on):
    """Who goes on this day, by rule."""
    return {item.rule.name: item.rows for item in plan.make(on).items if item.rows}


# --- what takes effect, for whom, from when -----------------------------------------------------


def test_a_shorter_period_is_due_to_the_day(author, approver):
    contact = people.person(EVENT)
    end = EVENT + relativedelta(years=1)
    row = approved(proposal(author, years=1), approver)
    (rule,) = [rule for rule in plan.rules(TODAY) if rule.row == row]

    assert not rule.due(end - DAY).exists()
    assert list(rule.due(end)) == [contact]
    assert list(rule.due(end + DAY)) == [contact]
    assert taken(TODAY) == {f"{LEAD}:{row.code}": (contact.pk,)}


def test_a_shorter_period_from_29_february_ends_on_28_february(author, approver):
    contact = people.person(date(2024, 2, 29))
    row = approved(proposal(author, years=1), approver)
    (rule,) = [rule for rule in plan.rules(TODAY) if rule.row == row]

    assert not rule.due(date(2025, 2, 27)).exists()
    assert list(rule.due(date(2025, 2, 28))) == [contact]


def test_a_rule_counts_from_its_day_on_and_not_before_its_approval(author, approver):
    people.person(EVENT)
    row = proposal(author, years=1, effective_on=TODAY + DAY)
    assert taken(TODAY + DAY) == {}

    approved(row, approver)

    assert taken(TODAY) == {}
    assert list(taken(TODAY + DAY)) == [f"{LEAD}:{row.code}"]


def test_a_version_supersedes_the_one_before_on_its_day(author, approver):
    first = approved(proposal(author, years=1), approver)
    second = proposal(author, months=18, effective_on=TODAY + DAY, supersedes=first)
    approved(second, approver)

    assert list(RetentionRule.objects.effective(TODAY)) == [first]
    assert list(RetentionRule.objects.effective(TODAY + DAY)) == [second]
    assert second.version == 2
    states = RetentionRule.objects.with_state(TODAY + DAY).values_list("pk", "state")
    assert dict(states) == {first.pk: RuleState.SUPERSEDED, second.pk: RuleState.EFFECTIVE}


def test_a_withdrawn_version_does_not_bring_back_what_it_superseded(author, approver):
    first = approved(proposal(author, years=1), approver)
    second = approved(proposal(author, months=18, supersedes=first), approver)

    rules.withdraw(second, by=author)

    assert not RetentionRule.objects.effective(TODAY).exists()


def test_the_earliest_end_wins_and_nobody_goes_twice(author, approver):
    old, young = people.person(EVENT), people.person(TODAY - timedelta(days=200))
    for months in (6, 12):
        approved(proposal(author, months=months), approver)

    gone = [pk for rows in taken(TODAY).values() for pk in rows]

    assert sorted(gone) == sorted([old.pk, young.pk])


def test_another_rule_is_another_run(author, approver):
    before = plan.rule_set(TODAY)

    row = approved(proposal(author, years=1), approver)
    during = plan.rule_set(TODAY)
    rules.withdraw(row, by=author)

    assert before != during
    assert plan.rule_set(TODAY) == before


def by_role():
    fits, other = people.person(EVENT), people.person(EVENT)
    people.role(fits, RoleKind.PROSPECT)
    return fits, other, {"role_kind": ["prospect"]}


def by_country():
    fits = people.person(EVENT, residence_country="DE")
    return fits, people.person(EVENT, residence_country="HK"), {"country": ["DE", "FR"]}


def by_sector():
    fits, other = people.person(EVENT), people.person(EVENT)
    for contact, sector in ((fits, "Shipping"), (other, "Banking")):
        firm = Organisation.objects.create(name="Harbour Works", sector=sector)
        people.role(contact, RoleKind.PROSPECT, organisation=firm)
    return fits, other, {"sector": ["Shipping"]}


def by_job_role():
    # Four who have nothing due share the title, so that it points at nobody.
    for _person in range(4):
        people.role(people.person(TODAY), RoleKind.PROSPECT, job_title="Buyer")
    fits, other = people.person(EVENT), people.person(EVENT)
    people.role(fits, RoleKind.PROSPECT, job_title="Buyer")
    people.role(other, RoleKind.PROSPECT, job_title="Clerk")
    return fits, other, {"job_role": ["Buyer"]}


def by_relationship(state, other_state):
    def make():
        found = [people.person(EVENT), people.person(EVENT)]
        for contact, reached in zip(found, (state, other_state), strict=True):
            if reached is not None:
                people.engagement(contact, reached, EVENT, EVENT)
        return *found, {"relationship": [state or "none"]}

    return make


def by_bounce():
    fits, other = people.person(EVENT), people.person(EVENT)
    for contact, n, bounced in ((fits, 1, EVENT), (other, 2, EVENT), (other, 3, None)):
        ContactPoint.objects.create(
            contact=contact,
            kind="email",
            value=f"z{n}@example.com",
            bounced_at=people.at_noon(bounced) if bounced else None,
        )
    return fits, other, {"accuracy": ["bounced"]}


SCOPES = {
    "role": by_role,
    "country": by_country,
    "sector": by_sector,
    "job role": by_job_role,
    "no relationship": by_relationship(None, EngagementState.ENQUIRY),
    "enquiry": by_relationship(EngagementState.ENQUIRY, None),
    "bounced": by_bounce,
}


@pytest.mark.parametrize("name", SCOPES)
@pytest.mark.clause("S102")
def test_a_rule_reaches_those_within_its_scope_and_nobody_else(author, approver, name):
    fits, _other, scope = SCOPES[name]()
    row = approved(proposal(author, years=1, scope=scope), approver)

    assert taken(TODAY) == {f"{LEAD}:{row.code}": (fits.pk,)}


@pytest.mark.clause("S107")
@pytest.mark.parametrize("name", ["country", "sector", "job role"])
def test_country_sector_and_job_role_decide_and_the_sentence_says_so(author, approver, name):
    fits, other, scope = SCOPES[name]()
    approved(proposal(author, years=1, scope=scope), approver)
    decided = "what decided: country, sector and job role (S107)"
    assert decided in why.sentence(fits.uuid, TODAY)
    assert decided not in why.sentence(other.uuid, TODAY)

    sweep.run(on=TODAY, mode=Mode.APPLY)

    assert people.refreshed(fits).disposed_at is not None
    assert people.refreshed(other).disposed_at is None


@pytest.mark.parametrize(
    ("keep", "state"),
    [
        ("crm.Contact:consultation", EngagementState.CONSULTATION),
        ("crm.Contact:client", EngagementState.CONTRACT),
    ],
)
@pytest.mark.clause("S106")
def test_each_relationship_is_a_scope_of_its_class(author, approver, keep, state):
    fits, _other, scope = by_relationship(state, EngagementState.ENQUIRY)()
    row = approved(proposal(author, keep=keep, years=1, scope=scope), approver)

    assert taken(TODAY) == {f"{keep}:{row.code}": (fits.pk,)}


@pytest.mark.clause("S104")
def test_what_nobody_confirmed_for_two_years_is_a_scope(author, approver):
    long_ago = TODAY - timedelta(days=3 * 366)
    fits, verified, heard = (people.MAKERS["client"](long_ago) for _ in range(3))
    obtained = people.MAKERS["client"](EVENT)
    for contact, n, day in ((fits, 1, long_ago), (verified, 2, EVENT)):
        ContactPoint.objects.create(
            contact=contact,
            kind="email",
            value=f"z{n}@example.com",
            verified_at=people.at_noon(day),
        )
    people.interaction(fits, EVENT, Direction.OUTBOUND)
    people.interaction(heard, EVENT)
    keep = "crm.Contact:client"
    row = approved(
        proposal(author, keep=keep, years=1, scope={"accuracy": ["unconfirmed"]}), approver
    )

    assert taken(TODAY) == {f"{keep}:{row.code}": (fits.pk,)}
    assert obtained.anchor_on < TODAY - timedelta(days=366)


def test_all_scopes_of_a_rule_must_hold(author, approver):
    both = people.person(EVENT, residence_country="DE")
    people.role(both, RoleKind.PROSPECT)
    people.person(EVENT, residence_country="DE")
    scope = {"country": ["DE"], "role_kind": ["prospect"]}
    row = approved(proposal(author, years=1, scope=scope), approver)

    assert taken(TODAY) == {f"{LEAD}:{row.code}": (both.pk,)}
    (rule,) = [rule for rule in plan.rules(TODAY) if rule.row == row]
    assert rule.criteria == (Criterion.AGREEMENT, Criterion.INDUSTRY)


def test_a_scope_narrows_the_rows_about_these_people(author, approver):
    german = people.person(TODAY, residence_country="DE")
    other = people.person(TODAY, residence_country="HK")
    row_of = {who: people.interaction(who, EVENT).pk for who in (german, other)}
    keep = "crm.Interaction:interaction"
    row = approved(proposal(author, keep=keep, years=1, scope={"country": ["DE"]}), approver)

    assert taken(TODAY) == {f"{keep}:{row.code}": (row_of[german],)}


# --- what stops a rule --------------------------------------------------------------------------


def test_an_open_engagement_a_hold_and_a_statute_stop_a_rule(author, approver):
    working, held, billed = (people.MAKERS["client"](EVENT) for _ in range(3))
    people.engagement(working, EngagementState.CONTRACT, EVENT)
    people.hold(held)
    invoice = people.invoice(billed, EVENT)
    approved(proposal(author, keep="crm.Contact:client", years=0), approver)

    sweep.run(on=TODAY, mode=Mode.APPLY)

    assert people.refreshed(working).disposed_at is None
    assert people.refreshed(held).disposed_at is None
    assert people.refreshed(billed).disposed_at is not None
    assert [fields["number"] for fields in canaries.archived()] == [invoice.number]


def test_the_evidence_names_the_rule_that_shortened(author, approver):
    contact = people.person(EVENT)
    row = approved(proposal(author, years=1), approver)

    night = sweep.run(on=TODAY, mode=Mode.APPLY)

    assert night.state == RunState.DONE
    evidence = Disposal.objects.get(subject_reference=contact.uuid)
    assert evidence.keep == f"{LEAD}:{row.code}"


def test_a_rule_withdrawn_between_plan_and_application_takes_nobody(author, approver):
    contact = people.person(EVENT)
    row = approved(proposal(author, years=1), approver)
    night = sweep.start(on=TODAY)
    rules.withdraw(row, by=approver)

    sweep.work(night)

    night.refresh_from_db()
    assert night.state == RunState.DONE
    assert people.refreshed(contact).disposed_at is None


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"years": 2, "days": 1}, "longer than the rule's ceiling"),
        ({"months": 25}, "longer than the rule's ceiling"),
        ({"days": 731}, "longer than the rule's ceiling"),
        ({"years": 1, "scope": {"shoe_size": ["44"]}}, "Nobody declared this scope"),
        ({"years": 1, "scope": {"role_kind": ["astronaut"]}}, "only the values"),
        ({"years": 1, "scope": {"job_role": ["Only One Has It"]}}, "only the values"),
        ({"years": 1, "keep": "crm.InvoiceReference:invoice"}, "No period of this name"),
        ({"years": 1, "keep": "crm.Contact:ghost"}, "No period of this name"),
        ({"days": 0, "keep": "crm.Contact:tombstone"}, "No period of this name"),
        (
            {"keep": "crm.WebActivity:activity", "months": 1, "scope": {"sector": ["Shipping"]}},
            "Nobody declared this scope",
        ),
        ({"years": 1, "effective_on": TODAY - DAY}, "today or later"),
        ({"activity": "operator accounts"}, "No purpose of this name"),
        ({"activity": "ghost"}, "No purpose of this name"),
        ({"activity": "web activity", "years": 1}, "no period and no scope"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_a_sentence(author, facts, words):
    with pytest.raises((RuleRefused, PeriodTooLong), match=words):
        proposal(author, **facts)

    assert not RetentionRule.objects.exists()
    assert not JournalEntry.objects.filter(verb="rule.propose").exists()


@pytest.mark.parametrize("facts", [{"years": 2}, {"months": 24}, {"days": 730}, {"days": 0}])
def test_a_period_no_longer_than_the_ceiling_is_taken(author, facts):
    assert proposal(author, **facts).pk


# --- two people, and what they saw --------------------------------------------------------------


def test_who_proposed_a_rule_does_not_approve_it(author):
    row = proposal(author, years=1)
    found = rules.impact(row, on=TODAY)

    with pytest.raises(OwnProposal):
        rules.approve(row, seen=found.digest, confirmed=found.total, by=author)


def test_the_database_itself_demands_a_second_person(author):
    row = proposal(author, years=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        RetentionRule.objects.filter(pk=row.pk).update(
            approved_by=author, approved_at=timezone.now()
        )


def test_the_impact_says_how_many_more_of_which_class(author):
    for _person in range(3):
        people.person(EVENT)
    people.hold(people.person(EVENT))
    people.person(TODAY - timedelta(days=3 * 366))
    row = proposal(author, years=1)

    found = rules.impact(row, on=TODAY)

    # The one past the ceiling goes anyway, the one on hold does not.
    assert found.more == {LEAD: 3}
    assert (found.total, found.people, found.held, found.fewer) == (3, 3, 1, {})


def test_a_longer_version_says_how_many_fewer(author, approver):
    contact = people.person(EVENT)
    first = approved(proposal(author, years=1), approver)
    second = proposal(author, months=20, supersedes=first)

    found = rules.impact(second, on=TODAY)

    assert (found.more, found.fewer) == ({}, {LEAD: 1})
    assert people.refreshed(contact).disposed_at is None


def test_an_approval_is_bound_to_what_was_seen(author, approver):
    people.person(EVENT)
    row = proposal(author, years=1)
    found = rules.impact(row, on=TODAY)
    people.person(EVENT)

    with pytest.raises(ImpactChanged):
        rules.approve(row, seen=found.digest, confirmed=found.total, by=approver)

    row.refresh_from_db()
    assert row.approved_at is None


def test_as_many_others_are_not_the_same_people(author, approver):
    contact = people.person(EVENT)
    row = proposal(author, years=1)
    found = rules.impact(row, on=TODAY)
    people.interaction(contact, TODAY)
    people.person(EVENT)

    with pytest.raises(ImpactChanged):
        rules.approve(row, seen=found.digest, confirmed=found.total, by=approver)


def test_a_period_of_nothing_passes_nobody_unread_and_then_its_cap(author, approver, settings):
    settings.RETENTION_CAP_ROWS = 2
    contacts = [people.person(TODAY) for _ in range(3)]
    row = proposal(author, years=0)
    found = rules.impact(row, on=TODAY)
    assert (found.total, found.halts) == (3, True)

    for typed in (0, 2):
        with pytest.raises(ImpactNotConfirmed):
            rules.approve(row, seen=found.digest, confirmed=typed, by=approver)
    rules.approve(row, seen=found.digest, confirmed=3, by=approver)
    night = sweep.run(on=TODAY, mode=Mode.APPLY)

    assert night.state == RunState.HALTED
    assert all(people.refreshed(contact).disposed_at is None for contact in contacts)


def test_a_rules_own_cap_halts_it_alone_and_its_author_does_not_release_it(author, approver):
    for _person in range(2):
        people.person(EVENT)
    old = people.person(TODAY - timedelta(days=3 * 366))
    row = approved(proposal(author, years=1, cap_rows=1, cap_share=0.0), approver)

    night = sweep.run(on=TODAY, mode=Mode.APPLY)

    name = f"{LEAD}:{row.code}"
    assert sweep.halted(night) == {name: 2}
    assert people.refreshed(old).disposed_at is not None
    with pytest.raises(SecondPersonNeeded):
        sweep.release(night, rule=name, by=author)
    sweep.work(sweep.release(night, rule=name, by=approver))
    (release,) = night.releases.all()
    assert (release.rule, release.proposed_by, release.released_by) == (name, author, approver)
    for column in ("started_by", "proposed_by"):
        with pytest.raises(IntegrityError), transaction.atomic():
            night.releases.update(**{column: approver})
    assert Contact.objects.filter(disposed_at=None).count() == 0


def test_a_rules_own_cap_is_never_above_the_offices(author, approver, settings):
    settings.RETENTION_CAP_ROWS, settings.RETENTION_CAP_SHARE = 1, 0.1
    for _person in range(2):
        people.person(EVENT)
    row = approved(proposal(author, years=1, cap_rows=99, cap_share=1.0), approver)

    assert plan.make(TODAY).counts()[f"{LEAD}:{row.code}"]["halted"]


def test_what_a_halted_rule_would_take_another_still_takes(author, approver):
    contacts = [people.person(EVENT, residence_country="DE") for _ in range(2)]
    strict = approved(proposal(author, years=1, cap_rows=0, cap_share=0.0), approver)
    wide = approved(proposal(author, months=13, scope={"country": ["DE"]}), approver)

    night = sweep.run(on=TODAY, mode=Mode.APPLY)

    assert sweep.halted(night) == {f"{LEAD}:{strict.code}": 2}
    assert night.counts[f"{LEAD}:{wide.code}"]["disposed"] == 2
    assert all(people.refreshed(contact).disposed_at for contact in contacts)


def test_only_a_proposal_is_approved_and_nothing_is_withdrawn_twice(author, approver):
    row = approved(proposal(author, years=1), approver)
    with pytest.raises(TransitionRefused):
        approved(row, approver)

    rules.withdraw(row, by=author)

    with pytest.raises(TransitionRefused):
        rules.withdraw(row, by=author)


def test_each_act_leaves_a_journal_entry_with_the_reference(author, approver):
    row = approved(proposal(author, years=1), approver)
    rules.withdraw(row, by=author)

    entries = JournalEntry.objects.filter(object_reference=str(row.reference))
    assert list(entries.order_by("number").values_list("verb", "actor")) == [
        ("rule.propose", f"user:{author.pk}"),
        ("rule.approve", f"user:{approver.pk}"),
        ("rule.withdraw", f"user:{author.pk}"),
    ]


# --- the last purpose ended (S97) ---------------------------------------------------------------


def a_visit(contact, day):
    visitor = Visitor.objects.create(first_seen_at=people.at_noon(day))
    if contact is not None:
        VisitorLink.objects.create(visitor=visitor, contact=contact, basis="form")
    return WebActivity.objects.create(visitor=visitor, happened_at=people.at_noon(day))


@pytest.mark.clause("S8", "S97")
def test_what_served_only_an_ended_purpose_goes_at_once_unless_held(author, approver):
    contact, held = people.person(TODAY), people.person(TODAY)
    people.hold(held)
    kept = [a_visit(contact, TODAY), a_visit(None, TODAY)]
    stays = a_visit(held, TODAY)
    row = proposal(author, activity="web activity", effective_on=TODAY + DAY)
    found = rules.impact(row, on=TODAY)
    assert found.more == {"crm.WebActivity:activity": 2, "crm.VisitorLink": 1}
    assert taken(TODAY + DAY) == {}
    approved(row, approver)

    assert taken(TODAY) == {}
    sweep.run(on=TODAY + DAY, mode=Mode.APPLY)
    assert list(WebActivity.objects.all()) == [stays]
    sweep.run(on=TODAY + 2 * DAY, mode=Mode.APPLY)

    assert len(kept) == 2
    assert list(Visitor.objects.all()) == [stays.visitor]
    assert list(VisitorLink.objects.values_list("contact", flat=True)) == [held.pk]
    assert people.refreshed(contact).disposed_at is None


def test_a_statute_outlives_the_purpose(author, approver):
    people.invoice(people.person(TODAY), TODAY)
    approved(proposal(author, activity="invoicing"), approver)

    assert taken(TODAY) == {}


def test_the_end_of_the_business_itself_takes_everybody_and_therefore_halts(
    author, approver, settings
):
    settings.RETENTION_CAP_ROWS = 1
    people.person(TODAY)
    people.role(people.person(TODAY), RoleKind.EMPLOYEE, TODAY)
    row = approved(proposal(author, activity="business contacts"), approver)

    assert row.impact["more"] == {LEAD: 1, "crm.Contact:staff": 1}
    assert plan.make(TODAY).counts() == {
        f"crm.Contact:{row.code}": {"due": 2, "held": 0, "halted": True}
    }


# --- whom lower code asks -----------------------------------------------------------------------


def test_the_inventory_answers_with_the_period_in_effect(author, approver):
    contact = people.person(EVENT, residence_country="DE")
    holding = inventory.holding("crm.Contact")
    lead = next(keep for keep in holding.keeps if keep.name == "lead")
    approved(proposal(author, years=1, scope={"country": ["DE"]}), approver)

    before = inventory.effective_period(holding, lead, on=TODAY - DAY)
    (ceiling, _all), (shorter, whom) = inventory.effective_period(holding, lead, on=TODAY)

    assert [keep for keep, _covered in before] == [lead]
    assert (ceiling, shorter.years) == (lead, 1)
    assert list(Contact.objects.filter(whom)) == [contact]


# --- no rule lengthens --------------------------------------------------------------------------


@effort(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    ages=st.lists(
        st.tuples(st.sampled_from(sorted(people.MAKERS)), st.integers(0, 2500)),
        min_size=1,
        max_size=4,
    ),
    rows=st.lists(
        st.tuples(
            st.sampled_from([rule.name for rule in rules.open_periods()]),
            st.integers(0, 24),
            st.integers(0, 30),
            st.sampled_from([{}, {"country": ["DE"]}, {"relationship": ["none", "contract"]}]),
            st.integers(0, 3),
        ),
        max_size=3,
    ),
)
def test_with_rules_everybody_goes_who_goes_without_and_nobody_on_hold(db, ages, rows):
    with transaction.atomic():
        author, approver = UserFactory(), UserFactory()
        for number, (name, age) in enumerate(ages):
            contact = people.MAKERS[name](TODAY - timedelta(days=age))
            people.interaction(contact, TODAY - timedelta(days=age), Direction.OUTBOUND)
            country = "DE" if number % 2 else "HK"
            Contact.objects.filter(pk=contact.pk).update(residence_country=country)
        held = people.person(date(2015, 1, 1))
        people.hold(held)
        before = going(plan.make(TODAY))
        for keep, months, days, scope, in_days in rows:
            facts = {"keep": keep, "months": months, "days": days, "scope": scope}
            with contextlib.suppress(RuleRefused, PeriodTooLong):
                row = proposal(author, **facts, effective_on=TODAY + timedelta(days=in_days))
                approved(row, approver)

        after = going(plan.make(TODAY))

        assert before <= after
        assert ("crm.Contact", held.pk) not in after
        transaction.set_rollback(True)


def going(planned: plan.Plan) -> set:
    """The people who go, and the rows that go with them or on their own."""
    found = {(item.rule.holding.model, pk) for item in planned.items for pk in item.rows}
    leaving = [pk for model, pk in found if model == "crm.Contact"]
    for table in inventory.registry.about_subjects():
        if not (table.survives or any(keep.statute for keep in table.keeps)):
            found |= {(table.model, row.pk) for row in table.rows_about(leaving)}
    return found


@pytest.mark.parametrize("ahead", [-1, 0, 1])
def test_a_withdrawal_counts_from_its_day_on_and_no_day_before(author, approver, ahead):
    contact = people.person(EVENT)
    row = approved(proposal(author, years=1), approver)
    day = timezone.localdate() + ahead * DAY
    RetentionRule.objects.update(
        effective_on=TODAY - 5 * DAY, withdrawn_on=day, withdrawn_by=author
    )

    for on in (day - DAY, day, day + DAY):
        # Once it has come, no earlier night takes anything by the rule either.
        counts = on < day and timezone.localdate() < day
        assert (row in RetentionRule.objects.effective(on)) is counts
        assert (f"{LEAD}:{row.code}" in taken(on)) is counts
        state = RetentionRule.objects.with_state(on).get(pk=row.pk).state
        assert state == (RuleState.WITHDRAWN if on >= day else RuleState.EFFECTIVE)
        assert (row in RetentionRule.objects.from_day(on)) is (on < day)
    (rule,) = [rule for rule in forecast.considered(day - DAY) if rule.row == row]
    assert rule.row.superseded_on == day
    assert people.refreshed(contact).disposed_at is None


def test_a_withdrawal_that_lies_ahead_can_be_brought_forward_and_a_past_one_not(author, approver):
    row = approved(proposal(author, years=1), approver)
    tomorrow = timezone.localdate() + DAY
    RetentionRule.objects.update(withdrawn_on=tomorrow, withdrawn_by=author)

    assert rules.withdraw(row, by=author).withdrawn_on == timezone.localdate()

    with pytest.raises(TransitionRefused):
        rules.withdraw(row, by=author)
