"""What came of a file, in words for a terminal and as JSON; numbers and reasons, no values."""

import json
from collections import Counter
from dataclasses import dataclass, field

from crm.imports.reading import Table
from crm.imports.rows import GOES_IN, Row, Verdict
from crm.models import ImportBatch

MARKS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


@dataclass(slots=True)
class Report:
    """What came of each row; the numbers add up to the rows of the file."""

    applied: bool
    counts: Counter = field(default_factory=Counter)
    rejects: list[Row] = field(default_factory=list)
    # Rows that go in, but not without a word.
    noted: list[Row] = field(default_factory=list)
    # Of the import by which it can be undone; a plan has none.
    reference: str = ""


def of(batch: ImportBatch) -> Report:
    """What came of an import that is in."""
    counts = Counter({Verdict(name): number for name, number in batch.counts.items()})
    said = [
        Row(row.number, [], verdict=Verdict(row.verdict), reason=row.reason)
        for row in batch.verdicts.exclude(reason="", verdict__in=GOES_IN)
    ]
    return Report(
        applied=True,
        counts=counts,
        rejects=[row for row in said if row.verdict not in GOES_IN],
        noted=[row for row in said if row.verdict in GOES_IN and row.reason],
        reference=str(batch.uuid),
    )


def as_json(table: Table, report: Report) -> str:
    return json.dumps(
        {
            "applied": report.applied,
            "read": {
                "kind": table.kind,
                "encoding": table.encoding,
                "delimiter": table.delimiter,
                "header_at": table.header_at,
                "dropped": {column.name: str(column.why) for column in table.dropped},
                "guessed": table.is_guessed,
                "warnings": list(table.warnings),
                "doubts": list(table.doubts),
            },
            "rows": report.counts.total(),
            "counts": {str(verdict): report.counts[verdict] for verdict in Verdict},
            "rejects": [
                {"row": row.number, "verdict": str(row.verdict), "reason": row.reason}
                for row in report.rejects
            ],
            "noted": [{"row": row.number, "reason": row.reason} for row in report.noted],
            "import": report.reference,
        },
        ensure_ascii=False,
        indent=2,
    )


def as_text(table: Table, report: Report) -> str:
    head = (
        f"Imported; by this reference it is undone: {report.reference}."
        if report.applied
        else "Plan; nothing was changed. Add --apply to import."
    )
    counts = [f"{verdict:>10} {report.counts[verdict]:>7}" for verdict in Verdict]
    rejects = [
        f"row {row.number}: {row.verdict}: {row.reason}"
        for row in (*report.rejects, *report.noted)
    ]
    return "\n".join(
        [head, *_as_read(table), f"{'rows':>10} {report.counts.total():>7}", *counts, *rejects]
    )


def _as_read(table: Table) -> list[str]:
    """How the file was understood, for whoever knows better."""
    marks = {mark: name for name, mark in MARKS.items()}
    dress = [table.kind, table.encoding, marks.get(table.delimiter, "")]
    header = f"header in row {table.header_at}" if table.has_header else "no header"
    lines = ["Read as " + ", ".join([*filter(None, dress), header]) + "."]
    dropped: dict[str, list[str]] = {}
    for column in table.dropped:
        dropped.setdefault(str(column.why), []).append(column.name)
    lines += [f"Dropped ({why}): {', '.join(names)}." for why, names in sorted(dropped.items())]
    said = dict.fromkeys((*table.doubts, *table.warnings))
    return [*lines, *said]
