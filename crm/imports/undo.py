"""Taking an import back: whoever it entered becomes a tombstone, what it added is removed.

A person with whom somebody has dealt since, whose record somebody has changed since, or who is on
hold, is left as they are; a column is restored only where it still holds what the import wrote.
Whoever was merged since is taken apart for it, so that an undo follows what its import wrote to
whoever has it now, and whoever is left is merged again; a merge itself is no work on the record.
A “no” that was learned stays (S64). The privacy office disposes, by its own road.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max, Model
from django.utils import timezone

from crm import contacts, dealings
from crm.enums import ImportedTable
from crm.merge import unwinding
from crm.models import (
    Contact,
    ContactPoint,
    Demographics,
    ImportBatch,
    ImportChange,
    Organisation,
    PostalAddress,
    Role,
)
from privacy import inventory

if TYPE_CHECKING:
    from crm.imports.work import Office

# So many people are disposed of by one reading of all that might mention them.
PART = 5_000
ROWS: dict[str, type[Model]] = {
    ImportedTable.POINT: ContactPoint,
    ImportedTable.ROLE: Role,
    ImportedTable.ADDRESS: PostalAddress,
    ImportedTable.DEMOGRAPHICS: Demographics,
}
# What an import or a search writes itself; all else about a person is a dealing of their own.
ITS_OWN = {
    *ImportedTable.values,
    "crm.source",
    "crm.sourcerestriction",
    "crm.importchange",
    "crm.duplicatepair",
}


def take_back(batch: ImportBatch, *, office: Office, speak: Callable[[], None]) -> None:
    """Take back what can be, and count it on the batch; doing it again changes nothing more."""
    people = list(batch.changes.order_by("contact").values_list("contact", flat=True).distinct())
    for start in range(0, len(people), PART):
        speak()
        _take_back(batch, people[start : start + PART], office)
    left = left_of(batch)
    batch.undone = {
        "people": max(0, batch.counts.get("create", 0) - left["people"]),
        **{f"{name}_left": number for name, number in left.items()},
    }
    if firms := organisations_left(batch):
        batch.undone["organisations_left"] = firms


def left_of(batch: ImportBatch) -> dict[str, int]:
    """What still stands of an import: people, rows and columns."""
    changes = batch.changes.all()
    entered = changes.filter(table=ImportedTable.CONTACT, column="")
    mine = changes.exclude(contact__in=entered.values("contact"))
    return {
        "people": entered.count(),
        "rows": mine.filter(column="").count(),
        "columns": mine.exclude(column="").count(),
    }


def organisations_left(batch: ImportBatch) -> int:
    """How many organisations stay that this import was the first to name."""
    if batch.confirmed_at is None:
        return 0
    lines = Organisation.history.filter(  # type: ignore[attr-defined]
        history_type="+",
        history_user=batch.confirmed_by,
        history_date__range=(batch.confirmed_at, batch.finished_at or timezone.now()),
    )
    return Organisation.objects.filter(pk__in=lines.values("id")).count()


def left_people(batch: ImportBatch) -> list[Any]:
    """The references of those who still have something of it: as entered, changed or merged."""
    left = Contact.objects.filter(pk__in=batch.changes.values("contact"))
    return list(left.order_by("pk").values_list("uuid", flat=True)[:100])


def _take_back(batch: ImportBatch, people: Collection[int], office: Office) -> None:
    merged = unwinding.merged(people)
    alone = set(people) - merged
    for pk in sorted(merged):
        alone |= _take_apart(batch, pk, office)
    gone = entered(batch, alone) - worked_on(batch, entered(batch, alone))
    if gone:
        office.dispose(sorted(gone), batch.confirmed_by)
    with transaction.atomic():
        _take_from(batch, alone - entered(batch, alone), office)


def entered(batch: ImportBatch, people: Collection[int]) -> set[int]:
    """Those of these people whom this import entered."""
    marks = batch.changes.filter(contact__in=people, table=ImportedTable.CONTACT, column="")
    return set(marks.values_list("contact", flat=True))


def _take_apart(batch: ImportBatch, pk: int, office: Office) -> set[int]:
    """Undo the merges into this person, take back what can be, and merge the rest again.

    Returns those who stand alone now and are to go; nobody where nothing can be taken back: then
    the merges stand as they stood.
    """
    with transaction.atomic():
        apart = None if office.held([pk]) else unwinding.unwind(pk, by=batch.confirmed_by)
        if apart is None:
            transaction.set_rollback(True)
            return set()
        whom = {pk, *(one.kept for one in apart), *(one.gone for one in apart)}
        mine = entered(batch, whom)
        gone = mine - worked_on(batch, mine) - set(office.held(mine))
        if not _take_from(batch, whom - mine, office) and not gone:
            transaction.set_rollback(True)
            return set()
        unwinding.wind(apart, without=gone)
    return gone


def _take_from(batch: ImportBatch, people: Collection[int], office: Office) -> int:
    """Take back what the import added to people whom it did not enter; how much that was."""
    free = set(people) - set(office.held(people)) if people else set()
    changes = list(ImportChange.objects.filter(batch=batch, contact__in=free))
    locked = Contact.objects.select_for_update().filter(
        pk__in={c.contact_id for c in changes}, disposed_at__isnull=True
    )
    living = {person.pk: person for person in locked.order_by("pk")}
    mine = [c for c in changes if c.contact_id in living]
    done = _remove_rows(mine) + _restore(mine, living, batch=batch)
    ImportChange.objects.filter(pk__in=[c.pk for c in done]).delete()
    changed = {c.contact_id for c in done}
    contacts.index(changed)
    dealings.refresh(changed)
    return len(done)


def worked_on(batch: ImportBatch, people: Collection[int]) -> set[int]:
    """Whose record somebody touched after this import, or with whom somebody has dealt."""
    found: set[int] = set()
    if not people:
        return found
    # A statement asks the changes who they are, rather than be told thousands of numbers.
    marks = batch.changes.filter(table=ImportedTable.CONTACT, column="")
    asked = marks.filter(contact__gte=min(people), contact__lte=max(people)).values("contact")
    for holding in inventory.registry.about_subjects():
        if holding.history_of or holding.model.lower() in ITS_OWN:
            continue
        rows = holding.rows_about(asked)
        if holding.model == "privacy.ConsentEvent":
            # A refusal that the import itself brought, or a merge carried over.
            rows = rows.exclude(method="import").exclude(evidence__startswith="merge ")
        found.update(rows.values_list(holding.path, flat=True))
    ends = dict(
        batch.changes.filter(contact__in=asked)
        .values_list("contact")
        .annotate(last=Max("at"))
        .order_by()
    )
    for model, owner in ((Contact, "id"), *((model, "contact_id") for model in ROWS.values())):
        history = model.history.filter(**{f"{owner}__in": asked})  # type: ignore[attr-defined]
        last = history.values_list(owner).annotate(last=Max("history_date")).order_by()
        found |= {pk for pk, at in last if pk in ends and at > ends[pk]}
    return found & set(people)


def _remove_rows(changes: list[ImportChange]) -> list[ImportChange]:
    """Delete added rows, with their history, where nobody changed them since."""
    done: list[ImportChange] = []
    for table, model in ROWS.items():
        added = [c for c in changes if c.table == table and not c.column]
        if not added:
            continue
        history: Any = model.history  # type: ignore[attr-defined]
        edited = history.filter(id__in=[c.row for c in added]).exclude(history_type="+")
        touched = set(edited.values_list("id", flat=True))
        free = [c for c in added if c.row not in touched]
        pks = [c.row for c in free]
        model._default_manager.filter(pk__in=pks).delete()
        history.filter(id__in=pks).delete()
        done += free
    return done


def _restore(
    changes: list[ImportChange], people: dict[int, Contact], *, batch: ImportBatch
) -> list[ImportChange]:
    """Put back what a column held before, where it still holds what the import wrote.

    The newest change of a column comes first: what two rows changed goes back step by step.
    """
    done, moved, reborn = [], {}, {}
    births = {
        birth.pk: birth
        for birth in Demographics.objects.filter(
            pk__in=[c.row for c in changes if c.table == ImportedTable.DEMOGRAPHICS and c.column]
        )
    }
    for change in sorted((c for c in changes if c.column), key=lambda c: -c.pk):
        if change.table == ImportedTable.CONTACT:
            person = people[change.contact_id]
            if getattr(person, change.column) == change.after:
                setattr(person, change.column, change.before)
                moved[person.pk] = person
                done.append(change)
            continue
        birth = births.get(change.row)
        if birth is not None and str(birth.date_of_birth or "") == change.after:
            birth.date_of_birth = date.fromisoformat(change.before) if change.before else None
            reborn[birth.pk] = birth
            done.append(change)
    contacts.change(list(moved.values()), by=batch.confirmed_by)
    contacts.change_births(list(reborn.values()), by=batch.confirmed_by)
    _unwrite(done, since=batch.confirmed_at)
    return done


def _unwrite(done: list[ImportChange], *, since: Any) -> None:
    """Leave nothing in the history of what was put back: it reads as if it had never been."""
    for change in done:
        model: Any = ROWS.get(change.table, Contact)
        before: Any = change.before
        after: Any = change.after
        if change.table == ImportedTable.DEMOGRAPHICS:
            before, after = before or None, after or None
        lines = model.history.filter(id=change.row, history_date__gte=since)
        lines.filter(**{change.column: after}).update(**{change.column: before})
