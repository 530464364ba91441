"""`manage.py explain_deadline`: by which day, and why. Reads no database."""

import csv
import io
import json
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import commands
from privacy.deadlines import Deadline, DeadlineError, Pause, compute, periods, table
from privacy.enums import CLOCKED, Regime, Right
from privacy.inventory import Keep

# What people call a right beside its own name.
ALSO_CALLED = {"correction": Right.RECTIFICATION, "deletion": Right.ERASURE}
# What speaks of one letter, and of no table.
OF_ONE = (
    *("regime", "right", "received", "pause", "extended", "notice_sent"),
    *("section_19_2_notice", "calendar", "closure", "json"),
)
DAYS = (
    "nominal",
    "due",
    "unsuspended",
    "paused_since",
    "rolled",
    "target",
    "extension_notice_by",
)


class Command(BaseCommand):
    """Dates in, dates out; a refusal is one sentence."""

    help = "Explain by which day something is due, or compute a table of such days (--csv)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--regime", metavar="|".join(CLOCKED))
        parser.add_argument("--right", metavar="RIGHT", help=", ".join(Right.values))
        parser.add_argument("--received", metavar="DATE", help="YYYY-MM-DD, or a time with zone.")
        parser.add_argument(
            "--pause", metavar="FROM:TO:REASON", action="append", default=[],
            help="Asked and answered on; identity or clarification. FROM::REASON: no answer yet.",
        )  # fmt: skip
        parser.add_argument("--on", metavar="DATE", help="Of which day you ask; today.")
        parser.add_argument("--extended", action="store_true")
        parser.add_argument("--notice-sent", metavar="DATE", help="When its notice was sent.")
        parser.add_argument("--section-19-2-notice", action="store_true", help="PDPO s.19(2).")
        parser.add_argument("--calendar", metavar="IE|DE|…|HK_GENERAL|NONE")
        parser.add_argument(
            "--closure", metavar="DATE", action="append", default=[],
            help="A gale or black-rainstorm day.",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")
        parser.add_argument("--csv", metavar="FILE", type=Path, help="Compute every row of FILE.")

    def handle(self, **options: Any) -> None:
        try:
            if options["csv"]:
                # A flag beside the table would change no row of it, and look as if it did.
                if any(options[name] for name in OF_ONE):
                    raise CommandError(_("--csv computes what the rows say: give no other flag."))
                self._table(options["csv"], on=_asked_of(options))
            else:
                self._one(options)
        except DeadlineError as refusal:
            raise CommandError(str(refusal)) from None

    def _one(self, options: Mapping[str, Any]) -> None:
        if missing := [f"--{n}" for n in ("regime", "right", "received") if not options[n]]:
            raise CommandError(_("Give %s, or --csv FILE.") % ", ".join(missing))
        if options["regime"] == Regime.POLICY and (period := periods.named(options["right"])):
            received = commands.day(options["received"], option="--received")
            self._period(period, received, as_json=options["json"])
            return
        clock = compute(
            _choice(CLOCKED, options["regime"]),
            ALSO_CALLED.get(options["right"]) or _choice(Right, options["right"]),
            _received(options["received"]),
            pauses=[_pause(text) for text in options["pause"]],
            extended=options["extended"],
            notice_sent_on=_day_of(options["notice_sent"], option="--notice-sent"),
            section_19_2_notice=options["section_19_2_notice"],
            on_calendar=options["calendar"],
            closures=[commands.day(text, option="--closure") for text in options["closure"]],
            on=_asked_of(options),
        )
        days = {name: getattr(clock, name) for name in DAYS}
        facts = {name: table.written(day) if day else None for name, day in days.items()}
        if options["json"]:
            said = {**facts, "trace": list(clock.trace)}
            self.stdout.write(json.dumps(said, ensure_ascii=False))
            return
        for name, label in _labels(clock).items():
            self.stdout.write(f"{label:<34}{facts[name] or '—'}")
        for line in clock.trace:
            self.stdout.write(f"  {line}")

    def _period(self, period: Keep, anchor: date, *, as_json: bool) -> None:
        """How long a record stays, by its declaration."""
        ends = table.written(period.ends_on(anchor))
        said = _("Rule: %(source)s.") % {"source": period.citation}
        if as_json:
            self.stdout.write(json.dumps({"due": ends, "trace": [said]}, ensure_ascii=False))
            return
        self.stdout.write(f"{_('Due'):<34}{ends}")
        self.stdout.write(f"  {said}")

    def _table(self, path: Path, *, on: date) -> None:
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.DictReader(file, strict=True)
                rows, columns = list(reader), list(reader.fieldnames or ())
        except (OSError, ValueError, csv.Error) as error:
            raise CommandError(
                _("The file cannot be read as CSV in UTF-8 (%s).") % type(error).__name__
            ) from None
        if missing := [name for name in table.COLUMNS.split() if name not in columns]:
            raise CommandError(_("The header lacks %s.") % ", ".join(missing))
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*columns, "computed_due"])
        bad = 0
        for number, row in enumerate(rows, start=2):
            try:
                due = table.due_of(row, on=on)
            except DeadlineError as refusal:
                due, bad = "", bad + 1
                said = {"row": number, "reason": refusal}
                self.stderr.write(_("Row %(row)d: %(reason)s") % said)
            writer.writerow([*(row[name] for name in columns), due])
        self.stdout.write(out.getvalue(), ending="")
        if bad:
            counts = {"bad": bad, "all": len(rows)}
            raise CommandError(_("%(bad)d of %(all)d rows have no day.") % counts)


def _choice(known: Iterable[Any], value: str) -> Any:
    for one in known:
        if one == value:
            return one
    raise DeadlineError(
        _("%(value)s is not known; there are: %(known)s.")
        % {"value": value, "known": ", ".join(known)}
    )


def _pause(text: str) -> Pause:
    begins, _colon, rest = text.partition(":")
    ends, _colon, reason = rest.partition(":")
    if not (begins and reason):
        raise DeadlineError(
            _("--pause is FROM:TO:REASON, as in 2026-01-05:2026-01-12:identity; %r is not.") % text
        )
    answered = _day_of(ends, option="--pause")
    return Pause(
        commands.day(begins, option="--pause"), answered, table.PAUSED_FOR.get(reason, reason)
    )


def _received(text: str) -> date | datetime:
    return table.moment(text) if "T" in text else commands.day(text, option="--received")


def _day_of(text: str | None, *, option: str) -> date | None:
    return commands.day(text, option=option) if text else None


def _asked_of(options: Mapping[str, Any]) -> date:
    return _day_of(options["on"], option="--on") or timezone.localdate()


def _labels(clock: Deadline) -> dict[str, str]:
    """What is told in words: of a suspension only where there is one."""
    labels = {
        "nominal": _("The period ends"),
        "due": _("Due, as it stands") if clock.paused_since else _("Due"),
        "unsuspended": _("Due, had it not been suspended"),
        "paused_since": _("SUSPENDED since"),
        "rolled": _("On the office's own calendar"),
        "target": _("Aim for"),
        "extension_notice_by": _("Notice of an extension by"),
    }
    if clock.unsuspended == clock.due:
        del labels["unsuspended"]
    if clock.paused_since is None:
        del labels["paused_since"]
    return labels
