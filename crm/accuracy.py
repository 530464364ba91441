"""Whether a person's details are still right, as they say themselves (S101; Art. 5(1)(d), DPP2).

Their answer is a dealing of theirs: it stands on the timeline and restarts the clock (DESIGN 3).
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm import follow_ups, history, interactions
from crm.enums import Channel, Direction
from crm.models import Contact, ContactPoint, FollowUp

# The same answer again within a day is the same answer.
AGAIN = timedelta(days=1)


@transaction.atomic
def answered(contact_pk: int, *, is_right: bool) -> None:
    """Write down the answer: right, each contact point is confirmed; wrong, the owner is to look.

    Refused, as every dealing is, where processing is restricted.
    """
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact_pk)
    with translation.override(settings.LANGUAGE_CODE):
        if is_right:
            _confirm(contact, said=_("Says that their details are right."))
        else:
            _doubt(contact, said=_("Says that their details are not right."))


def _confirm(contact: Contact, *, said: str) -> None:
    now = timezone.now()
    points = ContactPoint.objects.filter(contact=contact)
    open_ones = points.exclude(verified_at__gt=now - AGAIN)
    pks = list(open_ones.values_list("pk", flat=True))
    if not pks:
        return
    open_ones.update(verified_at=now)
    history.add(ContactPoint, pks, by=None, kind="~")
    _log(contact, said)


def _doubt(contact: Contact, *, said: str) -> None:
    if FollowUp.objects.filter(contact=contact, what=said, done_at__isnull=True).exists():
        return
    interaction = _log(contact, said)
    if contact.owner is not None and contact.owner.is_active:
        follow_ups.plan(
            contact,
            what=said,
            due_on=timezone.localdate(),
            by=None,
            owner=contact.owner,
            came_of_reference=interaction.uuid,
        )


def _log(contact: Contact, said: str) -> interactions.Interaction:
    return interactions.log(
        contact,
        channel=Channel.FORM,
        direction=Direction.INBOUND,
        occurred_at=timezone.now(),
        summary=said,
        by=None,
    )
