"""What came of a file, in words for a terminal and as JSON; numbers and reasons, no values."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from crm.imports import fates
from crm.imports.aliases import Why
from crm.imports.meanings import FIELDS
from crm.imports.reading import Table
from crm.imports.rows import GOES_IN, Verdict
from crm.models import ImportBatch

MARKS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


class Said(NamedTuple):
    """What was said of a row, without its cells: there may be 200,000."""

    number: int
    verdict: Verdict
    reason: str


@dataclass(slots=True)
class Report:
    """What came of each row; the numbers add up to the rows of the file."""

    applied: bool
    counts: Counter = field(default_factory=Counter)
    rejects: list[Said] = field(default_factory=list)
    # Rows that go in, but not without a word.
    noted: list[Said] = field(default_factory=list)
    # Every row, for whoever asks.
    verdicts: list[Said] | None = None
    # Of the import by which it can be undone; a plan has none.
    reference: str = ""

    def add(self, rows: Iterable[Said]) -> None:
        """Count these rows, and keep those of which something is to be said."""
        for row in rows:
            self.counts[row.verdict] += 1
            if row.verdict not in GOES_IN:
                self.rejects.append(row)
            elif row.reason:
                self.noted.append(row)
            if self.verdicts is not None:
                self.verdicts.append(row)


def of(batch: ImportBatch, *, every: bool = False) -> Report:
    """What came of an import that is in; `every`: with the verdict on each row."""
    report = Report(applied=True, verdicts=[] if every else None, reference=str(batch.uuid))
    wanted = batch.verdicts.order_by("number")
    if not every:
        wanted = wanted.exclude(reason="", verdict__in=GOES_IN)
    rows = wanted.values_list("number", "verdict", "reason").iterator()
    report.add(Said(number, Verdict(verdict), reason) for number, verdict, reason in rows)
    report.counts = Counter({Verdict(name): number for name, number in batch.counts.items()})
    return report


def as_json(table: Table, report: Report) -> Iterator[str]:
    """Line by line, so that the verdicts on a long file need not stand in one text."""
    found = {
        "applied": report.applied,
        "read": _read(table),
        "rows": report.counts.total(),
        "counts": {str(verdict): report.counts[verdict] for verdict in Verdict},
        "rejects": [_verdict(row) for row in report.rejects],
        "noted": [{"row": row.number, "reason": row.reason} for row in report.noted],
        "import": report.reference,
    }
    text = json.dumps(found, ensure_ascii=False, indent=2)
    if report.verdicts is None:
        yield text
        return
    yield text.removesuffix("\n}") + ","
    yield '  "verdicts": ['
    last = len(report.verdicts)
    for place, row in enumerate(report.verdicts, start=1):
        said = json.dumps(_verdict(row), ensure_ascii=False)
        yield f"    {said}{',' if place < last else ''}"
    yield "  ]"
    yield "}"


def _read(table: Table) -> dict[str, Any]:
    became = fates.of(table)
    return {
        "kind": table.kind,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "header_at": table.header_at,
        "columns": [
            {"header": fate.heading, "meaning": fate.meaning, "reason": fate.reason}
            for fate in became
        ],
        "dropped": {
            fate.heading: str(fate.why)
            for fate in became
            if fate.why and fate.why not in {Why.BLANK, Why.FORM}
        },
        "guessed": table.is_guessed,
        "warnings": list(table.warnings),
        "doubts": list(table.doubts),
    }


def _verdict(row: Said) -> dict[str, Any]:
    return {"row": row.number, "verdict": str(row.verdict), "reason": row.reason}


def as_text(table: Table, report: Report) -> Iterator[str]:
    yield (
        f"Imported; by this reference it is undone: {report.reference}."
        if report.applied
        else "Plan; nothing was changed. Add --apply to import."
    )
    yield from _as_read(table)
    yield f"{'rows':>10} {report.counts.total():>7}"
    yield from (f"{verdict:>10} {report.counts[verdict]:>7}" for verdict in Verdict)
    said = [*report.rejects, *report.noted] if report.verdicts is None else report.verdicts
    for row in said:
        reason = f": {row.reason}" if row.reason else ""
        yield f"row {row.number}: {row.verdict}{reason}"


def _as_read(table: Table) -> list[str]:
    """How the file was understood, for whoever knows better."""
    marks = {mark: name for name, mark in MARKS.items()}
    dress = [table.kind, table.encoding, marks.get(table.delimiter, "")]
    header = f"header in row {table.header_at}" if table.has_header else "no header"
    lines = ["Read as " + ", ".join([*filter(None, dress), header]) + "."]
    said = dict.fromkeys((*table.doubts, *table.warnings))
    return [*lines, *_columns(table), *said]


def _columns(table: Table) -> Iterator[str]:
    """A line for each field and for each reason, with the headings that it has."""
    read: dict[str, list[str]] = {}
    dropped: dict[str, list[str]] = {}
    for place, fate in enumerate(fates.of(table), start=1):
        name = fate.heading.strip() or _("column %d") % place
        if fate.is_stored:
            read.setdefault(str(FIELDS.get(fate.meaning or "", fate.meaning)), []).append(name)
        elif fate.why != Why.FORM:
            dropped.setdefault(fate.reason, []).append(name)
    for words, names in read.items():
        yield _("Read as %(meaning)s: %(headings)s.") % {
            "meaning": words,
            "headings": ", ".join(names),
        }
    for reason, names in sorted(dropped.items()):
        yield _("Dropped (%(reason)s): %(headings)s.") % {
            "reason": reason,
            "headings": ", ".join(names),
        }
