"""Who waits: a row goes only when all that points at it may go, in every table.

Read from the models, never from a list: each foreign key, whether or not the database enforces it;
the tables of history alone do not count, as they outlive what they point at. A row that lives and
dies with another (CASCADE, no period of its own, about no subject) goes along with it; any other
row that stays keeps what it points at, and is no reason for a night to fail (Art. 5(1)(e), 17(3)).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from django.db.models import CASCADE, DO_NOTHING, ForeignKey, Model

from privacy import inventory, statutes
from privacy.enums import About, Becomes
from privacy.inventory import Holding

# Parameters per statement: below every limit of both databases.
CHUNK = 5_000
# Rows that go tonight, by the label of their table; of a root model, whole people.
Going = Mapping[str, Collection]


@cache
def pointing_at(model: type[Model]) -> tuple[ForeignKey, ...]:
    """The foreign keys of all tables that lead to a row of this one."""
    return tuple(
        relation.field  # type: ignore[misc, union-attr]
        for relation in model._meta.get_fields(include_hidden=True)
        if relation.auto_created
        and (relation.one_to_many or relation.one_to_one)
        and not relation.concrete
        and (relation.field.db_constraint or relation.on_delete is not DO_NOTHING)  # type: ignore[union-attr]
    )


@cache
def depth(model: type[Model]) -> int:
    """How many tables stand one behind the other before this one: they go first."""
    return _depth(model, frozenset())


def behind(model: type[Model]) -> set[str]:
    """The labels of all tables that point at this one, or at one that does."""
    found: set[str] = set()
    left = [model]
    while left:
        for field in pointing_at(left.pop()):
            if field.model._meta.label not in found:
                found.add(field.model._meta.label)
                left.append(field.model)
    return found


def followers(model: type[Model]) -> Iterator[ForeignKey]:
    """The foreign keys whose rows go along with the row of this table at which they point."""
    return (field for field in pointing_at(model) if _follows(field))


def waiting(model: type[Model], rows: Collection, *, going: Going | None = None) -> set:
    """Those of the rows at which something points that stays when all of `going` has gone."""
    left, label = set(rows), model._meta.label
    others = dict(going or {})
    while kept := _kept(model, left, {**others, label: left.union(others.get(label, ()))}):
        left -= kept
    return set(rows) - left


def gone_before(
    model: type[Model], rows: Collection, going: Going
) -> Iterator[tuple[type[Model], list]]:
    """What points at these rows and goes before them, table by table, the last to point first."""
    for field in pointing_at(model):
        if field.model is model or _follows(field):
            continue
        pks = [row for row, _at, goes in _pointing(field, rows, going) if goes]
        if pks:
            yield from gone_before(field.model, pks, going)
            yield field.model, pks


def people_waiting(people: Collection[int], *, on: date, root: str | None = None) -> set[int]:
    """Those of the people whose rows cannot go: something points at them that stays."""
    left = set(people)
    holdings = [h for h in inventory.registry.about_subjects(root) if not h.survives]
    while left:
        kept: set[int] = set()
        for holding in holdings:
            for field in pointing_at(holding.model_class):
                kept.update(_keeping(field, holding, left, on=on))
        if not kept:
            break
        left -= kept
    return set(people) - left


def _depth(model: type[Model], seen: frozenset) -> int:
    seen |= {model}
    children = {field.model for field in pointing_at(model)} - seen
    return 1 + max((_depth(child, seen) for child in children), default=-1)


def _follows(field: ForeignKey) -> bool:
    holding = _holding(field)
    return (
        holding is not None
        and field.remote_field.on_delete is CASCADE
        and holding.about is not About.SUBJECT
        and not holding.keeps
    )


def _holding(field: ForeignKey) -> Holding | None:
    return inventory.registry.holdings.get(field.model._meta.label_lower)


def _kept(model: type[Model], rows: set, going: Going) -> set:
    kept: set = set()
    for field in pointing_at(model):
        if not _follows(field):
            kept.update(at for _row, at, goes in _pointing(field, rows, going) if not goes)
        elif field.model is not model:
            at = {row: at for row, at, _goes in _pointing(field, rows, going)}
            kept.update(at[row] for row in waiting(field.model, at, going=going))
    return kept


def _pointing(field: ForeignKey, rows: Iterable, going: Going) -> Iterator[tuple[Any, Any, bool]]:
    """Each row that points at one of these, at which it does, and whether it goes itself."""
    taken = going.get(field.model._meta.label, ())
    path, people = _owner(field), ()
    if path:
        people = going.get(inventory.root_of(_holding(field)), ())  # type: ignore[arg-type,assignment]
    table = field.model._base_manager
    for chunk in _chunks(rows):
        found = table.filter(**{f"{field.name}__pk__in": chunk})
        for row, at, owner in found.values_list("pk", f"{field.name}__pk", path or "pk"):
            yield row, at, row in taken or bool(path and owner in people)


def _keeping(field: ForeignKey, holding: Holding, people: set[int], *, on: date) -> Iterator[int]:
    """The owners of rows of this holding at which another's row points, or one that stays."""
    child, path, to_owner = _holding(field), _owner(field), f"{field.name}__{holding.path}"
    stays = _under_statute(child, people, on=on) if child else set()
    if path == to_owner and not stays:
        # Whatever points at a row of this person is about them, and goes along.
        return
    if path and inventory.root_of(child) != inventory.root_of(holding):  # type: ignore[arg-type]
        path = ""
    table = field.model._base_manager
    for chunk in _chunks(people):
        found = table.filter(**{f"{to_owner}__in": chunk})
        if _follows(field):
            at = dict(found.values_list("pk", to_owner))
            going = {inventory.root_of(holding): people}
            yield from (at[row] for row in waiting(field.model, at, going=going))
            continue
        for row, whose, owner in found.values_list("pk", to_owner, path or "pk"):
            if not path or owner not in people or row in stays:
                yield whose


def _owner(field: ForeignKey) -> str:
    """From a row that points to its person, where it goes, or lets go, with them."""
    holding = _holding(field)
    if holding is None or holding.about is not About.SUBJECT or not holding.path:
        return ""
    datum = holding.data.get(field.name)
    lets_go = datum is not None and field.null and datum.becomes is not Becomes.STAYS
    return holding.path if not holding.survives or lets_go else ""


def _under_statute(holding: Holding, people: Iterable[int], *, on: date) -> set:
    """The rows that a law keeps in their place, as no archive takes them."""
    if not any(keep.statute for keep in holding.keeps) or statutes.archiver_for(holding):
        return set()
    return {
        pk
        for chunk in _chunks(people)
        for _keep, pks in statutes.under_statute(holding, holding.rows_about(chunk), on=on)
        for pk in pks
    }


def _chunks(rows: Iterable) -> Iterator[list]:
    numbers = list(rows)
    for first in range(0, len(numbers), CHUNK):
        yield numbers[first : first + CHUNK]
