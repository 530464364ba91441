"""`manage.py why UUID`: why a record is still here, and until when."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy.errors import PrivacyError
from retention import why


class Command(BaseCommand):
    """One reference in, one sentence out."""

    help = "Say in one sentence why a record is still here and until when."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("uuid", help="The record's reference, as the console shows it.")

    def handle(self, *, uuid: str, **options: Any) -> None:
        try:
            self.stdout.write(why.sentence(uuid, timezone.localdate()))
        except PrivacyError as error:
            raise CommandError(str(error)) from None
        except DatabaseError:
            # Without its text, which may quote a row.
            raise CommandError(_("The database cannot be read: is it up, and migrated?")) from None
