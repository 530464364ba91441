"""`manage.py replay_ledger`: after a restore, bring back every "no" and forget again."""

import json
from argparse import ArgumentParser
from typing import Any

from privacy import replay
from privacy.commands import OfficeCommand


class Command(OfficeCommand):
    """One call, one line out; twice changes nothing."""

    help = "Bring a restored database up to its ledger. Twice changes nothing."
    begins_behind_ledger = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, **options: Any) -> None:
        outcome = replay.replay()
        if options["json"]:
            self.stdout.write(json.dumps(outcome.facts()))
            return
        self.stdout.write(replay.SENTENCE % outcome.facts())
