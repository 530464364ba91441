"""`manage.py seal_files`: encrypt the stored files that lie in clear."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from privacy import sealing
from privacy.commands import OfficeCommand
from privacy.errors import PrivacyError


class Command(OfficeCommand):
    """No file is named, in or out; what could not be sealed is a non-zero exit."""

    help = "Seal the stored files that an older release wrote in clear; can be run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--reseal",
            action="store_true",
            help="Seal those under an older key again, under the newest.",
        )

    def handle(self, *, reseal: bool, **options: Any) -> None:
        outcome = sealing.seal(again=reseal)
        said = _("Files sealed: %(sealed)d now, %(before)d before.")
        self.stdout.write(said % {"sealed": outcome.sealed, "before": outcome.before})
        if outcome.left:
            raise PrivacyError(
                _("Files that could not be sealed and stay as they are: %d; see the findings.")
                % outcome.left
            )
