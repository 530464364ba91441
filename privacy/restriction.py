"""Restriction of processing: a person's data are stored, and nothing else is done with them.

It counts from its receipt. While it is in force nobody finds, uses, exports or edits the person,
no message is sent, and no nightly run destroys anything of theirs; rights, suppression and the
person's own “no” go on as ever (Art. 18(2), S125; DESIGN 14). Lifting it is announced to the
person first, with the day (Art. 18(3)). The ledger carries it past a restore. Serves Art. 18 GDPR.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import heard, journal, ledger, protections, subjects
from privacy.enums import Announcement, LiftGround, RestrictionGround
from privacy.errors import SubjectRestricted, TransitionRefused
from privacy.models import Restriction
from privacy.protections import Protection

Line = Mapping[str, Any]

# The kinds of lines by which the ledger carries a restriction, and its end.
PLACED = "restriction"
LIFTED = "restriction.lift"
# People whom one statement names.
CHUNK = 5_000


@transaction.atomic
def place(subject: Model, *, ground: RestrictionGround, received_on: date, by: Any) -> Restriction:
    """Restrict the person's data from now on; a second ground is a second restriction.

    TransitionRefused for a tombstone, a day in the future, or a ground already in force.
    """
    people = subjects.root_model()._base_manager.select_for_update()
    person: Any = people.get(pk=subject.pk)
    if person.disposed_at:
        raise TransitionRefused(_("This person was disposed of; there is nothing to restrict."))
    if received_on > timezone.localdate():
        raise TransitionRefused(_("The day of receipt is in the future; take the day it arrived."))
    if in_force().filter(subject=person, ground=ground).exists():
        raise TransitionRefused(_("The data are restricted on this ground already."))
    made = Restriction.objects.create(
        subject=person, ground=ground, received_on=received_on, placed_by=by
    )
    ledger.record(PLACED, **_said_in(made))
    heard.tell([person.pk])
    journal.record("restriction.place", by=by, on=made, facts={"ground": str(ground)})
    return made


@transaction.atomic
def announce(
    restriction: Restriction,
    *,
    how: Announcement,
    ground: LiftGround,
    ends_on: date,
    by: Any,
) -> Restriction:
    """Write down that the person was told that, why and when it will be lifted (Art. 18(3)).

    A later announcement replaces an earlier one. TransitionRefused once it is lifted, or where the
    day named is not after today: nobody is told of what has happened already.
    """
    restriction = _locked(restriction)
    if ends_on <= timezone.localdate():
        raise TransitionRefused(_("The person is told first: name a day after today."))
    restriction.announced_at, restriction.announced_by = timezone.now(), by
    restriction.announced_how, restriction.lift_ground = how, ground
    restriction.ends_on = ends_on
    restriction.full_clean()
    restriction.save()
    facts = {"how": str(how), "ground": str(ground)}
    journal.record("restriction.announce", by=by, on=restriction, facts=facts)
    return restriction


@transaction.atomic
def lift(restriction: Restriction, *, by: Any, on: date | None = None) -> Restriction:
    """Lift it on or after the day of which the person was told; refused before."""
    restriction = _locked(restriction)
    if restriction.ends_on is None:
        raise TransitionRefused(_("The person has not been told yet (Art. 18(3)); announce it."))
    if (on or timezone.localdate()) < restriction.ends_on:
        raise TransitionRefused(
            _("The person was told that it ends on %(day)s; lift it then.")
            % {"day": restriction.ends_on}
        )
    restriction.lifted_at, restriction.lifted_by = timezone.now(), by
    restriction.save(update_fields=["lifted_at", "lifted_by"])
    ledger.record(LIFTED, reference=str(restriction.reference))
    journal.record("restriction.lift", by=by, on=restriction)
    return restriction


def in_force() -> QuerySet[Restriction]:
    """The restrictions that nobody has lifted."""
    return Restriction.objects.filter(lifted_at__isnull=True)


def of_row(path: str = "pk") -> Exists:
    """Whether the person at the end of this path is restricted: SQL, for sets of rows."""
    return Exists(in_force().filter(subject=OuterRef(path)))


def restricted(subject_pks: Collection[int]) -> dict[int, list[str]]:
    """Who of these people is restricted, and by which references."""
    asked, rows = set(subject_pks), in_force().order_by("pk")
    found: dict[int, list[str]] = {}
    # Restrictions are few and people may be many: one question either way.
    if len(asked) <= CHUNK:
        rows = rows.filter(subject__in=asked)
    for subject, reference in rows.values_list("subject", "reference"):
        if subject in asked:
            found.setdefault(subject, []).append(str(reference))
    return found


def refuse_if_restricted(subject_pks: Collection[int]) -> None:
    """SubjectRestricted where any of them is; whoever edits a person asks first, with a lock."""
    if references := restricted(subject_pks):
        raise SubjectRestricted([one for found in references.values() for one in found])


def lost(lines: Iterable[Line]) -> list[tuple[int, Line]]:
    """The ledger's restrictions in force that this database lacks, with their living people."""
    lines = list(lines)
    merges = [line for line in lines if line["kind"] in protections.MERGES]
    ended = {line["reference"] for line in lines if line["kind"] == LIFTED}
    wanted = {
        line["reference"]: line
        for line in lines
        if line["kind"] == PLACED and line["reference"] not in ended
    }
    present = Restriction.objects.filter(reference__in=list(wanted))
    for reference in present.values_list("reference", flat=True):
        del wanted[str(reference)]
    living = protections.people_of({line["subject"] for line in wanted.values()}, merges)
    return [
        (living[line["subject"]], line) for line in wanted.values() if line["subject"] in living
    ]


def enter_again(lines: Iterable[tuple[int, Line]]) -> int:
    """Restrict these people again under the old references; returns how many.

    A lift that a restore forgot is not made again: it restricts too much rather than too little,
    and its person is told once more before somebody lifts it.
    """
    made = 0
    for subject, line in lines:
        if in_force().filter(subject=subject, ground=line["ground"]).exists():
            continue
        again = Restriction.objects.create(
            reference=line["reference"],
            subject_id=subject,
            ground=line["ground"],
            received_on=date.fromisoformat(line["received_on"]),
        )
        Restriction.objects.filter(pk=again.pk).update(
            placed_at=datetime.fromisoformat(line["at"])
        )
        made += 1
    return made


def told() -> Iterator[tuple[str, Line]]:
    """Each restriction of this database and each lift, as the ledger's lines say them."""
    for row in Restriction.objects.select_related("subject").order_by("pk").iterator(CHUNK):
        yield PLACED, _said_in(row)
        if row.lifted_at:
            yield LIFTED, {"reference": str(row.reference)}


def _said_in(row: Any) -> dict[str, Any]:
    return {
        "reference": str(row.reference),
        "subject": str(row.subject.uuid),
        "ground": str(row.ground),
        "received_on": row.received_on.isoformat(),
        "at": row.placed_at.isoformat(),
    }


protections.register(
    Protection("restrictions", (PLACED,), lost, enter_again, told, ends=(LIFTED,), order=4)
)


def _locked(restriction: Restriction) -> Restriction:
    restriction = Restriction.objects.select_for_update().get(pk=restriction.pk)
    if restriction.lifted_at:
        raise TransitionRefused(_("This restriction has been lifted already."))
    return restriction
