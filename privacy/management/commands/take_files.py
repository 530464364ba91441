"""`manage.py take_files`: this folder is the one of this database from now on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from privacy import installation
from privacy.commands import OfficeCommand


class Command(OfficeCommand):
    """One act, asked for twice: files that lie elsewhere are lost to this database."""

    help = "Make LETHE_VAR the folder of this database, after it was moved or lost."
    begins_on_foreign_files = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="No other host serves it.")

    def handle(self, **options: Any) -> None:
        if not options["yes"]:
            raise CommandError(
                _(
                    "Stop every other host that serves this database, bring its files here, then"
                    " type the command with --yes. A file that is not here becomes a finding."
                )
            )
        installation.take()
        self.stdout.write(_("The files of this database lie in this folder from now on."))
