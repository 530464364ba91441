"""Operators' accounts: who may do what is given by a second person, never taken.

Whoever runs the machine makes accounts but opens no person's record, so that the roles of the
privacy side are given by whoever has that right, and by nobody to themselves (screens 3.17).
The same right decides on the address of an account, as whoever reads its mail can take it over.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence

from axes.utils import reset as forget_attempts
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from crm import dealings, second_factor, sessions
from crm.errors import AccountRefused, RoleRefused
from crm.models import User
from privacy import journal, ledger
from privacy.protections import Line, Protection

# The kinds of lines by which the ledger carries that somebody may not sign in, and may again.
DISABLED, ENABLED = "account.off", "account.on"


@transaction.atomic
def give_roles(user: User, *, roles: Iterable[Group], by: User) -> User:
    """Let this operator have exactly these roles.

    Refused to oneself, to whoever asked for the roles, and for a superuser.
    """
    if user.pk == by.pk:
        raise RoleRefused(_("Nobody gives roles to themselves; ask a second person."))
    if user.invited_by_id == by.pk:
        raise RoleRefused(_("You invited this person; a second person gives the roles."))
    if user.forgotten_on:
        raise RoleRefused(_("This account names nobody any more; invite the person anew."))
    if user.is_superuser and not by.is_superuser:
        raise RoleRefused(_("A superuser's roles are changed by a superuser."))
    user.groups.set(roles)
    user.proposed_roles.clear()
    given = sorted(user.groups.values_list("pk", flat=True))
    if second_factor.must_have(user) and not second_factor.has(user):
        # The next sign-in asks for one.
        sessions.end(user)
    journal.record("user.give_roles", by=by, on=user, facts={"roles": given})
    return user


@transaction.atomic
def set_address(user: User, *, email: str, by: User) -> User:
    """Let this account's mail go to another address; refused to oneself and for one taken."""
    if user.pk == by.pk:
        raise AccountRefused(_("Nobody changes their own address; ask a second person."))
    refuse_superuser(user, by=by)
    _refuse_artificial(user)
    email = email.strip().lower()
    if in_use(email, but=user):
        raise AccountRefused(_("Another account has this address already."))
    if user.username == user.email:
        user.username = email
    user.email = email
    # Links that went to the old address are void.
    user.link_sent_at = None
    user.save(update_fields=["email", "username", "link_sent_at"])
    journal.record("user.set_address", by=by, on=user)
    return user


@transaction.atomic
def disable(user: User, *, by: User | None) -> User:
    """Let this account sign in no longer, and end its sessions at once; refused for one's own."""
    if by is not None:
        if user.pk == by.pk:
            raise AccountRefused(_("Nobody disables their own account; ask a second person."))
        refuse_superuser(user, by=by)
    user.is_active = False
    user.save(update_fields=["is_active"])
    ledger.record(DISABLED, reference=str(uuid.uuid4()), account=str(user.uuid))
    # While the account was active, its own contact record was not due.
    dealings.refresh_own([user.pk])
    ended = sessions.end(user)
    journal.record("user.disable", by=by, on=user, facts={"sessions": ended})
    return user


@transaction.atomic
def enable(user: User, *, by: User) -> User:
    """Let a disabled account sign in again, with the password and the roles that it had."""
    refuse_superuser(user, by=by)
    _refuse_artificial(user)
    if user.is_active:
        raise AccountRefused(_("This account is not disabled."))
    user.is_active = True
    user.save(update_fields=["is_active"])
    ledger.record(ENABLED, reference=str(uuid.uuid4()), account=str(user.uuid))
    dealings.refresh_own([user.pk])
    journal.record("user.enable", by=by, on=user)
    return user


@transaction.atomic
def unlock(user: User, *, by: User) -> User:
    """Forget the failed attempts that lock this account, from whatever address they came."""
    attempts = forget_attempts(username=user.get_username())
    journal.record("user.unlock", by=by, on=user, facts={"attempts": attempts})
    return user


def in_use(email: str, *, but: User | None = None) -> bool:
    """Whether an account is known by this address, however it is spelt."""
    known = User.objects.filter(Q(email__iexact=email) | Q(username__iexact=email))
    return known.exclude(pk=but.pk if but else 0).exists()


def refuse_superuser(user: User, *, by: User | None) -> None:
    """Whoever is no superuser leaves a superuser's account alone."""
    if user.is_superuser and not (by is not None and by.is_superuser):
        raise AccountRefused(_("A superuser's account is changed by a superuser."))


def _refuse_artificial(user: User) -> None:
    """An account that became artificial is evidence, and nobody's any more."""
    if user.forgotten_on:
        raise AccountRefused(_("This account names nobody any more; invite the person anew."))


def may_be_taken_over(user: User, *, by: User) -> bool:
    """Whether this operator may set that one's password: their own alone.

    Even of an account without a role: it would be known to two when the roles come. A link by
    mail does the same, and nobody else reads it.
    """
    return user.pk == by.pk or by.is_superuser


# --- what the ledger carries --------------------------------------------------------------------


def told() -> Iterator[tuple[str, Line]]:
    """Each account that is disabled, as the ledger's line says it."""
    for reference in User.objects.filter(is_active=False).values_list("uuid", flat=True):
        yield DISABLED, {"account": str(reference)}


def lost(lines: Sequence[Line]) -> list[Line]:
    """The accounts that the ledger knows to be disabled and that may sign in here.

    One that was enabled again is not: a restore that forgot it leaves it disabled.
    """
    last = {line["account"]: line for line in lines if line["kind"] in {DISABLED, ENABLED}}
    off = {key: line for key, line in last.items() if line["kind"] == DISABLED}
    here = User.objects.filter(uuid__in=off, is_active=True).order_by("pk")
    return [off[str(reference)] for reference in here.values_list("uuid", flat=True)]


def bring_back(found: Sequence[Line]) -> int:
    """Disable these again, and end their sessions."""
    for user in User.objects.filter(uuid__in=[line["account"] for line in found]):
        user.is_active = False
        user.save(update_fields=["is_active"])
        sessions.end(user)
    return len(found)


PROTECTION = Protection(
    "accounts", (DISABLED,), lost, bring_back, told, ends=(ENABLED,), key="account", order=9
)
