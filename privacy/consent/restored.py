"""What a restored database lost of the “no”s, brought back from the ledger's lines (law P14).

A line names the person by uuid, the purpose by key, and never a value. It comes back for whoever
is here alive, and what somebody said who was merged away here, or who is here only as the record
that was merged into theirs, comes back for the one who is. Who was disposed of since needs no
“no” any more, and whom the database never had is covered by the suppression file.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from privacy import protections, purposes
from privacy.consent.merged import JOINED, PARTED
from privacy.consent.standing import CHUNK
from privacy.enums import NOES, ConsentKind
from privacy.models import ConsentEvent
from privacy.protections import Protection

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


def lost(lines: Iterable[Line], merges: Iterable[Line] = ()) -> list[tuple[int, Line]]:
    """The lines that this database does not have, with the living person whom each is about.

    `merges` are the ledger's lines of merges and of their undos.
    """
    wanted = {line["reference"]: line for line in lines}
    for part in _parts(list(wanted)):
        present = ConsentEvent.objects.filter(reference__in=part)
        for reference in present.values_list("reference", flat=True):
            del wanted[str(reference)]
    if not wanted:
        return []
    people = protections.people_of({line["subject"] for line in wanted.values()}, list(merges))
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


def told() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each “no” of this database, as the ledger's lines say it."""
    rows = ConsentEvent.objects.filter(kind__in=NOES).select_related("purpose", "subject")
    for event in rows.order_by("pk").iterator(chunk_size=CHUNK):
        yield said_in(event, event.subject.uuid, event.purpose.key)


def _lost(lines: Iterable[Line]) -> list[tuple[int, Line]]:
    lines = list(lines)
    merges = [line for line in lines if line["kind"] in {JOINED, PARTED}]
    return lost((line for line in lines if line["kind"] in KINDS), merges)


protections.register(Protection("refusals", tuple(KINDS), _lost, enter_again, told, order=3))


def _parts(references: list[str]) -> Iterable[list[str]]:
    return (references[first : first + CHUNK] for first in range(0, len(references), CHUNK))
