"""A clock that jumps takes nobody: the day is confirmed first, by somebody with a name."""

from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, example, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from config import roles
from crm.models import Contact
from privacy import journal, queues
from privacy.models import JournalEntry
from retention import checks, clock, night_mail, rehearsals, sweep, tasks
from retention.enums import Mode, NoticeKind, RunState
from retention.errors import DayUnconfirmed
from retention.models import NightNotice, SweepRun
from tests.retention import people
from tests.retention.test_console import member

pytestmark = [pytest.mark.django_db, pytest.mark.both]

OBTAINED = date(2025, 6, 15)
DUE = date(2027, 6, 15)
TODAY = date(2026, 3, 2)
FAR = timedelta(days=14)
real_now = timezone.now


@contextmanager
def clock_at(day: date, hour: int = 3):
    """The machine's clock, as Lethe sees it, stands at this hour of this day."""
    moment = timezone.make_aware(datetime(day.year, day.month, day.day, hour, 17))
    timezone.now = lambda: moment
    try:
        yield moment
    finally:
        timezone.now = real_now


@pytest.fixture(autouse=True)
def broker(monkeypatch):
    """Nobody takes what is queued: `nightly` works it off itself."""
    monkeypatch.setattr(queues, "tell", lambda task, *args: True)


def nightly() -> None:
    """What the timetable and its workers do in a night."""
    tasks.nightly_sweep()
    for run in SweepRun.objects.filter(mode=Mode.APPLY, state=RunState.RUNNING):
        sweep.work(run)


@pytest.fixture
def office():
    """Somebody who is due in 2027, and a night of TODAY that took nobody."""
    contact = people.person(OBTAINED)
    with clock_at(TODAY):
        journal.record("test.act")
        nightly()
    return contact


@pytest.fixture
def officer():
    return member(roles.OFFICER)


def is_there(contact: Contact) -> bool:
    return people.refreshed(contact).disposed_at is None


def test_a_night_ten_years_ahead_takes_nothing_however_often_it_is_tried(office, caplog):
    before = JournalEntry.objects.count()

    with clock_at(TODAY + timedelta(days=3653), hour=5):
        nightly()
        with pytest.raises(DayUnconfirmed):
            sweep.run(on=timezone.localdate(), mode=Mode.APPLY)
        with pytest.raises(CommandError, match="--confirm-day 2036-03-02"):
            call_command("sweep", "--apply")
        assert sweep.is_missed(at=timezone.now())

    assert is_there(office)
    assert SweepRun.objects.count() == 1
    assert JournalEntry.objects.count() == before
    assert "The clock says 2036-03-02" in caplog.text


def test_what_is_written_under_the_wrong_clock_makes_no_day_credible(office):
    with clock_at(TODAY + timedelta(days=3653)):
        journal.record("test.act")
        nightly()
    with clock_at(TODAY + timedelta(days=3654)):
        nightly()

    assert is_there(office)


@pytest.mark.parametrize(
    ("days", "goes"), [(-1, False), (0, True), (1, True), (14, True), (15, False)]
)
def test_a_fortnight_is_no_jump_and_a_day_more_or_a_day_back_is_one(office, days, goes):
    with clock_at(TODAY + timedelta(days=days)):
        assert clock.is_credible(timezone.localdate()) is goes


@pytest.mark.parametrize(("days", "goes"), [(-1, False), (0, True), (14, True), (15, False)])
def test_an_office_that_never_ran_is_measured_by_its_newest_entry(days, goes):
    with clock_at(TODAY - timedelta(days=400)):
        journal.record("test.act")
    with clock_at(TODAY):
        journal.record("test.act")

    with clock_at(TODAY + timedelta(days=days)):
        assert clock.is_credible(timezone.localdate()) is goes


def test_an_entirely_new_office_is_not_asked():
    with clock_at(TODAY):
        assert sweep.run(on=TODAY, mode=Mode.APPLY).state == RunState.DONE


def test_plans_and_rehearsals_are_never_refused(office, capsys):
    with clock_at(TODAY + timedelta(days=3653)):
        later = timezone.localdate()
        assert sweep.run(on=later, mode=Mode.REHEARSE).counts["crm.Contact:lead"]["disposed"] == 1
        rehearsals.carry_out(rehearsals.order(on=later, by=None))
        call_command("sweep")

    assert "crm.Contact:lead: 1 due" in capsys.readouterr().out
    assert is_there(office)


def test_the_command_takes_the_word_of_a_person_with_a_name(office, officer):
    ahead = TODAY + timedelta(days=900)

    with clock_at(ahead):
        for options in (
            {"confirm_day": str(ahead)},
            {"confirm_day": str(ahead), "by": member(roles.STAFF).username},
            {"confirm_day": str(ahead + timedelta(days=1)), "by": officer.username},
        ):
            with pytest.raises(CommandError):
                call_command("sweep", apply=True, **options)
        assert is_there(office)
        call_command("sweep", apply=True, confirm_day=str(ahead), by=officer.username)

    assert not is_there(office)
    entry = JournalEntry.objects.get(verb="sweep.day_confirmed")
    assert (entry.actor, entry.facts) == (f"user:{officer.pk}", {"day": str(ahead)})


def test_a_confirmation_opens_its_own_day_and_the_run_the_days_after(office, officer):
    ahead = TODAY + timedelta(days=900)
    with clock_at(ahead):
        clock.confirm(ahead, by=officer)

    with clock_at(ahead + timedelta(days=1)):
        nightly()
        assert is_there(office)
    with clock_at(ahead):
        nightly()
        assert not is_there(office)
    with clock_at(ahead + timedelta(days=1)):
        assert clock.is_credible(timezone.localdate())


def test_the_console_confirms_the_day_and_starts_nothing_before(office, officer, client, rf):
    ahead = TODAY + timedelta(days=900)
    address = reverse("admin:retention_sweeprun_confirm_day")
    with clock_at(ahead):
        client.force_login(officer)
        page = client.post(reverse("admin:retention_sweeprun_start"), follow=True)
        assert "The clock says 2028-08-18" in page.content.decode()
        client.post(address, {"day": str(ahead + timedelta(days=1))})
        assert not clock.is_credible(ahead)

        client.post(address, {"day": str(ahead)})
        nightly()

    assert not is_there(office)


def test_the_officers_are_told_once_that_the_night_waits(office, officer, mailoutbox):
    officer.email = "officer@example.com"
    officer.save()
    with clock_at(TODAY + timedelta(days=900)) as moment:
        NightNotice.objects.all().delete()

        assert night_mail.send_due(at=moment) == 1
        assert night_mail.send_due(at=moment + timedelta(minutes=10)) == 0

    (message,) = mailoutbox
    assert "is today" in message.subject
    assert "--confirm-day 2028-08-18" in message.body
    assert NightNotice.objects.get().kind == NoticeKind.CLOCK


@pytest.mark.parametrize(("days", "fine"), [(-1, False), (0, False), (1, True), (14, True)])
def test_a_jump_of_no_day_fails_the_check(days, fine):
    with override_settings(RETENTION_CLOCK_JUMP_DAYS=days):
        assert (checks.check_clock(None) == []) is fine


jumps = st.integers(min_value=-4000, max_value=4000) | st.integers(min_value=-2, max_value=16)


@effort(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(jumps, st.booleans()), min_size=1, max_size=6))
@example(moves=[(3653, True), (0, True), (1, False)])
@example(moves=[(-3653, True), (3653, False)])
def test_whatever_the_clock_does_nothing_goes_unconfirmed(moves):
    """Each move: so many days on or back, and whether something is written down that day."""
    with transaction.atomic():
        contact, day = people.person(OBTAINED), TODAY
        with clock_at(day):
            nightly()
        since = [day]
        for days, writes in moves:
            day += timedelta(days=days)
            if writes:
                with clock_at(day):
                    journal.record("test.act")
                since.append(day)
            runs, was_there = SweepRun.objects.count(), is_there(contact)
            with clock_at(day):
                nightly()
            if all(a <= b <= a + FAR for a, b in pairwise([*since, day])):
                since = [day]
                assert is_there(contact) is (was_there and day < DUE)
            else:
                assert (SweepRun.objects.count(), is_there(contact)) == (runs, was_there)

        was_there = is_there(contact)
        with clock_at(day):
            clock.confirm(day, by=member(roles.OFFICER))
            nightly()
        assert is_there(contact) is (was_there and day < DUE)
        transaction.set_rollback(True)
