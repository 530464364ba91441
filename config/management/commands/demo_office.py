"""Fill an empty database with an invented office; on PostgreSQL only with DEMO=1."""

import os
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from crm import demo
from crm.models import Contact, User
from privacy import holds, parties
from privacy.commands import OfficeCommand
from privacy.enums import HoldReason


class Command(OfficeCommand):
    help = "Fill a database without any user with an invented office; prints the logins once."

    def handle(self, **options: Any) -> None:
        # `make run` calls this at every start: an office in use is left alone, and no failure.
        if User.objects.exists():
            self.stdout.write("There are users already: their office is left as it is.")
            return
        if connection.vendor == "postgresql" and os.environ.get("DEMO") != "1":
            self.stdout.write("No invented office: on PostgreSQL it comes with DEMO=1 only.")
            return
        self.stdout.write("An invented office. Its logins, shown this once:")
        for name, phrase in _build(on=timezone.localdate()):
            self.stdout.write(f"{name:>14}  {phrase}")


@transaction.atomic
def _build(*, on: date) -> list[tuple[str, str]]:
    """The office with one legal hold, on whose time is over first: the sweep passes them by."""
    logins = demo.build(on=on)
    first = Contact.objects.living().exclude(anchor_on=None).order_by("anchor_on", "pk")[0]
    holds.place(
        first,
        matter="DEMO-1",
        reason=HoldReason.CLAIM,
        owner=User.objects.get(username="officer-one"),
        review_on=on + timedelta(days=180),
        by=User.objects.get(username="officer-two"),
    )
    parties.note_invented()
    return logins
