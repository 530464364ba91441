"""Look for duplicates among many people, beside one plain scan of names and points, in one run.

    python -m tests.benchmarks.duplicates [PEOPLE]

One person in fifty has a second record with the same address in another spelling. Runs on the
database that DATABASE_URL names, in a new one that is dropped afterwards.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable

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

from django.test.utils import setup_databases, teardown_databases  # noqa: E402
from django.utils import timezone  # noqa: E402

from crm import contacts, duplicates  # noqa: E402
from crm.contacts import Entry, SourceFacts  # noqa: E402
from crm.enums import Channel, SourceType  # noqa: E402
from crm.models import Contact, ContactPoint, DuplicatePair  # noqa: E402
from crm.names import Names  # noqa: E402
from privacy.enums import PointKind  # noqa: E402
from privacy.points import Point  # noqa: E402

BATCH = 5_000
EVERY = 50


def timed(label: str, act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    took = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{label:<58}{took:9.2f} s   peak {peak:6.0f} MiB\n")
    return took


def person(number: int) -> Entry:
    """Each fiftieth is the second record of the one before."""
    whose, spelling = divmod(number, EVERY)
    address = f"person-{number}@example.com"
    names = Names("", "", f"Family{number % 7919}", f"Given{number % 104729}")
    if spelling == 1:
        address = f"Person-{whose * EVERY}@Example.COM"
        names = Names("", "", f"Family{whose * EVERY % 7919}", f"Given{whose * EVERY % 104729}")
    return Entry(names=names, points=[Point(PointKind.EMAIL, address)])


def fill(people: int) -> None:
    source = SourceFacts(type=SourceType.values[0], obtained_on=timezone.localdate())
    for start in range(0, people, BATCH):
        numbers = range(start, min(start + BATCH, people))
        contacts.write([person(n) for n in numbers], source=source, by=None, came_by=Channel.OTHER)


def scan() -> None:
    """Read once what the search reads, and do nothing with it."""
    names = Contact.objects.living().order_by("pk").values_list("pk", *contacts.NAMES)
    points = ContactPoint.objects.order_by("kind", "normal_form", "contact")
    for rows in (names, points.values_list("kind", "normal_form", "contact")):
        for _row in rows.iterator(chunk_size=5_000):
            pass


def main(people: int) -> None:
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        fill(people)
        plain = timed(f"plain scan of {people} people", scan)
        first = timed("search, first night", duplicates.refresh)
        again = timed("search, second night", duplicates.refresh)
        assert DuplicatePair.objects.count() == people // EVERY
        sys.stdout.write(f"ratio to a plain scan {first / plain:.1f} and {again / plain:.1f}\n")
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
