"""`manage.py ropa`: the record of processing activities, as it stands today (Art. 30)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from privacy import ropa
from privacy.commands import OfficeCommand


class Command(OfficeCommand):
    """A format in; the record to the terminal, or into a file that its owner alone may read."""

    help = "Print the record of processing activities, computed from inventory and purposes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=sorted(ropa.FORMATS), default="html")
        parser.add_argument(
            "--language", choices=[code for code, _name in settings.LANGUAGES], default="en"
        )
        parser.add_argument("--out", type=Path, help="Write into this new file.")

    def handle(self, *, language: str, out: Path | None, **options: Any) -> None:
        with translation.override(language):
            text = ropa.FORMATS[options["format"]](ropa.record())
        if out is None:
            self.stdout.write(text, ending="")
            return
        try:
            with out.open("x", encoding="utf-8") as file:
                out.chmod(0o600)
                file.write(text)
        except OSError as error:
            raise CommandError(
                _("The file cannot be written (%s); name a new one.") % type(error).__name__
            ) from None
