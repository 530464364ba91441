"""The ledger outside the database: what must be forgotten again after a restore (DESIGN 8).

One JSON line per fact, chained to nothing but authenticated each by a keyed digest; appended under
a lock and fsynced. A disposal writes `intend` before its first destructive statement and `done`
or `void` after; an intent left open by a crash is closed against the database at the next start.
References and digests only, never a value.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from privacy.errors import LedgerUnreadable
from privacy.models import Disposal


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
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                body, digest = json.loads(line)
                sound = hmac.compare_digest(digest, _digest(body))
            except (ValueError, TypeError):
                sound = False
            if not sound:
                raise LedgerUnreadable(
                    f"Line {number} of the ledger is cut or altered; restore the ledger's copy."
                )
            yield body


def open_intents() -> list[uuid.UUID]:
    """Intents that neither `done` nor `void` has closed."""
    pending: dict[str, None] = {}
    for entry in entries():
        if entry["kind"] == "intend":
            pending[entry["intent"]] = None
        elif entry["kind"] in {"done", "void"}:
            pending.pop(entry["intent"], None)
    return [uuid.UUID(intent) for intent in pending]


def close_open_intents() -> int:
    """Close what a crash left open: done where the database has the disposal, void otherwise."""
    pending = open_intents()
    committed = set(
        Disposal.objects.filter(intent__in=pending).values_list("intent", flat=True).distinct()
    )
    for intent in pending:
        (done if intent in committed else void)(intent)
    return len(pending)


def _append(kind: str, **facts: Any) -> None:
    body = {"kind": kind, "at": timezone.now().isoformat(), **facts}
    line = json.dumps([body, _digest(body)], separators=(",", ":")) + "\n"
    path = settings.PRIVACY_LEDGER_FILE
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise LedgerUnreadable(
            "The ledger cannot be written; check PRIVACY_LEDGER_FILE and its folder."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest(body: dict[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    key = bytes.fromhex(settings.PRIVACY_JOURNAL_KEY)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
