"""Address files on their way in: under their reference, for Lethe alone, gone when they are in.

The nightly sweep takes what is left lying (the stores `imports` and `rejects`).
"""

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from crm.errors import ImportRefused
from crm.imports import reading
from crm.imports.reading import Table
from crm.models import ImportBatch


def keep(batch: ImportBatch, content: bytes) -> None:
    """Store the file under the batch's reference."""
    with _private(path_of(batch), "wb") as file:
        file.write(content)


def open_table(batch: ImportBatch) -> Table:
    """The file as it is to be read and mapped; refused in one sentence where it has gone."""
    path = path_of(batch)
    if not path.is_file():
        raise ImportRefused(
            _("The file is no longer here: it is kept for seven days. Upload it again.")
        )
    return reading.open_file(
        path,
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
    path_of(batch).unlink(missing_ok=True)


def write_rejects(batch: ImportBatch, lines: Iterable[list[str]]) -> None:
    """Store what is handed back; a day later it goes."""
    with _private(rejects_of(batch), "w") as file:
        csv.writer(file).writerows(lines)


def path_of(batch: ImportBatch) -> Path:
    return Path(settings.IMPORT_FOLDER) / str(batch.uuid)


def rejects_of(batch: ImportBatch) -> Path:
    return Path(settings.REJECTS_FOLDER) / f"{batch.uuid}.csv"


def _private(path: Path, mode: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - either IO
    """A new file that its owner alone may read, in a folder of the same kind."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    if "b" in mode:
        return os.fdopen(handle, mode)
    return os.fdopen(handle, mode, newline="", encoding="utf-8-sig")
