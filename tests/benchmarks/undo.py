"""Take an import back, beside the time that the same people took to come in.

    python -m tests.benchmarks.undo [ROWS]

Runs on the database that DATABASE_URL names, in a new one that is dropped afterwards.
"""

import sys
import tempfile
from datetime import date
from pathlib import Path

from tests.benchmarks import import_rows

# After the settings that the benchmark of the import lays down.
from django.db import connection  # isort: skip

from crm.imports import intake, steps
from crm.models import Contact, User
from privacy import notices
from tests.journeys import scratch


def main(rows: int) -> None:
    by = User.objects.create_superuser("officer")
    texts = {"text_en": "What we do with data.", "text_zh_hant": "我們如何處理資料。"}
    notice = notices.propose(version="1", effective_from=date(2018, 5, 25), by=by, **texts)
    notices.approve(notice, by=User.objects.create_superuser("second"))
    sys.stdout.write(f"{connection.vendor}, {rows} rows\n")
    batch = intake.upload(by=by, file=import_rows.file_of(rows), **import_rows.FACTS)
    steps.check(batch, by=by)
    looked = import_rows.timed(
        "its check, rolled back", lambda: import_rows.worked(batch, "checked"), rows
    )
    steps.confirm(batch, by=by, typed=steps.going_in(batch))
    came = import_rows.timed("the import", lambda: import_rows.worked(batch, "done"), rows)
    steps.undo(batch, by=by)
    went = import_rows.timed("its undo", lambda: import_rows.worked(batch, "undone"), rows)
    sys.stdout.write(
        f"{Contact.objects.living().count()} people left of {rows}\n"
        f"undo / import            {came / went:8.2f}\n"
        f"undo / check and import  {1 / (went * (1 / came + 1 / looked)):8.2f}\n"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, scratch.database(Path(folder)):
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000)
