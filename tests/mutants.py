"""Break the program line by line, in a copy of it, and say which tests notice (`make mutants`).

By hand and before a release, never in an office's night: it takes a quarter of an hour. One line
is changed at a time, the tests of its clause are run, and the line is put back. A mutant that no
test notices has survived: then the promise is kept by nobody. The working tree is never touched.
"""

import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests import promises
from tests.mutations import ALL, Mutation

ROOT = Path(__file__).resolve().parent.parent
# Two at a time, on SQLite: a machine that does other work meanwhile stays usable.
AT_ONCE = 2
SECONDS = 900
# What pytest says: all passed, some failed, or the program could not even be read.
PASSED, FAILED, BROKEN = 0, 1, (2, 3)
NOTICED = re.compile(r"^(?:FAILED|ERROR) (tests/[^\s\[]+)", flags=re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """What became of one mutant."""

    mutation: Mutation
    code: int
    noticed: tuple[str, ...]

    @property
    def has_died(self) -> bool:
        return self.code == FAILED or self.code in BROKEN


def places(mutation: Mutation) -> int:
    """How often the line stands in its file; anything but once makes the mutation stale."""
    path = ROOT / mutation.file
    return path.read_text().count(mutation.before) if path.exists() else 0


def tests_of(mutation: Mutation, marked: dict[str, promises.Proof]) -> list[str]:
    """The tests that must notice: those named, else all that are marked with the clause."""
    if mutation.tests:
        return [f"tests/{name}" for name in mutation.tests]
    proof = marked[mutation.clause]
    return [*proof.driving, *proof.constants]


def run(copy: Path, tests: Iterable[str]) -> tuple[int, tuple[str, ...]]:
    """Run these tests in a copy of the tree: pytest's own answer, and which of them failed."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "REDIS_URL", "LETHE_VAR"}
    }
    # A changed line of the same length within one second looks unchanged to compiled files.
    env |= {"DJANGO_SETTINGS_MODULE": "config.settings_test", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rfE", "-p", "no:cacheprovider"]
    # Ten tests that notice are enough to know.
    command += ["--maxfail=10", "-m", "not services and not browser", *tests]
    try:
        done = subprocess.run(
            command,
            cwd=copy,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return FAILED, ("it never ended",)
    return done.returncode, tuple(dict.fromkeys(NOTICED.findall(done.stdout)))


def copied(to: Path) -> Path:
    """The tree as it stands, uncommitted lines included, without what git ignores."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)
    return to


def tried(mutation: Mutation, tests: Sequence[str], copies: "queue.Queue[Path]") -> Outcome:
    """Change the line in one of the copies, run the tests, and put the line back."""
    copy = copies.get()
    path = copy / mutation.file
    text = path.read_text()
    try:
        path.write_text(text.replace(mutation.before, mutation.after))
        code, noticed = run(copy, tests)
    finally:
        path.write_text(text)
        copies.put(copy)
    outcome = Outcome(mutation, code, noticed)
    sys.stdout.write(said(outcome))
    sys.stdout.flush()
    return outcome


def said(outcome: Outcome) -> str:
    """What is told of one mutant: whether it died, and of which tests."""
    mutation, named = outcome.mutation, outcome.noticed
    fate = "died" if outcome.has_died else "SURVIVED"
    lines = [f"{fate:>8}  {mutation.clause or '-':>4}  {mutation.breaks} ({mutation.file})"]
    if outcome.code not in {PASSED, FAILED}:
        lines.append(f"the program could not be tested (pytest says {outcome.code})")
    lines += [f"noticed by {name}" for name in named]
    return ("\n" + " " * 16).join(lines) + "\n"


def main(clauses: Sequence[str]) -> int:
    """Try every mutant, or those of these clauses; 1 where one survived or is stale."""
    chosen = [one for one in ALL if not clauses or one.clause in clauses]
    stale = [one for one in chosen if places(one) != 1]
    for one in stale:
        sys.stdout.write(
            f"   STALE  {one.clause:>4}  not found once in {one.file}: {one.before}\n"
        )
    marked = promises.marked()
    wanted = {one: tests_of(one, marked) for one in chosen if one not in stale}
    with tempfile.TemporaryDirectory(prefix="lethe-mutants-") as folder:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(AT_ONCE):
            copies.put(copied(Path(folder) / str(number)))
        if not _is_green(sorted({test for tests in wanted.values() for test in tests}), copies):
            return 1
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = pool.map(lambda one: tried(one, wanted[one], copies), wanted)
            outcomes = list(done)
    died = sum(outcome.has_died for outcome in outcomes)
    sys.stdout.write(f"{len(outcomes)} tried, {died} died, {len(outcomes) - died} survived.\n")
    return int(died < len(outcomes) or bool(stale))


def _is_green(tests: list[str], copies: "queue.Queue[Path]") -> bool:
    """Whether the tests pass while nothing is broken; else a mutant's death says nothing."""
    halves = [tests[number::AT_ONCE] for number in range(AT_ONCE)]
    trees = [copies.get() for _half in halves]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(run, trees, halves))
    for tree in trees:
        copies.put(tree)
    for half, (code, failed) in zip(halves, answers, strict=True):
        if half and code != PASSED:
            sys.stdout.write(f"Red before anything is broken (pytest says {code}):\n")
            sys.stdout.writelines(f"  {name}\n" for name in failed)
    return all(not half or code == PASSED for half, (code, _) in zip(halves, answers, strict=True))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
