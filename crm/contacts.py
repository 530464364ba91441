"""Entering and correcting people: the one door, for a form, an import or a request alike.

Each way in passes the age gate (S113) and the suppression file (S64), needs a source (S29), and
leaves names searchable, history, a clock and a journal entry of references, never of values.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import age, dealings, history, organisations, sources
from crm.enums import Channel, RestrictionKind
from crm.errors import EntryRefused, UnderAge
from crm.models import (
    Contact,
    ContactPoint,
    Demographics,
    Organisation,
    PostalAddress,
    Role,
    Source,
    SourceRestriction,
)
from crm.names import Names, name_key, search_text
from privacy import journal, quarantine, restriction, suppression
from privacy.enums import PointKind
from privacy.errors import IdentifierSuppressed, IdentifierUnreadable
from privacy.points import Point, normal_form, points_in, problem_of

NAMES = ("native_family_name", "native_given_name", "latin_family_name", "latin_given_name")
CORRECTABLE = (*NAMES, "language", "residence_country", "owner", "team")
BATCH = 500


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """Where people were obtained: for each person a row of its own is made of it."""

    type: str
    obtained_on: date
    detail: str = ""
    obtained_by: Any = None
    import_reference: UUID | None = None
    # Who supplied a broker's or partner's data (S36).
    supplier: Organisation | None = None
    # The last day on which the licence of a broker allows the use of the data (S31).
    usable_until: date | None = None


@dataclass(slots=True)
class Entry:
    """What is known of a person who is to be entered."""

    names: Names
    language: str = ""
    country: str = ""
    points: list[Point] = field(default_factory=list)
    address: dict[str, str] = field(default_factory=dict)
    born_on: date | None = None
    role: str = ""
    organisation: str = ""
    job_title: str = ""
    started_on: date | None = None
    # Marketing channels on which the person said "no" where the data comes from.
    opt_outs: frozenset[str] = frozenset()
    # (kind, key of the firm) of what a file says of them besides: it makes no role of its own.
    roles_told: frozenset[tuple[str, str]] = frozenset()


def enter(
    entry: Entry, *, source: SourceFacts, by: Any, came_by: Channel = Channel.FORM
) -> Contact:
    """Enter one person; refused when under sixteen, nameless or suppressed."""
    today = timezone.localdate()
    if entry.born_on and (problem := age.problem_of(entry.born_on, on=today)):
        raise EntryRefused(problem)
    if entry.born_on and age.is_under_age(entry.born_on, on=today):
        age.count_refusals(came_by, on=today)
        raise UnderAge
    if not entry.names:
        raise EntryRefused(_("A person needs at least one name."))
    with transaction.atomic():
        contact = write([entry], source=source, by=by, came_by=came_by)[0]
        journal.record("contact.enter", by=by, on=contact)
    contact.refresh_from_db()
    return contact


def write(
    entries: Sequence[Entry], *, source: SourceFacts, by: Any, came_by: Channel
) -> list[Contact]:
    """Store people who passed the age gate: one statement per table, the guard asked once."""
    own_sources = Source.objects.bulk_create(
        [
            Source(
                type=source.type,
                detail=source.detail,
                obtained_on=source.obtained_on,
                obtained_by_id=source.obtained_by.pk if source.obtained_by else None,
                import_reference=source.import_reference,
                supplier=source.supplier,
            )
            for _entry in entries
        ]
    )
    if source.usable_until:
        limits = SourceRestriction.objects.bulk_create(
            [
                SourceRestriction(
                    source_id=own.pk, kind=RestrictionKind.TERM, expires_on=source.usable_until
                )
                for own in own_sources
            ],
            batch_size=BATCH,
        )
    found = organisations.find_or_create([e.organisation for e in entries], by=by)
    firms = {key: organisation.pk for key, organisation in found.items()}
    people = [
        Contact(
            **{name: getattr(entry.names, name) for name in NAMES},
            language=entry.language,
            residence_country=entry.country,
            source_id=own.pk,
        )
        for entry, own in zip(entries, own_sources, strict=True)
    ]
    for person, entry in zip(people, entries, strict=True):
        points = [(p.kind, p.value, normal_form(p)) for p in entry.points]
        _make_searchable(person, points, [entry.organisation])
    create_rows(Contact, people, by=by)
    if source.usable_until:
        sources.carry(limits)
    pairs = list(zip(people, entries, strict=True))
    create_rows(
        ContactPoint, chain.from_iterable(points_of(p, e, came_by) for p, e in pairs), by=by
    )
    create_rows(
        Role,
        [
            Role(
                contact_id=person.pk,
                kind=entry.role,
                organisation_id=firms.get(name_key(entry.organisation)),
                job_title=entry.job_title,
                started_on=entry.started_on,
            )
            for person, entry in pairs
            if entry.role
        ],
        by=by,
    )
    create_rows(
        PostalAddress,
        [PostalAddress(contact_id=p.pk, **e.address) for p, e in pairs if e.address],
        by=by,
    )
    create_rows(
        Demographics,
        [Demographics(contact_id=p.pk, date_of_birth=e.born_on) for p, e in pairs if e.born_on],
        by=by,
    )
    dealings.refresh([person.pk for person in people])
    return people


def judged(point: Point) -> Point:
    """This point as it is to be stored, whatever brought it: the one judge of every door.

    IdentifierUnreadable where it is not one e-mail address, telephone number or link;
    IdentifierSuppressed where it, or any other point in its text, may not be entered (S64).
    """
    if suppression.refused([point])[0]:
        raise IdentifierSuppressed
    if problem := problem_of(point):
        raise IdentifierUnreadable(problem)
    return points_in(point)[0]


def points_of(contact: Contact, entry: Entry, came_by: Channel) -> list[ContactPoint]:
    """The rows of an entry's points."""
    return [
        ContactPoint(contact_id=contact.pk, kind=point.kind, value=point.value, came_by=came_by)
        for point in entry.points
    ]


@transaction.atomic
def correct(
    contact: Contact, changes: Mapping[str, Any], *, by: Any, at_their_request: bool = False
) -> Contact:
    """Change what is wrong (Art. 16, s.22); the journal names the fields, never the values.

    While processing is restricted, on the person's own request alone (Art. 18(2)).
    """
    if unknown := sorted(set(changes) - set(CORRECTABLE)):
        raise EntryRefused(_("This cannot be corrected here: %s.") % ", ".join(unknown))
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    if contact.disposed_at:
        raise EntryRefused(_("This person was disposed of; there is nothing left to correct."))
    if not at_their_request:
        restriction.refuse_if_restricted([contact.pk])
    for name, value in changes.items():
        setattr(contact, name, value)
    if not any(getattr(contact, name) for name in NAMES):
        raise EntryRefused(_("A person needs at least one name."))
    contact.full_clean(exclude=["search_text", "name_key", "source"])
    contact._history_user = by
    contact.save()
    index([contact.pk])
    journal.record("contact.correct", by=by, on=contact, facts={"fields": sorted(changes)})
    contact.refresh_from_db()
    return contact


def index(contact_pks: Collection[int]) -> None:
    """Write anew what the search box reads of these people."""
    pks = list(contact_pks)
    for start in range(0, len(pks), BATCH):
        people = list(
            Contact.objects.living()
            .filter(pk__in=pks[start : start + BATCH])
            .prefetch_related("points", "roles__organisation")
        )
        for person in people:
            firms = [role.organisation.name for role in person.roles.all() if role.organisation]
            points = [(row.kind, row.value, row.normal_form) for row in person.points.all()]
            _make_searchable(person, points, firms)
        Contact.objects.bulk_update(people, ["search_text", "name_key"], batch_size=BATCH)


def _make_searchable(
    person: Contact, points: Sequence[tuple[str, str, str]], firms: Sequence[str]
) -> None:
    """Names, points as they are written and firms; of a telephone number also its digits alone."""
    said = [value for _kind, value, _form in points]
    digits = [form.lstrip("+") for kind, _value, form in points if kind == PointKind.PHONE]
    person.name_key = name_key(person.native_name + person.latin_name)[:300]
    person.search_text = search_text(
        [person.native_name, person.latin_name, *said, *digits, *firms]
    )


def change(people: Sequence[Contact], *, by: Any) -> None:
    """Store changed names, language and country of these people with their history."""
    if people:
        Contact.objects.bulk_update(
            people, [*NAMES, "language", "residence_country"], batch_size=BATCH
        )
        history.add(Contact, [person.pk for person in people], by=by, kind="~")


def change_births(rows: Sequence[Demographics], *, by: Any) -> None:
    """Store changed birth dates with their history."""
    if rows:
        Demographics.objects.bulk_update(rows, ["date_of_birth"], batch_size=BATCH)
        history.add(Demographics, [row.pk for row in rows], by=by, kind="~")


def create_rows(model: type[Any], rows: Any, *, by: Any) -> None:
    """Store rows about people with their history."""
    made = list(rows)
    if made:
        model.objects.bulk_create(made, batch_size=BATCH)
        history.add(model, [row.pk for row in made], by=by)
        quarantine.look(made, by=by)
