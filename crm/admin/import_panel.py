"""What the page of an import shows above its facts: steps, first rows, verdicts row by row."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crm.enums import ImportState
from crm.errors import ImportRefused
from crm.imports import fates, steps, uploads
from crm.imports.meanings import FIELDS
from crm.imports.reading import Table
from crm.imports.rows import GOES_IN, Verdict
from crm.models import ImportBatch

PREVIEWED = 10
PER_PAGE = 50
# Columns of a file that a page shows side by side.
MOST_SHOWN = 12
SHOWS_FILE = (ImportState.UPLOADED, ImportState.READ, ImportState.MAPPED)
STEPS = (
    (_("Upload"), ()),
    (_("Read and map"), SHOWS_FILE),
    (_("Check"), (ImportState.CHECKING,)),
    (_("Confirm"), (ImportState.CHECKED, ImportState.PROPOSED)),
    (_("Import"), (ImportState.RUNNING,)),
    (_("Result"), (ImportState.DONE, ImportState.UNDOING, ImportState.UNDONE)),
)


def counted(batch: ImportBatch) -> list[tuple[Any, Any]]:
    """What the check found, in words."""
    rows = [
        (WORDS[verdict], batch.counts[verdict]) for verdict in Verdict if batch.counts.get(verdict)
    ]
    return [*rows, (_("Rows that go in"), steps.going_in(batch))]


WORDS = {
    Verdict.CREATE: _("new people"),
    Verdict.UPDATE: _("people of whom more becomes known"),
    Verdict.SAME: _("nothing new"),
    Verdict.CONFLICT: _("in conflict with what is stored"),
    Verdict.INVALID: _("cannot be read, can be corrected"),
    Verdict.REFUSED: _("refused"),
}


def steps_of(batch: ImportBatch) -> list[tuple[Any, str]]:
    state = batch.stopped_at or batch.state
    here = next((i for i, (_name, states) in enumerate(STEPS) if state in states), 0)
    return [
        (name, "now" if place == here else "past" if place < here else "later")
        for place, (name, _states) in enumerate(STEPS)
    ]


def verdicts_of(batch: ImportBatch, request: HttpRequest) -> list[dict[str, Any]]:
    """Each verdict with its number of rows, to be filtered by."""
    wanted = request.GET.get("verdict", "")
    found = [
        (verdict, WORDS[verdict], number)
        for verdict in Verdict
        if (number := batch.counts.get(verdict, 0))
    ]
    if found and (number := _noted(batch).count()):
        found.append((NOTED, _("that go in, but not without a word"), number))
    return [
        {"value": value, "words": words, "number": number, "chosen": value == wanted}
        for value, words, number in found
    ]


NOTED = "noted"


def _noted(batch: ImportBatch) -> QuerySet:
    """Rows that go in though something is said of them: what they overwrite or contradict."""
    return batch.verdicts.filter(verdict__in=GOES_IN).exclude(reason="")


def preview_of(batch: ImportBatch) -> dict[str, Any] | None:
    """The first ten rows under the meaning of their columns, and what became of every column."""
    try:
        table = uploads.open_table(batch)
    except ImportRefused:
        return None
    meaning = {at: FIELDS.get(name, name) for name, at_ in table.columns.items() for at in at_}
    columns = [
        {"heading": heading, "meaning": meaning.get(position)}
        for position, heading in enumerate(table.header)
    ]
    became = fates.of(table)
    dropped = [fate for fate in became if fate.is_dropped]
    rows = [(number, cells[:MOST_SHOWN]) for number, cells in islice(table.rows(), PREVIEWED)]
    return {
        "columns": columns[:MOST_SHOWN],
        "rows": rows,
        "dropped": dropped,
        # More of them would fill the page.
        "names_dropped": len(dropped) <= MOST_SHOWN,
        "became": [(fate, FIELDS.get(fate.meaning or "")) for fate in became],
        "stored": sum(fate.is_stored for fate in became),
        "folded": len(became) > MOST_SHOWN,
        # Why it waits stands above.
        "doubts": _doubts(batch, table.doubts),
        "warnings": [said for said in table.warnings if said not in batch.failure],
        "how": " · ".join(filter(None, _dress(table))),
        "hidden": max(0, len(columns) - MOST_SHOWN),
    }


def _doubts(batch: ImportBatch, doubts: Sequence[str]) -> Sequence[str]:
    """For what it waits; nothing where somebody went on, or where it waits for something else."""
    return doubts if doubts and batch.failure == "\n".join(doubts) else ()


def _dress(table: Table) -> Iterator[str]:
    yield table.kind
    if table.encoding:
        yield _("%s (guessed)") % table.encoding if table.is_guessed else table.encoding
    yield table.delimiter.strip()


def rows_of(batch: ImportBatch, request: HttpRequest) -> dict[str, Any]:
    """A page of verdicts, beside their rows as long as the file is here."""
    verdict = request.GET.get("verdict", "")
    found = batch.verdicts.all()
    if verdict in Verdict.values:
        found = found.filter(verdict=verdict)
    elif verdict == NOTED:
        found = _noted(batch)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("part"))
    wanted = {row.number for row in page if row.verdict != Verdict.REFUSED}
    cells: dict[int, list[str]] = {}
    header: tuple[str, ...] = ()
    if wanted and uploads.path_of(batch).is_file():
        try:
            table = uploads.open_table(batch)
            header = table.header[:MOST_SHOWN]
            for number, row in table.rows():
                if number in wanted:
                    cells[number] = row[:MOST_SHOWN]
                if len(cells) == len(wanted):
                    break
        except ImportRefused:
            header = ()
    return {
        "page": page,
        "verdict": verdict,
        "header": header,
        "rows": [
            {
                "number": row.number,
                "words": WORDS.get(Verdict(row.verdict), row.verdict),
                "goes_in": row.verdict in GOES_IN,
                "reason": row.reason,
                "choice": row.get_choice_display(),
                "cells": cells.get(row.number, ()),
            }
            for row in page
        ],
    }
