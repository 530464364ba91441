"""Masking: who may know that a person is there, and not what is known of them.

Rows are masked as they are read, from the declarations, so that no page, autocomplete or message
shows a value by another way. What a class, a clock and an evidence need stays (screens 3.17).
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable
from django.utils.translation import gettext_lazy as _

from privacy import inventory, quarantine
from privacy.enums import About, Kind

MASK = "•••"
# What stands in place of a text in quarantine; a file has no text of its own.
WAITS = _("covered: may hold sensitive data, the privacy officer decides")
PERMISSION = "privacy.see_values"
# What says who somebody is, how to reach them, and what was said.
MASKED_KINDS = {
    Kind.IDENTITY,
    Kind.CONTACT,
    Kind.DEMOGRAPHIC,
    Kind.CORRESPONDENCE,
    Kind.DOCUMENT,
    Kind.ONLINE,
    Kind.FINANCE,
}


class MaskedIterable(ModelIterable):
    """Rows as Django reads them, their values covered before anybody sees them."""

    def __iter__(self) -> Iterator[Any]:
        for row in super().__iter__():
            cover(row)
            for related in row._state.fields_cache.values():
                if isinstance(related, Model):
                    cover(related)
            yield row


def masked(rows: QuerySet) -> QuerySet:
    """The same rows, and the people to whom they point with them, lest these be read later.

    Only `values()` would get past, which no page asks for.
    """
    people = [
        field.name
        for field in rows.model._meta.concrete_fields
        if field.is_relation
        and inventory.holding(field.related_model._meta.concrete_model).about is About.SUBJECT
    ]
    rows = rows.select_related(*people) if people else rows.all()
    rows._iterable_class = MaskedIterable
    return rows


class CoveringIterable(ModelIterable):
    """Rows of which the texts that wait for a decision are covered (S27)."""

    def __iter__(self) -> Iterator[Any]:
        waiting = quarantine.covered(self.queryset.model)
        for row in super().__iter__():
            for column in waiting.get(row.pk, ()):
                setattr(row, column, WAITS)
                row.is_covered = True
            yield row


def for_user(user: Any, rows: QuerySet) -> QuerySet:
    """These rows as this user may see them: fails closed, without the permission masked.

    A text in quarantine is covered for everybody but whoever decides about it.
    """
    if not user.has_perm(PERMISSION):
        return masked(rows)
    if quarantine.columns_of(rows.model) and not user.has_perm(quarantine.PERMISSION):
        rows = rows.all()
        rows._iterable_class = CoveringIterable
    return rows


def cover(row: Model) -> None:
    """Cover the personal values of one row in memory; it must never be saved."""
    holding = inventory.holding(row._meta.concrete_model or type(row))
    if holding.about is not About.SUBJECT:
        return
    for name, datum in holding.data.items():
        value = row.__dict__.get(name)
        if value and (datum.identifies or datum.kind in MASKED_KINDS):
            setattr(row, name, MASK if isinstance(value, str) else None)
