"""What a restored database lost of the suppression file, brought back from the ledger's lines.

A line says all that an entry holds, so that the entry comes back as it was; a lift that the lines
do not carry cannot come back. Which is why both write to the ledger in full.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from privacy import protections
from privacy.errors import SuppressionKeyInvalid
from privacy.models import SuppressionEntry
from privacy.protections import Protection
from privacy.suppression.entries import CHUNK
from privacy.suppression.keys import enter_keys, parse_keys

Line = Mapping[str, Any]


def said_in(entry: SuppressionEntry) -> dict[str, Any]:
    """The facts of an entry, as the ledger carries them."""
    return {
        "reference": str(entry.reference),
        "case": str(entry.case),
        "type": entry.kind,
        "scope": entry.scope,
        "channel": entry.channel,
        "advisory": entry.advisory,
        "key_id": entry.key_id,
        "norm_version": entry.norm_version,
        "digest": entry.digest,
        "since": entry.since.isoformat(),
        "review_on": entry.review_on.isoformat(),
    }


def lost(noes: Iterable[Line]) -> list[Line]:
    """The lines whose entry this database does not have."""
    wanted = {line["reference"]: line for line in noes}
    for part in _parts(list(wanted)):
        present = SuppressionEntry.objects.filter(reference__in=part)
        for reference in present.values_list("reference", flat=True):
            del wanted[str(reference)]
    return list(wanted.values())


def still_in_force(lifts: Iterable[Line]) -> list[Line]:
    """The lifts whose entry still refuses in this database, or is not there at all."""
    wanted = {line["reference"]: line for line in lifts}
    for part in _parts(list(wanted)):
        ended = SuppressionEntry.objects.filter(reference__in=part, ended_at__isnull=False)
        for reference in ended.values_list("reference", flat=True):
            del wanted[str(reference)]
    return list(wanted.values())


def enter_again(noes: Iterable[Line]) -> int:
    """Enter these lines again under their old references; returns how many.

    Refused where an entry was made under a key that is not there: it would match nobody.
    """
    keys = parse_keys(settings.PRIVACY_SUPPRESSION_KEYS)
    entries = []
    for line in noes:
        if line["key_id"] not in keys:
            raise SuppressionKeyInvalid(
                _(
                    "The ledger has entries under the suppression key '%(key_id)s', which is not "
                    "in PRIVACY_SUPPRESSION_KEYS; add it from the escrow copy."
                )
                % {"key_id": line["key_id"]}
            )
        entries.append(
            SuppressionEntry(
                reference=line["reference"],
                case=line["case"],
                kind=line["type"],
                scope=line["scope"],
                channel=line["channel"],
                advisory=line["advisory"],
                key_id=line["key_id"],
                norm_version=line["norm_version"],
                digest=line["digest"],
                review_on=date.fromisoformat(line["review_on"]),
            )
        )
    since = {line["reference"]: datetime.fromisoformat(line["since"]) for line in noes}
    enter_keys(*{entry.key_id for entry in entries})
    SuppressionEntry.objects.bulk_create(entries, batch_size=500)
    for entry in entries:
        # The column dates a new row by itself; this one is as old as its line.
        entry.since = since[str(entry.reference)]
    SuppressionEntry.objects.bulk_update(entries, ["since"], batch_size=500)
    return len(entries)


def lift_again(lifts: Iterable[Line]) -> int:
    """End again what these lines ended, on the day on which they did; returns how many."""
    by_moment: dict[str, list[str]] = {}
    for line in lifts:
        by_moment.setdefault(line["ended_at"], []).append(line["reference"])
    count = 0
    for moment, references in by_moment.items():
        for part in _parts(references):
            live = SuppressionEntry.objects.filter(reference__in=part, ended_at__isnull=True)
            count += live.update(ended_at=datetime.fromisoformat(moment))
    return count


def told() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each entry of this database and each lift, as the ledger's lines say them."""
    for entry in SuppressionEntry.objects.order_by("pk").iterator(chunk_size=CHUNK):
        yield "suppression", said_in(entry)
        if entry.ended_at:
            yield "lift", lift_of(entry)


def lift_of(entry: SuppressionEntry) -> dict[str, Any]:
    """The facts of a lift, as the ledger carries them."""
    return {
        "reference": str(entry.reference),
        "case": str(entry.case),
        "ended_at": entry.ended_at.isoformat(),
    }


def _of(kind: str, lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line["kind"] == kind]


protections.register(
    Protection(
        "suppressions",
        begins=("suppression",),
        lost=lambda lines: lost(_of("suppression", lines)),
        bring_back=enter_again,
        told=lambda: (fact for fact in told() if fact[0] == "suppression"),
        order=1,
    )
)
protections.register(
    Protection(
        "lifts",
        begins=(),
        ends=("lift",),
        lost=lambda lines: still_in_force(_of("lift", lines)),
        bring_back=lift_again,
        told=lambda: (fact for fact in told() if fact[0] == "lift"),
        order=2,
    )
)


def _parts(references: list[str]) -> Iterable[list[str]]:
    return (references[first : first + CHUNK] for first in range(0, len(references), CHUNK))
