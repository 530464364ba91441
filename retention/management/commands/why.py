"""`manage.py why UUID`: why a record is still here, and until when."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from privacy import looks
from privacy.commands import OfficeCommand
from privacy.enums import Look
from retention import why


class Command(OfficeCommand):
    """One reference in, one sentence out."""

    help = "Say in one sentence why a record is still here and until when."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("uuid", help="The record's reference, as the console shows it.")

    def handle(self, *, uuid: str, **options: Any) -> None:
        said = why.sentence(uuid, timezone.localdate())
        # The class says who works or worked here; who asked, the machine does not know.
        looks.note(why.whom(uuid), by=None, how=Look.COMMAND)
        self.stdout.write(said)
