"""`manage.py restore FILE`: a backup into an empty office."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _

from config.backups.restore import restore
from privacy.errors import PrivacyError


class Command(BaseCommand):
    """A file in, one line out; an empty database has no keys to prove yet."""

    help = "Restore a backup into an empty database; then type manage.py replay_ledger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="A file of var/backups.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            manifest = restore(file)
        except PrivacyError as refusal:
            raise CommandError(str(refusal)) from None
        except DatabaseError:
            # Without its text, which may quote a row.
            raise CommandError(_("The database refused it; is it up, and yours?")) from None
        facts = {
            "made_at": manifest.made_at.isoformat(),
            "version": manifest.version,
            "rows": sum(manifest.rows.values()),
            "documents": manifest.documents,
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(
            _(
                "Restored %(rows)d rows and %(documents)d documents of %(made_at)s. Now type "
                "manage.py replay_ledger: until then nothing is sent, shown or entered."
            )
            % facts
        )
