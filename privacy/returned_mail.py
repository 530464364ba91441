"""Mail that comes back to the firm: reports of what did not arrive, and requests to unsubscribe.

A delivery status notification (RFC 3464) is believed where it carries the reference of a delivery
of ours: the failed address of that person is marked as bounced, and nobody else's (S104; Art.
5(1)(d)). A message whose subject is that of our List-Unsubscribe header is the same “no” as the
link (S52, S119). Everything else is left for a person to read. Nothing of a message is logged.
"""

import re
import uuid
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Q

from privacy import consent, journal, opt_outs, subjects, suppression
from privacy.enums import Basis, ConsentMethod, DeliveryState, OptOutWay, PointKind
from privacy.errors import PrivacyError
from privacy.models import Delivery
from privacy.points import Point, normal_forms

HEADER = "X-Lethe-Delivery"
UNSUBSCRIBE = re.compile(r"\s*unsubscribe\s+([0-9a-f-]{32,36})\s*\Z", re.IGNORECASE)
# A report is small; what is larger is read by a person.
LARGEST = 1_000_000


class Read(StrEnum):
    """What a message was taken for."""

    BOUNCED = "bounced"
    DELAYED = "delayed"
    UNSUBSCRIBED = "unsubscribed"
    LEFT = "left"


def take(raw: bytes) -> Read:
    """Act on one message; LEFT where it is none of ours, damaged, or too large."""
    if len(raw) > LARGEST:
        return Read.LEFT
    try:
        message = message_from_bytes(raw, policy=policy.default)
        if asked := UNSUBSCRIBE.match(str(message["Subject"] or "")):
            return _unsubscribe(asked[1], raw)
        return _bounce(message)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, MessageError):
        # Whatever broken MIME may make of the parser: somebody looks at it.
        return Read.LEFT


def _bounce(message: EmailMessage) -> Read:
    failed = list(_failed(message))
    delivery = _delivery(_reference(message)) if failed else None
    if delivery is None:
        return Read.LEFT
    addresses = [address for address, status in failed if status.startswith("5")]
    if not addresses:
        is_late = any(status.startswith("4") for _address, status in failed)
        return Read.DELAYED if is_late else Read.LEFT
    with transaction.atomic():
        theirs = suppression.points_about([delivery.subject_id])[delivery.subject_id]
        forms = {form for a in addresses for form in normal_forms(Point(PointKind.EMAIL, a))}
        bounced = [
            point
            for point in theirs
            if point.kind == PointKind.EMAIL and forms & set(normal_forms(point))
        ]
        if not bounced:
            # An address that is none of this person's proves nothing.
            return Read.LEFT
        subjects.adapter().bounced(delivery.subject_id, bounced)
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.BOUNCED, verdict="bounced"
        )
        facts = {"points": len(bounced)}
        journal.record("delivery.bounce", on=delivery.dispatch, facts=facts)
    return Read.BOUNCED


def _unsubscribe(reference: str, raw: bytes) -> Read:
    """The same “no” as the link in the message, and for the same purpose and channel."""
    delivery = _delivery(reference)
    if delivery is None:
        return Read.LEFT
    person: Any = delivery.subject
    if person.disposed_at:
        return Read.UNSUBSCRIBED
    dispatch = delivery.dispatch
    said: dict[str, Any] = {
        "purpose": dispatch.purpose,
        "channels": [dispatch.channel],
        "method": ConsentMethod.EMAIL,
        "by": None,
        "evidence": f"mail about delivery {delivery.reference}",
    }
    try:
        with transaction.atomic():
            opt_outs.keep(
                OptOutWay.MAIL,
                # One sign for each byte: nothing of it is rewritten.
                {"message": raw.decode("latin-1")},
                about=suppression.points_about([person.pk])[person.pk],
            )
            if dispatch.purpose.basis == Basis.CONSENT:
                consent.withdraw(person, topic=dispatch.topic, **said)
            else:
                consent.object_to(person, **said)
    except PrivacyError:
        return Read.LEFT
    return Read.UNSUBSCRIBED


def _delivery(reference: str) -> Delivery | None:
    """Ours, with its message; a reference that nobody gave out is nobody's."""
    try:
        wanted = uuid.UUID(reference)
    except ValueError:
        return None
    rows = Delivery.objects.select_related("dispatch__purpose", "subject")
    # Whether it left is known by the column being filled, whatever the clock said then.
    left = Q(sent_at__isnull=False) | Q(state=DeliveryState.UNCERTAIN)
    return rows.filter(left, reference=wanted).first()


def _failed(message: Message) -> Iterator[tuple[str, str]]:
    """The addresses that the report is about, each with its status as in 5.1.1."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            if not isinstance(block, Message):
                continue
            recipient = str(block.get("Final-Recipient") or block.get("Original-Recipient") or "")
            _kind, _semicolon, address = recipient.rpartition(";")
            if address.strip():
                yield address.strip(), str(block.get("Status") or "").strip()


def _reference(message: Message) -> str:
    """The reference of the delivery, from the headers of the message that came back."""
    for part in message.walk():
        if part.get_content_type() == "text/rfc822-headers":
            content = part.get_payload(decode=True)
            returned: Any = message_from_bytes(
                content if isinstance(content, bytes) else b"", policy=policy.default
            )
        else:
            returned = part
        if part is not message and returned.get(HEADER):
            return str(returned[HEADER]).strip()
    return ""
