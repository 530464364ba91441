"""Operators who left: their account ends with their last employment role (Art. 32; S7)."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm import accounts, dealings
from crm.enums import RetentionClass, RoleKind
from crm.models import Contact, Role, User

AT_WORK = (RoleKind.EMPLOYEE, RoleKind.CONSULTANT, RoleKind.TEMPORARY)


def gone(*, on: date) -> QuerySet[User]:
    """Active accounts whose own contact record had a role at the firm and has none on this day."""
    roles = Role.objects.filter(contact=OuterRef("contact"), kind__in=AT_WORK)
    going_on = roles.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=on))
    return User.objects.filter(Exists(roles), ~Exists(going_on), is_active=True).order_by("pk")


def settle(*, on: date) -> None:
    """Before the sweep: each ended account has its day, and each clock says what is so now.

    What raw SQL disabled ends today. A role of work, or an application, may have gone by its own
    period, and with it the class that it gave; an account may have come to its person since.
    """
    User.objects.filter(
        is_active=False, disabled_on__isnull=True, forgotten_on__isnull=True
    ).update(disabled_on=on)
    dealings.refresh_own(User.objects.values_list("pk", flat=True))
    people = Contact.objects.living()
    for kept_as, kinds in (
        (RetentionClass.STAFF, AT_WORK),
        (RetentionClass.APPLICANT, (RoleKind.APPLICANT,)),
    ):
        roles = Role.objects.filter(contact=OuterRef("pk"), kind__in=kinds)
        stale = people.filter(~Exists(roles), retention_class=kept_as)
        dealings.refresh(stale.values_list("pk", flat=True))


def disable(*, on: date) -> int:
    """Disable them and end their sessions; returns how many."""
    left = list(gone(on=on))
    for user in left:
        accounts.disable(user, by=None)
    return len(left)
