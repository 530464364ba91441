"""The plan: who and what is due on a day, under which rule, and what a hold keeps.

A rule is one keep of one holding. A rule over the root model selects people; any other selects
single rows. A hold in force keeps a person and the rows about them (Art. 17(3)(e)); a statute
whose period still runs keeps its rows; a rule that would take more than its cap halts alone.
Nothing here writes. Serves Art. 5(1)(e) GDPR and s.26 PDPO (S98, S99).
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.db.models import Model, Q, QuerySet

from privacy import disposal, holds, inventory, stores
from privacy.enums import About
from privacy.inventory import Holding, Keep

# Before the name of a store, where a rule empties one.
STORE = "store:"


@dataclass(frozen=True, slots=True)
class Rule:
    """One keep of one holding, by the name that batches and evidence carry."""

    holding: Holding
    keep: Keep

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

    def population(self) -> QuerySet:
        """All rows of the table that are still alive; of tombstones, those that are bare."""
        if self.keep.tombstones:
            return disposal.bare_tombstones(self.holding.model)
        rows = self.model._base_manager.all()
        return rows.filter(disposed_at__isnull=True) if self.takes_people else rows

    def due(self, on: date) -> QuerySet:
        """The rows whose period is over on this day, less those that a statute still keeps."""
        over = self.holding.is_over(self.keep, on=on)
        rows = self.population().filter(over, **self.keep.when)
        for keep in self.holding.keeps:
            if keep.statute and keep is not self.keep:
                rows = rows.exclude(Q(**keep.when) & ~self.holding.is_over(keep, on=on))
        return rows


@dataclass(frozen=True, slots=True)
class Item:
    """What one rule selects: the rows to take, and those that a hold keeps."""

    rule: Rule
    rows: tuple[int | str, ...]
    held: int
    cap: int

    @property
    def halted(self) -> bool:
        return len(self.rows) > self.cap

    def counts(self) -> dict:
        return {"due": len(self.rows) + self.held, "held": self.held, "halted": self.halted}


@dataclass(frozen=True, slots=True)
class Plan:
    """All items of one night under one set of rules."""

    on: date
    rule_set: str
    items: tuple[Item, ...]
    # Files that have had their time, by the name of their store.
    files: Mapping[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, dict]:
        counts = {item.rule.name: item.counts() for item in self.items if item.rows or item.held}
        for store, number in self.files.items():
            counts[STORE + store] = {"due": number, "held": 0, "halted": False}
        return counts


def rules() -> tuple[Rule, ...]:
    """Every rule in code, people first: with a person go the rows about them."""
    declared = [
        Rule(holding, keep)
        for holding in inventory.registry.holdings.values()
        for keep in holding.keeps
    ]
    return tuple(sorted(declared, key=lambda rule: (not rule.takes_people, rule.name)))


def rule_named(name: str) -> Rule | None:
    """The rule of this name; None where the code no longer declares it."""
    return next((rule for rule in rules() if rule.name == name), None)


def rule_set() -> str:
    """Digest of all rules: another set of rules is another run."""
    text = "\n".join(sorted(f"{rule.name} {rule.keep!r}" for rule in rules()))
    return hashlib.sha256(text.encode()).hexdigest()


def make(on: date, *, only: Collection[str] | None = None) -> Plan:
    """Select what is due on this day; `only` narrows to rules of these names."""
    items: list[Item] = []
    going: set[int | str] = set()
    for rule in rules():
        if only is not None and rule.name not in only:
            continue
        item = item_of(rule, on=on, going=going)
        items.append(item)
        if _takes_subjects(rule) and not item.halted:
            going.update(item.rows)
    files = stores.due(on) if only is None else {}
    return Plan(on, rule_set(), tuple(_without_repeats(items)), files)


def item_of(rule: Rule, *, on: date, going: Collection[int | str] = ()) -> Item:
    """What this rule selects on this day, under its cap.

    Rows about the people in `going` are no item of their own: they go with their person.
    """
    due = list(rule.due(on).order_by("pk").values_list("pk", flat=True))
    if going and not rule.takes_people:
        owners = subjects_of(rule.holding, due)
        due = [row for row in due if owners.get(row) not in going]
    held = held_rows(rule, due, on=on)
    return Item(rule, tuple(pk for pk in due if pk not in held), len(held), _cap(rule))


def held_rows(rule: Rule, rows: Collection, *, on: date) -> set:
    """Those of the rows whose person is on hold; one question for all of them."""
    owners = subjects_of(rule.holding, rows)
    held = holds.in_force(sorted(set(owners.values())), on=on) if owners else {}
    return {row for row, subject in owners.items() if held.get(subject)}


def subjects_of(holding: Holding, rows: Collection) -> dict:
    """Row to person, for the rows of a holding that are about somebody."""
    if holding.about is not About.SUBJECT or not holding.path or not rows:
        return {}
    if holding.path == "pk":
        owners = {row: row for row in rows}
    else:
        table = holding.model_class._base_manager.filter(pk__in=rows)
        owners = dict(table.values_list("pk", holding.path))
    if inventory.root_of(holding).lower() != settings.PRIVACY_SUBJECT_MODEL.lower():
        return {}
    return {row: subject for row, subject in owners.items() if subject is not None}


def _takes_subjects(rule: Rule) -> bool:
    """Whether the rule selects the people whom `subjects_of` names."""
    return (
        rule.takes_people and rule.holding.model.lower() == settings.PRIVACY_SUBJECT_MODEL.lower()
    )


def _cap(rule: Rule) -> int:
    """A share of the table, with a floor; housekeeping that concerns no subject has no cap."""
    if rule.holding.about is not About.SUBJECT or rule.keep.tombstones:
        return 2**63
    share = int(rule.population().count() * settings.RETENTION_CAP_SHARE)
    return max(settings.RETENTION_CAP_ROWS, share)


def _without_repeats(items: list[Item]) -> Iterator[Item]:
    """A row that two rules of one table select goes under the first alone."""
    taken: dict[str, set] = {}
    for item in items:
        seen = taken.setdefault(item.rule.holding.model, set())
        yield Item(
            item.rule, tuple(row for row in item.rows if row not in seen), item.held, item.cap
        )
        seen.update(item.rows)


def lock_owners(holding: Holding, rows: Collection) -> None:
    """Lock the people whom these rows are about, as a hold does before it is placed."""
    subjects = set(subjects_of(holding, rows).values())
    root = inventory.holding(settings.PRIVACY_SUBJECT_MODEL).model_class
    locked = root._base_manager.select_for_update().filter(pk__in=subjects).order_by("pk")
    list(locked.values_list("pk", flat=True))
