"""The base of every command that works in the office: keys first, and failures in one sentence.

Under a wrong suppression key nobody would match, and whoever said "no" would come in; under a
wrong journal key every line would look forged, under a wrong seal key no file would open. So no
command begins before the keys are those of this database (DESIGN 7).
"""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError
from django.utils.translation import gettext as _

from privacy import installation, journal, replay, seals, suppression
from privacy.deadlines.calendars import FIRST, LAST
from privacy.errors import PrivacyError


def day(text: str, *, option: str) -> date:
    """The day that somebody typed after an option; one sentence where it is none, or out of range.

    A day that another program hands over, as a date, is judged alike.
    """
    try:
        found = date.fromisoformat(str(text))
    except ValueError:
        found = None
    if found is None or str(found) != str(text):
        raise CommandError(
            _("%(option)s takes a day written YYYY-MM-DD, such as 2026-02-28.")
            % {"option": option}
        )
    if not FIRST <= found <= LAST:
        raise CommandError(
            _("%(option)s takes a day from %(first)s to %(last)s.")
            % {"option": option, "first": FIRST, "last": LAST}
        )
    return found


class OfficeCommand(BaseCommand):
    """A command that refuses to begin under wrong keys or on a database behind its ledger."""

    # Only the replay itself may begin before the replay.
    begins_behind_ledger = False
    # Only whoever moves the files may begin where they are not.
    begins_on_foreign_files = False

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            suppression.verify_keys()
            journal.verify_key()
            seals.verified()
            if not self.begins_on_foreign_files:
                installation.refuse_foreign()
            if not self.begins_behind_ledger:
                replay.refuse_if_behind()
            return super().execute(*args, **options)
        except PrivacyError as refusal:
            raise CommandError(str(refusal)) from None
        except (OperationalError, InterfaceError, ProgrammingError):
            # Without its text, which may quote a row.
            raise CommandError(_("The database cannot be read: is it up, and migrated?")) from None
        except DatabaseError as fault:
            raise CommandError(
                _(
                    "The database refused a change (%s), and it was undone; what was finished "
                    "before it stays. Nothing is wrong with the connection."
                )
                % type(fault).__name__
            ) from None
