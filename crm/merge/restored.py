"""Merges and undos of merges that a restored database lost, made again from the ledger's lines.

Two records that had become one are one again, so that what either refused holds for both, and
so that a disposal of the one that stayed takes the other along.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from crm.merge.joining import merge_again
from crm.merge.parting import undo_again
from crm.models import Contact, Merge, MergeUndo
from privacy.protections import Protection

Line = Mapping[str, Any]
CHUNK = 5_000


def lost(lines: Sequence[Line]) -> list[Line]:
    """The lines that are not so in this database: two are alive who are one, one who is two."""
    parted = {line["reference"] for line in lines if line["kind"] == "unmerge"}
    joined = [
        line for line in lines if line["kind"] == "merge" and line["reference"] not in parted
    ]
    living = _living({line[side] for line in joined for side in ("kept", "gone")})
    wrong = {line["reference"] for line in joined if {line["kept"], line["gone"]} <= living}
    wrong |= _still_joined(parted)
    return [
        line
        for line in lines
        if line["reference"] in wrong
        and (line["kind"] == "unmerge") == (line["reference"] in parted)
    ]


def bring_back(lines: Sequence[Line]) -> int:
    """Make them again, in the order in which they were made; returns how many."""
    count = 0
    # One may be possible only after another: who was parted was merged with somebody else.
    while wanted := lost(lines):
        for line in wanted:
            count += _make_again(line)
    return count


def kept_of(references: Collection[str]) -> dict[str, int]:
    """Of these references of people who were merged away: in which living row each is now."""
    found: dict[str, int] = {}
    for part in _parts(references):
        rows = Merge.objects.filter(gone__uuid__in=part, kept__disposed_at=None)
        found |= {str(gone): kept for gone, kept in rows.values_list("gone__uuid", "kept")}
    return found


def _make_again(line: Line) -> int:
    reference = uuid.UUID(line["reference"])
    if line["kind"] == "unmerge":
        made = Merge.objects.filter(reference=reference).first()
        if made is None:
            return 0
        undo_again(made)
        return 1
    people = {str(person.uuid): person for person in _people([line["kept"], line["gone"]])}
    if len(people) < 2:
        return 0
    choices = dict.fromkeys(line["takes"], "gone")
    merge_again(
        people[line["kept"]],
        people[line["gone"]],
        choices,
        reference=reference,
        at=datetime.fromisoformat(line["at"]),
    )
    return 1


def _still_joined(references: Collection[str]) -> set[str]:
    """Of these merges, which were all undone, those that stand here and can be undone."""
    found: set[str] = set()
    for part in _parts(references):
        standing = Merge.objects.filter(reference__in=part, kept__disposed_at=None)
        kept = MergeUndo.objects.filter(reference__in=standing.values("reference"))
        found |= {str(reference) for reference in kept.values_list("reference", flat=True)}
    return found


def _living(references: Collection[str]) -> set[str]:
    return {
        str(reference)
        for part in _parts(references)
        for reference in _people(part).values_list("uuid", flat=True)
    }


def _people(references: Collection[str]) -> Any:
    return Contact.objects.living().filter(uuid__in=references)


def told() -> Iterator[tuple[str, Line]]:
    """Each merge of this database, as the ledger's line says it."""
    rows = Merge.objects.filter(kept__disposed_at=None).select_related("kept", "gone")
    for made in rows.order_by("pk").iterator(chunk_size=CHUNK):
        yield (
            "merge",
            {
                "reference": str(made.reference),
                "kept": str(made.kept.uuid),
                "gone": str(made.gone.uuid),
                "takes": [],
                "at": made.merged_at.isoformat(),
            },
        )


# After whatever either of the two was protected by: it holds for the one who stays.
PROTECTION = Protection("merges", ("merge",), lost, bring_back, told, ends=("unmerge",), order=20)


def _parts(references: Collection[str]) -> Iterator[list[str]]:
    wanted = sorted(references)
    return (wanted[first : first + CHUNK] for first in range(0, len(wanted), CHUNK))
