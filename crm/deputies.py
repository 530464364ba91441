"""Deputies: an officer's approvals, lent to another for at most thirty days (DESIGN 2).

They end by themselves, as every question about them asks for the day. What is lent is the right
to approve and nothing else; four eyes hold all the same, as the database refuses whoever prepared
what they approve.
"""

from datetime import date, timedelta

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.errors import RoleRefused
from crm.models import Deputy, User
from privacy import journal

LONGEST = timedelta(days=30)
# What an approval is called.
APPROVES = Q(codename__startswith="approve_") | Q(codename="release_rule")


class OfficeBackend(ModelBackend):
    """Django's own backend, for which a deputy has the officer's approvals as well."""

    def _get_group_permissions(self, user_obj: User) -> QuerySet[Permission]:
        officers = in_force(user_obj, on=timezone.localdate()).values("officer")
        lent = Q(group__user__in=officers) & APPROVES
        return Permission.objects.filter(Q(group__in=user_obj.groups.all()) | lent)


def in_force(deputy: User, *, on: date) -> QuerySet[Deputy]:
    """For whom this operator may approve on this day; an officer who left lends nothing."""
    return Deputy.objects.filter(
        deputy=deputy, named_on__lte=on, until__gte=on, officer__is_active=True
    )


@transaction.atomic
def name(*, deputy: User, until: date, by: User) -> Deputy:
    """Let this operator approve for oneself up to this day, in place of whoever did before."""
    today = timezone.localdate()
    if deputy.pk == by.pk:
        raise RoleRefused(_("Nobody is their own deputy."))
    if not deputy.is_active:
        raise RoleRefused(_("This account is disabled."))
    if not today <= until <= today + LONGEST:
        raise RoleRefused(_("A deputy is named from today, for at most thirty days."))
    if not by.groups.filter(permissions__codename="name_deputy").exists():
        raise RoleRefused(_("A deputy stands in for an officer; a deputy names none."))
    Deputy.objects.filter(officer=by, until__gte=today).update(until=today - timedelta(days=1))
    row = Deputy.objects.create(officer=by, deputy=deputy, named_on=today, until=until)
    facts = {"until": until.isoformat(), "deputy": deputy.pk}
    journal.record("deputy.name", by=by, on=row, facts=facts)
    return row


@transaction.atomic
def end(row: Deputy, *, by: User) -> Deputy:
    """Take one's approvals back at once; refused to anybody but the officer who lent them."""
    today = timezone.localdate()
    if row.officer_id != by.pk:
        raise RoleRefused(_("Only the officer who named this deputy ends it early."))
    if row.until < today:
        raise RoleRefused(_("This deputy's time is over already."))
    row.until = today - timedelta(days=1)
    row.save(update_fields=["until"])
    journal.record("deputy.end", by=by, on=row)
    return row
