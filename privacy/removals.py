"""People on file who are found to be under sixteen: they do not stay (S113, S114).

Whoever learns it proposes the removal, and from then on the gate lets nobody use the person; a
second person approves it, and the person is disposed of at once. What a hold or a restriction
keeps waits for its end. Of the age nothing is stored: a counter moves, and the journal says who
proposed and who approved. Nobody is suppressed: that would keep something of the child.
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import disposal, holds, journal, subjects
from privacy.enums import DisposalCause
from privacy.errors import TransitionRefused
from privacy.models import Removal


@transaction.atomic
def propose(subject: Model, *, by: Any) -> Removal:
    """Ask for the removal; whoever finds the same person a second time finds this proposal."""
    people = subjects.root_model()._base_manager.select_for_update()
    person: Any = people.get(pk=subject.pk)
    if person.disposed_at:
        raise TransitionRefused(_("This person was disposed of; there is nobody to remove."))
    made, is_new = Removal.objects.get_or_create(subject=person, defaults={"prepared_by": by})
    if is_new:
        journal.record("removal.propose", by=by, on=person)
    return made


@transaction.atomic
def approve(removal: Removal, *, by: Any) -> disposal.Outcome:
    """Dispose of the person at once; refused to whoever proposed it, and while a hold stands."""
    removal = _locked(removal)
    if removal.prepared_by_id == by.pk:
        raise TransitionRefused(_("You proposed this removal; a second person approves it."))
    removal.approved_by = by
    removal.save(update_fields=["approved_by"])
    person: Any = removal.subject
    outcome = disposal.dispose(
        [person.pk], cause=DisposalCause.UNDER_AGE, by=by, on=timezone.localdate()
    )
    if outcome.held:
        raise TransitionRefused(_kept(outcome.held[person.pk]))
    subjects.adapter().count_minors(1, at="removal")
    journal.record("removal.approve", by=by, on=person)
    return outcome


@transaction.atomic
def withdraw(removal: Removal, *, by: Any) -> None:
    """Take the proposal back: the person is sixteen after all. Not by whoever made it."""
    removal = _locked(removal)
    if removal.prepared_by_id == by.pk:
        raise TransitionRefused(_("You proposed this removal; a second person decides about it."))
    person: Any = removal.subject
    removal.delete()
    journal.record("removal.withdraw", by=by, on=person)


def waiting(subject_pks: Collection[int]) -> set[int]:
    """Those of these people who wait to be removed."""
    return set(Removal.objects.filter(subject__in=subject_pks).values_list("subject", flat=True))


def obstacle(removal: Removal) -> str:
    """Why the person cannot be removed now, in a sentence; empty where nothing stands against."""
    pk = removal.subject_id  # type: ignore[attr-defined]
    held = holds.in_force([pk], on=timezone.localdate())
    return _kept(held[pk]) if held.get(pk) else ""


def _kept(references: Collection[str]) -> str:
    return _(
        "This person is kept and was not removed (%s); once that has ended, approve it again."
    ) % ", ".join(references)


def _locked(removal: Removal) -> Removal:
    rows = Removal.objects.select_for_update(of=("self",)).filter(pk=removal.pk)
    found = rows.first()
    if found is None:
        raise TransitionRefused(_("This removal was decided meanwhile."))
    return found
