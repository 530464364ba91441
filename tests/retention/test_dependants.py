"""A row goes when all that points at it may go; what stays keeps it, and no night fails for it."""

from datetime import date, timedelta

import pytest
from axes.models import AccessAttempt, AccessAttemptExpiration
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from crm.models import (
    Contact,
    ContactExport,
    ExportedContact,
    ImportBatch,
    ImportChange,
    ImportRow,
)
from privacy import commands, dependants, holds, inventory
from privacy.models import DisclosedPerson, Disclosure
from retention import batches, plan, rehearsals, sweep
from retention.enums import BatchState, Mode, RunState
from tests.factories.crm import (
    ContactExportFactory,
    ExportedContactFactory,
    ImportBatchFactory,
    ImportChangeFactory,
    ImportRowFactory,
)
from tests.factories.privacy import DisclosedPersonFactory, DisclosureFactory
from tests.library.models import Loan, Note, Reader
from tests.retention import people

pytestmark = [pytest.mark.django_db, pytest.mark.both]

OLD = date(2016, 6, 15)
RECENT = date(2025, 12, 1)
TODAY = date(2026, 1, 1)
DAY = timedelta(days=1)


def apply(on: date = TODAY):
    return sweep.run(on=on, mode=Mode.APPLY)


def imported(contacts: list[Contact]) -> ImportBatch:
    """An import of ten years ago that wrote these people."""
    old = people.at_noon(OLD)
    batch = ImportBatchFactory()
    ImportBatch.objects.filter(pk=batch.pk).update(created_at=old)
    ImportRowFactory(batch=batch, checked_at=old)
    for contact in contacts:
        ImportChangeFactory(batch=batch, contact=contact, at=old)
    return batch


def exported(contacts: list[Contact]) -> ContactExport:
    export = ContactExportFactory(expires_on=OLD)
    for contact in contacts:
        ExportedContactFactory(export=export, contact=contact, given_at=people.at_noon(OLD))
    return export


def disclosed(contacts: list[Contact]) -> Disclosure:
    made = DisclosureFactory(disclosed_on=OLD)
    for contact in contacts:
        DisclosedPersonFactory(disclosure=made, subject=contact, disclosed_on=OLD)
    return made


# How each kind of parent is made, with the name of its rule.
PARENTS = {
    "crm.ImportBatch:import": imported,
    "crm.ContactExport:export": exported,
    "privacy.Disclosure:disclosure": disclosed,
}
CHILDREN = (ImportChange, ExportedContact, DisclosedPerson)


def exists(row) -> bool:
    return type(row)._base_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("rule", PARENTS)
def test_what_a_hold_keeps_makes_its_parent_wait_and_the_night_is_done(rule):
    held, free = people.person(RECENT), people.person(RECENT)
    hold = people.hold(held)
    waits, goes = PARENTS[rule]([held, free]), PARENTS[rule]([free])

    night = apply()

    assert night.state == RunState.DONE
    assert exists(waits)
    assert not exists(goes)
    assert (night.counts[rule]["due"], night.counts[rule]["held"]) == (2, 1)
    assert plan.make(TODAY).counts()[rule] == {"due": 1, "held": 1, "halted": False}

    holds.release(hold, by=hold.owner)
    apply(TODAY + DAY)

    assert not exists(waits)


@pytest.mark.parametrize("rule", PARENTS)
def test_parents_and_children_that_are_due_go_in_one_night_rehearsed_alike(rule):
    parent = PARENTS[rule]([people.person(RECENT) for _ in range(3)])

    rehearsal = sweep.run(on=TODAY, mode=Mode.REHEARSE)
    night = apply()

    assert rehearsal.state == night.state == RunState.DONE
    assert not exists(parent)
    for run in (rehearsal, night):
        assert {name: (c["held"], c["disposed"]) for name, c in run.counts.items()} == {
            name: (0, c["due"]) for name, c in run.counts.items()
        }
    assert night.counts[rule]["disposed"] == 1


def test_a_hold_placed_after_the_plan_keeps_the_parent_too():
    contact = people.person(RECENT)
    batch = imported([contact])
    night = sweep.start(on=TODAY)
    people.hold(contact)

    sweep.work(night)

    night.refresh_from_db()
    assert night.state == RunState.DONE
    assert exists(batch)
    assert night.counts["crm.ImportBatch:import"]["held"] == 1
    assert not ImportRow.objects.exists()


def test_what_lives_and_dies_with_a_row_goes_along():
    old = people.at_noon(OLD)
    attempt = AccessAttempt.objects.create(failures_since_start=1)
    AccessAttempt.objects.update(attempt_time=old)
    AccessAttemptExpiration.objects.create(access_attempt=attempt, expires_at=old)

    night = apply()

    assert night.state == RunState.DONE
    assert not AccessAttempt.objects.exists()
    assert not AccessAttemptExpiration.objects.exists()


def test_a_note_keeps_its_loan_until_its_reader_goes():
    reader = Reader.objects.create(name="Zephyrine Quillfeather", last_visit_on=TODAY)
    loan = Loan.objects.create(reader=reader, title="Herbs", fined_on=OLD)
    note = Note.objects.create(loan=loan, text="returned wet")
    later = date(2028, 2, 1)

    first = apply()
    assert (first.state, first.counts["library.Loan:fine"]["held"]) == (RunState.DONE, 1)
    assert exists(note)
    night = apply(later)

    assert night.state == RunState.DONE
    assert not exists(loan)
    assert not exists(note)


def test_every_table_that_points_is_read_from_the_models():
    tables = {field.model._meta.label for field in dependants.pointing_at(ImportBatch)}

    assert tables >= {"crm.ImportRow", "crm.ImportChange"}
    for holding in inventory.registry.holdings.values():
        for field in dependants.pointing_at(holding.model_class):
            if not any(not keep.marks for keep in holding.keeps):
                continue
            if holding.path != "pk" and field.model is not holding.model_class:
                assert dependants.depth(field.model) < dependants.depth(holding.model_class)


graphs = st.lists(
    st.tuples(
        st.sampled_from(sorted(PARENTS)),
        st.lists(st.integers(min_value=0, max_value=4), max_size=4, unique=True),
    ),
    min_size=1,
    max_size=5,
)


@effort(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    graph=graphs,
    on_hold=st.sets(st.integers(min_value=0, max_value=4), max_size=3),
    due=st.sets(st.integers(min_value=0, max_value=4), max_size=3),
)
def test_whatever_is_kept_the_night_is_done_and_its_parents_are_held(graph, on_hold, due):
    with transaction.atomic():
        contacts = [people.person(OLD if n in due else RECENT) for n in range(5)]
        for number in on_hold:
            people.hold(contacts[number])
        parents = [(rule, PARENTS[rule]([contacts[n] for n in who]), who) for rule, who in graph]
        kept = [row for _rule, row, who in parents if on_hold & set(who)]
        children = {
            table: table.objects.filter(
                **{
                    f"{'subject' if table is DisclosedPerson else 'contact'}__in": [
                        contacts[n].pk for n in on_hold
                    ]
                }
            ).count()
            for table in CHILDREN
        }

        night = apply()
        for rule in PARENTS:
            waiting = [row for name, row, who in parents if name == rule and on_hold & set(who)]
            assert night.counts.get(rule, {"held": 0})["held"] >= len(waiting)
        # What survives its person goes the night after it, and then what it points at.
        nights = [night, apply(TODAY + DAY), apply(TODAY + 2 * DAY)]

        assert {one.state for one in nights} == {RunState.DONE}
        assert [row for _rule, row, _who in parents if exists(row)] == kept
        assert {table: table.objects.count() for table in CHILDREN} == children
        assert all(people.refreshed(contacts[n]).disposed_at is None for n in on_hold)
        transaction.set_rollback(True)


def refuses(*_args, **_kwargs):
    raise IntegrityError("Key (name)=(Zephyrine Quillfeather) is still referenced")


def test_a_batch_that_the_database_refuses_is_told_as_that(monkeypatch, capsys):
    people.person(OLD)
    monkeypatch.setattr(batches, "dispose", refuses)

    with pytest.raises(CommandError, match="Some batches failed"):
        call_command("sweep", "--apply", "--on", str(TODAY))
    with pytest.raises(CommandError, match="all was rolled back"):
        call_command("sweep", "--rehearse", "--on", str(TODAY))

    said = capsys.readouterr()
    assert "Zephyrine" not in said.out + said.err
    assert sweep.SweepBatch.objects.get(rule="crm.Contact:lead").state == BatchState.FAILED
    order = rehearsals.order(on=TODAY, by=None)
    rehearsals.carry_out(order)
    order.refresh_from_db()
    assert order.state == RunState.FAILED


def test_a_refused_change_is_not_called_an_unreadable_database(monkeypatch):
    monkeypatch.setattr(commands.BaseCommand, "execute", refuses)

    with pytest.raises(CommandError) as refusal:
        call_command("sweep")

    assert "refused a change (IntegrityError)" in str(refusal.value)
    assert "Zephyrine" not in str(refusal.value)
