"""What a restored database lost of the “no”s, brought back from the ledger's lines (law P14).

A line names the person by uuid, the purpose by key, and never a value. It comes back for whoever
is here alive; who was disposed of since needs no “no” any more, and whom the database never had
is covered by the suppression file.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from privacy import purposes, subjects
from privacy.consent.standing import CHUNK
from privacy.enums import ConsentKind
from privacy.models import ConsentEvent

Line = Mapping[str, Any]

# The kinds of lines, and what each says.
KINDS = {
    "refusal": ConsentKind.REFUSED,
    "withdrawal": ConsentKind.WITHDRAWN,
    "objection": ConsentKind.OBJECTED,
}
_WORDS = {kind: word for word, kind in KINDS.items()}


def said_in(event: ConsentEvent, subject: uuid.UUID, purpose: str) -> tuple[str, dict[str, Any]]:
    """The kind of line and the facts by which the ledger carries a “no”."""
    return _WORDS[ConsentKind(event.kind)], {
        "reference": str(event.reference),
        "subject": str(subject),
        "purpose": purpose,
        "channel": event.channel,
        "topic": event.topic,
        "method": event.method,
        "address": event.address_digest,
        "occurred_at": event.occurred_at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
    }


def lost(lines: Iterable[Line]) -> list[tuple[int, Line]]:
    """The lines that this database does not have, with the living person whom each is about."""
    wanted = {line["reference"]: line for line in lines}
    for part in _parts(list(wanted)):
        present = ConsentEvent.objects.filter(reference__in=part)
        for reference in present.values_list("reference", flat=True):
            del wanted[str(reference)]
    people: dict[str, int] = {}
    for part in _parts(sorted({line["subject"] for line in wanted.values()})):
        living = subjects.root_model()._base_manager.filter(
            uuid__in=part, disposed_at__isnull=True
        )
        people |= {str(uid): pk for uid, pk in living.values_list("uuid", "pk")}
    return [
        (people[line["subject"]], line) for line in wanted.values() if line["subject"] in people
    ]


def enter_again(lines: Iterable[tuple[int, Line]]) -> int:
    """Write these “no”s again under their old references and times; returns how many."""
    known: dict[str, Any] = {}
    events = []
    for subject, line in lines:
        purpose = known.setdefault(line["purpose"], None) or purposes.named(line["purpose"])
        known[line["purpose"]] = purpose
        events.append(
            ConsentEvent(
                reference=line["reference"],
                subject_id=subject,
                purpose=purpose,
                channel=line["channel"],
                topic=line["topic"],
                kind=KINDS[line["kind"]],
                method=line["method"],
                address_digest=line["address"],
                occurred_at=datetime.fromisoformat(line["occurred_at"]),
                recorded_at=datetime.fromisoformat(line["recorded_at"]),
            )
        )
    ConsentEvent.objects.bulk_create(events, batch_size=500)
    return len(events)


def _parts(references: list[str]) -> Iterable[list[str]]:
    return (references[first : first + CHUNK] for first in range(0, len(references), CHUNK))
