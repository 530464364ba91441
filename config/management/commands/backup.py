"""`manage.py backup`: database and documents as one encrypted file."""

import json
from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from config.backups import backup, key
from privacy.commands import OfficeCommand


class Command(OfficeCommand):
    """One call, one line out."""

    help = "Write database and documents, encrypted under BACKUP_KEY, into var/backups."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")
        parser.add_argument("--new-key", action="store_true", help="Print a fresh BACKUP_KEY.")

    def handle(self, **options: Any) -> None:
        if options["new_key"]:
            self.stdout.write(key.new())
            return
        made = backup.make()
        facts = {
            "file": str(made.path),
            "bytes": made.path.stat().st_size,
            "rows": sum(made.manifest.rows.values()),
            "documents": made.manifest.documents,
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(
            _(
                "Wrote %(file)s: %(rows)d rows, %(documents)d documents, %(bytes)d bytes. To "
                "come back it needs BACKUP_KEY and the newest ledger."
            )
            % facts
        )
