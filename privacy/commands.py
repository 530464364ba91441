"""The base of every command that works in the office: keys first, and failures in one sentence.

Under a wrong suppression key nobody would match, and whoever said "no" would come in; under a
wrong journal key every line would look forged, under a wrong seal key no file would open. So no
command begins before the keys are those of this database (DESIGN 7).
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _

from privacy import journal, replay, seals, suppression
from privacy.errors import PrivacyError


class OfficeCommand(BaseCommand):
    """A command that refuses to begin under wrong keys or on a database behind its ledger."""

    # Only the replay itself may begin before the replay.
    begins_behind_ledger = False

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            suppression.verify_keys()
            journal.verify_key()
            seals.verified()
            if not self.begins_behind_ledger:
                replay.refuse_if_behind()
            return super().execute(*args, **options)
        except PrivacyError as refusal:
            raise CommandError(str(refusal)) from None
        except DatabaseError:
            # Without its text, which may quote a row.
            raise CommandError(_("The database cannot be read: is it up, and migrated?")) from None
