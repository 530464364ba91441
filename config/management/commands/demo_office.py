"""Fill an empty database with an invented office; on PostgreSQL only with DEMO=1."""

import os
from typing import Any

from django.db import connection
from django.utils import timezone

from config import demonstration
from crm.models import User
from privacy.commands import OfficeCommand


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
        for name, phrase in demonstration.build(on=timezone.localdate()):
            self.stdout.write(f"{name:>14}  {phrase}")
