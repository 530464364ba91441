"""The ledger outside the database: what must be forgotten again after a restore (DESIGN 8).

One JSON line per fact, each with the keyed digest of the line before it, so that a line changed
or taken out is noticed; appended under a lock and fsynced. That the last lines were cut off, the
chain cannot tell: the journal anchors its length each night. A disposal writes `intend` before its
first destructive statement and `done` or `void` after; an intent left open by a crash is closed
against the database at the next start. References and digests only, never a value.

Every other line waits in the database, in the transaction of the fact that it carries, until it is
on disk: it is written at once, or by a task each minute where the disk was full, the file could
not be written, or the process was killed. A line that is told twice changes nothing.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import logging
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import journal
from privacy.errors import LedgerUnreadable
from privacy.models import Disposal, JournalEntry, WaitingLine

# Owns up to the line before it, which its writer did not live to finish.
TORN = "torn"
# The journal's verb for "the ledger had this many lines, the last of them with this digest".
ANCHOR = "ledger.anchor"
log = logging.getLogger(__name__)

# Rows that one statement names.
CHUNK = 1_000
MOMENT = timedelta(seconds=10)
# A line that waits longer is a fault (house rule).
LONGEST_WAIT = timedelta(minutes=5)
# Bytes that are read from the end to find the last whole line.
TAIL = 65_536


def intend(subjects: Iterable[uuid.UUID], *, cause: str) -> uuid.UUID:
    """Say, on disk, that these people are about to be disposed of; returns the intent."""
    intent = uuid.uuid4()
    _append("intend", intent=str(intent), cause=cause, subjects=[str(s) for s in subjects])
    return intent


def done(intent: uuid.UUID) -> None:
    """Say that the transaction of this intent was committed."""
    _append("done", intent=str(intent))


def void(intent: uuid.UUID) -> None:
    """Say that the transaction of this intent was rolled back."""
    _append("void", intent=str(intent))


def record(kind: str, **facts: Any) -> None:
    """Add a line with the transaction that is open: a suppression, a lift."""
    record_all([(kind, facts)])


def record_all(facts: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Add many lines with the transaction that is open: one statement, and one fsync for all."""
    lines = [WaitingLine(kind=kind, facts=dict(said)) for kind, said in facts]
    if lines:
        _know_key()
        WaitingLine.objects.bulk_create(lines, batch_size=500)
        transaction.on_commit(lambda: write(lines))


def write(lines: Sequence[WaitingLine]) -> bool:
    """Put these lines on disk, then forget that they wait; False where they go on waiting.

    Whoever said “no” is answered all the same: their word is stored, and its line comes later.
    """
    told = [
        (one.kind, {"line": str(one.line), "at": one.made_at.isoformat(), **one.facts})
        for one in lines
    ]
    try:
        if _append_all(told):
            anchor()
        for first in range(0, len(lines), CHUNK):
            part = [one.line for one in lines[first : first + CHUNK]]
            WaitingLine.objects.filter(line__in=part).delete()
    except (LedgerUnreadable, DatabaseError) as error:
        log.error("%s lines of the ledger wait: %s.", len(lines), type(error).__name__)  # noqa: TRY400
        return False
    return True


def write_waiting(*, at: datetime | None = None) -> int:
    """Write what still waits, oldest first; returns how many lines are on disk now.

    What is younger than a moment is its own transaction's to write.
    """
    moment = (at or timezone.now()) - MOMENT
    written = 0
    while lines := list(WaitingLine.objects.filter(made_at__lt=moment)[:CHUNK]):
        if not write(lines):
            break
        written += len(lines)
    return written


def entries() -> Iterator[dict[str, Any]]:
    """Every line, oldest first; LedgerUnreadable names the one that is cut, altered or missing."""
    for line in _lines():
        if line.body["kind"] != TORN:
            yield line.body


def verify() -> int:
    """Walk the whole chain, and the journal's anchors along it; returns the number of lines."""
    anchors = {
        entry.facts["lines"]: entry.facts["head"]
        for entry in JournalEntry.objects.filter(verb=ANCHOR).order_by("number")
    }
    length = 0
    for line in _lines():
        length = line.number
        if anchors.pop(length, line.digest) != line.digest:
            raise _unreadable(length)
    if missing := min((number for number in anchors if number), default=0):
        raise _unreadable(missing)
    return length


def anchor() -> None:
    """Write down in the journal how long the ledger is, and the digest of its last line."""
    lines, digest = _end() or head()
    if lines:
        journal.record(ANCHOR, facts={"lines": lines, "head": digest})


def refuse_unfit() -> None:
    """LedgerUnreadable where the file is not this database's newest one, or cannot be written.

    It opens for writing, and goes on from where the journal last anchored it. Of a database that
    knows no anchor yet whoever starts or proves asks `protections.untold` besides.
    """
    path = settings.PRIVACY_LEDGER_FILE
    anchored = JournalEntry.objects.filter(verb=ANCHOR).order_by("-number").first()
    if anchored is not None and not path.exists():
        raise LedgerUnreadable(
            _("The ledger is missing; put its newest copy at PRIVACY_LEDGER_FILE.")
        )
    try:
        if path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
        else:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable() from error
    if anchored is not None and not _goes_on_from(anchored.facts["lines"], anchored.facts["head"]):
        raise LedgerUnreadable(
            _(
                "The ledger does not go on from where this database last saw it: it is cut, an old"
                " copy or another database's; put the newest copy at PRIVACY_LEDGER_FILE."
            )
        )


def refuse_late(*, at: datetime | None = None) -> None:
    """LedgerUnreadable where a line has waited too long to be written."""
    since = (at or timezone.now()) - LONGEST_WAIT
    if waits := WaitingLine.objects.filter(made_at__lt=since).count():
        raise LedgerUnreadable(
            _(
                "%(lines)s lines wait to be written to the ledger for more than five minutes; make"
                " room on its disk, or check PRIVACY_LEDGER_FILE and its folder."
            )
            % {"lines": waits}
        )


def head() -> tuple[int, str]:
    """How long the ledger is, and the digest of its last line."""
    last = None
    for line in _lines():
        last = line
    return (last.number, last.digest) if last else (0, "")


def reaches(lines: int, digest: str) -> bool:
    """Whether this ledger goes on from the one that was once this long and ended with this."""
    return not lines or any(line.number == lines and line.digest == digest for line in _lines())


@dataclass(frozen=True, slots=True)
class Line:
    """One line that was read and is what Lethe wrote."""

    number: int
    body: dict[str, Any]
    digest: str


def _lines() -> Iterator[Line]:
    path = settings.PRIVACY_LEDGER_FILE
    if not path.exists():
        return
    torn, last = 0, None
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            line = _read(raw, number)
            if torn and (line is None or line.body["kind"] != TORN):
                raise _unreadable(torn)
            torn = 0
            if line is None:
                # A cut at the end, or one that the next line owns up to: its writer was killed
                # before the line was on disk, so nothing was done on its strength.
                torn = number
                if not raw.endswith(b"\n"):
                    return
                continue
            if not _follows(line, last):
                raise _unreadable(number)
            last = line
            yield line
    if torn:
        raise _unreadable(torn)


def _follows(line: Line, last: Line | None) -> bool:
    """Whether the line before it is the one that it names; the oldest ledgers named none."""
    if "previous" not in line.body:
        return last is None or "previous" not in last.body
    return line.body["previous"] == (last.digest if last else "")


def open_intents(*, before: datetime | None = None) -> list[uuid.UUID]:
    """Intents, written before this moment, that neither `done` nor `void` has closed."""
    pending: dict[str, datetime] = {}
    for entry in entries():
        if entry["kind"] == "intend":
            pending[entry["intent"]] = datetime.fromisoformat(entry["at"])
        elif entry["kind"] in {"done", "void"}:
            pending.pop(entry["intent"], None)
    return [uuid.UUID(intent) for intent, at in pending.items() if before is None or at < before]


def close_open_intents(*, at: datetime | None = None) -> int:
    """Close what a crash left open: done where the database has the disposal, void otherwise.

    An intent younger than a task may live is left alone: another worker may be at it.
    """
    task_lives = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
    pending = open_intents(before=(at or timezone.now()) - task_lives)
    committed = set(
        Disposal.objects.filter(intent__in=pending).values_list("intent", flat=True).distinct()
    )
    for intent in pending:
        (done if intent in committed else void)(intent)
    return len(pending)


def _goes_on_from(lines: int, digest: str) -> bool:
    """As `reaches`, at the price of one line where this process has read up to it before."""
    path = settings.PRIVACY_LEDGER_FILE
    if (place := _seen.get((str(path), lines, digest))) is not None:
        start, length = place
        with path.open("rb") as file:
            file.seek(start)
            line = _read(file.read(length), lines)
        if line is not None and line.digest == digest:
            return True
    start = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if number == lines:
                line = _read(raw, number)
                if line is None or line.digest != digest:
                    return False
                _seen.clear()
                _seen[str(path), lines, digest] = (start, len(raw))
                return True
            start += len(raw)
    return not lines


def _end() -> tuple[int, str] | None:
    """As `head`, without reading what this process has counted; None where the end is cut."""
    path = settings.PRIVACY_LEDGER_FILE
    if not path.exists():
        return None
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        about = os.fstat(descriptor)
        key = (str(path), about.st_ino)
        start, lines = _counted.get(key, (0, 0))
        if start > about.st_size:
            start, lines = 0, 0
        while part := os.pread(descriptor, 1 << 20, start):
            start, lines = start + len(part), lines + part.count(b"\n")
        tail = os.pread(descriptor, TAIL, max(0, start - TAIL))
    finally:
        os.close(descriptor)
    _counted.clear()
    _counted[key] = (start, lines)
    *_before, last, rest = b"\n", *tail.rsplit(b"\n", 2)[-2:]
    line = _read(last, lines) if not rest else None
    return (lines, line.digest) if line else None


# What this process has read of the ledger: where an anchored line stands, how many lines there
# are.
_seen: dict[tuple[str, int, str], tuple[int, int]] = {}
_counted: dict[tuple[str, int], tuple[int, int]] = {}


def _know_key() -> None:
    """The first line of all makes its key known, where the journal has not done so."""
    if not settings.PRIVACY_LEDGER_FILE.exists() and journal.head() is None:
        journal.enter_key()


def _append(kind: str, **facts: Any) -> None:
    _append_all([(kind, facts)])


def _unwritable() -> LedgerUnreadable:
    return LedgerUnreadable(
        _("The ledger cannot be written; check PRIVACY_LEDGER_FILE, its folder and its disk.")
    )


def _append_all(told: Sequence[tuple[str, Mapping[str, Any]]]) -> bool:
    """Add these lines, fsynced; returns whether the file began with them.

    A file that was there once is never begun anew: what it said would be lost unseen.
    """
    path = settings.PRIVACY_LEDGER_FILE
    new = not path.exists()
    if new and JournalEntry.objects.filter(verb=ANCHOR).exists():
        raise LedgerUnreadable(
            _("The ledger is missing; put its newest copy at PRIVACY_LEDGER_FILE.")
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        if new:
            _sync_folder(path.parent)
        _append_to(descriptor, told)
    except OSError as error:
        raise _unwritable() from error
    return new


def _append_to(descriptor: int, told: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        previous, is_cut = _tail(descriptor)
        if is_cut:
            torn, previous = _line(TORN, previous)
            _write(descriptor, "\n" + torn)
        lines = []
        for kind, facts in told:
            line, previous = _line(kind, previous, **facts)
            lines.append(line)
        _write(descriptor, "".join(lines))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _line(kind: str, previous: str, **facts: Any) -> tuple[str, str]:
    """The text of a line, and its digest."""
    body = {"kind": kind, "at": timezone.now().isoformat(), "previous": previous, **facts}
    digest = journal.seal(body)
    return json.dumps([body, digest], separators=(",", ":")) + "\n", digest


def _write(descriptor: int, text: str) -> None:
    rest = text.encode()
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _tail(descriptor: int) -> tuple[str, bool]:
    """The digest of the last whole line, and whether one without an end comes after it."""
    size = os.fstat(descriptor).st_size
    length = TAIL
    while True:
        start = max(0, size - length)
        # From the beginning of the file, or else from the first line that begins in this part.
        part = os.pread(descriptor, size - start, start)
        whole = part if not start else part.partition(b"\n")[2]
        is_cut = bool(part) and not part.endswith(b"\n")
        ended = whole.split(b"\n")[:-1]
        for raw in reversed(ended):
            if line := _read(raw, 0):
                return line.digest, is_cut
        if not start:
            return "", is_cut
        length *= 8


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(raw: bytes, number: int) -> Line | None:
    """One line; None where it is cut or altered."""
    try:
        body, digest = json.loads(raw)
        is_ours = hmac.compare_digest(digest, journal.seal(body))
    except (ValueError, TypeError):
        return None
    return Line(number, body, digest) if is_ours else None


def _unreadable(number: int) -> LedgerUnreadable:
    return LedgerUnreadable(
        _("Line %(number)s of the ledger is cut, altered or missing; restore the ledger's copy.")
        % {"number": number}
    )
