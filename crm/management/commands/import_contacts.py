"""Import an address file. Prints the plan and changes nothing unless told to apply it."""

import csv
import json
import os
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from crm.contacts import SourceFacts
from crm.enums import ImportStrategy, RoleKind, SourceType
from crm.errors import ImportRefused
from crm.imports import aliases, batch, encodings, reading
from crm.imports.batch import Report
from crm.imports.reading import Table
from crm.imports.verdicts import Verdict
from crm.models import Source, User
from privacy.commands import OfficeCommand


class Command(OfficeCommand):
    help = "Import CSV, XLSX or vCard. Without --apply, prints the plan, changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, choices=SourceType.values)
        parser.add_argument("--source-detail", default="")
        parser.add_argument("--obtained-on", default="", help="YYYY-MM-DD; today if not given.")
        parser.add_argument("--role", required=True, choices=RoleKind.values)
        parser.add_argument(
            "--strategy",
            choices=ImportStrategy.values,
            default=ImportStrategy.SKIP,
            help="What becomes of rows that contradict what is stored.",
        )
        parser.add_argument("--by", metavar="USERNAME", help="Who imports; named in the journal.")
        parser.add_argument("--encoding", default="", choices=encodings.CHOICES)
        parser.add_argument("--delimiter", default="", help="comma, semicolon, tab or bar")
        parser.add_argument("--first-row-is-data", action="store_true", help="There is no header.")
        parser.add_argument(
            "--map", metavar="COLUMN=MEANING", action="append", default=[],
            help="Say what a column is, counted from 1: 2=email. May be repeated.",
        )  # fmt: skip
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
            table = reading.open_file(file, **_said(options))
            report = batch.run(
                table, source=facts, role=role, apply=apply, by=by, strategy=options["strategy"]
            )
        except ImportRefused as refusal:
            raise CommandError(str(refusal)) from None
        if rejects:
            _write(rejects, batch.reject_lines(table, report.rejects))
        self.stdout.write(_as_json(table, report) if options["json"] else _as_text(table, report))


MARKS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


def _said(options: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of the file by hand."""
    mapping = {}
    for text in options["map"]:
        column, equals, meaning = text.partition("=")
        if not column.isdigit() or not equals or meaning not in {"", *aliases.ALIASES}:
            raise CommandError(
                "--map takes COLUMN=MEANING, as in 2=email; meanings: "
                + ", ".join(aliases.ALIASES)
            )
        mapping[int(column) - 1] = meaning
    delimiter = options["delimiter"]
    return {
        "encoding": options["encoding"],
        "delimiter": MARKS.get(delimiter, delimiter),
        "header": False if options["first_row_is_data"] else None,
        "mapping": mapping or None,
    }


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


def _as_json(table: Table, report: Report) -> str:
    return json.dumps(
        {
            "applied": report.applied,
            "read": {
                "kind": table.kind,
                "encoding": table.encoding,
                "delimiter": table.delimiter,
                "header_at": table.header_at,
                "dropped": {column.name: str(column.why) for column in table.dropped},
                "warnings": list(table.warnings),
            },
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


def _as_text(table: Table, report: Report) -> str:
    head = "Imported." if report.applied else "Plan; nothing was changed. Add --apply to import."
    counts = [f"{verdict:>10} {report.counts[verdict]:>7}" for verdict in Verdict]
    rejects = [f"row {row.number}: {row.verdict}: {row.reason}" for row in report.rejects]
    return "\n".join(
        [head, *_as_read(table), f"{'rows':>10} {report.counts.total():>7}", *counts, *rejects]
    )


def _as_read(table: Table) -> list[str]:
    """How the file was understood, for whoever knows better."""
    marks = {mark: name for name, mark in MARKS.items()}
    dress = [table.kind, table.encoding, marks.get(table.delimiter, "")]
    header = f"header in row {table.header_at}" if table.has_header else "no header"
    lines = ["Read as " + ", ".join([*filter(None, dress), header]) + "."]
    dropped: dict[str, list[str]] = {}
    for column in table.dropped:
        dropped.setdefault(str(column.why), []).append(column.name)
    lines += [f"Dropped ({why}): {', '.join(names)}." for why, names in sorted(dropped.items())]
    return [*lines, *table.warnings]
