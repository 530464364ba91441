"""The invented office with what the privacy office did in it: holds, an erasure, one night.

The business writes its people (`crm.demo`); what it may not touch is put on top here.
"""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from config import demo_registers
from crm import contacts, demo
from crm.contacts import Entry, SourceFacts
from crm.demo import reserved
from crm.enums import EngagementState, RetentionClass, RoleKind, SourceType
from crm.models import Contact, Engagement, Organisation, Role, User
from crm.names import Names
from privacy import consent, disposal, holds, parties, suppression
from privacy.enums import ConsentMethod, DisposalCause, HoldReason, HoldScope, PointKind
from privacy.suppression import Point
from retention import sweep
from retention.enums import Mode

# A row of docs/sample-contacts.csv would bring this person back, and is refused.
FORGOTTEN = "forgotten@example.com"
# The night whose certificate and archive there are to look at.
NIGHT = timedelta(days=45)


@transaction.atomic
def build(*, on: date) -> list[tuple[str, str]]:
    """Fill an empty office; returns each account with its pass-phrase."""
    demo_registers.found(on=on)
    logins = demo.build(on=on)
    one = User.objects.get(username="officer-one")
    two = User.objects.get(username="officer-two")
    demo_registers.share(on=on, officers=(one, two))
    _hold(on=on, owner=one, by=two)
    _forget(on=on, by=one)
    sweep.run(on=on - NIGHT, mode=Mode.APPLY)
    parties.note_invented()
    return logins


def _hold(*, on: date, owner: User, by: User) -> None:
    """Every scope and reason; on whose time is over first, so that a night passes them by."""
    resting = Contact.objects.living().exclude(anchor_on=None).order_by("anchor_on", "pk")
    clients = resting.filter(retention_class=RetentionClass.CLIENT)
    asked = resting.filter(retention_class=RetentionClass.CONSULTATION)
    closed = Engagement.objects.filter(state=EngagementState.CONTRACT, closed_on__isnull=False)
    roles = Role.objects.filter(contact__in=clients).order_by("contact__anchor_on", "pk")
    firms = Organisation.objects.filter(roles__in=roles)
    firm = firms.order_by("roles__contact__anchor_on", "pk")[2]
    advice = Engagement.objects.filter(participants__in=asked).order_by("closed_on", "pk")
    work = closed.order_by("closed_on", "pk")
    persons = (
        (resting[0], HoldReason.CLAIM, 180),
        (resting.filter(retention_class=RetentionClass.SUPPLIER)[3], HoldReason.AUTHORITY, 10),
    )
    places: tuple[tuple[HoldScope, uuid.UUID, HoldReason, int], ...] = (
        (HoldScope.ORGANISATION, firm.uuid, HoldReason.FRAUD, 90),
        (HoldScope.ENGAGEMENT, advice[2].uuid, HoldReason.AGREEMENT, 365),
        (HoldScope.ENGAGEMENT, work[5].uuid, HoldReason.DEED, 365),
    )
    common: dict[str, Any] = {"owner": owner, "by": by}
    for number, (person, reason, days) in enumerate(persons, 1):
        review = on + timedelta(days=days)
        holds.place(person, matter=f"DEMO-{number}", reason=reason, review_on=review, **common)
    for number, (scope, place, reason, days) in enumerate(places, len(persons) + 1):
        holds.place(
            matter=f"DEMO-{number}",
            reason=reason,
            review_on=on + timedelta(days=days),
            scope=scope,
            scope_reference=place,
            **common,
        )
    over = holds.place(
        matter="DEMO-0",
        reason=HoldReason.CLAIM,
        review_on=on,
        scope=HoldScope.ENGAGEMENT,
        scope_reference=work[6].uuid,
        **common,
    )
    past = holds.place(
        matter="DEMO-00",
        reason=HoldReason.AGREEMENT,
        review_on=on,
        scope=HoldScope.ENGAGEMENT,
        scope_reference=work[6].uuid,
        **common,
    )
    for ended in (over, past):
        holds.release(ended, by=owner)


def _forget(*, on: date, by: User) -> None:
    """Somebody asked to be erased: of them a tombstone is left, and that they do not return."""
    came = on - timedelta(days=400)
    entry = Entry(
        names=Names("", "", "Forgotten", "Fay"),
        country="PT",
        points=[
            Point(PointKind.EMAIL, FORGOTTEN),
            Point(PointKind.LINK, reserved.profile("forgotten", 0)),
        ],
        role=RoleKind.PROSPECT,
        started_on=came,
    )
    source = SourceFacts(SourceType.WEBSITE, came, obtained_by=by)
    person = contacts.enter(entry, source=source, by=by)
    said_at = timezone.make_aware(datetime.combine(came, time(12)))
    consent.object_to(person, method=ConsentMethod.EMAIL, by=by, at=said_at)
    suppression.suppress_subject(person.pk, by=by)
    disposal.dispose([person.pk], cause=DisposalCause.ERASURE, by=by, on=timezone.localdate())
