"""The plan: who and what is due on a day, under which rule, and what a hold keeps.

A rule over the root model selects people; any other selects single rows. A hold in force keeps a
person and the rows about them (Art. 17(3)(e)); a statute whose period still runs keeps its rows;
what points at a row and stays keeps that too; a rule that would take more than its cap halts
alone, and the others go on.
Nothing here writes. Serves Art. 5(1)(e) GDPR and s.26 PDPO (S98, S99).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.conf import settings

from privacy import dependants, disposal, holds, inventory, stores
from privacy.enums import About
from privacy.inventory import Holding
from retention.schedule import Rule, rule_named, rule_set, rules

__all__ = ["Item", "Plan", "Rule", "item_of", "make", "rule_named", "rule_set", "rules"]

# Before the name of a store, where a rule empties one.
STORE = "store:"


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

    @property
    def going(self) -> dict[str, set]:
        """All rows that go, by table; of a table of people, the people."""
        rows: dict[str, set] = {}
        for item in self.items:
            _take(item, rows)
        return rows

    def counts(self) -> dict[str, dict]:
        counts = {item.rule.name: item.counts() for item in self.items if item.rows or item.held}
        for store, number in self.files.items():
            counts[STORE + store] = {"due": number, "held": 0, "halted": False}
        return counts


def make(
    on: date, *, only: Collection[str] | None = None, among: Collection[Rule] | None = None
) -> Plan:
    """Select what is due on this day; `only` narrows to rules of these names.

    `among` are the rules to plan with instead of those of the day, in their order.
    """
    items: list[Item] = []
    going: dict[str, set] = {}
    for rule in rules(on) if among is None else among:
        if only is not None and rule.name not in only:
            continue
        item = item_of(rule, on=on, going=going)
        items.append(item)
        _take(item, going)
    files = stores.due(on) if only is None and among is None else {}
    return Plan(on, rule_set(on), tuple(_without_repeats(items)), files)


def item_of(rule: Rule, *, on: date, going: Mapping[str, Collection] | None = None) -> Item:
    """What this rule selects on this day, under its cap; `going` is what goes before, by table.

    Rows about people who go are no item of their own: they go with their person. A row at which
    something points that stays is held as that is.
    """
    before = going or {}
    people = () if rule.takes_people else before.get(settings.PRIVACY_SUBJECT_MODEL, ())
    due, owners = _due_with_owners(rule, on, going=people)
    held = _held(due, owners, on=on)
    held |= _waiting(rule, [pk for pk in due if pk not in held], on=on, going=before)
    return Item(rule, tuple(pk for pk in due if pk not in held), len(held), _cap(rule))


def _waiting(rule: Rule, rows: Collection, *, on: date, going: Mapping[str, Collection]) -> set:
    """What stays as something that stays points at it; nothing ever points at the rest."""
    if not rows or rule.keep.tombstones or rule.keep.chain or rule.keep.marks:
        return set()
    if rule.takes_people:
        return dependants.people_waiting(rows, on=on, root=rule.holding.model)
    return dependants.waiting(rule.model, rows, going=going)


def _take(item: Item, going: dict[str, set]) -> None:
    if not (item.halted or item.rule.keep.tombstones):
        going.setdefault(item.rule.holding.model, set()).update(item.rows)


def _due_with_owners(
    rule: Rule, on: date, *, going: Collection[int | str]
) -> tuple[list, Mapping]:
    """The rows that are due, and whose they are, read without holding those of people who go."""
    rows = rule.due(on).order_by("pk")
    path = _path_to_subject(rule.holding)
    if not path:
        return list(rows.values_list("pk", flat=True)), {}
    found = [
        (row, owner)
        for row, owner in rows.values_list("pk", path).iterator(chunk_size=disposal.CHUNK)
        if owner not in going
    ]
    return [row for row, _owner in found], dict(found)


def held_rows(rule: Rule, rows: Collection, *, on: date) -> set:
    """Those of the rows that stay: their person is on hold, or something that stays points at
    them; one question for all of them.
    """
    held = _held(rows, subjects_of(rule.holding, rows), on=on)
    if rule.keep.marks:
        # The row stays: whatever points at it may go on doing so.
        return held
    return held | dependants.waiting(rule.model, [row for row in rows if row not in held])


def subjects_of(holding: Holding, rows: Collection) -> dict:
    """Row to person, for the rows of a holding that are about somebody."""
    path = _path_to_subject(holding)
    if not path:
        return {}
    numbers = list(rows)
    owners: dict = {}
    for first in range(0, len(numbers), disposal.CHUNK):
        table = holding.model_class._base_manager.filter(
            pk__in=numbers[first : first + disposal.CHUNK]
        )
        owners.update(table.values_list("pk", path))
    return {row: subject for row, subject in owners.items() if subject is not None}


def _path_to_subject(holding: Holding) -> str:
    """From a row to its person; "" where it is about nobody, or about another root's."""
    if holding.about is not About.SUBJECT or not holding.path:
        return ""
    root = inventory.root_of(holding)
    return holding.path if root.lower() == settings.PRIVACY_SUBJECT_MODEL.lower() else ""


def _held(rows: Collection, owners: Mapping, *, on: date) -> set:
    subjects = {owners[row] for row in rows if owners.get(row) is not None}
    held = holds.in_force(subjects, on=on) if subjects else {}
    return {row for row in rows if owners.get(row) in held}


def _cap(rule: Rule) -> int:
    """A share of the table, with a floor; none for housekeeping, which is about no subject.

    Journal, archive and the like are no housekeeping: nothing brings evidence back.
    """
    about_people = rule.holding.about is About.SUBJECT and not rule.keep.tombstones
    if not (about_people or rule.keep.capped):
        return 2**63
    share, rows = settings.RETENTION_CAP_SHARE, settings.RETENTION_CAP_ROWS
    if rule.row is not None:
        # A rule's own cap is never above the office's.
        share = min(share, share if rule.row.cap_share is None else rule.row.cap_share)
        rows = min(rows, rows if rule.row.cap_rows is None else rule.row.cap_rows)
    return max(rows, int(rule.population().count() * share))


def _without_repeats(items: list[Item]) -> Iterator[Item]:
    """A row that two rules of one table select goes under the first that no cap halts."""
    taken: dict[str, set] = {}
    for item in items:
        seen = taken.setdefault(item.rule.holding.model, set())
        rest = replace(item, rows=tuple(row for row in item.rows if row not in seen))
        yield rest
        if not rest.halted:
            seen.update(rest.rows)


def lock_owners(holding: Holding, rows: Collection) -> None:
    """Lock the people whom these rows are about, as a hold does before it is placed."""
    subjects = set(subjects_of(holding, rows).values())
    root = inventory.holding(settings.PRIVACY_SUBJECT_MODEL).model_class
    locked = root._base_manager.select_for_update().filter(pk__in=subjects).order_by("pk")
    list(locked.values_list("pk", flat=True))
