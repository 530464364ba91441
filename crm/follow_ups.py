"""Follow-ups: what an operator means to do about a person, and by which day.

A plan of ours is no dealing with the person: none of these acts restarts a clock (DESIGN 3).
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.errors import EntryRefused
from crm.models import Contact, FollowUp
from crm.sight import seen_by
from privacy import journal, quarantine

WEEK = 7


def seen(user: Any) -> QuerySet[FollowUp]:
    """The follow-ups about people with whom this user may work."""
    people = seen_by(user, Contact.objects.usable()).order_by()
    return FollowUp.objects.filter(contact__in=people)


def mine(user: Any) -> QuerySet[FollowUp]:
    """This user's own that are still to do, the soonest first."""
    return seen(user).filter(owner=user.pk, done_at__isnull=True)


@transaction.atomic
def plan(
    contact: Contact,
    *,
    what: str,
    due_on: date,
    by: Any,
    owner: Any = None,
    came_of_reference: UUID | None = None,
) -> FollowUp:
    """Write down what is to do; it is the planner's own unless a colleague is named."""
    quarantine.refuse_cards(what)
    _refuse_the_past(due_on)
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    if not Contact.objects.usable().filter(pk=contact.pk).exists():
        raise EntryRefused(_("With this person nobody may work now; nothing can be planned."))
    _refuse_who_sees_nothing(owner or by, contact.pk)
    follow_up = FollowUp.objects.create(
        contact=contact,
        what=what,
        due_on=due_on,
        owner=owner or by,
        came_of_reference=came_of_reference,
    )
    quarantine.look([follow_up], by=by)
    journal.record("followup.plan", by=by, on=follow_up)
    return follow_up


@transaction.atomic
def complete(follow_up: FollowUp, *, by: Any) -> FollowUp:
    """It is done; of two who say so the first did it."""
    follow_up = _locked(follow_up)
    follow_up.done_at, follow_up.done_by = timezone.now(), by
    follow_up.save(update_fields=["done_at", "done_by"])
    journal.record("followup.complete", by=by, on=follow_up)
    return follow_up


@transaction.atomic
def postpone(follow_up: FollowUp, *, due_on: date, by: Any) -> FollowUp:
    """Another day for it."""
    _refuse_the_past(due_on)
    follow_up = _locked(follow_up)
    follow_up.due_on = due_on
    follow_up.save(update_fields=["due_on"])
    journal.record("followup.postpone", by=by, on=follow_up)
    return follow_up


@transaction.atomic
def hand_over(follow_up: FollowUp, *, owner: Any, by: Any) -> FollowUp:
    """Another operator sees to it, who must be able to see the person."""
    follow_up = _locked(follow_up)
    _refuse_who_sees_nothing(owner, follow_up.contact_id)
    follow_up.owner = owner
    follow_up.save(update_fields=["owner"])
    journal.record("followup.hand_over", by=by, on=follow_up)
    return follow_up


def when(follow_up: FollowUp, *, on: date) -> str:
    """Its day in words, so that nobody has to tell it by a colour."""
    day = formats.date_format(follow_up.due_on, "j M Y")
    days = (follow_up.due_on - on).days
    if follow_up.done_at:
        return _("done · due %(day)s") % {"day": day}
    if days < 0:
        late = ngettext("overdue by %(n)d day", "overdue by %(n)d days", -days) % {"n": -days}
    elif days == 0:
        late = _("today")
    else:
        late = ngettext("in %(n)d day", "in %(n)d days", days) % {"n": days}
    return f"{late} · {day}"


def due(rows: QuerySet[FollowUp], window: str, *, on: date) -> QuerySet[FollowUp]:
    """Those of one part of the list: overdue, today, in the week after, later, or done."""
    if window == "done":
        return rows.filter(done_at__isnull=False)
    rows = rows.filter(done_at__isnull=True)
    end = on + timedelta(days=WEEK)
    match window:
        case "overdue":
            return rows.filter(due_on__lt=on)
        case "today":
            return rows.filter(due_on=on)
        case "week":
            return rows.filter(due_on__gt=on, due_on__lte=end)
        case "later":
            return rows.filter(due_on__gt=end)
    return rows


def _locked(follow_up: FollowUp) -> FollowUp:
    """The row as it stands now; two colleagues never do the same thing twice."""
    follow_up = FollowUp.objects.select_for_update(of=("self",)).get(pk=follow_up.pk)
    if follow_up.done_at:
        raise EntryRefused(_("This follow-up is done already; plan a new one."))
    return follow_up


def _refuse_the_past(due_on: date) -> None:
    if due_on < timezone.localdate():
        raise EntryRefused(_("A follow-up is planned for today or a day to come."))


def _refuse_who_sees_nothing(owner: Any, contact_pk: int) -> None:
    if not owner.is_active or not (
        seen_by(owner, Contact.objects.usable()).filter(pk=contact_pk).exists()
    ):
        raise EntryRefused(_("This operator does not see the person; name another."))
