"""The schedule: which rules apply on a day, from the ceilings in code and the rows that shorten.

A rule is one keep of one holding. A row (`RetentionRule`) adds a rule with a shorter period within
its scopes, so that of several the earliest end wins; or it ends a purpose, and then every row that
served nothing else is due (S97, S98, S102; DESIGN 12). No row makes a period longer.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from privacy import dependants, disposal, inventory
from privacy.enums import Criterion
from privacy.inventory import Holding, Keep, Scope
from retention.models import RetentionRule


@dataclass(frozen=True, slots=True)
class Rule:
    """One keep of one holding, by the name that batches and evidence carry."""

    holding: Holding
    keep: Keep
    # What somebody proposed and a second person approved; None for a ceiling in code.
    row: RetentionRule | None = None

    @property
    def name(self) -> str:
        return f"{self.holding.model}:{self.keep.name}"

    @property
    def model(self) -> type[Model]:
        return self.holding.model_class

    @property
    def takes_people(self) -> bool:
        return self.holding.path == "pk" and not self.keep.tombstones

    @property
    def numbered(self) -> bool:
        """Whether a row's key is a bare number: any other may be a secret, and is not stored."""
        return self.model._meta.pk.get_internal_type().endswith(("AutoField", "IntegerField"))

    @property
    def ends_purpose(self) -> bool:
        """Whether no period counts any more, as the last purpose is gone (S97)."""
        return self.row is not None and bool(self.row.activity)

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Which of the policy's five criteria decided (S103 to S107), in their order."""
        scopes = [inventory.registry.scopes[name] for name in self.row.scope] if self.row else []
        found = {scope.criterion for scope in scopes} or {self.keep.criterion}
        return tuple(criterion for criterion in Criterion if criterion in found)

    def population(self) -> QuerySet:
        """All rows of the table that are still alive; of tombstones, those that are bare."""
        if self.keep.tombstones:
            return disposal.bare_tombstones(self.holding.model)
        rows = self.model._base_manager.all()
        return rows.filter(disposed_at__isnull=True) if self.takes_people else rows

    def covers(self, on: date) -> Q:
        """The rows to which this rule applies on this day: its keep's, within all its scopes."""
        found = Q(**self.keep.when)
        for name, values in (self.row.scope if self.row else {}).items():
            scope = inventory.registry.scopes[name]
            found &= _about_people(self.holding, scope, scope.covers(values, on))
        return found

    def due(self, on: date) -> QuerySet:
        """The rows whose period is over on this day, less those that a statute still keeps."""
        rows = self.population().filter(self.covers(on))
        if not self.ends_purpose:
            rows = rows.filter(self.holding.is_over(self.keep, on=on))
        elif not self.takes_people:
            rows = _without_children(rows)
        for keep in self.holding.keeps:
            if keep.statute and keep is not self.keep:
                rows = rows.exclude(Q(**keep.when) & ~self.holding.is_over(keep, on=on))
        return rows


def rules(on: date | None = None) -> tuple[Rule, ...]:
    """Every rule of this day, people first: with a person go the rows about them.

    Without a day, the ceilings in code alone.
    """
    declared = [
        Rule(holding, keep)
        for holding in inventory.registry.holdings.values()
        for keep in holding.keeps
    ]
    if on is not None:
        for row in RetentionRule.objects.effective(on).order_by("pk"):
            declared += rules_of(row)
    return in_order(declared)


def in_order(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """People first, then what points at others before these.

    Of one table a ceiling before what shortens it, and that in its own order.
    """
    return tuple(sorted(rules, key=_place))


def _place(rule: Rule) -> tuple[bool, int, str, int]:
    first = not rule.takes_people, 0 if rule.takes_people else dependants.depth(rule.model)
    if rule.row is None:
        return *first, rule.name, 0
    return *first, rule.row.keep or rule.holding.model, rule.row.pk


def rules_of(row: RetentionRule) -> Iterator[Rule]:
    """What a row adds to the schedule; nothing where the code no longer declares its keep."""
    if row.activity:
        for holding in holdings_of(row.activity):
            keep = Keep(row.code, anchor="", citation="policy S97: no purpose is left")
            yield Rule(holding, keep, row)
    elif ceiling := ceiling_named(row.keep):
        yield Rule(ceiling.holding, shortened(ceiling.keep, row), row)


def shortened(ceiling: Keep, row: RetentionRule) -> Keep:
    """The keep as the row has it; its citation names the row's decision beside the ceiling's."""
    return replace(
        ceiling,
        name=f"{ceiling.name}:{row.code}",
        years=row.years,
        months=row.months,
        days=row.days,
        citation=f"{row.decision}; {ceiling.citation}",
    )


def holdings_of(activity: str) -> list[Holding]:
    """The tables about people that serve this activity alone; its people take theirs along."""
    served = [
        holding
        for holding in inventory.registry.about_subjects()
        if holding.activity == activity
        and not holding.evidence
        and (holding.path == "pk" or not holding.survives)
    ]
    return [holding for holding in served if holding.path == "pk"] or served


def ceiling_named(name: str) -> Rule | None:
    """The ceiling in code of this name."""
    return next((rule for rule in rules() if rule.name == name), None)


def rule_named(name: str, on: date | None = None) -> Rule | None:
    """The rule of this name; None where neither code nor a row in effect has it."""
    return next((rule for rule in rules(on) if rule.name == name), None)


def is_of_a_row(name: str) -> bool:
    """Whether a rule of this name was once proposed, whatever became of it."""
    code = name.rsplit(":", 1)[-1]
    return len(code) == 8 and RetentionRule.objects.filter(reference__startswith=code).exists()


def rule_set(on: date | None = None) -> str:
    """Digest of all rules of a day: another set of rules is another run."""
    text = "\n".join(sorted(_definition(rule) for rule in rules(on)))
    return hashlib.sha256(text.encode()).hexdigest()


def _definition(rule: Rule) -> str:
    if rule.row is None:
        return f"{rule.name} {rule.keep!r}"
    row = rule.row
    facts = [str(row.reference), row.version, row.scope, row.cap_rows, row.cap_share]
    return f"{rule.name} {rule.keep!r} {json.dumps(facts, sort_keys=True)}"


def _about_people(holding: Holding, scope: Scope, people: Q) -> Q:
    """The rows of a table that are about these people."""
    if holding.path == "pk":
        return people
    root = inventory.holding(scope.root).model_class
    return Q(**{f"{holding.path}__in": root._base_manager.filter(people).values("pk")})


def _without_children(rows: QuerySet) -> QuerySet:
    """Without the rows at which others point: those go first, and these the night after."""
    for relation in rows.model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and relation.related_model:
            pointing = relation.related_model._base_manager
            if relation.related_model is not rows.model:
                rows = rows.exclude(
                    Exists(pointing.filter(**{relation.field.name: OuterRef("pk")}))
                )
    return rows
