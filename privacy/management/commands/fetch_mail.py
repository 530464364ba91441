"""`manage.py fetch_mail`: reports of mail that came back and requests to unsubscribe, read."""

from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from privacy import mailbox
from privacy.commands import OfficeCommand
from privacy.errors import MailboxUnreachable


class Command(OfficeCommand):
    """Counts out; the worker does the same every quarter of an hour."""

    help = "Read the mailbox of PRIVACY_MAILBOX_URL: bounces are marked, unsubscribing is heeded."

    def handle(self, **options: Any) -> None:
        if not mailbox.is_set_up():
            raise CommandError(
                _("No mailbox is set up: name it in PRIVACY_MAILBOX_URL, as in imaps://…")
            )
        try:
            counts = mailbox.fetch()
        except MailboxUnreachable as error:
            raise CommandError(str(error)) from None
        told = ", ".join(f"{read}: {number}" for read, number in sorted(counts.items()))
        self.stdout.write(told or _("Nothing new."))
