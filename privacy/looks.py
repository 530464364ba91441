"""Looks at HR and demographic data: who looked at whom, and how, is on record (S93, S94).

Which tables are watched is declared with them (`Holding.watched`). Whatever shows rows of one,
page, list, file or command, says so here before it shows them. Never a value: the person's
reference, the names of the tables and the kind of look.
"""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db.models import Model

from privacy import inventory, journal, subjects
from privacy.enums import About, Look
from privacy.inventory import Holding

VERB = "person.look"
# People whom one statement names.
CHUNK = 5_000


def note(
    subject_pks: Collection[int],
    *,
    by: Any,
    how: Look,
    shown: Collection[type[Model]] | None = None,
) -> int:
    """Write one entry for each of these people of whom something watched is shown; how many.

    `shown` are the models of which rows are shown; without it, all that are watched.
    """
    wanted = sorted(set(subject_pks))
    tables = [holding for holding in _watched() if shown is None or _is_among(holding, shown)]
    noted = 0
    for first in range(0, len(wanted) if tables else 0, CHUNK):
        seen: dict[int, list[str]] = {}
        for holding in tables:
            for pk in _with_rows(holding, wanted[first : first + CHUNK]):
                seen.setdefault(pk, []).append(holding.model.lower())
        if not seen:
            continue
        people = subjects.root_model()._base_manager.filter(pk__in=seen).order_by("pk")
        entries = [
            (str(uid), {"how": str(how), "tables": seen[pk]})
            for pk, uid in people.values_list("pk", "uuid")
        ]
        journal.record_each(VERB, entries, by=by, object_type=_root_label())
        noted += len(entries)
    return noted


def _watched() -> list[Holding]:
    """The tables about people of which each look leaves an entry."""
    about = inventory.registry.holdings.values()
    return [
        holding
        for holding in about
        if holding.watched is not None and holding.about is About.SUBJECT
    ]


def _is_among(holding: Holding, shown: Collection[type[Model]]) -> bool:
    return holding.model.lower() in {model._meta.label_lower for model in shown}


def _with_rows(holding: Holding, pks: Collection[int]) -> set[int]:
    rows = holding.rows_about(pks).filter(**(holding.watched or {}))
    return set(rows.order_by().values_list(holding.path, flat=True))


def _root_label() -> str:
    return settings.PRIVACY_SUBJECT_MODEL.lower()
