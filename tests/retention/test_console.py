"""The nights in the console: started, rehearsed and released by those who may, and by two."""

from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm.models import Contact
from privacy import queues
from privacy.models import JournalEntry
from retention import rehearsals, sweep, tasks
from retention.enums import Mode, RunState
from retention.errors import SecondPersonNeeded
from retention.models import SweepRun
from tests.factories.crm import UserFactory
from tests.retention import people

pytestmark = pytest.mark.django_db
EVENT = date(2018, 6, 15)
RULE = "crm.Contact:lead"


def member(role):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=role))
    return user


def act(name, *args):
    return reverse(f"admin:retention_sweeprun_{name}", args=args)


@pytest.fixture
def officer():
    return member(roles.OFFICER)


@pytest.fixture
def console(client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def messages(monkeypatch):
    """What would go to the broker, by task: the worker is tested elsewhere."""
    sent = []
    monkeypatch.setattr(queues, "tell", lambda task, *args: sent.append((task, args)) or True)
    return sent


@pytest.fixture
def halted(settings):
    settings.RETENTION_CAP_ROWS, settings.RETENTION_CAP_SHARE = 1, 0.1
    for _person in range(2):
        people.person(EVENT)
    return sweep.run(on=timezone.localdate(), mode=Mode.APPLY)


def test_a_halted_rule_says_what_it_would_take_and_is_released(console, officer, halted, messages):
    page = console.get(act("release", halted.pk))
    assert "crm.Contact:lead: 2 rows" in page.content.decode()

    console.post(act("release", halted.pk), {"rule": RULE})

    halted.refresh_from_db()
    assert halted.state == RunState.RUNNING
    assert messages == [("retention.sweep_batch", (str(halted.uuid), 1))]
    sweep.work(halted)
    assert not Contact.objects.filter(disposed_at=None).exists()
    assert JournalEntry.objects.get(verb="sweep.release").actor == f"user:{officer.pk}"


def test_a_rule_that_did_not_halt_is_no_choice(console, halted, messages):
    response = console.post(act("release", halted.pk), {"rule": "crm.Contact:client"})

    assert response.status_code == 200
    assert messages == []
    assert sweep.halted(halted) == {RULE: 2}


def test_who_started_the_run_does_not_release_its_rules(officer, halted):
    halted.started_by = officer
    halted.save()

    with pytest.raises(SecondPersonNeeded):
        sweep.release(halted, rule=RULE, by=officer)

    assert sweep.halted(halted) == {RULE: 2}


def test_a_start_is_previewed_and_queued_in_the_officers_name(console, officer, messages):
    people.person(EVENT)

    page = console.get(act("start")).content.decode()
    assert "1 due, 0 on hold" in page
    assert messages == []
    console.post(act("start"))

    assert messages == [("retention.nightly_sweep", (officer.pk,))]
    tasks.nightly_sweep(officer.pk)
    assert SweepRun.objects.get().started_by == officer


def test_a_start_without_a_broker_is_refused_in_words(console, monkeypatch):
    monkeypatch.setattr(queues, "tell", lambda task, *args: False)

    page = console.post(act("start"), follow=True)

    assert "The worker cannot be reached" in page.content.decode()


@pytest.mark.both
def test_a_rehearsal_is_ordered_done_by_a_worker_and_changes_no_record(console, messages):
    contact = people.person(EVENT)

    console.post(act("rehearse"))
    order = SweepRun.objects.get()
    assert (order.mode, order.state) == (Mode.REHEARSE, RunState.PLANNED)
    assert messages == [("retention.rehearse", (str(order.uuid),))]
    tasks.rehearse(str(order.uuid))
    tasks.rehearse(str(order.uuid))

    order.refresh_from_db()
    assert order.state == RunState.DONE
    assert order.counts[RULE]["disposed"] == 1
    assert people.refreshed(contact).disposed_at is None
    assert RULE in console.get(act("change", order.pk)).content.decode()


@pytest.mark.both
def test_a_rehearsal_that_nobody_took_is_queued_again_and_a_lost_one_given_up(officer):
    waiting, lost = (rehearsals.order(on=EVENT, by=officer) for _ in range(2))
    SweepRun.objects.filter(pk=lost.pk).update(state=RunState.RUNNING)
    long_ago = people.at_noon(EVENT)
    SweepRun.objects.update(started_at=long_ago)

    assert list(rehearsals.waiting(at=timezone.now())) == [str(waiting.uuid)]

    lost.refresh_from_db()
    assert lost.state == RunState.FAILED


@pytest.mark.parametrize("role", [roles.ASSISTANT, roles.AUDITOR, roles.SYSTEM, roles.STAFF])
def test_nobody_else_starts_rehearses_or_releases(client, role, halted, messages):
    client.force_login(member(role))

    for address in (act("start"), act("rehearse"), act("release", halted.pk)):
        assert client.get(address).status_code == 403
        assert client.post(address, {"rule": RULE}).status_code == 403

    assert messages == []
    assert SweepRun.objects.count() == 1


def test_who_is_not_signed_in_is_sent_to_the_door(client, halted):
    for address in (act("start"), act("rehearse"), act("release", halted.pk)):
        assert client.post(address)["Location"].startswith("/admin/login/")


def test_the_command_releases_in_a_persons_name(halted, officer, capsys):
    call_command("sweep", release=RULE, by=officer.username)

    assert "2 disposed" in capsys.readouterr().out
    assert not Contact.objects.filter(disposed_at=None).exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"release": RULE}, "needs --by"),
        ({"release": RULE, "by": "nobody"}, "active account"),
        ({"release": "crm.Contact:client", "by": "dpo"}, "did not halt"),
        ({"release": RULE, "by": "dpo", "on": "2020-01-01"}, "No run of this day"),
        ({"release": RULE, "by": "clerk"}, "may not release"),
    ],
)
def test_a_release_that_cannot_be_is_one_clear_sentence(halted, options, words):
    for name, role in (("dpo", roles.OFFICER), ("clerk", roles.STAFF)):
        UserFactory(username=name).groups.add(Group.objects.get(name=role))

    with pytest.raises(CommandError, match=words):
        call_command("sweep", **options)

    assert sweep.halted(SweepRun.objects.get()) == {RULE: 2}
