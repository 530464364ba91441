"""Clause by clause: what the policy promises, whether the program keeps it, and what shows it.

`python -m tests.promises` writes docs/promises.md. Nothing in it is typed twice: where a clause is
kept is where the source cites its number. A promise is kept where a test that is marked with it
drives a page, a command, an act or a sweep (tests/driving.py); what only reads something written
down is marked `constant`, and stands in a column of its own.
"""

import ast
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tests import driving
from tests.clauses import CLAUSES, ELSEWHERE, NOT_YET

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "promises.md"
APPS = ("config", "crm", "privacy", "retention", "templates")
CITED = re.compile(r"\bS(\d{1,3})(?:(?:–|-| to )S(\d{1,3}))?\b")
HEADER = """# What the privacy policy promises, and where it is kept

Of the {all} clauses of the policy {kept} are kept, {not_yet} are not yet, and {elsewhere} are not \
done by this program.

*Kept* needs a test that drives a page, a command, an act or a sweep, and a place in the source
that cites the clause. A test that reads a row of a register, a line of a mail, three links or one
clock stands under “constants” and proves nothing by itself: earlier editions of this page called
S42 to S80 (twelve of them by bare rows in `tests/privacy/test_interests.py`), S6, S136 and S137
proved without ground. `make mutants` breaks what is called kept, line by line, and says which
tests notice.

Written by `python -m tests.promises`; do not edit it by hand. A test fails when this list is not
up to date, when it is not S1 to S146, and when a clause called kept is cited nowhere or driven by
no test.

| Clause | What is promised | Verdict | Where | Tests that drive it | Constants |
|---|---|---|---|---|---|
"""


class Verdict(StrEnum):
    """What may honestly be said of a promise."""

    KEPT = "kept"
    NOT_YET = "not yet"
    ELSEWHERE = "not done by this program"


@dataclass
class Proof:
    """The tests of one clause, by file and name."""

    driving: list[str] = field(default_factory=list)
    constants: list[str] = field(default_factory=list)


def verdict(clause: str) -> Verdict:
    """What is said of this clause; the tests see to it that it may be said."""
    if clause in ELSEWHERE:
        return Verdict.ELSEWHERE
    return Verdict.NOT_YET if clause in NOT_YET else Verdict.KEPT


def marked() -> dict[str, Proof]:
    """The tests of each clause; one that drives nothing is a constant, whatever it is marked."""
    found: dict[str, Proof] = defaultdict(Proof)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef):
                continue
            for mark, clause in _marks(node):
                proof = found[clause]
                drives = mark == "clause" and driving.drives(path, node.name)
                (proof.driving if drives else proof.constants).append(
                    f"{path.relative_to(ROOT)}::{node.name}"
                )
    return found


def _marks(node: ast.FunctionDef) -> list[tuple[str, str]]:
    return [
        (mark.func.attr, ast.literal_eval(number))
        for mark in node.decorator_list
        if isinstance(mark, ast.Call)
        and ast.unparse(mark.func) in {"pytest.mark.clause", "pytest.mark.constant"}
        and isinstance(mark.func, ast.Attribute)
        for number in mark.args
    ]


def cited() -> dict[str, list[str]]:
    """The files that cite a clause; those of a range stand between its ends."""
    found = defaultdict(set)
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*")):
            if path.suffix not in {".py", ".html", ".txt"} or "migrations" in path.parts:
                continue
            for first, last in CITED.findall(path.read_text()):
                for number in range(int(first), int(last or first) + 1):
                    found[f"S{number}"].add(str(path.relative_to(ROOT)))
    return {clause: sorted(paths) for clause, paths in found.items()}


def document() -> str:
    """The whole of docs/promises.md."""
    tests, places = marked(), cited()
    counts = Counter(verdict(clause) for clause in CLAUSES)
    header = HEADER.format(
        all=len(CLAUSES),
        kept=counts[Verdict.KEPT],
        not_yet=counts[Verdict.NOT_YET],
        elsewhere=counts[Verdict.ELSEWHERE],
    )
    return header + "".join(
        f"| {clause} | {promise} | {_said(clause)} | {_listed(places.get(clause, []))} "
        f"| {_listed(tests[clause].driving)} | {_listed(tests[clause].constants)} |\n"
        for clause, promise in CLAUSES.items()
    )


def _said(clause: str) -> str:
    why = NOT_YET.get(clause) or ELSEWHERE.get(clause)
    return f"*{verdict(clause)}*: {why}" if why else f"*{verdict(clause)}*"


def _listed(names: list[str]) -> str:
    return "<br>".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    DOCUMENT.write_text(document())
