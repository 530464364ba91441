"""Import an address file. Prints the plan and changes nothing unless told to apply it."""

import csv
import os
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.management.base import CommandError
from django.utils import timezone

from crm import organisations
from crm.contacts import SourceFacts
from crm.enums import DateOrder, ImportState, ImportStrategy, RoleKind, SourceType
from crm.errors import EntryRefused
from crm.imports import aliases, batch, encodings, intake, reading, report, steps, work
from crm.imports.reading import Table
from crm.imports.rejects import reject_lines, whole
from crm.imports.report import MARKS, Report
from crm.imports.rows import Row
from crm.models import Source, User
from privacy import commands, notices
from privacy.commands import OfficeCommand
from privacy.enums import Basis

ORDERS = {"day-first": DateOrder.DAY_FIRST, "month-first": DateOrder.MONTH_FIRST}


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
        parser.add_argument("--basis", default="", choices=Basis.values, help="The legal basis.")
        parser.add_argument(
            "--notice", default="", metavar="VERSION",
            help="The approved notice that they were given, or are sent within a month.",
        )  # fmt: skip
        parser.add_argument(
            "--evidence", default="", help="A broker's licence: where it is filed."
        )
        parser.add_argument(
            "--supplier", default="", help="A broker or partner: its name, or its reference."
        )
        parser.add_argument("--expires-on", default="", help="The last day of a broker's licence.")
        parser.add_argument("--encoding", default="", choices=encodings.CHOICES)
        parser.add_argument("--delimiter", default="", help="comma, semicolon, tab or bar")
        parser.add_argument("--sheet", type=int, default=0, help="Which sheet, counted from 1.")
        parser.add_argument(
            "--dates", default="", choices=ORDERS, help="How dates like 3/4/1980 are written."
        )
        parser.add_argument(
            "--despite-doubts",
            action="store_true",
            help="Go on though something in the file is doubtful; the plan says what.",
        )
        parser.add_argument("--first-row-is-data", action="store_true", help="There is no header.")
        parser.add_argument(
            "--map", metavar="COLUMN=MEANING", action="append", default=[],
            help="Say what a column is, counted from 1: 2=email. May be repeated.",
        )  # fmt: skip
        parser.add_argument("--apply", action="store_true", help="Store what the plan names.")
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")
        parser.add_argument(
            "--verdicts", action="store_true", help="Print the verdict on every row."
        )
        parser.add_argument("--rejects", type=Path, help="Write rows that stay out to this file.")

    def handle(self, *, file: Path, source: str, role: str, apply: bool, **options: Any) -> None:
        rejects = options["rejects"]
        if rejects and rejects.exists():
            raise CommandError("The rejects file exists already; name a new one.")
        facts = _facts(source, role, options)
        try:
            table = reading.open_file(file, **_said(options))
            enter = self._import if apply else self._plan
            found, out = enter(file, table, facts, options)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from None
        if rejects:
            _write(rejects, reject_lines(table, out))
        say = report.as_json if options["json"] else report.as_text
        self.stdout.writelines(f"{line}\n" for line in say(table, found))

    def _plan(
        self, _file: Path, table: Table, facts: dict[str, Any], options: Mapping[str, Any]
    ) -> tuple[Report, Iterable[Row]]:
        source = SourceFacts(
            facts["source_type"],
            facts["obtained_on"],
            detail=facts["source_detail"],
            obtained_by=facts["by"],
        )
        found = batch.run(
            table,
            source=source,
            role=facts["role"],
            by=facts["by"],
            strategy=options["strategy"],
            told=self._progress(table),
            every=options["verdicts"],
        )
        return found, whole(table, found.rejects)

    def _import(
        self, file: Path, table: Table, facts: dict[str, Any], options: Mapping[str, Any]
    ) -> tuple[Report, Iterable[Row]]:
        """The way of the console, check and queue left out: its undo is the console's."""
        said = _said(options)
        if not all(facts[name] for name in ("by", "basis", "notice")):
            raise CommandError("--apply needs --by, --basis and --notice.")
        if table.doubts and not options["despite_doubts"]:
            raise CommandError(
                f"{' '.join(table.doubts)} To go on all the same, say --despite-doubts."
            )
        with file.open("rb") as content:
            entered = intake.upload(
                file=File(content),
                again=True,
                encoding=said["encoding"],
                delimiter=said["delimiter"],
                has_header=said["header"],
                mapping=aliases.columns_by_hand(said["mapping"] or {}),
                sheet=said["sheet"],
                dates=said["dates"],
                despite_doubts=options["despite_doubts"],
                strategy=options["strategy"],
                **facts,
            )
        steps.confirm_unchecked(entered, by=facts["by"])
        work.do(str(entered.uuid), told=self._progress(table))
        entered.refresh_from_db()
        if entered.state != ImportState.DONE:
            raise CommandError(f"{entered.failure} See import {entered.uuid}.")
        found = report.of(entered, every=options["verdicts"])
        return found, work.stayed_out(entered, table)

    def _progress(self, table: Table) -> Callable[[int], None]:
        def told(done: int) -> None:
            self.stderr.write(f"{done} of {table.length} rows")

        return told


def _facts(source: str, role: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """What nobody can read from the file, as an import keeps it."""
    ends = options["expires_on"]
    facts = {
        "by": _operator(options["by"]),
        "source_type": source,
        "source_detail": _detail(options["source_detail"]),
        "obtained_on": _day(options["obtained_on"]),
        "role": role,
        "basis": options["basis"],
        "notice": options["notice"],
        "evidence": options["evidence"],
        "supplier": None,
        "expires_on": commands.day(ends, option="--expires-on") if ends else None,
    }
    if facts["notice"]:
        facts["notice"] = str(notices.named(facts["notice"]))
    try:
        if options["supplier"]:
            facts["supplier"] = organisations.named(options["supplier"])
        if source == SourceType.BROKER:
            intake.refuse_unlicensed(
                facts["evidence"], facts["expires_on"], on=timezone.localdate()
            )
        intake.refuse_unreviewed(source, facts["supplier"], on=timezone.localdate())
    except EntryRefused as refusal:
        raise CommandError(str(refusal)) from None
    except ValidationError as refusal:
        raise CommandError(" ".join(refusal.messages)) from None
    return facts


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
        "sheet": options["sheet"],
        "dates": ORDERS.get(options["dates"], ""),
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
    day = commands.day(text, option="--obtained-on") if text else today
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
