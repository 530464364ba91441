"""Open the list of people, the search box and one person's page, as the console serves them.

    python -m tests.benchmarks.lists [PEOPLE]

For each page: queries, and the median of RUNS requests inside the process. On PostgreSQL also
which tables each search reads from end to end. Runs on the database that DATABASE_URL names, in
a new one that is dropped afterwards.
"""

import os
import re
import statistics
import sys
import tempfile
import time

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
    "LETHE_HTTPS": "False",
}
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import (  # noqa: E402
    CaptureQueriesContext,
    setup_databases,
    teardown_databases,
)
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from crm import contacts, search  # noqa: E402
from crm.contacts import Entry, SourceFacts  # noqa: E402
from crm.enums import Channel, RoleKind, SourceType  # noqa: E402
from crm.models import Contact  # noqa: E402
from crm.names import Names  # noqa: E402
from privacy.enums import PointKind  # noqa: E402
from privacy.points import Point  # noqa: E402

BATCH = 5_000
RUNS = 9
FAMILIES = "陳李張黃何王林吳劉鄭"
GIVEN = "大文小明志強美玲家俊嘉欣偉"
# What somebody types; the person numbered 77 is among those found, but for `no hit`.
TERMS = {
    "search, one e-mail": "person-77@example.com",
    "search, first name": "Given77",
    "search, digits of a telephone": "50000077",
    "search, digits of a telephone, no hit": "99999999",
    "search, no hit": "nobody-of-this-name",
    "search, one Han character": "陳",
    "search, two Han characters": "陳大",
    "search, three Han characters": "陳大文",
    "search, organisation": "org:firm77",
    "search, organisation, no hit": "org:nobody",
    "search, reference": "id:00000000",
}


def person(number: int) -> Entry:
    """Two in five have a name in Chinese; a firm has fifty people."""
    latin = (f"Family{number % 7919}", f"Given{number % 1009}")
    native = ("", "")
    if number % 5 < 2:
        first, second = number // 10 % len(GIVEN), number // 100 % len(GIVEN)
        native = (FAMILIES[number % 10], GIVEN[first] + GIVEN[second])
    return Entry(
        names=Names(*native, *latin),
        points=[
            Point(PointKind.EMAIL, f"person-{number}@example.com"),
            Point(PointKind.PHONE, f"+852{50_000_000 + number}"),
        ],
        role=RoleKind.CLIENT,
        organisation=f"Firm{number // 50}",
    )


def fill(people: int) -> None:
    source = SourceFacts(type=SourceType.values[0], obtained_on=timezone.localdate())
    for start in range(0, people, BATCH):
        numbers = range(start, min(start + BATCH, people))
        contacts.write([person(n) for n in numbers], source=source, by=None, came_by=Channel.OTHER)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measure(browser: Client, label: str, address: str, **asked: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        page = browser.get(address, asked)
    assert page.status_code == 200, (label, page.status_code)
    # The next request empties the log.
    spent = [float(query["time"]) * 1000 for query in queries.captured_queries]
    took = []
    for _run in range(RUNS):
        start = time.perf_counter()
        browser.get(address, asked)
        took.append((time.perf_counter() - start) * 1000)
    sys.stdout.write(
        f"{label:<40}{len(spent):4} queries {sum(spent):7.0f} ms SQL"
        f" {statistics.median(took):7.0f} ms median {max(took):7.0f} ms worst\n"
    )


def plans() -> None:
    """Which tables PostgreSQL reads from end to end for the first page of each search."""
    for label, term in TERMS.items():
        plan = search.find(Contact.objects.living(), term).order_by("name_key")[:50].explain()
        scanned = sorted(set(re.findall(r"Seq Scan on (\w+)", plan)))
        sys.stdout.write(f"{label:<40}{', '.join(scanned) or 'an index'}\n")


def main(people: int) -> None:
    call_command("collectstatic", interactive=False, verbosity=0)
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        fill(people)
        sys.stdout.write(f"{people} people on {connection.vendor}\n")
        browser = Client(SERVER_NAME="localhost")
        browser.force_login(get_user_model().objects.create_superuser("bench", password=None))
        everybody = reverse("admin:crm_contact_changelist")
        measure(browser, "first page", everybody)
        measure(browser, "last page", everybody, p=str(people // 50))
        measure(browser, "filter by role", everybody, role=RoleKind.CLIENT)
        for label, term in TERMS.items():
            measure(browser, label, everybody, q=term)
        one = Contact.objects.order_by("pk")[people // 2]
        measure(browser, "a person's page", reverse("admin:crm_contact_change", args=[one.pk]))
        if connection.vendor == "postgresql":
            plans()
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
