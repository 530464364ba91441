"""Rows: what a file says about each person, read for a part of them in a few queries.

Values are masked as they are read, for whoever sees them masked, and what has ended stays out:
a role of yesterday says nothing about whom the person works for.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, TextChoices

from crm.enums import ExportColumn, RetentionClass, RoleKind, SourceType
from crm.models import Contact, ContactPoint, Demographics, PostalAddress, Role
from privacy import masking, quarantine
from privacy.enums import PointKind
from privacy.gate import Answer


@dataclass(slots=True)
class Person:
    """One person as a file writes them; what no column asks for is blank."""

    reference: UUID
    native_family_name: str = ""
    native_given_name: str = ""
    latin_family_name: str = ""
    latin_given_name: str = ""
    display_name: str = ""
    language: str = ""
    country: str = ""
    source: str = ""
    obtained_on: date | None = None
    retention_class: str = ""
    roles: list[str] = field(default_factory=list)
    organisations: list[str] = field(default_factory=list)
    job_titles: list[str] = field(default_factory=list)
    points: dict[str, list[str]] = field(default_factory=dict)
    address: dict[str, str] = field(default_factory=dict)
    born_on: date | None = None
    gender: str = ""


POINTS = {
    ExportColumn.EMAIL: PointKind.EMAIL,
    ExportColumn.PHONE: PointKind.PHONE,
    ExportColumn.LINK: PointKind.LINK,
}
AT_WORK = {ExportColumn.ORGANISATION, ExportColumn.ROLE, ExportColumn.JOB_TITLE}
DEMOGRAPHIC = {ExportColumn.BORN_ON, ExportColumn.GENDER}
Words = Mapping[type[TextChoices], Mapping[str, str]]
ADDRESS = ("lines", "city", "region", "postcode", "country")


def read(
    going: Mapping[int, Answer | None],
    columns: Collection[str],
    *,
    by: Any,
    on: date,
    kept_back: Collection[int] = (),
) -> Iterator[Person]:
    """These people in the order of the mapping; a table that no column needs is not asked.

    `kept_back` are contact points, by primary key, that are not written (S17, S49).
    """
    wanted = set(columns)
    # Said once for all: Django looks each choice up anew for each row.
    words: Words = {kind: _words(kind) for kind in (RoleKind, SourceType, RetentionClass)}
    people = {
        contact.pk: _person(contact, words)
        for contact in _rows(Contact.objects.select_related("source"), by, pk__in=list(going))
    }
    if wanted & AT_WORK:
        _add_roles(people, words, by=by, on=on)
    kinds = [kind for column, kind in POINTS.items() if column in wanted]
    if kinds:
        _add_points(people, kinds, going, by=by, kept_back=kept_back)
    if ExportColumn.ADDRESS in wanted:
        for row in _rows(PostalAddress.objects.order_by("pk"), by, contact__in=list(people)):
            address = {name: getattr(row, name) for name in ADDRESS}
            people[row.contact_id].address = people[row.contact_id].address or address
    if wanted & DEMOGRAPHIC:
        for row in _rows(Demographics.objects.all(), by, contact__in=list(people)):
            people[row.contact_id].born_on = row.date_of_birth
            people[row.contact_id].gender = row.gender and row.get_gender_display()
    return (people[pk] for pk in going if pk in people)


def _words(kind: type[TextChoices]) -> dict[str, str]:
    return {str(value): str(label) for value, label in kind.choices}


def _person(contact: Contact, words: Words) -> Person:
    return Person(
        reference=contact.uuid,
        native_family_name=contact.native_family_name,
        native_given_name=contact.native_given_name,
        latin_family_name=contact.latin_family_name,
        latin_given_name=contact.latin_given_name,
        display_name=contact.display_name,
        language=contact.language,
        country=contact.residence_country,
        source=words[SourceType][contact.source.type],
        obtained_on=contact.source.obtained_on,
        retention_class=words[RetentionClass][contact.retention_class],
    )


def _add_roles(people: Mapping[int, Person], words: Words, *, by: Any, on: date) -> None:
    roles = Role.objects.select_related("organisation").order_by("pk")
    open_ones = Q(ended_on__isnull=True) | Q(ended_on__gte=on)
    # What waits for the privacy officer's decision leaves in no file, whoever asks for it (S27).
    waiting = quarantine.covered(Role)
    for role in _rows(roles.filter(open_ones), by, contact__in=list(people)):
        person = people[role.contact_id]
        kind, firm = words[RoleKind][role.kind], role.organisation
        person.roles += [kind] * (kind not in person.roles)
        if firm is not None and firm.name not in person.organisations:
            person.organisations.append(firm.name)
        if role.pk in waiting or not role.job_title:
            continue
        if role.job_title not in person.job_titles:
            person.job_titles.append(role.job_title)


def _add_points(
    people: Mapping[int, Person],
    kinds: Collection[str],
    going: Mapping[int, Answer | None],
    *,
    by: Any,
    kept_back: Collection[int],
) -> None:
    points = ContactPoint.objects.order_by("-is_preferred", "pk").filter(kind__in=kinds)
    for row in _rows(points, by, contact__in=list(people)):
        answer = going[row.contact_id]
        # Where the gate named addresses, only these may be written to.
        named = {(p.kind, p.value) for p in answer.points} if answer is not None else set()
        if row.pk in kept_back:
            continue
        if not named or (row.kind, row.value) in named:
            people[row.contact_id].points.setdefault(row.kind, []).append(row.value)


def _rows(rows: QuerySet, by: Any, **which: Any) -> Iterator[Any]:
    yield from masking.for_user(by, rows.filter(**which))
