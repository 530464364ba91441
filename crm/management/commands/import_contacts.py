"""Import an address file. Prints the plan and changes nothing unless told to apply it."""

import csv
import json
import os
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from crm.contacts import SourceFacts
from crm.enums import RoleKind, SourceType
from crm.errors import ImportRefused
from crm.imports import batch, reading
from crm.imports.batch import Report
from crm.imports.verdicts import Verdict
from crm.models import Source, User
from privacy.commands import OfficeCommand


class Command(OfficeCommand):
    help = "Import contacts from a CSV file. Without --apply, prints the plan, changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, choices=SourceType.values)
        parser.add_argument("--source-detail", default="")
        parser.add_argument("--obtained-on", default="", help="YYYY-MM-DD; today if not given.")
        parser.add_argument("--role", required=True, choices=RoleKind.values)
        parser.add_argument("--by", metavar="USERNAME", help="Who imports; named in the journal.")
        parser.add_argument("--apply", action="store_true", help="Store what the plan names.")
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")
        parser.add_argument("--rejects", type=Path, help="Write rows that stay out to this file.")

    def handle(self, *, file: Path, source: str, role: str, apply: bool, **options: Any) -> None:
        rejects = options["rejects"]
        if rejects and rejects.exists():
            raise CommandError("The rejects file exists already; name a new one.")
        by = _operator(options["by"])
        facts = SourceFacts(
            source,
            _day(options["obtained_on"]),
            detail=_detail(options["source_detail"]),
            obtained_by=by,
        )
        try:
            table = reading.open_file(file)
            report = batch.run(table, source=facts, role=role, apply=apply, by=by)
        except ImportRefused as refusal:
            raise CommandError(str(refusal)) from None
        if rejects:
            _write(rejects, batch.reject_lines(table, report.rejects))
        self.stdout.write(_as_json(report) if options["json"] else _as_text(report))


def _operator(username: str | None) -> User | None:
    if username is None:
        return None
    operator = User.objects.filter(username=username, is_active=True).first()
    if operator is None:
        raise CommandError("--by takes the user name of an active account.")
    return operator


def _detail(text: str) -> str:
    longest = Source._meta.get_field("detail").max_length or 0
    if len(text) > longest:
        raise CommandError(f"--source-detail is too long; write at most {longest} characters.")
    return text


def _day(text: str) -> date:
    today = timezone.localdate()
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        raise CommandError("--obtained-on is not a date; write YYYY-MM-DD.") from None
    if day > today:
        raise CommandError("--obtained-on lies in the future.")
    return day


def _write(path: Path, lines: Any) -> None:
    """Whole rows stand in it, so that nobody but the operator may read it."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandError(f"The rejects file cannot be written: {error.strerror}.") from None
    with os.fdopen(handle, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)


def _as_json(report: Report) -> str:
    return json.dumps(
        {
            "applied": report.applied,
            "rows": report.counts.total(),
            "counts": {str(verdict): report.counts[verdict] for verdict in Verdict},
            "rejects": [
                {"row": row.number, "verdict": str(row.verdict), "reason": row.reason}
                for row in report.rejects
            ],
        },
        ensure_ascii=False,
        indent=2,
    )


def _as_text(report: Report) -> str:
    head = "Imported." if report.applied else "Plan; nothing was changed. Add --apply to import."
    counts = [f"{verdict:>10} {report.counts[verdict]:>7}" for verdict in Verdict]
    rejects = [f"row {row.number}: {row.verdict}: {row.reason}" for row in report.rejects]
    return "\n".join([head, f"{'rows':>10} {report.counts.total():>7}", *counts, *rejects])
