"""People on file who are found to be under sixteen: they do not stay (S113, S114).

Whoever learns it proposes the removal, and from then on the gate lets nobody use the person; a
second person approves it, and the person is disposed of at once. What a hold or a restriction
keeps waits for its end. Of the age nothing is stored: a counter moves, and the journal says who
proposed and who approved. Nobody is suppressed: that would keep something of the child.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import disposal, holds, journal, ledger, protections, subjects
from privacy.enums import DisposalCause
from privacy.errors import TransitionRefused
from privacy.models import Removal
from privacy.protections import Line, Protection

# The kinds of lines by which the ledger carries that somebody is to be removed, and is not.
PROPOSED, WITHDRAWN = "removal", "removal.withdraw"


@transaction.atomic
def propose(subject: Model, *, by: Any) -> Removal:
    """Ask for the removal; whoever finds the same person a second time finds this proposal."""
    people = subjects.root_model()._base_manager.select_for_update()
    person: Any = people.get(pk=subject.pk)
    if person.disposed_at:
        raise TransitionRefused(_("This person was disposed of; there is nobody to remove."))
    made, is_new = Removal.objects.get_or_create(subject=person, defaults={"prepared_by": by})
    if is_new:
        ledger.record(PROPOSED, **_said_in(made))
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
    ledger.record(WITHDRAWN, reference=str(removal.reference))
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


# --- what the ledger carries --------------------------------------------------------------------


def _said_in(removal: Any) -> dict[str, Any]:
    return {
        "reference": str(removal.reference),
        "subject": str(removal.subject.uuid),
        "by": removal.prepared_by_id,
    }


def told() -> Iterator[tuple[str, Line]]:
    """Each removal that waits, as the ledger's line says it."""
    for removal in Removal.objects.select_related("subject").order_by("pk"):
        yield PROPOSED, _said_in(removal)


def lost(lines: Sequence[Line]) -> list[Line]:
    """The removals that wait for a second person, of people who are here, and that are not."""
    ended = {line["reference"] for line in lines if line["kind"] == WITHDRAWN}
    wanted = {
        line["reference"]: line
        for line in lines
        if line["kind"] == PROPOSED and line["reference"] not in ended
    }
    merges = [line for line in lines if line["kind"] in protections.MERGES]
    people = protections.people_of({line["subject"] for line in wanted.values()}, merges)
    here = waiting(people.values())
    found = {
        people[line["subject"]]: line
        for line in wanted.values()
        if line["subject"] in people and people[line["subject"]] not in here
    }
    return [{**line, "person": pk} for pk, line in found.items()]


def bring_back(found: Sequence[Line]) -> int:
    """Propose these again, under the old references; a second person still decides."""
    for line in found:
        Removal.objects.create(
            reference=line["reference"],
            subject_id=line["person"],
            prepared_by_id=protections.account(line["by"]) if line["by"] else None,
        )
    return len(found)


protections.register(
    Protection("removals", (PROPOSED,), lost, bring_back, told, ends=(WITHDRAWN,), order=10)
)


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
