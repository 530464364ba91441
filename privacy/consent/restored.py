"""What a restored database lost of the “no”s, brought back from the ledger's lines (law P14).

A line names the person by uuid, the purpose by key, and never a value. It comes back for whoever
is here alive, and what somebody said who was merged away here, or who is here only as the record
that was merged into theirs, comes back for the one who is. Who was disposed of since needs no
“no” any more, and whom the database never had is covered by the suppression file.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from privacy import purposes, subjects
from privacy.consent.merged import JOINED, PARTED
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
    people = _people({line["subject"] for line in wanted.values()}, list(merges))
    return [
        (people[line["subject"]], line) for line in wanted.values() if line["subject"] in people
    ]


def _people(references: set[str], merges: list[Line]) -> dict[str, int]:
    """The living row of each of these people, theirs or the one that is theirs by a merge."""
    found = _living(references)
    if missing := references - found.keys():
        found |= subjects.adapter().kept_of(sorted(missing))
    if (missing := references - found.keys()) and merges:
        parted = {line["reference"] for line in merges if line["kind"] == PARTED}
        gone_into: dict[str, list[str]] = {}
        for line in merges:
            if line["kind"] == JOINED and line["reference"] not in parted:
                gone_into.setdefault(line["kept"], []).append(line["gone"])
        living = _living({gone for those in gone_into.values() for gone in those})
        for reference in missing & gone_into.keys():
            if (pk := _stands_in(reference, gone_into, living)) is not None:
                found[reference] = pk
    return found


def _stands_in(
    reference: str, gone_into: Mapping[str, list[str]], living: Mapping[str, int]
) -> int | None:
    """Who was merged, over however many steps, into a person whom this database never had."""
    waiting, seen = list(gone_into[reference]), {reference}
    while waiting:
        gone = waiting.pop(0)
        if gone in living:
            return living[gone]
        if gone not in seen:
            seen.add(gone)
            waiting += gone_into.get(gone, [])
    return None


def _living(references: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in _parts(sorted(references)):
        living = subjects.root_model()._base_manager.filter(
            uuid__in=part, disposed_at__isnull=True
        )
        found |= {str(uid): pk for uid, pk in living.values_list("uuid", "pk")}
    return found


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
