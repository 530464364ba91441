"""`manage.py verify_journal`: prove that journal and ledger are what Lethe wrote."""

from typing import Any

from django.utils.translation import gettext as _

from privacy import journal, ledger
from privacy.commands import OfficeCommand


class Command(OfficeCommand):
    """No argument in, one sentence out; a broken chain is a sentence and a non-zero exit."""

    help = "Walk the journal's and the ledger's chains; fails where one was altered or cut."

    def handle(self, **options: Any) -> None:
        said = _("The journal (%(entries)d entries) and the ledger (%(lines)d lines) are whole.")
        self.stdout.write(said % {"entries": journal.verify(), "lines": ledger.verify()})
