"""Stored links in today's version of their form: each night those of an older one are turned.

In parts, each a transaction of its own: what breaks off goes on the next time, and what is turned
is not touched again. A row whose new form another row of the same person has stays as it is.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction

from privacy.enums import PointKind
from privacy.points import normal_form
from privacy.suppression.guard import Guard, GuardedModel

PART = 1_000


def renew_forms() -> int:
    """Turn the stored forms of links that are of an older version; returns how many."""
    renewed = 0
    for model in apps.get_models():
        if not issubclass(model, GuardedModel) or model._meta.proxy:
            continue
        for guard in model.guards:
            if guard.kind.startswith("@") or guard.kind == PointKind.LINK:
                renewed += sum(_renew(model, guard, part) for part in _parts(model, guard))
    return renewed


def _parts(model: type[GuardedModel], guard: Guard) -> Iterator[list[Any]]:
    rows = model._base_manager.order_by("pk")
    if guard.kind.startswith("@"):
        rows = rows.filter(**{guard.kind[1:]: PointKind.LINK})
    last = 0
    while part := list(islice(rows.filter(pk__gt=last), PART)):
        yield part
        last = part[-1].pk


def _renew(model: type[GuardedModel], guard: Guard, rows: list[Any]) -> int:
    renewed = 0
    for row in rows:
        point = guard.point(row)
        form = normal_form(point) if point else ""
        if not form or form == getattr(row, guard.form):
            continue
        # A derived column alone: whoever is suppressed is found by the nightly look.
        stored = model._base_manager.filter(pk=row.pk)._unasked()
        try:
            with transaction.atomic():
                renewed += stored.update(**{guard.form: form})
        except IntegrityError:
            continue
    return renewed
