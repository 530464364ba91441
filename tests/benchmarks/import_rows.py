"""Import a file with every check, beside django-import-export and COPY, in one run.

    python -m tests.benchmarks.import_rows [ROWS]

Runs on the database that DATABASE_URL names, in a new one that is dropped afterwards. Lethe's way
is the console's: the check and the import on a worker, in parts. The default of
django-import-export takes a sample and is extrapolated; its bulk mode takes all. COPY knows
PostgreSQL alone, elsewhere plain INSERTs stand for it, alone and with the checks that SQL can make
of a whole set: no age gate, no reading of cells, no history, no keyed digest.
"""

import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
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

import tablib  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from import_export.resources import ModelResource  # noqa: E402

from config.tasks import OFFICE  # noqa: E402
from crm.imports import intake, steps, work  # noqa: E402
from crm.models import Contact, ImportBatch, Source, User  # noqa: E402
from privacy import notices  # noqa: E402
from tests.journeys import scratch  # noqa: E402

SAMPLE = 500
HEADER = ("First Name", "Last Name", "E-mail", "Phone", "Company", "Country")
FACTS = {
    "source_type": "card",
    "obtained_on": date(2024, 3, 1),
    "role": "prospect",
    "basis": "legitimate_interests",
    "notice": "1",
}


def memory(what: str) -> float:
    """Megabytes of this process: now (VmRSS), or at most since it was last reset (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))


def timed(label: str, act: Callable[[], object], rows: int) -> float:
    Path("/proc/self/clear_refs").write_text("5")
    before, busy, start = memory("VmRSS"), time.process_time(), time.perf_counter()
    act()
    took, work_done = time.perf_counter() - start, time.process_time() - busy
    peak = memory("VmHWM")
    sys.stdout.write(
        f"{label:<46}{took:8.2f} s {rows / took:9.0f} rows/s"
        f"   peak {peak:5.0f} MiB (+{peak - before:.0f})   {work_done:6.2f} s of it in Python\n"
    )
    sys.stdout.flush()
    return rows / took


def row(number: int) -> tuple[str, ...]:
    phone = f"+852 5{number % 10_000_000:07d}"
    return (
        f"Ann{number}", f"Bee{number}", f"a{number}@example.com", phone, f"Firm {number % 997}",
        "HK",
    )  # fmt: skip


def file_of(rows: int) -> SimpleNamespace:
    lines = [",".join(HEADER), *(",".join(row(number)) for number in range(rows))]
    content = "\n".join(lines).encode()
    return SimpleNamespace(size=len(content), read=lambda: content)


def copied(rows: int) -> None:
    """The same cells into a bare table, rolled back."""
    with transaction.atomic(), connection.cursor() as cursor:
        fill(cursor, rows)
        transaction.set_rollback(True)


def fill(cursor: Any, rows: int) -> None:
    columns = ", ".join(f"c{place} text" for place in range(len(HEADER)))
    cursor.execute(f"CREATE TABLE benchmark_rows ({columns})")
    if connection.vendor == "postgresql":
        text = io.StringIO("".join("\t".join(row(n)) + "\n" for n in range(rows)))
        cursor.copy_expert("COPY benchmark_rows FROM STDIN", text)
        return
    marks = ", ".join(["%s"] * len(HEADER))
    cursor.executemany(
        f"INSERT INTO benchmark_rows VALUES ({marks})", [row(n) for n in range(rows)]
    )


# What SQL can check of all rows at once: shape, twins, whom the office knows, what is suppressed.
CHECKS = (
    "SELECT count(*) FROM benchmark_rows WHERE c0 = '' AND c1 = '' OR c2 NOT LIKE '%_@_%._%'",
    "SELECT count(*) FROM (SELECT lower(c2) FROM benchmark_rows GROUP BY 1 HAVING count(*) > 1) t",
    "SELECT count(*) FROM benchmark_rows JOIN crm_contactpoint ON normal_form = lower(c2)",
    "SELECT count(*) FROM benchmark_rows JOIN crm_contactpoint"
    " ON normal_form = replace(c3, ' ', '')",
    "SELECT count(*) FROM benchmark_rows JOIN privacy_suppressionentry ON digest = {hash}",
)
HASH = {
    "postgresql": "encode(sha256(convert_to(lower(c2), 'UTF8')), 'hex')",
    # SQLite has no such function: the join alone is measured.
    "sqlite": "lower(c2)",
}


def copied_and_checked(rows: int) -> None:
    """The same, asked by a statement for each rule, and the names stored as people."""
    with transaction.atomic(), connection.cursor() as cursor:
        fill(cursor, rows)
        for check in CHECKS:
            cursor.execute(check.format(hash=HASH[connection.vendor]))
            cursor.fetchone()
        cursor.execute(
            "CREATE TABLE benchmark_people (name_key text UNIQUE, given text, family text)"
        )
        cursor.execute(
            "INSERT INTO benchmark_people SELECT DISTINCT lower(c0 || c1), c0, c1 FROM benchmark_rows"
        )
        transaction.set_rollback(True)


def in_bulk(rows: int) -> None:
    """The stock resource in its bulk mode."""
    by_default(rows, use_bulk=True, batch_size=1_000)


def by_default(rows: int, **options: object) -> None:
    """The stock resource over names alone: no points, no guard, no history of points."""

    class Resource(ModelResource):
        class Meta:
            model = Contact
            import_id_fields = ("name_key",)
            fields = ("name_key", "latin_given_name", "latin_family_name", "source")

    for name, value in options.items():
        setattr(Resource._meta, name, value)
    with transaction.atomic():
        sources = Source.objects.bulk_create(
            Source(type="card", obtained_on=date(2024, 3, 1)) for _number in range(rows)
        )
        data = tablib.Dataset(
            *((f"bench{n}", *row(n)[:2], sources[n].pk) for n in range(rows)),
            headers=Resource.Meta.fields,
        )
        result = Resource().import_data(data, raise_errors=True)
        if result.totals["new"] != rows:
            raise RuntimeError(f"the stock resource took {result.totals}")
        transaction.set_rollback(True)


def worked(batch: ImportBatch, state: str) -> None:
    work.do(str(batch.uuid), office=OFFICE)
    batch.refresh_from_db()
    if batch.state != state:
        raise RuntimeError(f"{batch.state}: {batch.failure}")


def main(rows: int) -> None:
    by = User.objects.create_superuser("officer")
    texts = {"text_en": "What we do with data.", "text_zh_hant": "我們如何處理資料。"}
    notice = notices.propose(version="1", effective_from=date(2018, 5, 25), by=by, **texts)
    notices.approve(notice, by=User.objects.create_superuser("second"))
    sys.stdout.write(f"{connection.vendor}, {rows} rows\n")
    batch = intake.upload(by=by, file=file_of(rows), **FACTS)
    steps.check(batch, by=by)
    timed("Lethe: the check, rolled back", lambda: worked(batch, "checked"), rows)
    steps.confirm(batch, by=by, typed=steps.going_in(batch))
    lethe = timed("Lethe: the import", lambda: worked(batch, "done"), rows)
    again = intake.upload(by=by, file=file_of(rows), again=True, **FACTS)
    steps.check(again, by=by)
    timed("Lethe: the check of the same file again", lambda: worked(again, "checked"), rows)
    stock = timed(
        "django-import-export, names alone, a sample", lambda: by_default(SAMPLE), SAMPLE
    )
    bulk = timed("django-import-export in bulk, names alone", lambda: in_bulk(rows), rows)
    name = "COPY" if connection.vendor == "postgresql" else "plain INSERT"
    bare = timed(f"{name}, nothing checked", lambda: copied(rows), rows)
    checked = timed(f"{name}, set-based checks", lambda: copied_and_checked(rows), rows)
    sys.stdout.write(
        f"{Contact.objects.count()} people; checked {again.counts}\n"
        f"Lethe / django-import-export           {lethe / stock:8.2f}\n"
        f"django-import-export in bulk / Lethe   {bulk / lethe:8.2f}\n"
        f"{name + ' / Lethe':<38} {bare / lethe:8.1f}\n"
        f"{name + ', set-based checks / Lethe':<38} {checked / lethe:8.1f}\n"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, scratch.database(Path(folder)):
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
