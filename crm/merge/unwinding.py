"""Everybody who became one person, apart for as long as an import is taken back, and one again.

What an import wrote about somebody who was merged stands with whoever has them now. To take it
back, the merges are undone from the last to the first; whoever is left when the import has gone
is merged again as before. Whoever goes takes their merge along: no undo of a merge revives them,
and nothing that was stored for one keeps what they were.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from crm.merge import parting
from crm.merge.joining import join
from crm.merge.noes import carry, noes_of
from crm.models import Contact, Merge, MergeUndo
from privacy import consent, restriction


@dataclass(frozen=True, slots=True)
class Apart:
    """A merge that was undone: who it made of whom, and what the kept one took over."""

    reference: UUID
    at: datetime
    by: Any
    kept: int
    gone: int
    takes: tuple[str, ...]


def merged(people: Collection[int]) -> set[int]:
    """Those of these people who hold somebody merged into them."""
    return set(Merge.objects.filter(kept__in=people).values_list("kept", flat=True))


def unwind(pk: int, *, by: Any) -> list[Apart] | None:
    """Undo each merge into this person, the last first; None where that cannot be.

    The caller has a transaction, and rolls it back where nothing comes of it. A restriction, a
    hold that was placed since, or a merge whose thirty days are over stands against it.
    """
    made = Merge.objects.select_for_update(of=("self",)).filter(kept=pk)
    pks = list(made.order_by("-merged_at", "-pk").values_list("pk", flat=True))
    apart: list[Apart] = []
    for one in pks:
        merge = Merge.objects.select_related("merged_by").get(pk=one)
        stored = MergeUndo.objects.filter(reference=merge.reference).first()
        if stored is None or restriction.restricted([merge.kept_id]):
            return None
        kept, gone = parting.lock(merge)
        if kept.legal_holds.filter(placed_at__gt=merge.merged_at, released_at=None).exists():
            return None
        apart.append(_apart(merge, stored, kept))
        parting.part(merge, stored, kept, gone, by=by, strict=False, carries=False)
    return apart[::-1]


def wind(apart: Sequence[Apart], *, without: Collection[int]) -> None:
    """Merge again, in the order of old, whoever of them is left.

    Each "no" was carried when they were merged first. Where the one who had them all goes, what
    they refused since is refused by the one who stays.
    """
    heirs: dict[int, int] = {}

    def heir(pk: int) -> int | None:
        return heirs.get(pk) if pk in without else pk

    for one in apart:
        kept, gone = heir(one.kept), heir(one.gone)
        is_same = (kept, gone) == (one.kept, one.gone)
        if not is_same:
            consent.parted(one.reference)
        if gone is None:
            continue
        if kept is None:
            heirs[one.kept] = gone
            continue
        _again(one, kept, gone, reference=one.reference if is_same else uuid4())
    for pk, heir_pk in heirs.items():
        person, other = (Contact.objects.get(pk=key) for key in (heir_pk, pk))
        carry(noes_of(other), to=person, reference=str(apart[-1].reference), by=None)


def _apart(merge: Merge, stored: MergeUndo, kept: Contact) -> Apart:
    changed, theirs = stored.before["kept"], stored.before["gone"]
    takes = tuple(
        name.removesuffix("_id")
        for name, (_old, new) in changed.items()
        if new and new == theirs.get(name) and getattr(kept, name) == new
    )
    return Apart(
        merge.reference, merge.merged_at, merge.merged_by, merge.kept_id, merge.gone_id, takes
    )


def _again(one: Apart, kept_pk: int, gone_pk: int, *, reference: UUID) -> None:
    people = Contact.objects.select_for_update(of=("self",)).select_related("source")
    found = {person.pk: person for person in people.filter(pk__in=[kept_pk, gone_pk])}
    kept, gone = found[kept_pk], found[gone_pk]
    # What was taken over and has gone since is nobody's choice any more.
    choices = {name: "gone" for name in one.takes if getattr(gone, name)}
    join(kept, gone, choices, by=one.by, reference=reference, at=one.at, carries=False)
    if reference != one.reference:
        consent.joined(reference, kept=kept.uuid, gone=gone.uuid, takes=sorted(choices))
