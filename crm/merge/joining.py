"""One record of two, in one transaction, without mail."""

import json
import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import age, contacts, dealings
from crm.errors import MergeRefused
from crm.merge import columns, rules
from crm.merge.noes import carry, noes_of
from crm.merge.preview import seal
from crm.merge.rules import RULES, Rule
from crm.models import Contact, ContactPoint, Demographics, Merge, MergeUndo, SourceRestriction
from crm.sight import seen_by
from privacy import consent, journal, removals


def merge(
    kept: Contact,
    gone: Contact,
    choices: Mapping[str, str] | None = None,
    *,
    by: Any,
    digest: str | None = None,
) -> Merge:
    """Make one person of two; `choices` names the columns in which the gone one's value is right.

    A blank of the kept is filled from the other. Refused: a person with themselves, anyone who
    was disposed of, merged away or is restricted, anyone whom the operator does not see, two
    operators, anyone whom a birth date of either says to be under sixteen (S113), and any change
    since the preview that `digest` seals.
    """
    if kept.pk == gone.pk:
        raise MergeRefused(_("A person cannot be merged with themselves; choose two records."))
    with transaction.atomic():
        kept, gone = _lock(kept, gone)
        refuse_strangers([kept.pk, gone.pk], by=by)
        if digest is not None and digest != seal(kept, gone):
            raise MergeRefused(
                _("One of the two was changed since the preview; look at it again, then confirm.")
            )
        if all(rules.pks_of("crm.User.contact", person) for person in (kept, gone)):
            raise MergeRefused(
                _("Both have an account of their own; two operators are two people.")
            )
        _refuse_minors([kept.pk, gone.pk])
        made = join(kept, gone, choices or {}, by=by)
        consent.joined(made.reference, kept=kept.uuid, gone=gone.uuid, takes=_taken(choices or {}))
    return made


def _refuse_minors(pks: Collection[int]) -> None:
    """One birth date alone survives a merge: it must not be the one that hides a child's."""
    today = timezone.localdate()
    born = Demographics.objects.filter(contact__in=pks).values_list("date_of_birth", flat=True)
    if any(day and age.is_under_age(day, on=today) for day in born) or removals.waiting(pks):
        raise MergeRefused(
            _("One of the two is under sixteen: take “Remove: under 16” on their page instead.")
        )


def merge_again(
    kept: Contact, gone: Contact, choices: Mapping[str, str], *, reference: uuid.UUID, at: datetime
) -> Merge:
    """Make again, on a restored database, the merge of which the ledger knows."""
    with transaction.atomic():
        kept, gone = _lock(kept, gone)
        if rules.pks_of("crm.User.contact", kept):
            # One of two accounts lost its person before they were merged.
            rules.rows_of("crm.User.contact", gone).update(contact=None)
        return join(kept, gone, choices, by=None, reference=reference, at=at)


def join(
    kept: Contact,
    gone: Contact,
    choices: Mapping[str, str],
    *,
    by: Any,
    reference: uuid.UUID | None = None,
    at: datetime | None = None,
    carries: bool = True,
) -> Merge:
    """The merge itself, of two rows that are locked and were looked at.

    `carries` False: each "no" was carried before, and is not said anew.
    """
    at = at or timezone.now()
    before: dict[str, Any] = {"gone": columns.values(gone), "moved": {}, "dropped": []}
    before["source"] = {name: getattr(gone.source, name) for name in columns.BLANK_SOURCE}
    noes = noes_of(gone)
    before["narrowed"] = _narrow(kept, gone)
    for label in RULES:
        _apply(label, kept=kept, gone=gone, before=before)
    restrictions = SourceRestriction.objects.filter(source=gone.source)
    before["restrictions"] = list(restrictions.values_list("pk", flat=True))
    restrictions.update(source=kept.source)
    history = Contact.history.filter(id=gone.pk)
    before["history"] = list(history.values_list("history_id", flat=True))
    history.update(id=kept.pk)
    before["kept"] = columns.choose(kept, gone, choices, by=by)
    before["line"] = columns.line_of(kept) if before["kept"] else None
    Contact.objects.filter(pk=gone.pk).update(
        **columns.BLANK_NAMES,
        language="",
        residence_country="",
        search_text="",
        name_key="",
        disposed_at=timezone.now(),
    )
    type(gone.source).objects.filter(pk=gone.source_id).update(**columns.BLANK_SOURCE)
    made = Merge.objects.create(
        kept=kept,
        gone=gone,
        merged_by=by,
        merged_at=at,
        reference=reference or uuid.uuid4(),
    )
    MergeUndo.objects.create(
        reference=made.reference,
        kept=kept,
        before=json.loads(json.dumps(before, cls=DjangoJSONEncoder)),
        stored_at=at,
    )
    if carries:
        carry(noes, to=kept, reference=str(made.reference), by=by)
    contacts.index([kept.pk])
    dealings.refresh([kept.pk])
    journal.record("contact.merge", by=by, on=kept)
    journal.record("contact.merge_away", by=by, on=gone)
    return made


def _narrow(kept: Contact, gone: Contact) -> list[int]:
    """A point that one of the two gave for an order alone was given for that alone (S51)."""
    theirs = gone.points.exclude(given_for="").values_list("kind", "normal_form", "given_for")
    narrowed = []
    for kind, form, given_for in theirs:
        mine = ContactPoint.objects.filter(contact=kept, kind=kind, normal_form=form, given_for="")
        narrowed += list(mine.values_list("pk", flat=True))
        mine.update(given_for=given_for)
    return narrowed


def refuse_strangers(pks: list[int], *, by: Any) -> None:
    """MergeRefused where the operator does not see each of these people."""
    if by is None:
        return
    if seen_by(by, Contact.objects.filter(pk__in=pks)).count() < len(pks):
        raise MergeRefused(_("One of the two is not among the people whom you see."))


def _lock(kept: Contact, gone: Contact) -> tuple[Contact, Contact]:
    """Lock both, in one order for everybody, and look again."""
    people = Contact.objects.select_for_update(of=("self",)).select_related("source")
    rows = people.filter(pk__in=[kept.pk, gone.pk]).order_by("pk")
    found = {person.pk: person for person in rows}
    if len(found) < 2 or any(person.disposed_at for person in found.values()):
        raise MergeRefused(_("One of the two was disposed of or merged away; nothing to merge."))
    if Contact.objects.usable().filter(pk__in=list(found)).count() < 2:
        raise MergeRefused(_("One of the two is restricted; a restricted person is not merged."))
    return found[kept.pk], found[gone.pk]


def _taken(choices: Mapping[str, str]) -> list[str]:
    return sorted(name for name, side in choices.items() if side == "gone")


def _apply(label: str, *, kept: Contact, gone: Contact, before: dict[str, Any]) -> None:
    rule = RULES[label].rule
    if rule is Rule.STAYS:
        return
    rows = rules.rows_of(label, gone)
    if rule is Rule.GOES:
        rows.delete()
        return
    if same := rules.same(label, kept=kept, gone=gone):
        dropped = rows.filter(pk__in=same)
        before["dropped"] += json.loads(serializers.serialize("json", dropped))
        dropped._raw_delete(dropped.db)
    if pks := rules.pks_of(label, gone):
        before["moved"][label] = pks
        rows.order_by().update(**{f"{rules.relations()[label][1]}_id": kept.pk})
