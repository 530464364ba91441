"""Two of one again, within thirty days, without forgetting what was said since."""

import json
from datetime import timedelta
from typing import Any

from django.core import serializers
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import contacts, dealings
from crm.errors import MergeRefused
from crm.merge import columns, rules
from crm.merge.joining import refuse_strangers
from crm.merge.noes import carry, noes_of
from crm.models import Contact, ContactPoint, Merge, MergeUndo, SourceRestriction
from privacy import consent, journal, restriction
from privacy.errors import IdentifierSuppressed

UNDO_DAYS = 30
# Where a merge moved those that were made before it.
EARLIER = "crm.Merge.kept"


def undo(made: Merge, *, by: Any) -> Contact:
    """Make two of one again, within thirty days.

    Refused when either was disposed of since, when the kept was merged on, and while a hold
    placed since stands on the kept: it might be meant for either. Values changed since stay as
    they are; a "no" said since counts for both.
    """
    with transaction.atomic():
        made, stored = _stored(made)
        if stored is None or stored.stored_at < timezone.now() - timedelta(days=UNDO_DAYS):
            raise MergeRefused(
                _("This merge can no longer be undone: its thirty days or the person are over.")
            )
        kept, gone = lock(made)
        refuse_strangers([kept.pk], by=by)
        if restriction.restricted([kept.pk]):
            raise MergeRefused(_("Processing is restricted (Art. 18); it is lifted first."))
        if any(made.pk in later["moved"].get(EARLIER, []) for later in _others(stored)):
            raise MergeRefused(_("This person was disposed of or merged on; undo that first."))
        if kept.legal_holds.filter(placed_at__gt=made.merged_at, released_at=None).exists():
            raise MergeRefused(
                _("A hold was placed since the merge; release it first, or leave them merged.")
            )
        part(made, stored, kept, gone, by=by)
        consent.parted(made.reference)
    return Contact.objects.get(pk=gone.pk)


def undo_again(made: Merge) -> None:
    """Undo again, on a restored database, what was undone after its dump.

    Of the rows of which the kept had the same, those stay away that were suppressed since.
    """
    with transaction.atomic():
        made, stored = _stored(made)
        if stored is not None:
            part(made, stored, *lock(made), by=None, strict=False)


def _stored(made: Merge) -> tuple[Merge, MergeUndo | None]:
    """The merge, locked, and what was kept to take it back with."""
    found = Merge.objects.select_for_update(of=("self",)).filter(pk=made.pk).first()
    if found is None:
        return made, None
    return found, MergeUndo.objects.filter(reference=found.reference).first()


def _others(stored: MergeUndo) -> list[dict[str, Any]]:
    rows = MergeUndo.objects.filter(kept=stored.kept_id).exclude(pk=stored.pk)
    return list(rows.values_list("before", flat=True))


def lock(made: Merge) -> tuple[Contact, Contact]:
    """Both rows, locked; refused where the kept one is no longer here."""
    people = Contact.objects.select_for_update(of=("self",)).select_related("source")
    found = {p.pk: p for p in people.filter(pk__in=[made.kept_id, made.gone_id]).order_by("pk")}
    if found[made.kept_id].disposed_at:
        raise MergeRefused(_("This person was disposed of or merged on; undo that first."))
    return found[made.kept_id], found[made.gone_id]


def part(
    made: Merge,
    stored: MergeUndo,
    kept: Contact,
    gone: Contact,
    *,
    by: Any,
    strict: bool = True,
    carries: bool = True,
) -> None:
    """Give each of the two what was theirs; `carries`: a "no" said since counts for both."""
    before = stored.before
    since = {no: said for no, said in noes_of(kept).items() if said.occurred_at > made.merged_at}
    Contact.objects.filter(pk=gone.pk).update(**before["gone"], disposed_at=None)
    type(gone.source).objects.filter(pk=gone.source_id).update(**before["source"])
    for label, pks in before["moved"].items():
        name = rules.relations()[label][1]
        rows = rules.rows_of(label, kept).order_by().filter(pk__in=pks)
        rows.update(**{f"{name}_id": gone.pk})
    for row in serializers.deserialize("json", json.dumps(before["dropped"])):
        _bring_back(row.object, strict=strict)
    # An undo of before there was such a thing narrowed nothing.
    narrowed = ContactPoint.objects.filter(pk__in=before.get("narrowed", ()), contact=kept)
    narrowed.update(given_for="")
    moved = SourceRestriction.objects.filter(pk__in=before["restrictions"])
    moved.filter(source=kept.source).update(source=gone.source)
    Contact.history.filter(history_id__in=before["history"], id=kept.pk).update(id=gone.pk)
    line = columns.unchoose(kept, before["kept"], by=by)
    columns.unwrite(kept, before["kept"], [before.get("line"), line], at=made.merged_at)
    reference = str(made.reference)
    stored.delete()
    made.delete()
    if carries:
        carry(since, to=gone, reference=reference, by=by)
    contacts.index([kept.pk, gone.pk])
    dealings.refresh([kept.pk, gone.pk])
    journal.record("contact.unmerge", by=by, on=kept)
    journal.record("contact.come_back", by=by, on=gone)


def _bring_back(row: Any, *, strict: bool) -> None:
    """Store a row anew through its manager and guard: what was suppressed since stays away."""
    try:
        type(row)._default_manager.bulk_create([row])
    except IdentifierSuppressed:
        if strict:
            raise
