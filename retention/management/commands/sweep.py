"""`manage.py sweep`: what is due, and on demand its rehearsal or its disposal."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import commands
from privacy.commands import OfficeCommand
from retention import clock, sweep
from retention.enums import Mode, RunState
from retention.models import SweepRun


class Command(OfficeCommand):
    """Arguments in, one call, lines out."""

    help = "Say what is due for disposal. Without --apply, changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--apply", action="store_true", help="Dispose of what is due.")
        mode.add_argument("--rehearse", action="store_true", help="Do it, report, roll back.")
        mode.add_argument("--release", metavar="RULE", help="Let a rule run that its cap halted.")
        parser.add_argument(
            "--confirm-day",
            metavar="DATE",
            help="With --apply: that this is today, where the clock has jumped.",
        )
        parser.add_argument(
            "--by", metavar="USERNAME", help="In whose name; needed to release or confirm."
        )
        parser.add_argument("--on", metavar="DATE", help="The day, YYYY-MM-DD; today if absent.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *, apply: bool, rehearse: bool, on: str | None, **options: Any) -> None:
        day = timezone.localdate() if on is None else commands.day(on, option="--on")
        by = _operator(options["by"])
        if options["release"] and by is None:
            raise CommandError(_("--release needs --by USERNAME: it is done in a person's name."))
        if options["confirm_day"] is not None:
            _confirm(options["confirm_day"], apply=apply, by=by)
        if apply and day > timezone.localdate():
            raise CommandError(_("--apply takes no day in the future; use --rehearse for that."))
        if options["release"]:
            report = _release(day, rule=options["release"], by=by)
        else:
            report = _report(day, apply=apply, rehearse=rehearse, by=by)
        if options["json"]:
            self.stdout.write(json.dumps(report, sort_keys=True))
        else:
            self.stdout.write("\n".join(_lines(report)))
        if report["state"] == RunState.FAILED:
            raise CommandError(_failed(rehearse=rehearse))


def _failed(*, rehearse: bool) -> str:
    if rehearse:
        return _("Some batches could not be done; all was rolled back, and the log names them.")
    return _("Some batches failed; the run page names them.")


def _operator(username: str | None) -> Any:
    if username is None:
        return None
    operator = get_user_model().objects.filter(username=username, is_active=True).first()
    if operator is None:
        raise CommandError(_("--by takes the user name of an active account."))
    return operator


def _confirm(text: str, *, apply: bool, by: Any) -> None:
    if not apply or by is None:
        raise CommandError(_("--confirm-day goes with --apply and with --by USERNAME."))
    if not by.has_perm("retention.start_run"):
        raise CommandError(_("This account may not start a run."))
    clock.confirm(commands.day(text, option="--confirm-day"), by=by)


def _release(on: date, *, rule: str, by: Any) -> dict[str, Any]:
    if not by.has_perm("retention.release_rule"):
        raise CommandError(_("This account may not release a rule."))
    night = SweepRun.objects.filter(night=on, mode=Mode.APPLY).first()
    if night is None:
        raise CommandError(_("No run of this day is there to release; say another with --on."))
    sweep.work(sweep.release(night, rule=rule, by=by))
    night.refresh_from_db()
    return _told(night)


def _report(on: date, *, apply: bool, rehearse: bool, by: Any) -> dict[str, Any]:
    if not (apply or rehearse):
        rules = sweep.plan(on).counts()
        return {"on": str(on), "mode": "plan", "run": None, "state": "planned", "rules": rules}
    return _told(sweep.run(on=on, mode=Mode.APPLY if apply else Mode.REHEARSE, by=by))


def _told(night: SweepRun) -> dict[str, Any]:
    return {
        "on": str(night.night),
        "mode": night.mode,
        "run": str(night.uuid) if night.mode == Mode.APPLY else None,
        "state": night.state,
        "rules": night.counts,
    }


def _lines(report: dict[str, Any]) -> list[str]:
    lines = [f"{report['on']}  {report['mode']}  {report['state']}"]
    for rule, counts in sorted(report["rules"].items()):
        words = [f"{counts['due']} due", f"{counts['held']} held"]
        if "disposed" in counts:
            words.append(f"{counts['disposed']} disposed")
        if counts["halted"]:
            words.append("halted by its cap")
        lines.append(f"  {rule}: {', '.join(words)}")
    if not report["rules"]:
        lines.append("  " + _("Nothing is due."))
    return lines
