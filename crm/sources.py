"""Sources: where a person's data came from, and what the source forbids (S29, S30)."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.enums import RestrictionKind
from crm.errors import EntryRefused
from crm.models import Contact, SourceRestriction
from privacy import journal, ledger, protections
from privacy.protections import Line, Protection

# The kind of line by which the ledger carries what a source forbids; its own day ends it.
LIMITED = "limit"
CHUNK = 5_000


@transaction.atomic
def restrict(
    contact: Contact,
    *,
    kind: str,
    allows: str = "",
    expires_on: date | None = None,
    by: Any,
) -> SourceRestriction:
    """Note what the source of this person's data forbids, until a day or for good.

    `allows` names the one purpose, channel or region that remains; “no onward disclosure” has
    none. A term has nothing but its last day: it begins to forbid where the others end.
    """
    if kind == RestrictionKind.TERM:
        if allows or not expires_on:
            raise EntryRefused(_("Of a term say its last day alone."))
    elif bool(allows) == (kind == RestrictionKind.DISCLOSURE):
        raise EntryRefused(_("Say what remains allowed; “no onward disclosure” allows nothing."))
    if expires_on and expires_on < timezone.localdate():
        raise EntryRefused(_("This restriction would be over already."))
    restriction = SourceRestriction(
        source=contact.source, kind=kind, allows=allows, expires_on=expires_on
    )
    restriction.full_clean()
    restriction.save()
    carry([restriction])
    journal.record("source.restrict", by=by, on=contact, facts={"type": str(kind)})
    return restriction


# --- what the ledger carries --------------------------------------------------------------------


def carry(restrictions: Collection[SourceRestriction]) -> None:
    """Have the ledger carry these past a restore."""
    ledger.record_all(_told(row.pk for row in restrictions))


def told() -> Iterator[tuple[str, Line]]:
    """What the source of anybody living forbids, as the ledger's lines say it."""
    return _told(None)


def _told(pks: Any) -> Iterator[tuple[str, Line]]:
    rows = SourceRestriction.objects.filter(source__contact__disposed_at__isnull=True)
    if pks is not None:
        rows = rows.filter(pk__in=list(pks))
    for row in rows.select_related("source__contact").order_by("pk").iterator(chunk_size=CHUNK):
        yield (
            LIMITED,
            {
                "reference": str(row.reference),
                "subject": str(row.source.contact.uuid),
                "type": str(row.kind),
                "allows": row.allows,
                "until": row.expires_on.isoformat() if row.expires_on else "",
            },
        )


def lost(lines: Sequence[Line]) -> list[Line]:
    """The ledger's lines that this database lacks, with the living person of each."""
    wanted = {line["reference"]: line for line in lines if line["kind"] == LIMITED}
    for start in range(0, len(references := list(wanted)), CHUNK):
        part = references[start : start + CHUNK]
        present = SourceRestriction.objects.filter(reference__in=part)
        for reference in present.values_list("reference", flat=True):
            del wanted[str(reference)]
    merges = [line for line in lines if line["kind"] in protections.MERGES]
    people = protections.people_of({line["subject"] for line in wanted.values()}, merges)
    return [
        {**line, "person": people[line["subject"]]}
        for line in wanted.values()
        if line["subject"] in people
    ]


def bring_back(found: Sequence[Line]) -> int:
    """Write these down again under their old references; returns how many."""
    people = Contact.objects.in_bulk([line["person"] for line in found])
    SourceRestriction.objects.bulk_create(
        [
            SourceRestriction(
                reference=line["reference"],
                source_id=people[line["person"]].source_id,
                kind=line["type"],
                allows=line["allows"],
                expires_on=date.fromisoformat(line["until"]) if line["until"] else None,
            )
            for line in found
        ],
        batch_size=500,
    )
    return len(found)


PROTECTION = Protection("limits", (LIMITED,), lost, bring_back, told, order=7)
