"""Whether a person's details are still right, as they say or a colleague found (S100, S101).

Their own answer is a dealing of theirs: it stands on the timeline and restarts the clock (DESIGN
3); a colleague's check is none. Before an introduction the last check is not older than 90 days.
Serves Art. 5(1)(d) GDPR, DPP 2(1) PDPO.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm import follow_ups, history, interactions
from crm.enums import Channel, CheckWay, Direction
from crm.errors import EntryRefused
from crm.models import AccuracyCheck, Contact, ContactPoint, FollowUp
from privacy import journal
from privacy.enums import PointKind
from privacy.suppression import Point, normal_forms

# The same answer again within a day is the same answer.
AGAIN = timedelta(days=1)
# Older than this, a check says nothing about today.
FRESH = timedelta(days=90)


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


@transaction.atomic
def note(contact: Contact, *, way: str, by: Any) -> AccuracyCheck:
    """Write down that a colleague checked the details and found them right; no dealing of theirs.

    Refused for whom nobody may work with now, and for the person's own answer, which is theirs.
    """
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    if not Contact.objects.usable().filter(pk=contact.pk).exists():
        raise EntryRefused(_("With this person nobody may work now; nothing can be checked."))
    if way not in CheckWay.values or way == CheckWay.OWN:
        raise EntryRefused(_("Say how you checked; the person's own answer they give themselves."))
    check = AccuracyCheck.objects.create(contact=contact, is_right=True, way=way, checked_by=by)
    journal.record("contact.check", by=by, on=contact, facts={"way": str(way)})
    return check


def last(contact: Contact) -> AccuracyCheck | None:
    """The newest check, whoever made it."""
    checks = AccuracyCheck.objects.filter(contact=contact).select_related("checked_by")
    return checks.order_by("-checked_at", "-pk").first()


def refuse_unchecked(contact: Contact, *, on: date) -> AccuracyCheck:
    """The check that counts on this day; EntryRefused where there is none (S100)."""
    mails = ContactPoint.objects.filter(contact=contact, kind=PointKind.EMAIL)
    if mails.exists() and not mails.filter(bounced_at__isnull=True).exists():
        raise EntryRefused(
            _("Every e-mail address of this person bounced; correct them, then check the details.")
        )
    check = last(contact)
    if check is None or timezone.localdate(check.checked_at) < on - FRESH:
        raise EntryRefused(
            _("Nobody checked these details within 90 days: check them and note it, then go on.")
        )
    if not check.is_right:
        raise EntryRefused(
            _("The person says that their details are not right; correct them, then note it.")
        )
    return check


@transaction.atomic
def bounced(contact_pk: int, points: Sequence[Point]) -> None:
    """Mark these addresses as ones at which nothing arrives, in every record (S104)."""
    _note(_at(points).filter(bounced_at__isnull=True), bounced_at=timezone.now())


@transaction.atomic
def found_full(points: Sequence[Point], *, most: int) -> bool:
    """Count that these mailboxes were full once more; whether one was so often enough."""
    rows = _at(points)
    _note(rows, times_full=F("times_full") + 1)
    return rows.filter(times_full__gte=most).exists()


@transaction.atomic
def alive(points: Sequence[Point]) -> None:
    """Take back every mark of these addresses: something proves that their mailboxes live."""
    marked = Q(bounced_at__isnull=False) | Q(times_full__gt=0)
    _note(_at(points).filter(marked), bounced_at=None, times_full=0)


@transaction.atomic
def try_again(contact: Contact, *, by: Any) -> int:
    """Use this person's addresses again at which nothing arrived; the journal says who did it.

    EntryRefused where none is marked.
    """
    mine = ContactPoint.objects.filter(contact=contact, bounced_at__isnull=False)
    marked = [Point(row.kind, row.value) for row in mine]
    if not marked:
        raise EntryRefused(_("No address of this person is marked; nothing need be tried again."))
    alive(marked)
    journal.record("contact.try_again", by=by, on=contact, facts={"points": len(marked)})
    return len(marked)


def is_marked(contact: Contact) -> bool:
    """Whether nothing arrives at one of this person's addresses."""
    return ContactPoint.objects.filter(contact=contact, bounced_at__isnull=False).exists()


def _at(points: Sequence[Point]) -> QuerySet[ContactPoint]:
    """The rows of these addresses, whoever's they are."""
    forms = {form for point in points for form in normal_forms(point)}
    return ContactPoint.objects.filter(kind=PointKind.EMAIL, normal_form__in=forms)


def _note(rows: QuerySet[ContactPoint], **marks: Any) -> None:
    pks = list(rows.order_by("pk").values_list("pk", flat=True))
    ContactPoint.objects.filter(pk__in=pks).update(**marks)
    history.add(ContactPoint, pks, by=None, kind="~")


def _confirm(contact: Contact, *, said: str) -> None:
    now = timezone.now()
    points = ContactPoint.objects.filter(contact=contact)
    open_ones = points.exclude(verified_at__gt=now - AGAIN)
    pks = list(open_ones.values_list("pk", flat=True))
    before = last(contact)
    if not pks and before is not None and before.is_right:
        return
    # Whoever says that an address is right says that its mailbox lives.
    open_ones.update(verified_at=now, bounced_at=None, times_full=0)
    history.add(ContactPoint, pks, by=None, kind="~")
    _log(contact, said)
    _say(contact, is_right=True)


def _doubt(contact: Contact, *, said: str) -> None:
    is_open = FollowUp.objects.filter(contact=contact, what=said, done_at__isnull=True).exists()
    before = last(contact)
    if (
        before is not None
        and not before.is_right
        and (is_open or before.checked_at > timezone.now() - AGAIN)
    ):
        return
    interaction = _log(contact, said)
    _say(contact, is_right=False)
    if not is_open and contact.owner is not None and contact.owner.is_active:
        follow_ups.plan(
            contact,
            what=said,
            due_on=timezone.localdate(),
            by=None,
            owner=contact.owner,
            came_of_reference=interaction.uuid,
        )


def _say(contact: Contact, *, is_right: bool) -> None:
    AccuracyCheck.objects.create(contact=contact, is_right=is_right, way=CheckWay.OWN)


def _log(contact: Contact, said: str) -> interactions.Interaction:
    return interactions.log(
        contact,
        channel=Channel.FORM,
        direction=Direction.INBOUND,
        occurred_at=timezone.now(),
        summary=said,
        by=None,
    )
