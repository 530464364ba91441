"""Links by mail to set a password: invitations, resets, and forgotten passwords.

A link is signed, works once and for a day, and is void as soon as a newer one was sent, the
password was set, or the address changed. It names the account by its number alone. Opening it
changes nothing; only the form behind it does.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import base36_to_int, int_to_base36
from django.utils.translation import gettext as _

from crm import accounts, sessions
from crm.errors import AccountRefused
from crm.models import Team, User
from privacy import journal

log = logging.getLogger(__name__)

# Nobody fills a colleague's mailbox with links that they did not ask for.
NOT_AGAIN_WITHIN = timedelta(minutes=10)


class Links(PasswordResetTokenGenerator):
    """Django's signed token, which a newer link voids as well."""

    key_salt = "crm.invitations.Links"

    def _make_hash_value(self, user: User, timestamp: int) -> str:  # type: ignore[override]
        sent = user.link_sent_at.isoformat() if user.link_sent_at else ""
        return super()._make_hash_value(user, timestamp) + sent


links = Links()


def invite(
    *,
    email: str,
    roles: Iterable[Group],
    by: User | None,
    team: Team | None = None,
    first: bool = False,
) -> User:
    """Make an account without a password or a role, and mail the link by which it gets the one.

    The roles are asked for: a second person gives them, except to the first people of an office,
    where nobody could. An address that has an account is refused.
    """
    email = email.strip().lower()
    with transaction.atomic():
        if accounts.in_use(email):
            raise AccountRefused(
                _("This address has an account already; send a new link from its page.")
            )
        user = User(username=email, email=email, team=team, is_staff=True, invited_by=by)
        user.set_unusable_password()
        user.full_clean()
        user.save()
        given_or_asked = user.groups if first else user.proposed_roles
        given_or_asked.set(roles)
        asked = sorted(given_or_asked.values_list("pk", flat=True))
        journal.record("user.invite", by=by, on=user, facts={"roles": asked})
    _send(user, "invitation")
    return user


def reset(user: User, *, by: User | None) -> User:
    """Void the password, end the sessions, and mail a link to set a new one.

    Also sends an invitation again: the older link is void then.
    """
    accounts.refuse_superuser(user, by=by)
    if not user.is_active:
        raise AccountRefused(_("This account is disabled; enable it first."))
    if not user.email:
        raise AccountRefused(_("This account has no address; have a second person set one."))
    with transaction.atomic():
        # What a link is signed with stands in the row, and may have moved since it was read.
        user.refresh_from_db()
        user.set_unusable_password()
        user.save(update_fields=["password"])
        ended = sessions.end(user)
        journal.record("user.reset", by=by, on=user, facts={"sessions": ended})
    _send(user, "invitation" if user.last_login is None else "reset")
    return user


def known_by(email: str) -> int:
    """The number of the account that this address may have a link for, or 0 where there is none.

    Whoever asks is told the same in both cases.
    """
    found = User.objects.filter(email__iexact=email.strip(), is_active=True).exclude(email="")
    return found.values_list("pk", flat=True).order_by("pk").first() or 0


def send_forgotten(pk: int) -> bool:
    """Mail a link to whoever forgot their password; the old one stays good until it is used."""
    user = User.objects.filter(pk=pk, is_active=True).exclude(email="").first()
    if user is None or not user.has_usable_password():
        return False
    now = timezone.now()
    if user.link_sent_at and now - user.link_sent_at < NOT_AGAIN_WITHIN:
        return False
    journal.record("user.forgotten", on=user)
    _send(user, "reset")
    return True


def opened(account: str, token: str) -> User | None:
    """Whose link this is; None where it is void, expired or nobody's."""
    try:
        user = User.objects.filter(pk=base36_to_int(account), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return user if user is not None and links.check_token(user, token) else None


@transaction.atomic
def set_password(user: User, *, password: str, token: str) -> User:
    """Set the password for which the link was sent; every session and link ends with it."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not links.check_token(user, token):
        raise AccountRefused(_("This link was used already or has expired; ask for a new one."))
    user.set_password(password)
    user.link_sent_at = None
    user.save(update_fields=["password", "link_sent_at"])
    ended = sessions.end(user)
    journal.record("user.set_password", by=user, on=user, facts={"sessions": ended})
    return user


def _send(user: User, kind: str) -> None:
    user.link_sent_at = timezone.now()
    user.save(update_fields=["link_sent_at"])
    page = reverse("set_password", args=[int_to_base36(user.pk), links.make_token(user)])
    facts = {
        "link": settings.PRIVACY_CONSOLE_URL.rstrip("/") + page,
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
    }
    with translation.override(settings.LANGUAGE_CODE):
        subject = render_to_string(f"crm/mail/{kind}_subject.txt", facts)
        body = render_to_string(f"crm/mail/{kind}.txt", facts)
    try:
        EmailMessage(" ".join(subject.split()), body, to=[user.email]).send()
    except (OSError, ValueError) as error:
        # Either may quote the address.
        log.error("No link for user %s: %s.", user.pk, type(error).__name__)  # noqa: TRY400
        raise AccountRefused(
            _("The account stands, but the mail server did not take the link; send it again.")
        ) from None
