"""`manage.py consent_receipt`: one consent as a receipt, or as a record for other machines."""

import json
from typing import Any

from django.core.management.base import CommandParser

from privacy.commands import OfficeCommand
from privacy.consent import receipts


class Command(OfficeCommand):
    """The reference is that of the event, as the consent ledger shows it."""

    help = "Print a consent's receipt (Kantara 1.1) or its record (ISO/IEC TS 27560) as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", help="The reference of the consent event.")
        parser.add_argument("--format", choices=sorted(receipts.FORMATS), default="kantara")
        parser.add_argument(
            "--entity",
            default="",
            help="The legal entity that was agreed with, where the event names none.",
        )

    def handle(self, **options: Any) -> None:
        event = receipts.event_named(options["reference"])
        controller = receipts.controller_of(event, options["entity"])
        answer = receipts.FORMATS[options["format"]](event, controller=controller)
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
