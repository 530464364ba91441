"""What was said, written down: one door for the console and for whatever else logs a dealing.

Everything but our own outbound message restarts the person's clock (DESIGN 3).
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import dealings, follow_ups
from crm.enums import Channel, Direction
from crm.errors import EntryRefused
from crm.models import Contact, Interaction
from privacy import journal, quarantine, restriction


@transaction.atomic
def log(
    contact: Contact,
    *,
    channel: Channel,
    direction: Direction,
    occurred_at: datetime,
    summary: str,
    body: str = "",
    follow_up_on: date | None = None,
    follow_up: str = "",
    by: Any,
) -> Interaction:
    """Record one dealing; refused for somebody disposed of and for a time that is yet to come.

    With a day for it, what is to do next is planned in the same act. The number of a payment card
    is refused, other sensitive data wait for a decision (S25, S27).
    """
    quarantine.refuse_cards(summary, body)
    if occurred_at > timezone.now():
        raise EntryRefused(_("What has not happened yet is no dealing; give a time in the past."))
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    if contact.disposed_at:
        raise EntryRefused(_("This person was disposed of; there is nothing to add to."))
    restriction.refuse_if_restricted([contact.pk])
    interaction = Interaction.objects.create(
        contact=contact,
        channel=channel,
        direction=direction,
        occurred_at=occurred_at,
        summary=summary,
        body=body,
        recorded_by=by,
    )
    quarantine.look([interaction], by=by)
    dealings.refresh([contact.pk])
    journal.record("interaction.log", by=by, on=interaction, facts={"direction": str(direction)})
    if follow_up_on:
        follow_ups.plan(
            contact,
            what=follow_up or summary,
            due_on=follow_up_on,
            by=by,
            came_of_reference=interaction.uuid,
        )
    return interaction
