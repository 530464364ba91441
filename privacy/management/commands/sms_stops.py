"""`manage.py sms_stops FILE`: the replies of an SMS provider, as a file, taken in at once."""

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from privacy import stops
from privacy.commands import OfficeCommand


class Command(OfficeCommand):
    """A CSV file with the columns `from` and `text` in; counts out, and the wrong rows."""

    help = "Take in replies by SMS: STOP, 停止 and the like end marketing by SMS to that number."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV, UTF-8, columns: from, text.")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            with file.open(encoding="utf-8-sig", newline="") as opened:
                rows = list(csv.DictReader(opened))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise CommandError(
                _("The file cannot be read (%s): save it as CSV in UTF-8.") % type(error).__name__
            ) from None
        if not rows or not {"from", "text"} <= set(rows[0]):
            raise CommandError(_("The file needs a first row with the columns from and text."))
        stopped, others, wrong = 0, 0, []
        for number, row in enumerate(rows, start=2):
            if not stops.asks_to_stop(row["text"] or ""):
                others += 1
            elif stops.stop(
                row["from"] or "", original=_as_read(row), evidence=f"sms file, row {number}"
            ):
                stopped += 1
            else:
                wrong.append(number)
        told = {"stopped": stopped, "others": others}
        self.stdout.write(_("Stopped: %(stopped)d. Other replies: %(others)d.") % told)
        if wrong:
            listed = ", ".join(map(str, wrong))
            raise CommandError(_("No telephone number in these rows: %s.") % listed)


def _as_read(row: dict[str, Any]) -> dict[str, str]:
    """The row as the file has it; cells beyond its header have no name."""
    return {str(name): str(value) for name, value in row.items() if value}
