"""Select and dispose of what is due, beside plain SQL and a loop over objects, in one run.

    python -m tests.benchmarks.dispose [PEOPLE]

Runs on the database that DATABASE_URL names, in a new one that is dropped afterwards. Plain SQL
and the loop are rolled back, so that all see the same rows; the loop does a sample, extrapolated.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import django

# As shipped, with keys and a folder of its own.
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DJANGO_READ_DOT_ENV": "False",
    "DJANGO_SECRET_KEY": "only-for-benchmarks-" + "x" * 40,
    "PRIVACY_SUPPRESSION_KEYS": "t1:" + "11" * 32,
    "PRIVACY_JOURNAL_KEY": "22" * 32,
    "RETENTION_ARCHIVE_KEYS": "a1:" + "33" * 32,
    "PRIVACY_SEAL_KEYS": "s1:" + "88" * 32,
    "LETHE_VAR": tempfile.mkdtemp(prefix="lethe-benchmark-"),
}
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from crm.models import Contact, User  # noqa: E402
from privacy import inventory  # noqa: E402
from retention import plan, sweep  # noqa: E402
from tests.journeys import scratch  # noqa: E402
from tests.retention import crowd  # noqa: E402

ON = date(2026, 1, 1)
SAMPLE = 100
CHILDREN = "contactpoint postaladdress demographics role participation interaction".split()
HISTORIES = "contactpoint postaladdress demographics role".split()
DUE = """
    CREATE TEMPORARY TABLE due AS SELECT c.id FROM crm_contact c
    WHERE c.disposed_at IS NULL AND c.anchor_on <= CASE c.retention_class
        WHEN 'lead' THEN {two} WHEN 'applicant' THEN {two} WHEN 'consultation' THEN {three}
        ELSE {six} END
    AND NOT EXISTS (SELECT 1 FROM privacy_legalhold h
                    WHERE h.subject_id = c.id AND h.released_at IS NULL)
"""


def timed(label: str, act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    took = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{label:<58}{took:9.2f} s   peak {peak:6.0f} MiB\n")
    sys.stdout.flush()
    return took


def select_plainly() -> None:
    days = {"two": date(2024, 1, 1), "three": date(2023, 1, 1), "six": date(2020, 1, 1)}
    quoted = {name: f"CAST('{day}' AS date)" for name, day in days.items()}
    if connection.vendor == "sqlite":
        quoted = {name: f"'{day}'" for name, day in days.items()}
    with connection.cursor() as cursor:
        cursor.execute(DUE.format(**quoted))


def dispose_plainly() -> None:
    """The rows about the people who are due, in one statement for each table."""
    select_plainly()
    among = "IN (SELECT id FROM due)"
    with connection.cursor() as cursor:
        for name in HISTORIES:
            cursor.execute(f"DELETE FROM crm_historical{name} WHERE contact_id {among}")
        cursor.execute(f"DELETE FROM crm_historicalcontact WHERE id {among}")
        for name in CHILDREN:
            cursor.execute(f"DELETE FROM crm_{name} WHERE contact_id {among}")
        visitors = f"(SELECT visitor_id FROM crm_visitorlink WHERE contact_id {among})"
        cursor.execute(f"CREATE TEMPORARY TABLE seen AS SELECT * FROM {visitors} s")
        cursor.execute(f"DELETE FROM crm_visitorlink WHERE contact_id {among}")
        seen = "IN (SELECT visitor_id FROM seen)"
        cursor.execute(f"DELETE FROM crm_webactivity WHERE visitor_id {seen}")
        cursor.execute(f"DELETE FROM crm_visitor WHERE id {seen}")
        cursor.execute(f"UPDATE crm_source SET detail = '', recommender = '' WHERE id {among}")
        cursor.execute(
            "UPDATE crm_contact SET native_family_name = '', native_given_name = '',"
            " latin_family_name = '', latin_given_name = '', language = '',"
            " residence_country = '', search_text = '', name_key = '',"
            f" disposed_at = CURRENT_TIMESTAMP WHERE id {among}"
        )


def loop() -> None:
    """A naive program: each person's rows one by one, the person by `save()`."""
    pks = next(item.rows for item in plan.make(ON).items if item.rule.name == "crm.Contact:lead")
    for contact in Contact.objects.filter(pk__in=pks[:SAMPLE]):
        for related in (contact.points, contact.addresses, contact.roles, contact.interactions):
            for row in related.all():
                row.delete()
        contact.history.all().delete()
        contact.latin_family_name = contact.latin_given_name = "gone"
        contact.native_family_name = contact.native_given_name = ""
        contact.search_text = contact.name_key = ""
        contact.save()


def rolled_back(act: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)

    return run


def main(people: int) -> None:
    settings.RETENTION_CAP_SHARE = 1.0
    by = User.objects.create(username="dpo")
    sys.stdout.write(f"{connection.vendor}, {people} people, {len(inventory.registry.holdings)}")
    sys.stdout.write(" holdings\n")
    timed("a crowd is written", lambda: crowd.build(people, on=ON, by=by))
    select = timed("plain SQL: select people", rolled_back(select_plainly))
    planned = timed("Lethe: the whole plan, every rule", lambda: plan.make(ON))
    plain = timed("plain SQL: select and dispose of people", rolled_back(dispose_plainly))
    sample = timed(f"loop over objects, {SAMPLE} people", rolled_back(loop))
    nights: list = []
    started = timed("Lethe: start a night", lambda: nights.append(sweep.start(on=ON)))
    worked = timed("Lethe: work it off, one worker", lambda: sweep.work(nights[0]))
    nights[0].refresh_from_db()
    disposed = Contact.objects.exclude(disposed_at=None).count()
    looped = sample * disposed / SAMPLE
    rows = sum(sum(counts["tables"].values()) for counts in nights[0].counts.values())
    sys.stdout.write(
        f"{disposed} people, {rows} rows, {nights[0].state}\n"
        f"plan / plain selection of people            {planned / select:8.2f}\n"
        f"work / plain SQL                            {worked / plain:8.2f}\n"
        f"start (residue search included) / plain SQL {started / plain:8.2f}\n"
        f"loop, extrapolated / work                   {looped / worked:8.2f}\n"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, scratch.database(Path(folder)):
        settings.PRIVACY_LEDGER_FILE = Path(folder) / "ledger.jsonl"
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
