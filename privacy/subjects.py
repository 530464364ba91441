"""The data subject, as far as the privacy office knows one: a root model and an adapter.

A higher app registers how persons are searched, created, corrected and described; this app knows
the model by `settings.PRIVACY_SUBJECT_MODEL` alone (DESIGN 2).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet

from privacy.enums import HoldScope


@dataclass(frozen=True, slots=True)
class Adapter:
    """The questions and acts that the privacy office asks of the business."""

    # Candidates for a set of identifiers, as primary keys.
    search: Callable[[Sequence[Any]], Collection[int]]
    # A person entered on their own request: name, e-mail, language; returns the primary key.
    create: Callable[..., int]
    correct: Callable[..., None]
    # Language, country, age gate, source and restrictions, by primary key.
    facts: Callable[[Collection[int]], Mapping[int, Any]]
    # Who falls under an organisation or an engagement, asked anew each time.
    in_scope: Callable[[HoldScope, uuid.UUID], Collection[int]]
    # Nothing arrives at these points of this person, whoever's records they stand in.
    bounced: Callable[[int, Sequence[Any]], None] = lambda _pk, _points: None
    # These mailboxes were full once more; whether that was often enough to give one up.
    found_full: Callable[..., bool] = lambda _points, **_limit: False
    # Something proves that these mailboxes are alive.
    alive: Callable[[Sequence[Any]], None] = lambda _points: None
    # So many more people were refused for their age; none is an answer too.
    count_minors: Callable[..., None] = lambda _number, **_where: None
    # Those of these people who may be called by this name.
    called: Callable[[Collection[int], str], Collection[int]] = lambda pks, _name: pks
    # The person says whether their details are right.
    answered: Callable[..., None] = lambda _pk, **_said: None
    # Of these people: each form of a point of this kind that other living records have as well,
    # and which records.
    sharing: Callable[[Collection[int], str], Mapping[int, Mapping[str, Collection[int]]]] = (
        lambda _pks, _kind: {}
    )
    # Who received exports: class, name and country of each.
    recipients: Callable[[], Sequence[tuple[str, str, str]]] = lambda: ()
    # Rows that were merged into these people, with their references: they share their fate.
    merged_into: Callable[[Collection[int]], Mapping[int, uuid.UUID]] = lambda _pks: {}
    # Of these people: each row that was merged into one of them, and into which.
    records_of: Callable[[Collection[int]], Mapping[int, int]] = lambda _pks: {}
    # Living people whose data came from elsewhere and of whom none of these rows tells, by
    # whichever record: with obtained_on, written_at and disclosed_at, in SQL.
    untold: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda given: given.none()
    # References of people who were merged away, with the living row in which each is now.
    kept_of: Callable[[Collection[str]], Mapping[str, int]] = lambda _references: {}


_adapters: list[Adapter] = []


def register(adapter: Adapter) -> None:
    """Register the one adapter; the last one wins, so that a test may bring its own."""
    _adapters.append(adapter)


def adapter() -> Adapter:
    """The registered adapter; ImproperlyConfigured where no app brought one."""
    if not _adapters:
        raise ImproperlyConfigured(
            "No app registered a subject adapter; call privacy.subjects.register in ready()."
        )
    return _adapters[-1]


def root_model(label: str | None = None) -> type[Model]:
    """The model whose rows are the data subjects."""
    return apps.get_model(label or settings.PRIVACY_SUBJECT_MODEL)


def living(reference: uuid.UUID) -> Any | None:
    """The person of this reference, or into whom they were merged; None for whoever is gone."""
    people = root_model()._base_manager.filter(disposed_at__isnull=True)
    person = people.filter(uuid=reference).first()
    if person is None:
        kept = adapter().kept_of([str(reference)]).get(str(reference))
        person = people.filter(pk=kept).first() if kept else None
    return person
