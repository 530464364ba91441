"""The forecast says what the sweeps will do: the same rules, to the day, and nothing is written."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from random import Random

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from crm.enums import Channel, Direction, EngagementState, RoleKind
from crm.models import Contact, Interaction, Role, Source
from privacy.enums import HoldReason, HoldScope
from privacy.inventory import Holding, Keep, holding
from privacy.models import LegalHold
from retention import archive, due_days, forecast, plan, sweep
from retention.enums import Mode
from retention.forecast import Tally
from retention.models import RetentionRule, SweepRun
from retention.plan import Rule
from tests.factories.crm import (
    OrganisationFactory,
    UserFactory,
    VisitorFactory,
    VisitorLinkFactory,
    WebActivityFactory,
)
from tests.retention import people

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DAY = timedelta(days=1)
ON = date(2026, 2, 1)


def moment(day: date, hour: int = 12, minute: int = 0, micro: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute, 0, micro)))


def days_from(first: date, number: int) -> list[date]:
    return [first + n * DAY for n in range(number)]


def bulk(days: list[date], **fields) -> None:
    sources = Source.objects.bulk_create(Source(type="person", obtained_on=d) for d in days)
    Contact.objects.bulk_create(
        Contact(source=source, latin_family_name="Quillfeather", anchor_on=day, **fields)
        for source, day in zip(sources, days, strict=True)
    )


def due_by_sql(rule: Rule) -> dict[int, date]:
    return dict(rule.population().annotate(d=due_days.of(rule, on=ON)).values_list("pk", "d"))


KEEPS = [(0, 1, 0), (1, 0, 0), (2, 0, 0), (6, 0, 0), (0, 13, 0), (1, 1, 3), (0, 0, 30), (0, 0, 0)]
YEARS_END_IN = [0, 2, 3, 12]


@pytest.mark.parametrize("ends_in", YEARS_END_IN)
def test_the_day_in_sql_is_the_day_of_the_keep_for_every_day_of_five_years(ends_in):
    bulk(days_from(date(2015, 12, 1), 5 * 366))
    anchors = dict(Contact.objects.values_list("pk", "anchor_on"))
    for years, months, days in KEEPS:
        period = {"years": years, "months": months, "days": days, "year_ends_in": ends_in}
        keep = Keep("k", "anchor_on", "house rule", **period)
        rule = Rule(holding("crm.Contact"), keep)

        found = due_by_sql(rule)

        assert found == {pk: keep.ends_on(anchor) for pk, anchor in anchors.items()}
        for on in days_from(date(2018, 2, 26), 5) + days_from(date(2020, 2, 26), 5):
            assert set(rule.due(on).values_list("pk", flat=True)) == {
                pk for pk, day in found.items() if day <= on
            }


@pytest.mark.parametrize("zone", ["Asia/Hong_Kong", "Europe/Lisbon", "America/New_York"])
@pytest.mark.parametrize(("years", "months", "days"), KEEPS)
def test_the_day_in_sql_is_the_planners_for_moments_around_midnight(
    years, months, days, zone, settings
):
    settings.TIME_ZONE = zone
    contact = people.person(date(2010, 1, 1))
    for day in [date(2016, 2, 28), date(2016, 2, 29), date(2016, 3, 1), date(2015, 8, 31)]:
        for at in [(0,), (0, 0, 1), (7, 59), (8,), (23, 59, 999_999)]:
            row = people.interaction(contact, day)
            Interaction.objects.filter(pk=row.pk).update(occurred_at=moment(day, *at))
    keep = Keep("k", "occurred_at", "house rule", years=years, months=months, days=days)
    rule = Rule(holding("crm.Interaction"), keep)

    found = due_by_sql(rule)

    for day in set(found.values()):
        for on in (day - DAY, day, day + DAY):
            assert set(rule.due(on).values_list("pk", flat=True)) == {
                pk for pk, first in found.items() if first <= on
            }


def test_an_open_clock_never_ends():
    contact = people.person(date(2010, 1, 1))
    people.role(contact, RoleKind.EMPLOYEE, date(2010, 1, 1))

    assert due_by_sql(plan.rule_named("crm.Contact:staff")) == {contact.pk: due_days.NEVER}
    assert not forecast.make(on=ON).people


def test_a_statute_of_the_same_table_is_the_later_end_and_is_counted_apart():
    contact = people.person(date(2025, 1, 1))
    people.role(contact, RoleKind.EMPLOYEE, date(2020, 1, 1))
    chat = people.interaction(contact, date(2024, 3, 10), channel=Channel.CHAT)
    people.interaction(contact, date(2024, 3, 11))
    ordinary = Keep("short", "occurred_at", "house rule", years=2)
    statute = Keep(
        "law", "occurred_at", "Cap 112 s.51C", years=3, statute=True, when={"channel": "chat"}
    )
    rules = [rule for rule in plan.rules() if rule.model is not Interaction]
    under = Holding(**{**as_arguments(holding("crm.Interaction")), "keeps": (ordinary, statute)})
    rules += [Rule(under, ordinary), Rule(under, statute)]

    days = forecast.by_day(on=ON, until=date(2027, 12, 31), rules=rules)

    assert days["crm.Interaction:short"] == {
        date(2026, 3, 10): Tally(statute=1),
        date(2026, 3, 11): Tally(due=1),
        date(2027, 3, 10): Tally(due=1),
    }
    assert chat.pk in set(
        Rule(under, ordinary).due(date(2027, 3, 10)).values_list("pk", flat=True)
    )


def as_arguments(declared: Holding) -> dict:
    return {name: getattr(declared, name) for name in Holding.__dataclass_fields__}


def test_what_a_statute_keeps_of_people_who_go_is_counted_with_their_rule():
    contact = people.person(date(2020, 1, 1))
    people.invoice(contact, date(2020, 2, 10))

    found = forecast.make(on=ON)

    assert found.of("crm.Contact:client").months[0] == Tally(due=1, statute=1)
    # It leaves with its person, into the archive; its financial year ended on 31 March 2020.
    assert found.of("crm.InvoiceReference:invoice") is None
    assert found.of(archive.RECORDS).months[14] == Tally(due=1)
    assert found.of(archive.NOTES).months[14] == Tally(due=1)


def test_a_row_that_goes_with_its_person_is_not_counted_again():
    first, second = people.person(date(2024, 2, 5)), people.person(date(2024, 2, 20))
    for contact in (first, second):
        row = people.interaction(contact, date(2024, 2, 10), Direction.OUTBOUND, Channel.CHAT)
        Interaction.objects.filter(pk=row.pk).update(occurred_at=moment(date(2024, 2, 10)))

    found = forecast.make(on=ON)

    assert found.of("crm.Contact:lead").months[0].due == 2
    # Only that of the second: the first one's went five days earlier, with her.
    assert found.of("crm.Interaction:support").months[0].due == 1


def test_people_on_hold_and_their_rows_are_counted_apart():
    held, free = people.person(date(2024, 2, 5)), people.person(date(2024, 2, 5))
    people.interaction(held, date(2020, 3, 1), Direction.OUTBOUND)
    people.hold(held)

    found = forecast.make(on=ON)

    assert found.of("crm.Contact:lead").months[0] == Tally(due=1, held=1)
    assert found.of("crm.Interaction:interaction").months[1] == Tally(held=1)
    assert people.refreshed(free).disposed_at is None


def test_what_is_overdue_falls_into_the_first_month_and_what_is_beyond_into_none():
    people.person(date(2001, 1, 1))
    people.person(date(2024, 2, 1))
    people.person(date(2026, 1, 31))
    people.person(date(2026, 2, 1))

    line = forecast.make(on=ON).of("crm.Contact:lead")

    assert [tally.due for tally in line.months] == [2, *[0] * 22, 1]


def office(seed: int, on: date) -> None:
    """People of every class, with rows of every kind, whose periods end around one month."""
    dice = Random(seed)
    firm = OrganisationFactory()

    def ago(years: int, spread: int = 70) -> date:
        return date(on.year - years, on.month, 1) + timedelta(days=dice.randint(-spread, spread))

    for number in range(48):
        name = list(people.MAKERS)[number % 6]
        contact = people.MAKERS[name](ago(people.YEARS[name]))
        for _ in range(dice.randint(0, 2)):
            channel, years = dice.choice([(Channel.CHAT, 2), (Channel.EMAIL, 6)])
            people.interaction(contact, ago(years), Direction.OUTBOUND, channel)
        if dice.random() < 0.3:
            people.invoice(contact, ago(7))
        if dice.random() < 0.2:
            visitor = VisitorFactory()
            VisitorLinkFactory(visitor=visitor, contact=contact)
            WebActivityFactory(visitor=visitor, happened_at=moment(ago(1) - 30 * DAY))
        if dice.random() < 0.15:
            people.role(contact, RoleKind.PROSPECT, organisation=firm)
        if dice.random() < 0.15:
            people.hold(contact)
    for row in [*Contact.history.all(), *Role.history.all()]:
        row.history_date = moment(ago(6))
        row.save()
    Session.objects.create(session_key="k" * 32, session_data="", expire_date=moment(on))
    hold_on(firm)


def hold_on(firm) -> LegalHold:
    hold = people.hold(people.person(date(2025, 1, 1)))
    hold.scope, hold.subject, hold.scope_reference = HoldScope.ORGANISATION, None, firm.uuid
    hold.reason = HoldReason.CLAIM
    hold.save()
    return hold


def took_in(month: date) -> dict[str, int]:
    """What the sweeps of every night of this month, from this day on, really took, by rule."""
    took: Counter = Counter()
    for day in days_from(month, 31):
        if day.month == month.month:
            night = sweep.run(on=day, mode=Mode.APPLY)
            took.update({rule: count["disposed"] for rule, count in night.counts.items()})
    return {rule: n for rule, n in took.items() if n and not rule.endswith(":tombstone")}


@pytest.mark.parametrize(("seed", "on"), [(1, ON), (2, date(2024, 2, 1)), (3, date(2026, 8, 17))])
def test_the_first_month_is_what_its_sweeps_then_do(seed, on):
    office(seed, on)
    found = forecast.make(on=on)

    took = took_in(on)

    told = {line.rule.name: line.months[0].due for line in found.lines}
    kept = {line.rule.name: line.months[0].held for line in found.people}
    assert {rule: n for rule, n in told.items() if n} == took
    assert {rule: n for rule, n in kept.items() if n} == {
        rule: count["held"]
        for rule, count in SweepRun.objects.latest("night").counts.items()
        if count["held"] and plan.rule_named(rule).takes_people
    }
    # Enough of everything, so that the two could differ.
    assert sum(told.values()) > 20
    assert sum(kept.values()) > 0


def shortened(author, approver, **facts) -> RetentionRule:
    """A rule that two people agreed upon long ago."""
    facts.setdefault("effective_on", ON)
    facts.setdefault("decision", "DEC-2026-1")
    return RetentionRule.objects.create(
        prepared_by=author, approved_by=approver, approved_at=timezone.now(), **facts
    )


def test_rules_that_begin_end_and_take_over_in_the_month_are_forecast_too():
    office(4, ON)
    two = UserFactory(), UserFactory()
    for n in range(40):
        # Due under a year and a half at different days of the month, under no ceiling yet.
        person = people.person(date(2024, 7, 20) + n * DAY)
        people.role(person, RoleKind.PROSPECT)
    visitor = VisitorFactory()
    VisitorLinkFactory(visitor=visitor, contact=people.person(date(2026, 1, 1)))
    WebActivityFactory(visitor=visitor, happened_at=moment(date(2026, 1, 1)))
    first = shortened(*two, keep="crm.Contact:lead", months=18, effective_on=date(2026, 1, 1))
    # From the tenth on two years count again, within one kind of role alone a year.
    shortened(
        *two, keep="crm.Contact:lead", years=2, supersedes=first, effective_on=date(2026, 2, 10)
    )
    shortened(
        *two,
        keep="crm.Contact:applicant",
        months=1,
        scope={"role_kind": ["supplier", "applicant"]},
        effective_on=date(2026, 2, 20),
    )
    shortened(*two, activity="web activity", effective_on=date(2026, 2, 5))
    withdrawn = shortened(*two, keep="crm.Contact:staff", days=0)
    RetentionRule.objects.filter(pk=withdrawn.pk).update(
        withdrawn_on=date(2026, 1, 15), withdrawn_by=two[0]
    )
    shortened(*two, keep="crm.Contact:client", effective_on=date(2026, 3, 1))
    told = forecast.make(on=ON)

    took = took_in(ON)

    assert {
        line.rule.name: line.months[0].due for line in told.lines if line.months[0].due
    } == took
    assert sum(rule.rsplit(":", 1)[-1] == first.code for rule in took) == 1
    assert told.of(f"crm.Contact:lead:{first.code}").months[1:] == (Tally(),) * 23
    assert "crm.WebActivity" in " ".join(took)
    # Whoever stays a client until March goes then, at once.
    clients = [line for line in told.people if "client:" in line.rule.name]
    assert [line.months[0].due for line in clients] == [0]
    assert clients[0].months[1].due > 0


days = st.dates(date(2018, 1, 1), date(2025, 12, 31))
stories = st.lists(
    st.fixed_dictionaries(
        {
            "obtained": days,
            "roles": st.lists(st.tuples(st.sampled_from(RoleKind), days), max_size=1),
            "work": st.lists(st.tuples(st.sampled_from(EngagementState), days), max_size=1),
            "talks": st.lists(st.tuples(st.sampled_from(Channel), days), max_size=2),
            "billed": st.none() | days,
            "held": st.booleans(),
        }
    ),
    min_size=1,
    max_size=4,
)


def tell(story: dict) -> None:
    contact = people.person(story["obtained"])
    for kind, day in story["roles"]:
        people.role(contact, kind, day, day)
    for state, day in story["work"]:
        people.engagement(contact, state, day, day)
    for channel, day in story["talks"]:
        people.interaction(contact, day, Direction.OUTBOUND, channel)
    if story["billed"]:
        people.invoice(contact, story["billed"])
    if story["held"]:
        people.hold(contact)


def steps(on: date, until: date) -> dict[str, dict[date, int]]:
    """What each day's plan has more than that of the day before, people first, by rule."""
    gone: dict[str, set] = {}
    found: dict[str, dict[date, int]] = {}
    for n in range((until - on).days + 1):
        day = on + n * DAY
        for item in plan.make(day).items:
            taken = gone.setdefault(item.rule.holding.model, set())
            new = set(item.rows) - taken
            if new:
                found.setdefault(item.rule.name, {})[day] = len(new)
            taken |= new
            if item.rule.takes_people:
                for other in rows_gone_with(new):
                    gone.setdefault(other[0], set()).update(other[1])
                for name, end in archived_with(new, day):
                    if end <= until:
                        days = found.setdefault(name, {})
                        days[end] = days.get(end, 0) + 1
    return found


def rows_gone_with(pks: set):
    for table in plan.inventory.registry.about_subjects():
        if not table.survives:
            yield table.model, set(table.rows_about(pks).values_list("pk", flat=True))


def archived_with(pks: set, day: date):
    """Name of the rule and last day of what the archive takes with these people."""
    for table in plan.inventory.registry.about_subjects():
        for keep in (keep for keep in table.keeps if keep.statute):
            rows = table.rows_about(pks).exclude(table.is_over(keep, on=day))
            ends = [(row.contact_id, keep.ends_on(getattr(row, keep.anchor))) for row in rows]
            yield from ((archive.RECORDS, end) for _person, end in ends)
            yield from ((archive.NOTES, end) for _person, end in set(ends))


@effort(
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(stories=stories, on=st.dates(date(2026, 1, 1), date(2028, 3, 1)))
def test_each_day_is_the_difference_of_two_plans(db, stories, on):
    with transaction.atomic():
        for story in stories:
            tell(story)

        until = on + timedelta(days=20)
        told = forecast.by_day(on=on, until=until)

        assert steps(on, until) == {
            rule: {day: tally.due for day, tally in found.items() if tally.due}
            for rule, found in told.items()
            if any(tally.due for tally in found.values())
        }
        transaction.set_rollback(True)


def test_the_forecast_asks_as_often_for_one_person_as_for_fifty():
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            forecast.make(on=ON)
        return len(queries)

    people.invoice(people.person(date(2024, 2, 5)), date(2024, 2, 5))
    once = cost()
    for _ in range(49):
        people.invoice(people.person(date(2024, 2, 5)), date(2024, 2, 5))

    assert cost() == once
    # A question for each rule, two for each statute's table, and who is held.
    assert once <= len(plan.rules()) + 6
