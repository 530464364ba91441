"""The guard: every way into a model with an identifying point asks the file first (S110)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from privacy.enums import PointKind
from privacy.errors import IdentifierSuppressed, IdentifierUnreadable, PrivacyError
from privacy.points import Point, normal_form, points_in, problem_of
from privacy.suppression.entries import refused


@dataclass(frozen=True, slots=True)
class Guard:
    """One identifying point of a model: the column, its normal form's column, and its kind.

    `kind` is a PointKind or "@column"; `country` names the column that helps to read a number.
    `resets`: what is known of this very point, and forgotten with it: columns and their blanks.
    """

    value: str
    form: str
    kind: str
    country: str = ""
    resets: Mapping[str, Any] = field(default_factory=dict)

    def columns(self) -> set[str]:
        """Every column on which the answer depends."""
        columns = {self.value, self.form}
        if self.kind.startswith("@"):
            columns.add(self.kind[1:])
        if self.country:
            columns.add(self.country)
        return columns

    def written(self) -> set[str]:
        """Every column that is written with the point."""
        return self.columns() | set(self.resets)

    def point(self, row: Model) -> Point | None:
        value = getattr(row, self.value)
        if not value:
            return None
        kind = getattr(row, self.kind[1:]) if self.kind.startswith("@") else self.kind
        if kind not in PointKind.values:
            return None
        return Point(kind, value, getattr(row, self.country) if self.country else "")


def points_of(row: GuardedModel) -> list[Point]:
    """The identifying points of a row that are filled in."""
    return [point for guard in row.guards if (point := guard.point(row)) is not None]


def _refuse_expression(of: Any, name: str, value: Any) -> None:
    if hasattr(value, "resolve_expression"):
        raise PrivacyError(
            _(
                "%(field)s takes a plain value: the suppression file cannot be asked about an "
                "expression."
            )
            % {"field": f"{of._meta.label}.{name}"}
        )


def _check(
    rows: Sequence[GuardedModel], known: Mapping[Any, Mapping[str, str]] | None = None
) -> None:
    """Clean these rows' points and fill their normal forms, then ask once for all of them.

    What is not one point is refused, but where it was stored before there was this rule. `known`
    are the forms that are stored, by primary key and column, where they were read already.
    """
    positions: list[int] = []
    points: list[Point] = []
    unreadable: dict[int, tuple[Guard, Point]] = {}
    for position, row in enumerate(rows):
        for guard in row.guards:
            for name in guard.columns():
                _refuse_expression(row, name, getattr(row, name))
            point = guard.point(row)
            setattr(row, guard.form, normal_form(point) if point else "")
            if point is None:
                continue
            positions.append(position)
            points.append(point)
            if len(one := points_in(point)) == 1:
                setattr(row, guard.value, one[0].value)
            else:
                unreadable.setdefault(position, (guard, point))
    hits = refused(points) if points else []
    refusals = sorted({p for p, hit in zip(positions, hits, strict=True) if hit})
    if refusals:
        raise IdentifierSuppressed(refusals)
    _refuse_unreadable(rows, unreadable)
    _reset(rows, known)


def _refuse_unreadable(
    rows: Sequence[GuardedModel], unreadable: Mapping[int, tuple[Guard, Point]]
) -> None:
    """Refuse what is not one point, unless the row held the very same before."""
    found: dict[int, str] = {}
    for position, (guard, point) in unreadable.items():
        row = rows[position]
        columns = sorted({guard.value, *([guard.kind[1:]] if guard.kind[:1] == "@" else [])})
        same = {name: getattr(row, name) for name in columns}
        stored = type(row)._base_manager.filter(pk=row.pk, **same)
        if row._state.adding or row.pk is None or not stored.exists():
            found[position] = problem_of(point)
    if found:
        raise IdentifierUnreadable(next(iter(found.values())), list(found))


def _reset(rows: Sequence[GuardedModel], known: Mapping[Any, Mapping[str, str]] | None) -> None:
    """Forget what was known of a point that is another now."""
    stored = [row for row in rows if row.pk is not None and not row._state.adding]
    guards = [guard for guard in type(rows[0]).guards if guard.resets] if stored else []
    if not guards:
        return
    if known is None:
        forms = [guard.form for guard in guards]
        same = type(rows[0])._base_manager.filter(pk__in=[row.pk for row in stored])
        known = {row.pop("pk"): row for row in same.values("pk", *forms)}
    for row in stored:
        for guard in guards:
            now = getattr(row, guard.form)
            if known.get(row.pk, {}).get(guard.form, now) != now:
                for name, blank in guard.resets.items():
                    setattr(row, name, blank)


class GuardedQuerySet(models.QuerySet):
    """Every way in asks the suppression file first, once per batch."""

    def bulk_create(  # noqa: PLR0917 - Django's own signature
        self,
        objs: Iterable[Any],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[Any]:
        rows = list(objs)
        _check(rows)
        if update_fields:
            update_fields = self._with_forms(update_fields)
        return super().bulk_create(
            rows, batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields
        )

    def bulk_update(
        self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        rows = tuple(objs)
        names = self._with_forms(fields)
        if set(names) & self._guarded_columns():
            _check(rows)
        return self._unasked().bulk_update(rows, names, batch_size)

    def update(self, **kwargs: Any) -> int:  # noqa: C901 - one statement, whatever it touches
        """As Django's; a guarded column takes a plain value, which is asked about."""
        touched = set(kwargs) & self._guarded_columns()
        if not touched:
            return super().update(**kwargs)
        for name in touched:
            _refuse_expression(self.model, name, kwargs[name])
        with transaction.atomic(using=self.db):
            # Whole rows, whatever this set defers or selects: one query, locked.
            mine = self.order_by().values("pk")
            rows = list(
                self.model._base_manager.using(self.db).select_for_update().filter(pk__in=mine)
            )
            if not rows:
                return 0
            for row in rows:
                for name in touched:
                    setattr(row, name, kwargs[name])
            known = {row.pk: {g.form: getattr(row, g.form) for g in row.guards} for row in rows}
            _check(rows, known)
            forms = {guard.form for guard in self.model.guards if guard.columns() & touched}
            changed = [g for g in self.model.guards if g.resets and g.form in forms]
            for guard in changed:
                others = {known[row.pk][guard.form] != getattr(row, guard.form) for row in rows}
                if others == {True}:
                    kwargs |= guard.resets
                elif True in others:
                    return self._update_each(rows, kwargs)
            plain = {name: value for name, value in kwargs.items() if name not in forms}
            # A value is cleaned with its form.
            cleaned = {guard.value for guard in self.model.guards if guard.value in kwargs}
            for name in forms | cleaned:
                values = {getattr(row, name) for row in rows}
                if len(values) > 1:
                    return self._update_each(rows, plain)
                plain |= {name: value for value in values}
            return super().update(**plain)

    def _update_each(self, rows: Sequence[Any], values: Mapping[str, Any]) -> int:
        """A changed kind or country gives each row a normal form of its own."""
        cleaned = {guard.value for guard in self.model.guards}
        for row in rows:
            for name, value in values.items():
                if name not in cleaned:
                    setattr(row, name, value)
        return self._unasked().bulk_update(rows, self._with_forms(values))

    def _unasked(self) -> models.QuerySet:
        """The same rows without the guard: Django's bulk_update ends in update(expression)."""
        return models.QuerySet(self.model, self.query.chain(), self.db, self._hints)

    def _with_forms(self, names: Iterable[str]) -> list[str]:
        """With a point's value go its kind and country: what was asked about is what is stored."""
        wanted = list(names)
        for guard in self.model.guards:
            if guard.columns() & set(wanted):
                wanted += sorted(guard.written() - set(wanted))
        return wanted

    def _guarded_columns(self) -> set[str]:
        return set().union(*(guard.columns() for guard in self.model.guards))


class GuardedManager(models.Manager.from_queryset(GuardedQuerySet)):  # type: ignore[misc]
    """The only manager that a model with an identifying point may have."""


class GuardedModel(models.Model):
    """Base of every model with an identifying point; `save()` goes through the guard too."""

    guards: ClassVar[tuple[Guard, ...]] = ()

    objects = GuardedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if (update_fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = type(self).objects.all()._with_forms(update_fields)
            if not set(kwargs["update_fields"]) & type(self).objects.all()._guarded_columns():
                super().save(*args, **kwargs)
                return
        _check([self])
        super().save(*args, **kwargs)
