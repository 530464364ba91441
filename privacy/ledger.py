"""The ledger outside the database: what must be forgotten again after a restore (DESIGN 8).

One JSON line per fact, each with the keyed digest of the line before it, so that a line changed
or taken out is noticed; appended under a lock and fsynced. That the last lines were cut off, the
chain cannot tell: the journal anchors its length each night. A disposal writes `intend` before its
first destructive statement and `done` or `void` after; an intent left open by a crash is closed
against the database at the next start. References and digests only, never a value.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from privacy import journal
from privacy.errors import LedgerUnreadable
from privacy.models import Disposal, JournalEntry

# Owns up to the line before it, which its writer did not live to finish.
TORN = "torn"
# The journal's verb for "the ledger had this many lines, the last of them with this digest".
ANCHOR = "ledger.anchor"
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
    """Add a "no" once its transaction is committed: a suppression, a lift."""
    _know_key()
    transaction.on_commit(lambda: _append(kind, **facts))


def record_all(facts: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Add many "no"s once their transaction is committed, with one fsync for all of them."""
    told = list(facts)
    if told:
        _know_key()
        transaction.on_commit(lambda: _append_all(told))


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
    lines, digest = head()
    if lines:
        journal.record(ANCHOR, facts={"lines": lines, "head": digest})


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


def _know_key() -> None:
    """The first line of all makes its key known, where the journal has not done so."""
    if not settings.PRIVACY_LEDGER_FILE.exists() and journal.head() is None:
        journal.enter_key()


def _append(kind: str, **facts: Any) -> None:
    _append_all([(kind, facts)])


def _append_all(told: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    path = settings.PRIVACY_LEDGER_FILE
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        if new:
            _sync_folder(path.parent)
    except OSError as error:
        raise LedgerUnreadable(
            "The ledger cannot be written; check PRIVACY_LEDGER_FILE and its folder."
        ) from error
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
        f"Line {number} of the ledger is cut, altered or missing; restore the ledger's copy."
    )
