"""A rehearsal takes the same people and the same rows as the application that follows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import connection

from config import demonstration
from crm.models import User
from privacy import inventory
from retention import sweep
from retention.enums import Mode, RunState
from retention.models import SweepRun
from tests.retention import crowd

pytestmark = [pytest.mark.django_db, pytest.mark.both]
TODAY = date(2026, 1, 1)
LATER = date(2032, 1, 1)


def office() -> None:
    demonstration.build(on=TODAY)


def generated() -> None:
    crowd.build(20_000, on=LATER, by=User.objects.create(username="dpo"))


class Watch:
    """Which rows of which table are missing, and who is a tombstone, at any moment."""

    def __init__(self) -> None:
        self.tables = {
            holding.model_class._meta.db_table: holding.model_class._meta.pk.column
            for holding in inventory.registry.about_subjects()
        }
        self.before = self.rows()
        self.taken: dict[str, set[int]] = {table: set() for table in self.before}

    def rows(self) -> dict[str, set[int]]:
        with connection.cursor() as cursor:
            found = {}
            for table, key in self.tables.items():
                cursor.execute(f'SELECT {key} FROM "{table}"')
                found[table] = {row for (row,) in cursor.fetchall()}
            cursor.execute("SELECT id FROM crm_contact WHERE disposed_at IS NULL")
            return {**found, "living": {row for (row,) in cursor.fetchall()}}

    def look(self) -> None:
        now = self.rows()
        for table, rows in self.before.items():
            self.taken[table] |= rows - now[table]

    @contextmanager
    def before_each_rollback(self) -> Iterator[None]:
        changed = False

        def ask(execute, sql, params, many, context):
            nonlocal changed
            if changed and sql.startswith("ROLLBACK TO"):
                changed = False
                self.look()
            changed |= sql.startswith(("DELETE", "UPDATE"))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(ask):
            yield


def certified(run: SweepRun) -> dict[str, dict]:
    names = ("due", "held", "halted", "disposed", "tables")
    return {rule: {name: counts[name] for name in names} for rule, counts in run.counts.items()}


@pytest.mark.parametrize("people_of", [office, generated])
def test_a_rehearsal_takes_the_very_rows_that_the_application_takes(people_of, settings):
    settings.RETENTION_CAP_SHARE, settings.RETENTION_BATCH_SIZE = 1.0, 5_000
    people_of()
    rehearsed, applied = Watch(), Watch()

    with rehearsed.before_each_rollback():
        rehearsal = sweep.run(on=LATER, mode=Mode.REHEARSE)
    assert rehearsed.rows() == rehearsed.before
    night = sweep.run(on=LATER, mode=Mode.APPLY)
    applied.look()

    assert night.state == rehearsal.state == RunState.DONE
    assert certified(rehearsal) == certified(night)
    assert rehearsed.taken == applied.taken
    assert all(applied.taken[name] for name in ("living", "crm_interaction", "crm_role"))
