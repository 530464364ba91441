"""Merging: two records of one person become one, and two again within thirty days.

One door each way, one transaction, no mail. Every relation to a person is spoken for in `RULES`;
a test fails when a new one is not. Nobody's "no" is lost: suppression entries know points and
are not touched, holds follow the person, restrictions of the source move, and each consent
refused by the one merged away is refused by the one who is kept, purpose × channel × topic. A
"yes" never moves: events of consent are append-only and stay with the tombstone, so that the
consent of the merged person is the most restrictive of both. A merge is no dealing: the clock
is derived anew from the rows (DESIGN 3). The one merged away becomes a tombstone that leads to
the one kept (`Merge`); disposal of the kept takes it along. Art. 5(1)(d), s.26, S45, S64.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import contacts, dealings
from crm.errors import MergeRefused
from crm.models import Contact, Merge, MergeUndo, SourceRestriction
from crm.sight import seen_by
from privacy import consent, journal
from privacy.enums import NOES, ConsentKind

UNDO_DAYS = 30
# What the two may differ in and an operator chooses between.
CHOICES = (*contacts.NAMES, "language", "residence_country", "owner", "team")
BLANK_NAMES = dict.fromkeys(contacts.NAMES, "")
BLANK_SOURCE = {"detail": "", "recommender": ""}


class Rule(StrEnum):
    """What a merge does with the rows that point at the one merged away."""

    MOVES = "moves"
    # Moves, unless the kept has the same already: then it is the kept's that stays.
    ONCE = "once"
    # Moves; where both have one, the merge is refused.
    ALONE = "alone"
    STAYS = "stays"
    GOES = "goes"


@dataclass(frozen=True, slots=True)
class Relation:
    """How one relation is handled; `same` are the columns in which two rows are the same."""

    rule: Rule
    same: tuple[str, ...] = ()


RULES: Mapping[str, Relation] = {
    "crm.ContactPoint.contact": Relation(Rule.ONCE, ("kind", "normal_form")),
    "crm.PostalAddress.contact": Relation(Rule.MOVES),
    # One row for each person: the kept's, where both have one.
    "crm.Demographics.contact": Relation(Rule.ONCE),
    "crm.Role.contact": Relation(Rule.MOVES),
    "crm.Participation.contact": Relation(Rule.ONCE, ("engagement_id",)),
    "crm.Interaction.contact": Relation(Rule.MOVES),
    "crm.Document.contact": Relation(Rule.MOVES),
    "crm.InvoiceReference.contact": Relation(Rule.MOVES),
    "crm.VisitorLink.contact": Relation(Rule.MOVES),
    # History belongs to its row and goes where the row goes.
    "crm.HistoricalContactPoint.contact": Relation(Rule.MOVES),
    "crm.HistoricalPostalAddress.contact": Relation(Rule.MOVES),
    "crm.HistoricalDemographics.contact": Relation(Rule.MOVES),
    "crm.HistoricalRole.contact": Relation(Rule.MOVES),
    # An operator's own record; two operators are two people.
    "crm.User.contact": Relation(Rule.ALONE),
    # A hold follows the person by its foreign key alone: nothing of what it says changes.
    "privacy.LegalHold.subject": Relation(Rule.MOVES),
    # Append-only; `_carry_noes` says each "no" again for the kept, and no "yes".
    "privacy.ConsentEvent.subject": Relation(Rule.STAYS),
    # Who was merged into the one merged away is merged into the kept.
    "crm.Merge.kept": Relation(Rule.MOVES),
    "crm.MergeUndo.kept": Relation(Rule.MOVES),
    "crm.Merge.gone": Relation(Rule.STAYS),
    # The search finds the kept's pairs anew; what was decided about the gone is about nobody.
    "crm.DuplicatePair.first": Relation(Rule.GOES),
    "crm.DuplicatePair.second": Relation(Rule.GOES),
    # Whom somebody merged no undo of an import touches any more.
    "crm.ImportChange.contact": Relation(Rule.GOES),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a merge would do: values that differ, rows by table, and the seal of what was seen."""

    differs: Mapping[str, tuple[Any, Any]]
    moves: Mapping[str, int]
    drops: Mapping[str, int]
    noes: int
    digest: str


def relations() -> dict[str, tuple[type[Model], str]]:
    """Every foreign key to a person, of whatever app, the hidden ones too."""
    pointing: list[Any] = [
        relation
        for relation in Contact._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete
    ]
    return {
        f"{relation.related_model._meta.label}.{relation.field.name}": (
            relation.related_model,
            relation.field.name,
        )
        for relation in pointing
        if not relation.field.many_to_many
    }


def plan(kept: Contact, gone: Contact) -> Plan:
    """What merging would change, computed from the rules that merge; writes nothing."""
    moves, drops = {}, {}
    for label, rule in RULES.items():
        if rule.rule in {Rule.STAYS, Rule.GOES}:
            continue
        same = len(_same(label, rule, kept=kept, gone=gone))
        moving = len(_pks(label, gone)) - same
        if same:
            drops[label] = same
        if moving:
            moves[label] = moving
    return Plan(
        differs={
            name: (getattr(kept, name), getattr(gone, name))
            for name in CHOICES
            if getattr(kept, name) != getattr(gone, name)
        },
        moves=moves,
        drops=drops,
        noes=len(noes_of(gone)),
        digest=_seal(kept, gone),
    )


def _seal(one: Contact, other: Contact) -> str:
    """What the two are and have, whichever of them is kept; another after any change."""
    seen: list[Any] = []
    for person in sorted((one, other), key=lambda person: person.pk):
        rows = {label: _pks(label, person) for label in RULES if RULES[label].rule != Rule.GOES}
        seen.append([person.pk, _values(person), rows, sorted(map(str, noes_of(person).items()))])
    text = json.dumps(seen, cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


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
    operators, and any change since the preview that `digest` seals.
    """
    if kept.pk == gone.pk:
        raise MergeRefused(_("A person cannot be merged with themselves; choose two records."))
    with transaction.atomic():
        kept, gone = _lock(kept, gone, by=by)
        if digest is not None and digest != _seal(kept, gone):
            raise MergeRefused(
                _("One of the two was changed since the preview; look at it again, then confirm.")
            )
        before: dict[str, Any] = {"gone": _values(gone), "moved": {}, "dropped": []}
        before["source"] = {name: getattr(gone.source, name) for name in BLANK_SOURCE}
        noes = noes_of(gone)
        for label, rule in RULES.items():
            _apply(label, rule, kept=kept, gone=gone, before=before)
        restrictions = SourceRestriction.objects.filter(source=gone.source)
        before["restrictions"] = list(restrictions.values_list("pk", flat=True))
        restrictions.update(source=kept.source)
        history = Contact.history.filter(id=gone.pk)
        before["history"] = list(history.values_list("history_id", flat=True))
        history.update(id=kept.pk)
        before["kept"] = _choose(kept, gone, choices or {}, by=by)
        Contact.objects.filter(pk=gone.pk).update(
            **BLANK_NAMES,
            language="",
            residence_country="",
            search_text="",
            name_key="",
            disposed_at=timezone.now(),
        )
        type(gone.source).objects.filter(pk=gone.source_id).update(**BLANK_SOURCE)
        made = Merge.objects.create(kept=kept, gone=gone, merged_by=by)
        MergeUndo.objects.create(
            reference=made.reference,
            kept=kept,
            before=json.loads(json.dumps(before, cls=DjangoJSONEncoder)),
        )
        _carry_noes(noes, to=kept, reference=str(made.reference), by=by)
        contacts.index([kept.pk])
        dealings.refresh([kept.pk])
        journal.record("contact.merge", by=by, on=kept)
        journal.record("contact.merge_away", by=by, on=gone)
    return made


def undo(made: Merge, *, by: Any) -> Contact:
    """Make two of one again, within thirty days.

    Refused when either was disposed of since, when the kept was merged on, and while a hold
    placed since stands on the kept: it might be meant for either. Values changed since stay as
    they are; a "no" said since counts for both.
    """
    with transaction.atomic():
        made = Merge.objects.select_for_update(of=("self",)).filter(pk=made.pk).first() or made
        stored = MergeUndo.objects.filter(reference=made.reference).first()
        if stored is None or stored.stored_at < timezone.now() - timedelta(days=UNDO_DAYS):
            raise MergeRefused(
                _("This merge can no longer be undone: its thirty days or the person are over.")
            )
        people = Contact.objects.select_for_update(of=("self",)).select_related("source")
        found = {
            p.pk: p for p in people.filter(pk__in=[made.kept_id, made.gone_id]).order_by("pk")
        }
        kept, gone = found[made.kept_id], found[made.gone_id]
        if kept.disposed_at:
            raise MergeRefused(_("This person was disposed of or merged on; undo that first."))
        _refuse_strangers([kept.pk], by=by)
        if kept.legal_holds.filter(placed_at__gt=made.merged_at, released_at=None).exists():
            raise MergeRefused(
                _("A hold was placed since the merge; release it first, or leave them merged.")
            )
        before = stored.before
        since = {no: event for no, event in noes_of(kept).items() if event[1] > made.merged_at}
        Contact.objects.filter(pk=gone.pk).update(**before["gone"], disposed_at=None)
        type(gone.source).objects.filter(pk=gone.source_id).update(**before["source"])
        for label, pks in before["moved"].items():
            model, name = relations()[label]
            table = model._base_manager.filter(pk__in=pks, **{name: kept.pk})
            table.update(**{f"{name}_id": gone.pk})
        for row in serializers.deserialize("json", json.dumps(before["dropped"])):
            # Through the manager and its guard: what was suppressed since does not come back.
            type(row.object)._default_manager.bulk_create([row.object])
        moved = SourceRestriction.objects.filter(pk__in=before["restrictions"])
        moved.filter(source=kept.source).update(source=gone.source)
        Contact.history.filter(history_id__in=before["history"], id=kept.pk).update(id=gone.pk)
        _unchoose(kept, before["kept"], by=by)
        reference = str(made.reference)
        stored.delete()
        made.delete()
        _carry_noes(since, to=gone, reference=reference, by=by)
        contacts.index([kept.pk, gone.pk])
        dealings.refresh([kept.pk, gone.pk])
        journal.record("contact.unmerge", by=by, on=kept)
        journal.record("contact.come_back", by=by, on=gone)
    return Contact.objects.get(pk=gone.pk)


# --- the steps ----------------------------------------------------------------------------------


def _lock(kept: Contact, gone: Contact, *, by: Any) -> tuple[Contact, Contact]:
    """Lock both, in one order for everybody, and look again."""
    people = Contact.objects.select_for_update(of=("self",)).select_related("source")
    rows = people.filter(pk__in=[kept.pk, gone.pk]).order_by("pk")
    found = {person.pk: person for person in rows}
    if len(found) < 2 or any(person.disposed_at for person in found.values()):
        raise MergeRefused(_("One of the two was disposed of or merged away; nothing to merge."))
    if Contact.objects.usable().filter(pk__in=list(found)).count() < 2:
        raise MergeRefused(_("One of the two is restricted; a restricted person is not merged."))
    _refuse_strangers(list(found), by=by)
    return found[kept.pk], found[gone.pk]


def _refuse_strangers(pks: list[int], *, by: Any) -> None:
    if by is None:
        return
    if seen_by(by, Contact.objects.filter(pk__in=pks)).count() < len(pks):
        raise MergeRefused(_("One of the two is not among the people whom you see."))


def _apply(
    label: str, relation: Relation, *, kept: Contact, gone: Contact, before: dict[str, Any]
) -> None:
    model, name = relations()[label]
    if relation.rule is Rule.STAYS:
        return
    rows = model._base_manager.filter(**{name: gone.pk})
    if relation.rule is Rule.GOES:
        rows.delete()
        return
    if relation.rule is Rule.ALONE and rows.exists() and _pks(label, kept):
        raise MergeRefused(_("Both have an account of their own; two operators are two people."))
    if same := _same(label, relation, kept=kept, gone=gone):
        dropped = rows.filter(pk__in=same)
        before["dropped"] += json.loads(serializers.serialize("json", dropped))
        dropped._raw_delete(dropped.db)
    if pks := _pks(label, gone):
        before["moved"][label] = pks
        rows.update(**{f"{name}_id": kept.pk})


def _pks(label: str, person: Contact) -> list[Any]:
    model, name = relations()[label]
    rows = model._base_manager.filter(**{name: person.pk})
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _same(label: str, relation: Relation, *, kept: Contact, gone: Contact) -> list[Any]:
    """The gone one's rows of which the kept has the same."""
    if relation.rule is not Rule.ONCE:
        return []
    model, name = relations()[label]
    rows = model._base_manager.order_by("pk")
    theirs = set(rows.filter(**{name: kept.pk}).values_list(*relation.same or (name,)))
    if not relation.same:
        return _pks(label, gone) if theirs else []
    mine = rows.filter(**{name: gone.pk}).values_list("pk", *relation.same)
    return [pk for pk, *values in mine if tuple(values) in theirs]


def _values(person: Contact) -> dict[str, Any]:
    """What the row holds and a merge blanks or changes."""
    columns = (*contacts.NAMES, "language", "residence_country", "owner_id", "team_id")
    return {name: getattr(person, name) for name in columns}


def _choose(
    kept: Contact, gone: Contact, choices: Mapping[str, str], *, by: Any
) -> dict[str, list[Any]]:
    """Give the kept what was chosen; returns column -> value before and after."""
    if unknown := sorted(set(choices) - set(CHOICES)):
        raise MergeRefused(_("This cannot be chosen in a merge: %s.") % ", ".join(unknown))
    old = _values(kept)
    for name in CHOICES:
        if choices.get(name) == "gone" or not getattr(kept, name):
            setattr(kept, name, getattr(gone, name))
    if not any(getattr(kept, name) for name in contacts.NAMES):
        raise MergeRefused(_("A person needs at least one name."))
    new = _values(kept)
    changed = {name: [old[name], new[name]] for name in old if old[name] != new[name]}
    if changed:
        _save(kept, changed, by=by)
    return changed


def _unchoose(kept: Contact, changed: Mapping[str, list[Any]], *, by: Any) -> None:
    """Give the kept its own values back, but for what was changed again since."""
    back = [name for name, (_old, new) in changed.items() if getattr(kept, name) == new]
    for name in back:
        setattr(kept, name, changed[name][0])
    if back and any(getattr(kept, name) for name in contacts.NAMES):
        _save(kept, back, by=by)


def _save(person: Any, columns: Iterable[str], *, by: Any) -> None:
    """Store these columns, with a line of history."""
    person._history_user = by
    person.save(update_fields=sorted(columns))


Noes = dict[tuple[str, str, str], tuple[str, Any, str]]


def noes_of(person: Contact) -> Noes:
    """Questions to which this person's last word was "no": its kind, its time and how."""
    last = {
        (event.purpose, event.channel, event.topic): (event.kind, event.occurred_at, event.method)
        for event in consent.events_about([person.pk])
    }
    return {question: said for question, said in last.items() if said[0] in NOES}


def _carry_noes(noes: Noes, *, to: Contact, reference: str, by: Any) -> None:
    """Say each "no" again for this person: it counts at once, in the ledger too."""
    for (purpose, channel, topic), (kind, _at, method) in noes.items():
        facts = {
            "purpose": purpose,
            "channels": [channel],
            "method": method,
            "evidence": f"merge {reference}",
            "by": by,
        }
        match ConsentKind(kind):
            case ConsentKind.OBJECTED if not topic:
                consent.object_to(to, **facts)
            case ConsentKind.WITHDRAWN:
                consent.withdraw(to, **facts, topic=topic)
            case _:
                consent.refuse([to.pk], **facts, topic=topic)
