"""The second factor of a sign-in: a code of an authenticator app, or a recovery code (Art. 32).

Every role must have one as soon as the office is real; whoever has one is always asked. Of
recovery codes only digests are stored; the app's secret stands in clear, as a code cannot be
computed from less.
"""

import hmac
import secrets
from base64 import b32encode
from hashlib import sha256

import segno
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from crm import sessions
from crm.errors import AccountRefused
from crm.models import User
from privacy import journal, parties

CODES = 10
# Devices have a name of the program's own.
APP, RECOVERY = "app", "recovery"
ISSUER = "Lethe"


def has(user: User) -> bool:
    """Whether this operator has an authenticator app that has proved itself."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def must_have(user: User) -> bool:
    """Whether a role of this operator demands one; never while the office is invented.

    The program's roles are named in the settings; one of the office's own that opens anything
    demands it too.
    """
    named = Q(name__in=settings.CRM_SECOND_FACTOR_ROLES)
    opens = Q(permissions__isnull=False)
    demanded = user.is_superuser or user.groups.filter(named | opens).exists()
    return demanded and parties.is_open()


@transaction.atomic
def begin(user: User) -> TOTPDevice:
    """Make a new secret, which counts for nothing until a code of it was seen."""
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    return TOTPDevice.objects.create(user=user, name=APP, confirmed=False)


def waiting(user: User) -> TOTPDevice | None:
    """The secret that still has to prove itself."""
    return TOTPDevice.objects.filter(user=user, confirmed=False).first()


def secret(device: TOTPDevice) -> str:
    """The secret as it is typed where no picture can be read."""
    return b32encode(device.bin_key).decode()


def picture(device: TOTPDevice) -> str:
    """The secret as a QR code, drawn here: SVG in a data address, loaded from nowhere."""
    address = f"otpauth://totp/{ISSUER}?secret={secret(device)}&issuer={ISSUER}"
    return segno.make(address, error="m").svg_data_uri(scale=5, border=2)


@transaction.atomic
def enrol(user: User, *, code: str) -> list[str] | None:
    """Take the new app by a code of it; returns the recovery codes, or None for a wrong code."""
    device = waiting(user)
    if device is None or not device.verify_token(code):
        return None
    TOTPDevice.objects.filter(user=user, confirmed=True).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    codes = _mint(user)
    journal.record("user.enrol", by=user, on=user)
    return codes


def verify(user: User, *, code: str) -> bool:
    """Whether this is the app's code of the moment or an unused recovery code, used up now."""
    code = "".join(code.split()).replace("-", "").lower()
    if code.isdigit():
        devices = TOTPDevice.objects.filter(user=user, confirmed=True)
        return any(device.verify_token(code) for device in devices)
    # A code that was written down before the secret key changed is as good as it was.
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = [_digest(user, code, key=key) for key in keys]
    for device in StaticDevice.objects.filter(user=user, name=RECOVERY):
        stored = device.token_set.filter(token__in=digests).first()
        # Asked once: a wrong answer makes the next one wait.
        if device.verify_token(stored.token if stored else digests[0]):
            journal.record("user.recover", by=user, on=user)
            return True
    return False


@transaction.atomic
def new_codes(user: User) -> list[str]:
    """Fresh recovery codes; the old ones are void. Refused to whoever has no app."""
    if not has(user):
        raise AccountRefused(_("There is no authenticator app yet; set one up first."))
    codes = _mint(user)
    journal.record("user.recovery_codes", by=user, on=user)
    return codes


@transaction.atomic
def forget(user: User, *, by: User) -> User:
    """Take the second factor away from whoever lost it, and end the sessions; not one's own."""
    if user.pk == by.pk:
        raise AccountRefused(_("Nobody resets their own second factor; ask a second person."))
    if user.is_superuser and not by.is_superuser:
        raise AccountRefused(_("A superuser's account is changed by a superuser."))
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    ended = sessions.end(user)
    journal.record("user.forget_factor", by=by, on=user, facts={"sessions": ended})
    return user


def _mint(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name=RECOVERY, confirmed=True)
    codes = [_code() for _n in range(CODES)]
    for code in codes:
        device.token_set.create(token=_digest(user, code.replace("-", "")))
    return codes


def _code() -> str:
    """Sixty random bits; the first letter keeps it apart from a code of the app."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    body = "".join(secrets.choice(letters) for _n in range(11))
    text = secrets.choice(letters[:24]) + body
    return "-".join((text[:4], text[4:8], text[8:]))


def _digest(user: User, code: str, *, key: str = "") -> str:
    """What is stored of a recovery code: keyed, sixteen characters of base 32 (80 bits)."""
    secret = (key or settings.SECRET_KEY).encode()
    whole = hmac.new(secret, f"recovery\0{user.pk}\0{code}".encode(), sha256).digest()
    return b32encode(whole[:10]).decode().lower()
