"""Export people with every check, beside django-import-export's own and a bare copy, in one run.

    python -m tests.benchmarks.exports [PEOPLE]

Runs on the database that DATABASE_URL names, in a new one that is dropped afterwards. Nothing is
kept of a file but its length. The bare copy is COPY on PostgreSQL, elsewhere `values_list` and
`csv`; it and django-import-export write the names alone, ask nobody and leave nothing on record.
"""

import csv
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

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

from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from import_export.resources import ModelResource  # noqa: E402

from crm.exports import steps  # noqa: E402
from crm.models import Contact, User  # noqa: E402
from tests.benchmarks.lists import fill  # noqa: E402
from tests.factories.privacy import weigh  # noqa: E402
from tests.journeys import scratch  # noqa: E402

NAMES = ("native_family_name", "native_given_name", "latin_family_name", "latin_given_name")
COLUMNS = ["names", "organisation", "role", "email", "phone"]


def memory(what: str) -> float:
    """Megabytes of this process: now (VmRSS), or at most since it was last reset (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))


def timed(label: str, act: Callable[[], int], people: int) -> float:
    Path("/proc/self/clear_refs").write_text("5")
    before, start = memory("VmRSS"), time.perf_counter()
    size = act()
    took = time.perf_counter() - start
    sys.stdout.write(
        f"{label:<44}{took:8.2f} s {people / took:9.0f} people/s {size / 1e6:7.1f} MB"
        f"   peak {memory('VmHWM'):5.0f} MiB (+{memory('VmHWM') - before:.0f})\n"
    )
    sys.stdout.flush()
    return people / took


def length(pieces: Iterable[bytes]) -> int:
    return sum(len(piece) for piece in pieces)


def lethe(by: User, **terms: Any) -> int:
    """From the choice to the last piece, as the console does it."""
    export = steps.choose(Contact.objects.all(), by=by)
    facts = {"columns": COLUMNS, "reason": "accuracy", "destination": "own", **terms}
    export = steps.describe(export, by=by, **facts)
    return length(steps.hand_out(export, by=by).pieces)


def by_default() -> int:
    """The stock resource, and what its CSV is as long as."""

    class Resource(ModelResource):
        class Meta:
            model = Contact
            fields = NAMES

    return len(Resource().export().csv)


class Length:
    """A file of which the length alone is kept."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, text: Any) -> int:
        self.size += len(text)
        return len(text)


def bare() -> int:
    file = Length()
    if connection.vendor == "postgresql":
        columns = ", ".join(NAMES)
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY crm_contact ({columns}) TO STDOUT (FORMAT csv)", file)
    else:
        people = Contact.objects.values_list(*NAMES).iterator(chunk_size=2_000)
        csv.writer(file).writerows(people)
    return file.size


def main(people: int) -> None:
    by = User.objects.create_superuser("officer")
    fill(people)
    sys.stdout.write(f"{connection.vendor}, {people} people\n")
    found = {}
    for kind in ("csv", "xlsx", "vcard"):
        found[kind] = timed(f"Lethe: {kind}", lambda kind=kind: lethe(by, format=kind), people)
    weigh("fraud")
    facts = {"format": "csv", "purpose": "fraud"}
    timed("Lethe: csv, the gate asked", lambda: lethe(by, **facts), people)
    stock = timed("django-import-export: csv, names alone", by_default, people)
    name = "COPY" if connection.vendor == "postgresql" else "values_list and csv"
    copied = timed(f"{name}, names alone", bare, people)
    with CaptureQueriesContext(connection) as queries:
        lethe(by, format="csv")
    sys.stdout.write(
        f"queries for each 1,000 people  {len(queries) / (people / 1_000):8.1f}\n"
        f"Lethe / django-import-export   {found['csv'] / stock:8.2f}\n"
        f"{name} / Lethe{'':<5} {copied / found['csv']:8.1f}\n"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, scratch.database(Path(folder)):
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
