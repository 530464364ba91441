"""Legal holds: reasons, written down, why a person's data must not be destroyed yet.

A hold stops disposal and the nightly sweep alike (Art. 17(3)(e), S45). It never stops access. One
on an organisation or engagement covers whoever fell under it at any moment since it was placed: an
ordinary edit adds people and takes nobody off before its release. The ledger carries holds, whom
they cover, and releases past a restore.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import journal, ledger, protections, restriction, subjects
from privacy.enums import HoldReason, HoldScope
from privacy.errors import TransitionRefused
from privacy.models import HoldCover, LegalHold
from privacy.protections import Line, Protection

# The kinds of lines by which the ledger carries a hold, whom it covers since, and its end.
PLACED, COVERED, RELEASED = "hold", "hold.cover", "hold.release"
CHUNK = 5_000


@transaction.atomic
def place(
    subject: Model | None = None,
    *,
    matter: str,
    reason: HoldReason,
    owner: Any,
    review_on: date,
    by: Any,
    scope: HoldScope = HoldScope.PERSON,
    scope_reference: uuid.UUID | None = None,
) -> LegalHold:
    """Place a hold; a second matter is a second hold. Waits for a disposal that has the lock."""
    covered = [subject.pk] if subject is not None else []
    if scope_reference is not None:
        covered = list(subjects.adapter().in_scope(HoldScope(scope), scope_reference))
    rows = subjects.root_model()._base_manager.filter(pk__in=covered)
    locked = list(rows.select_for_update().order_by("pk").values_list("disposed_at", flat=True))
    if subject is not None and any(locked):
        raise TransitionRefused(_("This person was disposed of; there is nothing left to hold."))
    hold = LegalHold(
        scope=scope,
        subject=subject,
        scope_reference=scope_reference,
        matter=matter,
        reason=reason,
        owner=owner,
        review_on=review_on,
        placed_by=by,
    )
    hold.full_clean()
    hold.save()
    if scope_reference is not None:
        HoldCover.objects.bulk_create(
            [HoldCover(hold=hold, subject_id=pk) for pk in sorted(covered)], batch_size=500
        )
    ledger.record(PLACED, **_said_in(hold, _covered(hold)))
    journal.record("hold.place", by=by, on=hold, facts={"scope": str(scope)})
    return hold


def cover(subject_pks: Collection[int]) -> int:
    """Write down who of these people falls under a hold that did not cover them; how many do.

    Called after every edit of roles and work, in its transaction: whom the edit takes out of an
    organisation or engagement was written down before it.
    """
    return _cover(set(subject_pks))


def cover_everybody() -> int:
    """As `cover`, for whoever falls under any hold today: once, for those of older versions."""
    return _cover(None)


def _cover(asked: set[int] | None) -> int:
    wide = _in_force().exclude(scope=HoldScope.PERSON)
    return sum(_add(hold, asked) for hold in wide)


def _covered_by(hold: LegalHold, asked: set[int]) -> set[int]:
    """Who of these people a wide hold covers; who falls under it now is written down first."""
    _add(hold, asked)
    covers = HoldCover.objects.filter(hold=hold)
    if len(asked) <= CHUNK:
        covers = covers.filter(subject__in=asked)
    return set(covers.values_list("subject", flat=True))


def _add(hold: LegalHold, asked: set[int] | None) -> int:
    """Write down who of these people falls under it and was not covered; how many do."""
    inside = set(subjects.adapter().in_scope(HoldScope(hold.scope), _place(hold)))
    inside &= inside if asked is None else asked
    if not inside:
        return 0
    known = HoldCover.objects.filter(hold=hold).values_list("subject", flat=True)
    new = sorted(inside - set(known))
    if new:
        with transaction.atomic():
            HoldCover.objects.bulk_create(
                [HoldCover(hold=hold, subject_id=pk) for pk in new],
                batch_size=500,
                ignore_conflicts=True,
            )
            people = subjects.root_model()._base_manager.filter(pk__in=new)
            uuids = [str(uid) for uid in people.order_by("pk").values_list("uuid", flat=True)]
            facts = {"reference": str(uuid.uuid4()), "hold": str(hold.reference)}
            ledger.record(COVERED, **facts, covers=uuids)
    return len(new)


@transaction.atomic
def release(hold: LegalHold, *, by: Any) -> LegalHold:
    """Release a hold; the next sweep looks at its people again."""
    hold = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if hold.released_at:
        raise TransitionRefused(_("This hold has been released already."))
    hold.released_at, hold.released_by = timezone.now(), by
    hold.save(update_fields=["released_at", "released_by"])
    ledger.record(RELEASED, **_released_in(hold))
    journal.record("hold.release", by=by, on=hold)
    return hold


def in_force(subject_pks: Collection[int], *, on: date) -> dict[int, list[str]]:
    """Who of these people is held or restricted, and by which references. The one question.

    A hold has no end but its release, so that a night that is caught up, whatever its day, spares
    what is held now. Holds on organisations and engagements count for whoever ever fell under them
    since they were placed; whoever does when asked is written down.
    """
    asked = set(subject_pks)
    found: dict[int, list[str]] = {}
    if not asked:
        return found
    # Holds are few and people many: the holds are read, whatever the size of the set.
    for hold in _in_force():
        covered = {hold.subject_id}
        if hold.scope != HoldScope.PERSON:
            covered = _covered_by(hold, asked)
        for held in asked & covered:
            found.setdefault(held, []).append(str(hold.reference))
    # What must be stored is not destroyed: a restriction stops the routine too (Art. 18(2)).
    for subject, references in restriction.restricted(asked).items():
        found.setdefault(subject, []).extend(references)
    return found


def _in_force() -> QuerySet[LegalHold]:
    return LegalHold.objects.filter(released_at__isnull=True).order_by("pk")


def _place(hold: LegalHold) -> uuid.UUID:
    if hold.scope_reference is None:
        raise TransitionRefused(_("This hold names no organisation or engagement."))
    return hold.scope_reference


# --- what the ledger carries --------------------------------------------------------------------


def _said_in(hold: LegalHold, covers: Collection[str]) -> dict[str, Any]:
    return {
        "reference": str(hold.reference),
        "scope": str(hold.scope),
        "subject": str(hold.subject.uuid) if hold.subject else "",
        "place": str(hold.scope_reference or ""),
        "covers": sorted(covers),
        "matter": hold.matter,
        "reason": str(hold.reason),
        "review_on": hold.review_on.isoformat(),
        "owner": hold.owner_id,
        "placed_by": hold.placed_by_id,
        "at": hold.placed_at.isoformat(),
    }


def _released_in(hold: LegalHold) -> dict[str, Any]:
    at = hold.released_at or timezone.now()
    return {"reference": str(hold.reference), "by": hold.released_by_id, "at": at.isoformat()}


def _covered(hold: LegalHold) -> list[str]:
    rows = HoldCover.objects.filter(hold=hold).values_list("subject__uuid", flat=True)
    return [str(reference) for reference in rows]


def told() -> Iterator[tuple[str, Line]]:
    """Each hold of this database and each release, as the ledger's lines say them."""
    rows = LegalHold.objects.select_related("subject").order_by("pk")
    for hold in rows.iterator(chunk_size=CHUNK):
        yield PLACED, _said_in(hold, _covered(hold))
        if hold.released_at:
            yield RELEASED, _released_in(hold)


def lost(lines: Sequence[Line]) -> list[Line]:
    """What a restored database lacks: holds with whom they cover, later covers, releases.

    A hold on somebody who is not here is none; what cannot be resolved else protects.
    """
    by_kind: dict[str, dict[str, Line]] = {}
    for line in lines:
        by_kind.setdefault(line["kind"], {})[line["reference"]] = line
    placed, ended = by_kind.get(PLACED, {}), by_kind.get(RELEASED, {})
    known = dict(LegalHold.objects.values_list("reference", "released_at"))
    found = {str(reference): at for reference, at in known.items()}
    merges = [line for line in lines if line["kind"] in protections.MERGES]
    live = {reference: line for reference, line in placed.items() if reference not in ended}
    people = protections.people_of(
        {line["subject"] for line in live.values() if line["subject"]}, merges
    )
    missing = [
        {**line, "person": people.get(line["subject"])}
        for reference, line in live.items()
        if reference not in found and (not line["subject"] or line["subject"] in people)
    ]
    released = [line for reference, line in ended.items() if found.get(reference, "gone") is None]
    return [*missing, *_lost_covers(by_kind, live), *released]


def _lost_covers(
    by_kind: Mapping[str, Mapping[str, Line]], live: Mapping[str, Line]
) -> list[Line]:
    """Of the holds in force: whom they cover here, beyond whom this database knows of."""
    wanted: dict[str, set[str]] = {
        reference: set(line["covers"]) for reference, line in live.items()
    }
    for line in by_kind.get(COVERED, {}).values():
        if line["hold"] in wanted:
            wanted[line["hold"]] |= set(line["covers"])
    merges = [line for kind in protections.MERGES for line in by_kind.get(kind, {}).values()]
    people = protections.people_of({uid for uids in wanted.values() for uid in uids}, merges)
    found: list[Line] = []
    for reference, uids in wanted.items():
        rows = HoldCover.objects.filter(hold__reference=reference)
        known = set(rows.values_list("subject", flat=True))
        if new := {people[uid] for uid in uids if uid in people} - known:
            found.append({"kind": COVERED, "hold": reference, "people": sorted(new)})
    return found


def bring_back(found: Sequence[Line]) -> int:
    """Hold these people again, under the old references, and end again what was released."""
    count = 0
    for line in found:
        match line["kind"]:
            case kind if kind == PLACED:
                _place_again(line)
            case kind if kind == RELEASED:
                same = LegalHold.objects.filter(reference=line["reference"])
                same.update(
                    released_at=datetime.fromisoformat(line["at"]),
                    released_by=protections.account(line["by"]),
                )
            case _:
                hold = LegalHold.objects.get(reference=line["hold"])
                HoldCover.objects.bulk_create(
                    [HoldCover(hold=hold, subject_id=pk) for pk in line["people"]],
                    batch_size=500,
                )
                continue
        count += 1
    return count


def _place_again(line: Line) -> None:
    hold = LegalHold.objects.create(
        reference=line["reference"],
        scope=line["scope"],
        subject_id=line["person"],
        scope_reference=line["place"] or None,
        matter=line["matter"],
        reason=line["reason"],
        review_on=date.fromisoformat(line["review_on"]),
        owner_id=protections.account(line["owner"]),
        placed_by_id=protections.account(line["placed_by"]),
    )
    LegalHold.objects.filter(pk=hold.pk).update(placed_at=datetime.fromisoformat(line["at"]))


protections.register(
    Protection("holds", (PLACED, COVERED), lost, bring_back, told, ends=(RELEASED,), order=5)
)
