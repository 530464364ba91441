"""Operators who left: their account ends with their last employment role (Art. 32; S7)."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm import accounts
from crm.enums import RoleKind
from crm.models import Role, User

AT_WORK = (RoleKind.EMPLOYEE, RoleKind.CONSULTANT, RoleKind.TEMPORARY)


def gone(*, on: date) -> QuerySet[User]:
    """Active accounts whose own contact record had a role at the firm and has none on this day."""
    roles = Role.objects.filter(contact=OuterRef("contact"), kind__in=AT_WORK)
    going_on = roles.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=on))
    return User.objects.filter(Exists(roles), ~Exists(going_on), is_active=True).order_by("pk")


def disable(*, on: date) -> int:
    """Disable them and end their sessions; returns how many."""
    left = list(gone(on=on))
    for user in left:
        accounts.disable(user, by=None)
    return len(left)
