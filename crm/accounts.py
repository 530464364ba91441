"""Operators' accounts: who may do what is given by a second person, never taken.

Whoever runs the machine makes accounts but opens no person's record, so that the roles of the
privacy side are given by whoever has that right, and by nobody to themselves (screens 3.17).
"""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from crm.errors import RoleRefused
from crm.models import User
from privacy import journal


@transaction.atomic
def give_roles(user: User, *, roles: Iterable[Group], by: User) -> User:
    """Let this operator have exactly these roles; refused to oneself and for a superuser."""
    if user.pk == by.pk:
        raise RoleRefused(_("Nobody gives roles to themselves; ask a second person."))
    if user.is_superuser and not by.is_superuser:
        raise RoleRefused(_("A superuser's roles are changed by a superuser."))
    user.groups.set(roles)
    given = sorted(user.groups.values_list("pk", flat=True))
    journal.record("user.give_roles", by=by, on=user, facts={"roles": given})
    return user


def may_be_taken_over(user: User, *, by: User) -> bool:
    """Whether this operator may set that one's password: not where it would open more doors."""
    if user.pk == by.pk or by.is_superuser:
        return True
    return not user.is_superuser and user.get_all_permissions() <= by.get_all_permissions()
