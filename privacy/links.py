"""Links that leave the house in a message: signed, for one act each, and with an end.

A link carries the random reference of a person and what it is for; never a name or an address
(DESIGN 17). It is no permission to change anything by being followed: every page behind one acts
on POST alone (DESIGN 18). A link that was altered, has ended, or was made for another act is the
same to its holder: it opens nothing.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urljoin

from django.conf import settings
from django.core import signing
from django.urls import reverse


class Act(StrEnum):
    """What a link is for; the value is the name of its page and the salt of its signature."""

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    SIGN_UP = "sign_up_confirm"
    ACCURACY = "still_right"
    RECEIPT = "receipt"


# How long a link opens its page. Unsubscribing works for months (RFC 8058; Cap 593 s.9: at least
# 30 days); what shows or confirms something ends soon after the message that brought it.
LIVES = {
    Act.UNSUBSCRIBE: timedelta(days=400),
    Act.PREFERENCES: timedelta(days=7),
    Act.SIGN_UP: timedelta(hours=48),
    Act.ACCURACY: timedelta(days=60),
    Act.RECEIPT: timedelta(days=60),
}


@dataclass(frozen=True, slots=True)
class Opened:
    """Whom and what an unbroken link is about."""

    reference: uuid.UUID
    # Keys of a purpose, a channel and a topic, where the act has them.
    purpose: str = ""
    channel: str = ""
    topic: str = ""


def token(
    act: Act, reference: uuid.UUID, *, purpose: str = "", channel: str = "", topic: str = ""
) -> str:
    """The signed part of a link."""
    return signing.dumps([reference.hex, purpose, channel, topic], salt=_salt(act))


def link(act: Act, reference: uuid.UUID, **scope: str) -> str:
    """The whole address, below the firm's public one."""
    return absolute(reverse(f"public:{act}", args=[token(act, reference, **scope)]))


def absolute(path: str) -> str:
    """An address that works from a message."""
    return urljoin(settings.PRIVACY_PUBLIC_URL, path)


def opened(act: Act, value: str) -> Opened | None:
    """What the link says; None where it was altered, has ended, or is of another act."""
    try:
        reference, *scope = signing.loads(value, salt=_salt(act), max_age=LIVES[act])
        return Opened(uuid.UUID(reference), *scope)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _salt(act: Act) -> str:
    return f"lethe.links.{act}"
