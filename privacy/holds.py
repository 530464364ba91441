"""Legal holds: reasons, written down, why a person's data must not be destroyed yet.

A hold stops disposal and the nightly sweep alike (Art. 17(3)(e), S45). It never stops access.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from privacy import journal, restriction, subjects
from privacy.enums import HoldReason, HoldScope
from privacy.errors import TransitionRefused
from privacy.models import LegalHold


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
        raise TransitionRefused("This person was disposed of; there is nothing left to hold.")
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
    journal.record("hold.place", by=by, on=hold, facts={"scope": str(scope)})
    return hold


@transaction.atomic
def release(hold: LegalHold, *, by: Any) -> LegalHold:
    """Release a hold; the next sweep looks at its people again."""
    hold = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if hold.released_at:
        raise TransitionRefused("This hold has been released already.")
    hold.released_at, hold.released_by = timezone.now(), by
    hold.save(update_fields=["released_at", "released_by"])
    journal.record("hold.release", by=by, on=hold)
    return hold


def in_force(subject_pks: Collection[int], *, on: date) -> dict[int, list[str]]:
    """Who of these people is held or restricted, and by which references. The one question.

    A hold has no end but its release, so that a night that is caught up, whatever its day, spares
    what is held now. Holds on organisations and engagements count for whoever falls under them
    when asked.
    """
    asked = set(subject_pks)
    found: dict[int, list[str]] = {}
    if not asked:
        return found
    live = LegalHold.objects.filter(released_at__isnull=True).order_by("pk")
    # Holds are few and people many: the holds are read, whatever the size of the set.
    for scope, subject, place, reference in live.values_list(
        "scope", "subject", "scope_reference", "reference"
    ):
        covered = {subject}
        if scope != HoldScope.PERSON:
            covered = set(subjects.adapter().in_scope(HoldScope(scope), place))
        for held in asked & covered:
            found.setdefault(held, []).append(str(reference))
    # What must be stored is not destroyed: a restriction stops the routine too (Art. 18(2)).
    for subject, references in restriction.restricted(asked).items():
        found.setdefault(subject, []).extend(references)
    return found
