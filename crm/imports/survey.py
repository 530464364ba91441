"""One pass through a file before anything is done with it: how long it is, and what is doubtful.

A file that is too long or breaks off somewhere is refused here. What somebody should look at is
said with the numbers of the rows, never with a value of theirs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _

from crm.errors import ImportRefused
from crm.imports import days
from crm.imports.spreadsheet import Sheet

REPLACEMENT = "\ufffd"
# So many rows are named one by one.
MOST_NAMED = 10


@dataclass(slots=True)
class Survey:
    """What a pass through the rows found."""

    rows: int = 0
    lost: int = 0
    # Rows with a lost character, and rows with a date that can be read in two ways.
    damaged: list[int] = field(default_factory=list)
    doubtful: list[int] = field(default_factory=list)


def look(
    rows: Iterable[tuple[int, Sequence[str]]], *, dates_at: Sequence[int], order: str
) -> Survey:
    """Pass through all rows; refused where there are more than the office takes at once."""
    found, most = Survey(), settings.IMPORT_MOST_ROWS
    for number, cells in rows:
        found.rows += 1
        if found.rows > most:
            raise ImportRefused(_("The file has more than %d rows; split it.") % most)
        if lost := sum(cell.count(REPLACEMENT) for cell in cells):
            found.lost += lost
            found.damaged.append(number)
        if any(
            len(days.readings(cells[at], order=order)) > 1
            for at in dates_at
            if at < len(cells) and cells[at]
        ):
            found.doubtful.append(number)
    return found


def lost_of(found: Survey, header: Sequence[str], *, damaged_here: bool) -> tuple[str, ...]:
    """Characters that were lost, in header and rows: for them a file waits."""
    said = []
    if columns := [place for place, cell in enumerate(header, start=1) if REPLACEMENT in cell]:
        said.append(_("Characters of the header were lost (�), in columns %s.") % _some(columns))
    lost = {"count": found.lost, "rows": _some(found.damaged)}
    if found.lost and damaged_here:
        said.append(
            _(
                "Damaged characters (�): %(count)d, in rows %(rows)s; the file is UTF-8 but for"
                " them. Choose another encoding, or correct these rows."
            )
            % lost
        )
    elif found.lost:
        said.append(
            _(
                "Characters that were lost (�) before the file came here: %(count)d, in rows"
                " %(rows)s; ask for it again if you can."
            )
            % lost
        )
    return tuple(said)


def warnings_of(found: Survey, *, sheet: Sheet | None) -> tuple[str, ...]:
    """What somebody should look at before anything is imported."""
    said = []
    if found.doubtful:
        said.append(
            _(
                "Dates can be read in two ways, in rows %s; say whether they are written day first"
                " or month first, or these rows stay out."
            )
            % _some(found.doubtful)
        )
    if sheet and sheet.valueless:
        said.append(
            _(
                "Formulas without a stored value: %(count)d, in cells %(cells)s; they are read as"
                " empty. Open the workbook in a spreadsheet program and save it."
            )
            % {
                "count": sheet.valueless_count,
                "cells": _some(sheet.valueless, of=sheet.valueless_count),
            }
        )
    if sheet:
        said += _hidden_in(sheet)
    if sheet and len(sheet.others) > 1:
        said.append(
            _("Sheets that have rows: %(count)d; the one in place %(place)d is read.")
            % {"count": len(sheet.others), "place": sheet.place}
        )
    return tuple(said)


def _hidden_in(sheet: Sheet) -> list[str]:
    """What has a value and is hidden in the workbook, by number and letter alone."""
    said = []
    if sheet.hidden_sheets:
        said.append(
            _("Hidden sheets that have rows and are not read, in places: %s.")
            % _some(sheet.hidden_sheets)
        )
    if sheet.hidden_rows:
        said.append(
            _(
                "Rows that the workbook hides: %(count)d, rows %(rows)s; they are read. Delete"
                " them in the file if they are not meant."
            )
            % {"count": len(sheet.hidden_rows), "rows": _some(sheet.hidden_rows)}
        )
    if sheet.hidden_columns:
        said.append(
            _(
                "Columns that the workbook hides: %s; they are read. Delete them in the file if"
                " they are not meant."
            )
            % _some(sheet.hidden_columns)
        )
    return said


def _some(found: Sequence[object], of: int = 0) -> str:
    text = ", ".join(map(str, found[:MOST_NAMED]))
    return f"{text} …" if max(of, len(found)) > MOST_NAMED else text
