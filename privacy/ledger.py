"""The ledger outside the database: what must be forgotten again after a restore (DESIGN 8).

One JSON line per fact, chained to nothing but authenticated each by a keyed digest; appended under
a lock and fsynced. A disposal writes `intend` before its first destructive statement and `done`
or `void` after; an intent left open by a crash is closed against the database at the next start.
References and digests only, never a value.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from privacy import journal
from privacy.errors import LedgerUnreadable
from privacy.models import Disposal

# Owns up to the line before it, which its writer did not live to finish.
TORN = "torn"


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
    transaction.on_commit(lambda: _append(kind, **facts))


def entries() -> Iterator[dict[str, Any]]:
    """Every line, oldest first; LedgerUnreadable names the line that is cut or altered."""
    path = settings.PRIVACY_LEDGER_FILE
    if not path.exists():
        return
    torn = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            body = _read(line)
            if torn and (body is None or body["kind"] != TORN):
                raise _unreadable(torn)
            torn = 0
            if body is None:
                # A cut at the end, or one that the next line owns up to: its writer was killed
                # before the line was on disk, so nothing was done on its strength.
                torn = number
                if not line.endswith(b"\n"):
                    return
            elif body["kind"] != TORN:
                yield body
    if torn:
        raise _unreadable(torn)


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


def _append(kind: str, **facts: Any) -> None:
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
        if _is_cut(descriptor):
            _write(descriptor, "\n" + _line(TORN))
        _write(descriptor, _line(kind, **facts))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _line(kind: str, **facts: Any) -> str:
    body = {"kind": kind, "at": timezone.now().isoformat(), **facts}
    return json.dumps([body, journal.seal(body)], separators=(",", ":")) + "\n"


def _write(descriptor: int, text: str) -> None:
    rest = text.encode()
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _is_cut(descriptor: int) -> bool:
    """Whether the last line has no end: its writer was killed in the middle."""
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(line: bytes) -> dict[str, Any] | None:
    """The body of a line; None where it is cut or altered."""
    try:
        body, digest = json.loads(line)
        return body if hmac.compare_digest(digest, journal.seal(body)) else None
    except (ValueError, TypeError):
        return None


def _unreadable(number: int) -> LedgerUnreadable:
    return LedgerUnreadable(
        f"Line {number} of the ledger is cut or altered; restore the ledger's copy."
    )
