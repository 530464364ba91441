"""Address files on their way in: under their reference, for Lethe alone, gone when they are in.

They lie sealed. The nightly sweep takes what is left lying (the stores `imports` and `rejects`).
"""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from crm.errors import ImportRefused
from crm.imports import reading
from crm.imports.reading import Table
from crm.models import ImportBatch
from privacy import seals
from privacy.errors import SealBroken, SealKeyInvalid

# As the inventory calls them.
IMPORTS, REJECTS = "imports", "rejects"


def keep(batch: ImportBatch, content: bytes) -> None:
    """Store the file under the batch's reference."""
    seals.write(path_of(batch), [content], store=IMPORTS)


def open_table(batch: ImportBatch) -> Table:
    """The file as it is to be read and mapped; refused in one sentence where it has gone."""
    path = path_of(batch)
    if not path.is_file():
        raise ImportRefused(
            _("The file is no longer here: it is kept for seven days. Upload it again.")
        )
    try:
        content = seals.read(path, store=IMPORTS)
    except (SealBroken, SealKeyInvalid) as refusal:
        raise ImportRefused(str(refusal)) from None
    except OSError as error:
        raise reading.unreadable(error) from None
    return reading.read(
        content,
        encoding=batch.encoding,
        delimiter=batch.delimiter,
        header=batch.has_header,
        any_header=True,
        sheet=batch.sheet,
        dates=batch.dates,
        positions=batch.mapping or None,
    )


def remove(batch: ImportBatch) -> None:
    """The file has done its work."""
    seals.remove(path_of(batch))


def write_rejects(batch: ImportBatch, lines: Iterable[list[str]]) -> None:
    """Store what is handed back; a day later it goes."""
    with seals.writing(rejects_of(batch), store=REJECTS) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        csv.writer(text).writerows(lines)
        text.detach()


def open_rejects(batch: ImportBatch) -> IO[bytes]:
    """What was handed back, as somebody downloads it; refused where its seal does not open."""
    file = seals.opened(rejects_of(batch), store=REJECTS)
    seals.prove(file)
    return file


def remove_rejects(batch: ImportBatch) -> None:
    """What was handed back has nothing to say any more."""
    seals.remove(rejects_of(batch))


def path_of(batch: ImportBatch) -> Path:
    return Path(settings.IMPORT_FOLDER) / str(batch.uuid)


def rejects_of(batch: ImportBatch) -> Path:
    return Path(settings.REJECTS_FOLDER) / f"{batch.uuid}.csv"
