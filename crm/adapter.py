"""What the business answers when the privacy office asks about its data subjects (DESIGN 2)."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm import contacts, countries
from crm.contacts import Entry, SourceFacts
from crm.models import Contact, ContactPoint, Participation, Role
from privacy.enums import HoldScope
from privacy.suppression import Point, normal_forms


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides about a person's rights."""

    language: str
    country: str
    regimes: frozenset[str]
    source_type: str
    obtained_on: date
    restrictions: tuple[str, ...]
    had_dealing: bool


def search(identifiers: Sequence[Point]) -> set[int]:
    """Living people who have one of these points, in any spelling; candidates, no proof."""
    found: set[int] = set()
    for point in identifiers:
        rows = ContactPoint.objects.filter(
            kind=point.kind,
            normal_form__in=normal_forms(point),
            contact__disposed_at__isnull=True,
        )
        found.update(rows.values_list("contact", flat=True))
    return found


def create(values: Entry, source: SourceFacts, *, by: Any = None) -> int:
    """Enter a person on their own request."""
    return contacts.enter(values, source=source, by=by).pk


def correct(subject: Contact, datum: str, value: Any, *, by: Any = None) -> None:
    """Correct one datum of a person."""
    contacts.correct(subject, {datum: value}, by=by)


def facts(subjects: Collection[int]) -> Mapping[int, Facts]:
    """Language, country, regimes, source and restrictions of these people, by primary key."""
    people = (
        Contact.objects.filter(pk__in=subjects)
        .select_related("source")
        .prefetch_related("source__restrictions", "interactions", "participations")
    )
    return {
        person.pk: Facts(
            language=person.language,
            country=person.residence_country,
            regimes=countries.regimes(person.residence_country),
            source_type=person.source.type,
            obtained_on=person.source.obtained_on,
            restrictions=tuple(r.kind for r in person.source.restrictions.all()),
            had_dealing=bool(person.interactions.all() or person.participations.all()),
        )
        for person in people
    }


def in_scope(scope: HoldScope, reference: uuid.UUID) -> set[int]:
    """Who falls under an organisation or an engagement today."""
    if scope == HoldScope.ORGANISATION:
        roles = Role.objects.filter(organisation__uuid=reference)
        parts = Participation.objects.filter(engagement__organisation__uuid=reference)
        return {*roles.values_list("contact", flat=True), *parts.values_list("contact", flat=True)}
    parts = Participation.objects.filter(engagement__uuid=reference)
    return set(parts.values_list("contact", flat=True))
