"""What the business answers when the privacy office asks about its data subjects (DESIGN 2)."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    QuerySet,
    Subquery,
)
from django.utils import timezone

from crm import age, contacts, countries, dealings, names, supplier_reviews
from crm.contacts import Entry, SourceFacts
from crm.enums import Destination, Direction, SourceType
from crm.models import (
    Contact,
    ContactExport,
    ContactPoint,
    ExportedContact,
    Interaction,
    Merge,
    Participation,
    Role,
)
from privacy.enums import HoldScope, PointKind
from privacy.suppression import Point, normal_forms

# PostgreSQL and SQLite both take this many numbers in one statement.
MOST_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Limit:
    """What the source of a person's data forbids: all but one purpose, channel or region."""

    kind: str
    allows: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides about a person's rights."""

    language: str
    country: str
    regimes: frozenset[str]
    source_type: str
    obtained_on: date
    restrictions: tuple[str, ...]
    # Work, an enquiry or a contract of theirs, or of whom they act for, is open (S38).
    is_engaged: bool
    limits: tuple[Limit, ...] = ()
    # The last time that they dealt with us; our own mail is no dealing of theirs.
    dealt_on: date | None = None
    is_under_age: bool = False
    # A broker or partner supplied their data, of whom no review holds (S36).
    is_unreviewed: bool = False
    # Points that they gave for an order or enquiry alone (S51).
    order_points: frozenset[Point] = frozenset()
    # Points at which nothing arrives (S104).
    bounced_points: frozenset[Point] = frozenset()


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


def sharing(subjects: Collection[int], kind: str) -> dict[int, dict[str, set[int]]]:
    """Which points of these people stand in other living records too, and in which."""
    points = ContactPoint.objects.filter(kind=kind, contact__disposed_at__isnull=True)
    points = points.exclude(normal_form="").order_by()
    elsewhere = points.filter(normal_form=OuterRef("normal_form"))
    wanted = sorted(subjects)
    theirs: list[tuple[int, str]] = []
    for first in range(0, len(wanted), MOST_AT_ONCE):
        mine = points.filter(contact__in=wanted[first : first + MOST_AT_ONCE])
        shared = mine.filter(Exists(elsewhere.exclude(contact=OuterRef("contact"))))
        theirs += shared.values_list("contact", "normal_form")
    forms = sorted({form for _contact, form in theirs})
    holders: dict[str, set[int]] = {}
    for first in range(0, len(forms), MOST_AT_ONCE):
        of_form = points.filter(normal_form__in=forms[first : first + MOST_AT_ONCE])
        for form, contact in of_form.values_list("normal_form", "contact"):
            holders.setdefault(form, set()).add(contact)
    found: dict[int, dict[str, set[int]]] = {}
    for contact, form in theirs:
        found.setdefault(contact, {})[form] = holders[form] - {contact}
    return found


def create(*, name: str, email: str, language: str) -> int:
    """Enter a person on their own request, as they name themselves."""
    entry = Entry(
        names=names.split(full=name),
        language=language,
        points=[Point(PointKind.EMAIL, email)],
    )
    source = SourceFacts("person", timezone.localdate(), detail="sign-up")
    return contacts.enter(entry, source=source, by=None).pk


def called(subjects: Collection[int], name: str) -> list[int]:
    """Those of these people who may be called by this name: no script says otherwise."""
    meant = names.split(full=name)
    scripts = [one.name for one in fields(names.Names)]
    rows = Contact.objects.filter(pk__in=subjects).values_list("pk", *scripts)
    return [pk for pk, *theirs in rows if names.agree(names.Names(*theirs), meant)]


def count_minors(number: int, *, at: str = "sign-up") -> None:
    """Count those who said, or were found, to be under sixteen; nothing else is kept (S113)."""
    age.count_refusals(at, on=timezone.localdate(), count=number)


def correct(subject: Contact, datum: str, value: Any, *, by: Any = None) -> None:
    """Correct one datum of a person on their own request, restricted or not."""
    contacts.correct(subject, {datum: value}, by=by, at_their_request=True)


def facts(subjects: Collection[int]) -> Mapping[int, Facts]:
    """Language, country, regimes, source, age and dealings of these people, by primary key."""
    wanted, today = sorted(subjects), timezone.localdate()
    return {
        person.pk: _facts(person, today)
        for first in range(0, len(wanted), MOST_AT_ONCE)
        for person in _described(wanted[first : first + MOST_AT_ONCE])
    }


def _described(pks: Collection[int]) -> QuerySet[Any]:
    mine = {"contact": OuterRef("pk")}
    heard = Interaction.objects.filter(**mine).exclude(direction=Direction.OUTBOUND)
    parts = Participation.objects.filter(**mine).order_by("-engagement__opened_on")
    return (
        Contact.objects.filter(pk__in=pks)
        .select_related("source", "demographics")
        .prefetch_related(
            "source__restrictions",
            Prefetch(
                "points",
                ContactPoint.objects.exclude(given_for="", bounced_at__isnull=True),
                to_attr="_limited",
            ),
        )
        .annotate(
            _heard_at=Subquery(heard.order_by("-occurred_at").values("occurred_at")[:1]),
            _took_part_on=Subquery(parts.values("engagement__opened_on")[:1]),
            _reviewed=Exists(
                supplier_reviews.passed(on=timezone.localdate()).filter(
                    organisation=OuterRef("source__supplier")
                )
            ),
            _engaged=ExpressionWrapper(
                dealings.is_open(on=timezone.localdate()), output_field=BooleanField()
            ),
        )
    )


def _facts(person: Any, today: date) -> Facts:
    restrictions = person.source.restrictions.all()
    demographics = getattr(person, "demographics", None)
    born_on = demographics.date_of_birth if demographics else None
    heard_on = timezone.localdate(person._heard_at) if person._heard_at else None
    return Facts(
        language=person.language,
        country=person.residence_country,
        regimes=countries.regimes(person.residence_country),
        source_type=person.source.type,
        obtained_on=person.source.obtained_on,
        restrictions=tuple(r.kind for r in restrictions),
        is_engaged=person._engaged,
        limits=tuple(Limit(r.kind, r.allows, r.expires_on) for r in restrictions),
        dealt_on=max(filter(None, (heard_on, person._took_part_on)), default=None),
        is_under_age=born_on is not None and age.is_under_age(born_on, on=today),
        is_unreviewed=person.source.type in supplier_reviews.SOURCES and not person._reviewed,
        order_points=frozenset(
            Point(row.kind, row.value) for row in person._limited if row.given_for
        ),
        bounced_points=frozenset(
            Point(row.kind, row.value) for row in person._limited if row.bounced_at
        ),
    )


def recipients() -> list[tuple[str, str, str]]:
    """The holders outside who fetched an export of contacts, each once (Art. 30(1)(d))."""
    given = ContactExport.objects.filter(downloads__gt=0, holder__isnull=False)
    found = given.order_by("holder__name").values_list("destination", "holder__name", "country")
    return [
        (str(Destination(destination).label), name, country)
        for destination, name, country in found.distinct()
    ]


def in_scope(scope: HoldScope, reference: uuid.UUID) -> set[int]:
    """Who falls under an organisation or an engagement today."""
    if scope == HoldScope.ORGANISATION:
        roles = Role.objects.filter(organisation__uuid=reference)
        parts = Participation.objects.filter(engagement__organisation__uuid=reference)
        return {*roles.values_list("contact", flat=True), *parts.values_list("contact", flat=True)}
    parts = Participation.objects.filter(engagement__uuid=reference)
    return set(parts.values_list("contact", flat=True))


def merged_into(subjects: Collection[int]) -> dict[int, uuid.UUID]:
    """What was merged into these people, with its own reference."""
    return dict(Merge.objects.filter(kept__in=subjects).values_list("gone", "gone__uuid"))


def records_of(subjects: Collection[int]) -> dict[int, int]:
    """Each row that was merged into one of these people, and into which."""
    return dict(Merge.objects.filter(kept__in=subjects).values_list("gone", "kept"))


def untold(given: QuerySet[Any]) -> QuerySet[Any]:
    """Living people from elsewhere of whom none of these rows tells, under whichever record.

    With the day on which we obtained their data, the first message of ours, and the first time
    that an export with their data was fetched for somebody outside (Art. 14(3)).
    """
    mine = {"contact": OuterRef("pk")}
    ours = Interaction.objects.filter(**mine, direction=Direction.OUTBOUND)
    outside = {
        "export__downloads__gt": 0,
        "export__holder__isnull": False,
        "export__masked": False,
    }
    files = ExportedContact.objects.filter(**mine, **outside)
    merged = Merge.objects.filter(kept=OuterRef("pk"), gone__in=given.values("subject"))
    return (
        Contact.objects.usable()
        .exclude(source__type=SourceType.PERSON)
        .filter(~Exists(given.filter(subject=OuterRef("pk"))), ~Exists(merged))
        .annotate(
            obtained_on=F("source__obtained_on"),
            written_at=Subquery(ours.order_by("occurred_at").values("occurred_at")[:1]),
            disclosed_at=Subquery(files.order_by("given_at").values("given_at")[:1]),
        )
    )
