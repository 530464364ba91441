"""Fill an empty database with an invented office; on PostgreSQL only with DEMO=1."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from crm import demo
from crm.models import User


class Command(BaseCommand):
    help = "Fill a database without any user with an invented office; prints the logins once."

    def handle(self, **options: Any) -> None:
        if User.objects.exists():
            raise CommandError("There are users already; the invented office is for an empty one.")
        if connection.vendor == "postgresql" and os.environ.get("DEMO") != "1":
            raise CommandError("On PostgreSQL the invented office needs DEMO=1.")
        for name, phrase in demo.build(on=timezone.localdate()):
            self.stdout.write(f"{name:>14}  {phrase}")
