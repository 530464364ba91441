"""Every relation to a person, and what a merge does with its rows; a test finds a new one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Model, QuerySet

from crm.models import Contact


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
    "crm.ContactTag.contact": Relation(Rule.ONCE, ("tag_id",)),
    "crm.Interaction.contact": Relation(Rule.MOVES),
    "crm.Document.contact": Relation(Rule.MOVES),
    "crm.FollowUp.contact": Relation(Rule.MOVES),
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
    "privacy.HoldCover.subject": Relation(Rule.ONCE, ("hold_id",)),
    # Who is restricted is not merged; what was lifted is part of the record.
    "privacy.Restriction.subject": Relation(Rule.MOVES),
    "privacy.Quarantine.subject": Relation(Rule.MOVES),
    # Nobody is written to twice because they were two records.
    "privacy.Delivery.subject": Relation(Rule.ONCE, ("dispatch_id",)),
    # Append-only; `noes.carry` says each "no" again for the kept, and no "yes".
    "privacy.ConsentEvent.subject": Relation(Rule.STAYS),
    # Append-only; whoever was told under either record was told.
    "privacy.NoticeGiven.subject": Relation(Rule.STAYS),
    # Who was merged into the one merged away is merged into the kept.
    "crm.Merge.kept": Relation(Rule.MOVES),
    "privacy.Objection.subject": Relation(Rule.MOVES),
    # Who waits to be removed is merged by a replay alone.
    "privacy.Removal.subject": Relation(Rule.ONCE),
    "crm.MergeUndo.kept": Relation(Rule.MOVES),
    "crm.Merge.gone": Relation(Rule.STAYS),
    # Of the kept one's details nobody has looked at those of the one merged away.
    "crm.AccuracyCheck.contact": Relation(Rule.STAYS),
    # The search finds the kept's pairs anew; what was decided about the gone is about nobody.
    "crm.DuplicatePair.first": Relation(Rule.GOES),
    "crm.DuplicatePair.second": Relation(Rule.GOES),
    # What an import wrote follows its person: an undo finds it with whoever has it.
    "crm.ImportChange.contact": Relation(Rule.MOVES),
    # Whoever received the gone one's data has received the kept one's.
    "crm.HolderNotice.contact": Relation(Rule.MOVES),
    "crm.ExportedContact.contact": Relation(Rule.ONCE, ("export_id",)),
    "privacy.DisclosedPerson.subject": Relation(Rule.ONCE, ("disclosure_id",)),
}


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


def rows_of(label: str, person: Contact) -> QuerySet:
    """The rows by which a relation points at this person."""
    model, name = relations()[label]
    return model._base_manager.filter(**{name: person.pk}).order_by("pk")


def pks_of(label: str, person: Contact) -> list[Any]:
    """Their primary keys."""
    return list(rows_of(label, person).values_list("pk", flat=True))


def same(label: str, *, kept: Contact, gone: Contact) -> list[Any]:
    """The gone one's rows of which the kept has the same."""
    relation = RULES[label]
    if relation.rule is not Rule.ONCE:
        return []
    columns = relation.same or (relations()[label][1],)
    theirs = set(rows_of(label, kept).values_list(*columns))
    if not relation.same:
        return pks_of(label, gone) if theirs else []
    mine = rows_of(label, gone).values_list("pk", *columns)
    return [pk for pk, *values in mine if tuple(values) in theirs]
