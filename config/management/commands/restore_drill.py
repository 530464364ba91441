"""`manage.py restore_drill`: whether the newest backup would bring the office back."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from config.backups.drill import Report, drill, newest
from privacy.commands import OfficeCommand


class Command(OfficeCommand):
    """A report out; a drill that fails is a sentence and a non-zero exit."""

    help = "Restore the newest backup (or FILE) aside, replay the ledger, prove it, report."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", nargs="?", help="Another backup.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        report = drill((file or newest()).absolute())
        if options["json"]:
            self.stdout.write(json.dumps(report.facts()))
        else:
            self.stdout.write("\n".join(_lines(report)))
        if not report.passed:
            raise CommandError(_("The second replay still found something to do."))


def _lines(report: Report) -> list[str]:
    return [
        _("Backup: %(backup)s of %(made_at)s") % report.facts(),
        _("Restored: %(rows)d rows, %(documents)d documents") % report.facts(),
        _(
            "Replayed: %(suppressions)d suppression entries, %(lifts)d lifts, %(people)d people "
            "disposed of again"
        )
        % report.replay,
        _("A second replay changed: %d") % report.left,
        _("Seconds: %s") % ", ".join(f"{step} {took}" for step, took in report.seconds.items()),
        _("The drill passed.") if report.passed else _("The drill failed."),
    ]
