"""`manage.py start_office`: from the invented office to a real and empty one."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from config import opening
from config.opening import Opening
from privacy.commands import OfficeCommand

ENTITY = ("name", "address", "country", "registration_number")


class Command(OfficeCommand):
    help = "Begin the real office: legal entities, privacy contact, first accounts, keys."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="source", help="A JSON file instead of questions.")
        for name in (*ENTITY, "privacy_contact", "system_admin"):
            parser.add_argument(f"--{name.replace('_', '-')}", default="")
        parser.add_argument("--officer", action="append", default=[], help="Twice.")
        parser.add_argument("--keys-written-down", action="store_true")
        parser.add_argument("--rehearse", action="store_true", help="Say what would be done.")

    def handle(self, *, rehearse: bool, keys_written_down: bool, **options: Any) -> None:
        wanted = self._wanted(options)
        opening.refuse_if_incomplete(wanted)
        if rehearse:
            opening.refuse_if_in_use()
            for line in opening.steps(wanted):
                self.stdout.write(line)
            self.stdout.write(_("A rehearsal: nothing was changed."))
            return
        opening.refuse_if_not_ready()
        if not keys_written_down:
            self._show_keys()
        invited = opening.begin(wanted, on=timezone.localdate())
        self.stdout.write(_("The office is open; %d invitations were sent.") % len(invited))

    def _show_keys(self) -> None:
        """Show each key once; who has no copy of them loses what they protect."""
        self.stdout.write(_("Copy these keys to a place apart from database and backups:"))
        for name, value in opening.escrow():
            self.stdout.write(f"{name}={value}")
        if self._ask(_("Type WRITTEN when you have them")) != "WRITTEN":
            raise CommandError(_("Nothing was changed: write the keys down first."))

    def _wanted(self, options: dict[str, Any]) -> Opening:
        if options["source"]:
            try:
                facts = json.loads(Path(options["source"]).read_text(encoding="utf-8"))
                return Opening(
                    entities=tuple(facts["entities"]),
                    privacy_contact=facts["privacy_contact"],
                    officers=tuple(facts["officers"]),
                    system_admin=facts["system_admin"],
                )
            except (OSError, ValueError, KeyError, TypeError):
                raise CommandError(
                    _(
                        "The file must be JSON with entities, privacy_contact, officers and"
                        " system_admin."
                    )
                ) from None
        entity = {name: options[name] or self._ask(name) for name in ENTITY}
        officers = list(options["officer"])
        while len(officers) < 2:
            officers.append(self._ask(_("e-mail address of a privacy officer")))
        return Opening(
            entities=(entity,),
            privacy_contact=options["privacy_contact"] or self._ask("privacy_contact"),
            officers=tuple(officers),
            system_admin=options["system_admin"] or self._ask("system_admin"),
        )

    def _ask(self, what: str) -> str:
        if not sys.stdin.isatty():
            raise CommandError(_("Nobody is here to answer; give it as an option: %s.") % what)
        return input(f"{what}: ").strip()
