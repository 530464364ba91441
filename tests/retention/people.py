"""People with dealings, as plain rows, for the tests of time."""

from datetime import date, datetime, time
from itertools import count

from django.utils import timezone

from crm import dealings
from crm.enums import Channel, Direction, EngagementState, RoleKind, SourceType
from crm.models import (
    Contact,
    Engagement,
    Interaction,
    InvoiceReference,
    Participation,
    Role,
    Source,
    User,
)
from privacy.enums import HoldReason, HoldScope
from privacy.models import LegalHold

numbers = count(1)


def at_noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


def person(obtained_on: date, **fields) -> Contact:
    source = Source.objects.create(type=SourceType.PERSON, obtained_on=obtained_on)
    fields.setdefault("latin_family_name", f"Quillfeather{next(numbers)}")
    contact = Contact.objects.create(source=source, **fields)
    dealings.refresh([contact.pk])
    contact.refresh_from_db()
    return contact


def role(contact: Contact, kind: RoleKind, started_on=None, ended_on=None, **fields) -> Role:
    row = Role.objects.create(
        contact=contact, kind=kind, started_on=started_on, ended_on=ended_on, **fields
    )
    dealings.refresh([contact.pk])
    return row


def engagement(
    contact: Contact | None, state: EngagementState, opened_on, closed_on=None, **fields
) -> Engagement:
    row = Engagement.objects.create(
        code=f"e-{next(numbers)}",
        title="Review",
        state=state,
        opened_on=opened_on,
        closed_on=closed_on,
        **fields,
    )
    if contact is not None:
        Participation.objects.create(engagement=row, contact=contact)
        dealings.refresh([contact.pk])
    return row


def interaction(
    contact: Contact,
    day: date,
    direction=Direction.INBOUND,
    channel=Channel.EMAIL,
    summary="Talked",
) -> Interaction:
    row = Interaction.objects.create(
        contact=contact,
        channel=channel,
        direction=direction,
        occurred_at=at_noon(day),
        summary=summary,
        body="About the weather.",
    )
    dealings.refresh([contact.pk])
    return row


def invoice(contact: Contact, issued_on: date) -> InvoiceReference:
    work = engagement(contact, EngagementState.CONTRACT, issued_on, issued_on)
    return InvoiceReference.objects.create(
        engagement=work,
        contact=contact,
        number=f"inv-{next(numbers)}",
        billed_to="Quillfeather",
        issued_on=issued_on,
    )


# One person of each class, whose last qualifying event was on this day.
MAKERS = {
    "lead": person,
    "consultation": lambda day: _with_engagement(EngagementState.CONSULTATION, day),
    "client": lambda day: _with_engagement(EngagementState.CONTRACT, day),
    "supplier": lambda day: _with_role(RoleKind.SUPPLIER, day),
    "staff": lambda day: _with_role(RoleKind.EMPLOYEE, day),
    "applicant": lambda day: _with_role(RoleKind.APPLICANT, day),
}
YEARS = {
    "lead": 2,
    "consultation": 3,
    "client": 6,
    "supplier": 6,
    "staff": 6,
    "applicant": 2,
}


def _with_engagement(state: EngagementState, day: date) -> Contact:
    contact = person(day)
    engagement(contact, state, day, day)
    return refreshed(contact)


def _with_role(kind: RoleKind, day: date) -> Contact:
    contact = person(day)
    role(contact, kind, day, day)
    return refreshed(contact)


def refreshed(contact: Contact) -> Contact:
    contact.refresh_from_db()
    return contact


def hold(contact: Contact) -> LegalHold:
    officer, _made = User.objects.get_or_create(username="dpo")
    return LegalHold.objects.create(
        scope=HoldScope.PERSON,
        subject=contact,
        matter="HCA-2026-1",
        reason=HoldReason.CLAIM,
        owner=officer,
        placed_by=officer,
        review_on=date(2030, 1, 1),
    )
