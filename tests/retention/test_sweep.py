"""The sweep takes what is due, once, and nothing else (DESIGN 13)."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from axes.models import AccessAttempt
from dateutil.relativedelta import relativedelta
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from crm.enums import Channel, Direction, EngagementState, RoleKind
from crm.models import Contact, ContactPoint, Interaction, User
from privacy import suppression
from privacy.models import Disposal, JournalEntry, SuppressionEntry
from retention import sweep, why
from retention.enums import BatchState, Mode, RunState
from retention.errors import RuleUnknown
from retention.models import SweepBatch, SweepRun
from tests.retention import people

EVENT = date(2018, 6, 15)
TODAY = date(2026, 1, 1)
both = pytest.mark.both
database = pytest.mark.django_db


def apply(on: date = TODAY, **options) -> SweepRun:
    return sweep.run(on=on, mode=Mode.APPLY, **options)


def dump() -> dict[str, list[str]]:
    """Every row of every table, as the database itself gives it."""
    with connection.cursor() as cursor:
        tables = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            tables[table] = sorted(repr(row) for row in cursor.fetchall())
    return tables


@both
@database
@pytest.mark.parametrize("name", people.MAKERS)
def test_who_is_due_becomes_a_tombstone_and_who_is_not_stays(name):
    gone = people.MAKERS[name](date(2019, 12, 31))
    kept = people.MAKERS[name](date(2025, 1, 1))
    ContactPoint.objects.create(contact=gone, kind="email", value="zephyrine@example.com")

    night = apply()

    assert night.state == RunState.DONE
    assert people.refreshed(gone).disposed_at is not None
    assert gone.latin_family_name == ""
    assert people.refreshed(kept).disposed_at is None
    assert night.counts[f"crm.Contact:{name}"]["disposed"] == 1
    assert not ContactPoint.objects.exists()


@both
@database
def test_expiry_suppresses_nobody():
    gone = people.person(EVENT)
    ContactPoint.objects.create(contact=gone, kind="email", value="zephyrine@example.com")

    apply()

    assert not SuppressionEntry.objects.exists()


@both
@database
def test_the_evidence_names_the_rule_and_the_batch_has_one_journal_entry():
    gone = people.person(EVENT)

    night = apply()

    assert Disposal.objects.get(subject_reference=gone.uuid).keep == "crm.Contact:lead"
    assert JournalEntry.objects.filter(verb="sweep.batch").count() == night.batches.count()


@both
@database
def test_a_second_run_of_the_same_night_does_nothing():
    people.person(EVENT)
    first = apply()
    before = dump()

    second = apply()

    assert second.pk == first.pk
    assert dump() == before


@both
@database
def test_the_next_night_finds_nothing_left():
    contact = people.person(EVENT)
    people.interaction(contact, EVENT, Direction.OUTBOUND)
    apply()

    night = apply(TODAY + timedelta(days=1))

    assert (night.state, night.batches.count()) == (RunState.DONE, 0)


@both
@database
def test_an_old_interaction_goes_and_its_person_stays():
    contact = people.person(EVENT)
    people.role(contact, RoleKind.EMPLOYEE, EVENT)
    people.interaction(contact, EVENT)
    young = people.interaction(contact, date(2025, 1, 1))

    apply()

    assert list(Interaction.objects.all()) == [young]
    assert people.refreshed(contact).disposed_at is None


@both
@database
def test_housekeeping_removes_what_expired_about_operators():
    now = datetime.combine(TODAY, datetime.min.time(), tzinfo=UTC)
    Session.objects.create(
        session_key="k" * 32, session_data="", expire_date=now - timedelta(days=2)
    )
    Session.objects.create(
        session_key="l" * 32, session_data="", expire_date=now + timedelta(days=2)
    )

    apply()

    assert list(Session.objects.values_list("pk", flat=True)) == ["l" * 32]
    assert "k" * 32 not in json.dumps(list(SweepBatch.objects.values_list("rows", flat=True)))


@both
@database
@pytest.mark.clause("S71")
@pytest.mark.parametrize(("months", "left"), [(11, 1), (13, 0)])
def test_who_tried_to_break_in_is_on_record_for_a_year(client, months, left):
    said = {"username": "zephyrine", "password": "wrong"}
    client.post(reverse("admin:login"), said)
    assert AccessAttempt.objects.get().username == "zephyrine"
    AccessAttempt.objects.update(
        attempt_time=timezone.now() - relativedelta(months=months, days=1)
    )

    apply(timezone.localdate())

    assert AccessAttempt.objects.count() == left


@both
@database
def test_a_hold_placed_between_plan_and_application_wins():
    held, free = people.person(EVENT), people.person(EVENT)
    people.interaction(held, EVENT)
    night = sweep.start(on=TODAY)
    people.hold(held)

    sweep.work(night)

    night.refresh_from_db()
    assert people.refreshed(held).disposed_at is None
    assert held.latin_family_name
    assert Interaction.objects.filter(contact=held).exists()
    assert people.refreshed(free).disposed_at is not None
    assert night.counts["crm.Contact:lead"]["held"] == 1


@both
@database
def test_a_dealing_between_plan_and_application_wins():
    contact = people.person(EVENT)
    night = sweep.start(on=TODAY)
    people.interaction(contact, TODAY)

    sweep.work(night)

    assert people.refreshed(contact).disposed_at is None


@both
@database
@pytest.mark.parametrize("on", [TODAY, date(2040, 1, 1)])
def test_a_rehearsal_leaves_every_table_as_it_was(on):
    for maker in people.MAKERS.values():
        contact = maker(EVENT)
        people.interaction(contact, EVENT)
        people.invoice(contact, EVENT)
        ContactPoint.objects.create(contact=contact, kind="phone", value="+852 5123 4567")
    before = dump()

    night = sweep.run(on=on, mode=Mode.REHEARSE, batch_size=2)

    assert dump() == before
    assert night.pk is None
    assert sum(counts["disposed"] for counts in night.counts.values()) >= len(people.MAKERS)


@both
@database
def test_a_rule_above_its_cap_halts_alone_until_somebody_releases_it(settings):
    settings.RETENTION_CAP_ROWS, settings.RETENTION_CAP_SHARE = 1, 0.1
    leads = [people.person(EVENT) for _ in range(2)]
    client = people.MAKERS["client"](EVENT)
    officer = User.objects.create(username="dpo")

    night = apply()

    assert night.state == RunState.HALTED
    assert people.refreshed(client).disposed_at is not None
    assert all(people.refreshed(lead).disposed_at is None for lead in leads)

    sweep.work(sweep.release(night, rule="crm.Contact:lead", by=officer))

    night.refresh_from_db()
    assert night.state == RunState.DONE
    assert all(people.refreshed(lead).disposed_at for lead in leads)
    assert JournalEntry.objects.get(verb="sweep.release").actor == f"user:{officer.pk}"
    with pytest.raises(RuleUnknown):
        sweep.release(night, rule="crm.Contact:lead", by=officer)


@both
@database
def test_a_batch_whose_lease_ran_out_is_taken_again():
    contact = people.person(EVENT)
    night = sweep.start(on=TODAY)
    past = people.at_noon(EVENT)
    SweepBatch.objects.update(state=BatchState.TAKEN, lease_until=past, attempts=1)
    SweepRun.objects.update(started_at=past)

    now = people.at_noon(TODAY) + timedelta(days=3650)
    assert list(sweep.abandoned(at=now)) == [(str(night.uuid), 1)]
    sweep.work_batch(night, number=1)

    assert people.refreshed(contact).disposed_at is not None
    assert SweepRun.objects.get().state == RunState.DONE


@both
@database
def test_a_batch_that_somebody_has_is_left_to_them():
    contact = people.person(EVENT)
    night = sweep.start(on=TODAY)
    lease = people.at_noon(date(2099, 1, 1))
    SweepBatch.objects.update(state=BatchState.TAKEN, lease_until=lease, attempts=1)

    sweep.work(night)

    assert people.refreshed(contact).disposed_at is None
    assert SweepRun.objects.get().state == RunState.RUNNING


@both
@database
def test_what_an_earlier_night_left_open_is_finished_first():
    contact = people.person(EVENT)
    earlier = sweep.start(on=TODAY - timedelta(days=1))

    apply()

    assert people.refreshed(contact).disposed_at is not None
    earlier.refresh_from_db()
    assert earlier.state == RunState.DONE


@both
@database
def test_a_batch_that_cannot_be_done_is_rolled_back_and_the_others_go_on():
    people.person(EVENT)
    client = people.MAKERS["client"](EVENT)
    night = sweep.start(on=TODAY)
    night.batches.filter(rule="crm.Contact:lead").update(rule="crm.Contact:no-such-rule")

    sweep.work(night)

    night.refresh_from_db()
    assert night.state == RunState.FAILED
    assert people.refreshed(client).disposed_at is not None


@pytest.mark.parametrize(
    ("moment", "missed"),
    [("2026-01-01T01:00", False), ("2026-01-01T05:00", True)],
)
@database
def test_a_missed_night_is_noticed_after_its_hour(moment, missed):
    at = people.timezone.make_aware(datetime.fromisoformat(moment))
    assert sweep.is_missed(at=at) is missed

    apply()

    assert sweep.is_missed(at=at) is False


@database
def test_the_command_plans_by_default_and_changes_nothing(capsys):
    people.person(EVENT)
    before = dump()

    call_command("sweep", "--on", "2026-01-01")

    assert "crm.Contact:lead: 1 due, 0 held" in capsys.readouterr().out
    assert dump() == before


@database
@pytest.mark.parametrize("mode", ["--rehearse", "--apply"])
def test_the_command_says_what_it_did_as_json(mode, capsys):
    people.person(EVENT)

    call_command("sweep", mode, "--json", "--on", "2026-01-01")

    report = json.loads(capsys.readouterr().out)
    assert report["rules"]["crm.Contact:lead"]["disposed"] == 1
    assert (report["run"] is None) is (mode == "--rehearse")


@database
@pytest.mark.parametrize("day", ["2026-02-30", "tomorrow", "01/02/2026", ""])
def test_a_wrong_date_is_one_clear_sentence(day):
    with pytest.raises(CommandError, match=r"^--on takes a day written YYYY-MM-DD[^\n]*$"):
        call_command("sweep", "--apply", "--on", day)


@database
def test_nobody_is_disposed_of_for_a_day_that_has_not_come():
    with pytest.raises(CommandError, match="no day in the future"):
        call_command("sweep", "--apply", "--on", "2999-01-01")


days = st.dates(date(2012, 1, 1), date(2025, 12, 31))
closed = st.none() | days
dealings_of_a_person = st.fixed_dictionaries(
    {
        "obtained": days,
        "roles": st.lists(st.tuples(st.sampled_from(RoleKind), days, closed), max_size=2),
        "work": st.lists(st.tuples(st.sampled_from(EngagementState), days, closed), max_size=2),
        "talks": st.lists(
            st.tuples(st.sampled_from(Direction), st.sampled_from(Channel), days), max_size=3
        ),
        "held": st.booleans(),
    }
)


def enter(story: dict) -> Contact:
    contact = people.person(story["obtained"])
    for kind, start, end in story["roles"]:
        people.role(contact, kind, start, max(start, end) if end else None)
    for state, start, end in story["work"]:
        people.engagement(contact, state, start, max(start, end) if end else None)
    for direction, channel, day in story["talks"]:
        people.interaction(contact, day, direction, channel)
    if story["held"]:
        people.hold(contact)
    return contact


def last_event(story: dict) -> date | None:
    """Computed from the story, apart from the code under test; None while something is open."""
    work = {RoleKind.EMPLOYEE, RoleKind.CONSULTANT, RoleKind.TEMPORARY}
    if any(kind in work and not end for kind, _, end in story["roles"]):
        return None
    if any(not end for _, _, end in story["work"]):
        return None
    events = [day for _, *pair in story["roles"] + story["work"] for day in pair if day]
    # An end before its start was moved to it by `enter`: both are in the list already.
    events += [day for direction, _, day in story["talks"] if direction != Direction.OUTBOUND]
    return max(events, default=story["obtained"])


@database
@effort(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(stories=st.lists(dealings_of_a_person, min_size=1, max_size=3))
@pytest.mark.clause("S98")
def test_nothing_lives_six_years_after_its_last_event_but_by_statute_or_hold(db, stories):
    with transaction.atomic():
        told = [(enter(story), last_event(story)) for story in stories]
        apply()
        for contact, event in told:
            contact.refresh_from_db()
            if contact.disposed_at or event is None:
                continue
            if event.replace(year=event.year + 6, day=min(event.day, 28)) <= TODAY:
                assert "hold" in why.sentence(contact.uuid, TODAY)
        for row in Interaction.objects.filter(occurred_at__date__lte=date(2020, 1, 1)):
            assert "hold" in why.sentence(row.uuid, TODAY)
        transaction.set_rollback(True)


@database
@pytest.mark.parametrize("command", ["sweep", "why", "demo_office"])
def test_no_command_begins_under_a_wrong_key(settings, command):
    suppression.enter_keys("t1")
    settings.PRIVACY_SUPPRESSION_KEYS = ["t1:" + "12" * 32]

    with pytest.raises(CommandError, match="escrow"):
        call_command(command, *(["x"] if command == "why" else []))
