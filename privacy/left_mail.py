"""What came in by mail and no rule understood: a person reads it where it lies, in the mailbox.

The list says when it came, how large it is and why it was left; no word, name or address of it.
"""

import hashlib
import hmac
from email import message_from_bytes, policy
from email.errors import MessageError
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import journal
from privacy.enums import LeftCause
from privacy.errors import TransitionRefused
from privacy.models import LeftMail
from privacy.returned_mail import LARGEST


def note(raw: bytes, *, size: int) -> LeftMail:
    """List a message that was left; the same message again is one entry.

    Of one that was too large to be fetched `raw` is its number and size, as the server has them.
    """
    key = bytes.fromhex(settings.PRIVACY_JOURNAL_KEY)
    digest = hmac.new(key, raw, hashlib.sha256).hexdigest()
    left, _is_new = LeftMail.objects.get_or_create(
        digest=digest, defaults={"cause": _cause(raw, size), "size": size}
    )
    return left


@transaction.atomic
def settle(left: LeftMail, *, by: Any) -> LeftMail:
    """Write down that somebody has read it and done what it asks."""
    left = LeftMail.objects.select_for_update(of=("self",)).get(pk=left.pk)
    if left.read_at:
        raise TransitionRefused(_("This mail was read already."))
    left.read_at, left.read_by = timezone.now(), by
    left.save(update_fields=["read_at", "read_by"])
    journal.record("mail.settle", by=by, on=left)
    return left


def waiting() -> QuerySet[LeftMail]:
    """What nobody has read yet."""
    return LeftMail.objects.filter(read_at__isnull=True)


def _cause(raw: bytes, size: int) -> LeftCause:
    if size > LARGEST:
        return LeftCause.TOO_LARGE
    try:
        message = message_from_bytes(raw, policy=policy.default)
        kinds = {part.get_content_type() for part in message.walk()}
        sender = str(message["From"] or "")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, MessageError):
        return LeftCause.DAMAGED
    is_report = bool(
        kinds & {"multipart/report", "message/delivery-status", "message/feedback-report"}
    )
    by_machine = str(message.get("Auto-Submitted") or "no").strip().lower() != "no"
    if is_report or by_machine or message.get("X-Failed-Recipients"):
        return LeftCause.REPORT
    return LeftCause.LETTER if sender else LeftCause.DAMAGED
