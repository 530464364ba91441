"""Dealings: the last thing a person did or that was done with them, and the class that follows.

A qualifying event is an inbound message, a call or meeting held, a consent given, the start or
end of a role or of an engagement. Our own outbound mail, an edit, an import, a view or a rights
request is never one. Without any, the clock runs from the day on which the source was obtained
(Art. 5(1)(e), s.26; DESIGN 3). Whoever changes one of these calls `refresh`, so that the sweep
reads an index.
"""

from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import Any

from django.db.models import (
    Case,
    DateField,
    Exists,
    F,
    Max,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, NullIf, TruncDate

from crm.enums import Direction, EngagementState, RetentionClass, RoleKind
from crm.models import Contact, Engagement, Interaction, Participation, Role, Source, User
from privacy import consent, holds

# A role of work keeps the record for as long as it lasts; an applicant does not work here yet.
WORK_KINDS = (RoleKind.EMPLOYEE, RoleKind.CONSULTANT, RoleKind.TEMPORARY)
TRADE_KINDS = (RoleKind.CLIENT, RoleKind.SUPPLIER)
# Stands for "no event" among dates: SQLite's greatest of a null is null, PostgreSQL's is not.
NEVER = date.min
# PostgreSQL and SQLite both take this many numbers in one statement.
MOST_AT_ONCE = 10_000


def refresh(contact_pks: Iterable[int]) -> int:
    """Derive class and anchor of these people anew; one statement, however many they are."""
    remaining = iter(set(contact_pks))
    changed = 0
    while part := list(islice(remaining, MOST_AT_ONCE)):
        changed += _derive(Contact.objects.living().filter(pk__in=part))
        # Whoever falls under a hold from now on stays under it, whatever is edited later.
        holds.cover(part)
    return changed


def people_of(engagement_pks: Iterable[int]) -> set[int]:
    """Whose clock an engagement governs: its participants and its organisation's contacts."""
    engagements = Engagement.objects.filter(pk__in=list(engagement_pks))
    by_part = Participation.objects.filter(engagement__in=engagements)
    by_role = Role.objects.filter(
        kind__in=TRADE_KINDS, organisation__engagements__in=engagements, ended_on__isnull=True
    )
    return {*by_part.values_list("contact", flat=True), *by_role.values_list("contact", flat=True)}


def is_open(*, on: date) -> Q:
    """A role of work or an engagement is open on this day, its last one included.

    The person's own, or that of whom they act for. What ends later is open still, and what begins
    later is not open yet.
    """
    role = Q(ended_on__isnull=True) | Q(ended_on__gte=on)
    role &= Q(started_on__isnull=True) | Q(started_on__lte=on)
    work = Q(closed_on__isnull=True) | Q(closed_on__gte=on)
    work &= Q(opened_on__lte=on)
    return _going_on(role, work)


def has_no_end() -> Q:
    """A role of work or an engagement has no end yet: the clock of the record stands still."""
    return _going_on(Q(ended_on__isnull=True), Q(closed_on__isnull=True))


def _going_on(role: Q, work: Q) -> Q:
    at_the_firm = Engagement.objects.filter(work, organisation=OuterRef("organisation"))
    theirs = Engagement.objects.filter(work, pk=OuterRef("engagement"))
    return (
        Q(Exists(_about(Role, kind__in=WORK_KINDS).filter(role)))
        | Q(Exists(_about(Participation).filter(Exists(theirs))))
        | Q(Exists(_about(Role, kind__in=TRADE_KINDS).filter(role, Exists(at_the_firm))))
    )


def refresh_own(account_pks: Iterable[int]) -> int:
    """Derive anew the own contact records of these operators."""
    accounts = User.objects.filter(pk__in=list(account_pks), contact__isnull=False)
    return refresh(accounts.values_list("contact", flat=True))


def _has_account() -> Q:
    """Whoever has an active account of their own works here, whatever their roles say."""
    return Q(Exists(_about(User, is_active=True)))


def _derive(people: QuerySet) -> int:
    return people.update(retention_class=_retention_class(), anchor_on=_anchor())


def _about(model: type[Model], **filters: Any) -> QuerySet:
    return model._default_manager.filter(contact=OuterRef("pk"), **filters).order_by()


def _retention_class() -> Case:
    """The class with the longest period that the person's dealings ever gave them (law 5)."""
    return Case(
        When(Exists(_about(Role, kind__in=WORK_KINDS)), then=Value(RetentionClass.STAFF)),
        When(
            Exists(_about(Role, kind=RoleKind.CLIENT))
            | Exists(_about(Participation, engagement__state=EngagementState.CONTRACT)),
            then=Value(RetentionClass.CLIENT),
        ),
        When(Exists(_about(Role, kind=RoleKind.SUPPLIER)), then=Value(RetentionClass.SUPPLIER)),
        When(
            Exists(_about(Participation, engagement__state=EngagementState.CONSULTATION)),
            then=Value(RetentionClass.CONSULTATION),
        ),
        When(Exists(_about(Role, kind=RoleKind.APPLICANT)), then=Value(RetentionClass.APPLICANT)),
        default=Value(RetentionClass.LEAD),
    )


def _anchor() -> Case:
    """Null while work, an account or an engagement has no end; else the last event, or source."""
    events = (
        _latest(_about(Role), Max("started_on")),
        # An end that was agreed for a later day is an end: nothing need look again when it comes.
        _latest(_about(Role), Max("ended_on")),
        _latest(_about(Participation), Max("engagement__opened_on")),
        _latest(_about(Participation), Max("engagement__closed_on")),
        _latest(
            _about(Interaction).exclude(direction=Direction.OUTBOUND),
            TruncDate(Max("occurred_at")),
        ),
        _latest(
            consent.given_by_themselves().filter(subject=OuterRef("pk")).order_by(),
            TruncDate(Max("occurred_at")),
            whose="subject",
        ),
    )
    obtained = Source.objects.filter(contact=OuterRef("pk")).values("obtained_on")
    return Case(
        When(has_no_end() | _has_account(), then=Value(None)),
        default=Coalesce(
            NullIf(Greatest(*events), Value(NEVER), output_field=DateField()),
            Subquery(obtained[:1]),
        ),
        output_field=DateField(),
    )


def _latest(events: QuerySet, latest: Any, *, whose: str = "contact") -> Coalesce:
    newest = events.annotate(person=F(whose)).values("person").annotate(newest=latest)
    return Coalesce(Subquery(newest.values("newest")), Value(NEVER), output_field=DateField())
