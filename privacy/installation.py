"""One database, one folder of files: a second host with a folder of its own is refused.

Files lie in `var/`, and a row names each of them. On another host the same row leads to nothing: a
disposal there would say that a file is gone while it lies on the first. So database and folder
carry one identifier, until storage is shared. A folder may serve several databases, each with an
identifier of its own; a restore takes a new one.
"""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from privacy import journal
from privacy.errors import ForeignFiles
from privacy.models import Installation

FOLDER = "installation"


def verify() -> None:
    """ForeignFiles where this database's files lie in another folder; a new one takes this."""
    known = Installation.objects.first()
    if known is None:
        take()
    else:
        refuse_foreign()


def refuse_foreign() -> None:
    """ForeignFiles where this database knows another folder; one that knows none is new."""
    known = Installation.objects.values_list("uuid", flat=True).first()
    if known is not None and not (folder() / str(known)).is_file():
        raise ForeignFiles


@transaction.atomic
def take(*, by: Any = None) -> Installation:
    """Make this folder the one of this database from now on, whatever was before."""
    is_move = Installation.objects.exists()
    Installation.objects.all().delete()
    made = Installation.objects.create()
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    mark = folder() / str(made.uuid)
    os.close(os.open(mark, os.O_WRONLY | os.O_CREAT, 0o600))
    if is_move or by is not None:
        journal.record("installation.take", by=by, on=made)
    return made


def folder() -> Path:
    """Where the identifiers of the databases of this folder stand."""
    return settings.VAR / FOLDER
