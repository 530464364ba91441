"""Mail that comes back to the firm: reports about deliveries of ours, and requests to unsubscribe.

Believed where it carries the reference of a delivery of ours and speaks of an address of its
person, and of nobody else's (S104; Art. 5(1)(d)). Each kind of report that mail systems send, and
what follows:

- delivery status (RFC 3464), read by its `Action` first and then by its status: `decided` says;
- delivered, or shown to its reader (RFC 8098), or answered by a machine: the mailbox is alive;
- relayed onwards, or given to the readers of a list: nothing is known, nothing follows;
- a complaint (RFC 5965) about a message of marketing: the same “no” as its link (S52, S119);
- Exim's older report without a part for machines: as a delivery status;
- a message whose subject is that of our List-Unsubscribe header: the same “no” as the link.

Everything else is left for a person, and listed in the console. Nothing of a message is logged.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Q

from privacy import consent, dispatch, journal, opt_outs, subjects, suppression
from privacy.enums import Basis, ConsentMethod, DeliveryState, OptOutWay, PointKind
from privacy.errors import PrivacyError
from privacy.models import Delivery
from privacy.points import Point, normal_forms

HEADER = "X-Lethe-Delivery"
UNSUBSCRIBE = re.compile(r"\s*unsubscribe\s+([0-9a-f-]{32,36})\s*\Z", re.IGNORECASE)
STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})(?!\d)")
NAMED = re.compile(rf"^{HEADER}:\s*([0-9a-f-]{{32,36}})\s*$", re.IGNORECASE | re.MULTILINE)
# Our own number of a message, as answers to it repeat it.
ANSWERED = re.compile(r"<([0-9a-f]{32})\.lethe@", re.IGNORECASE)
# A report is small; what is larger is read by a person.
LARGEST = 1_000_000
# The mailbox does not exist, moved away, or takes no mail for good.
DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
FULL = "5.2.2"
# So many deliveries that found the mailbox full, and it is dead (house rule).
MOST_FULL = 3
# What is wrong with us and not with the address: policy and reputation; the system's own limits.
OURS = ("5.7.", "5.3.")
# A complaint that says no; others (fraud, virus, not-spam) are read by a person.
COMPLAINTS = frozenset({"abuse", "opt-out", "opt-out-list", "unsubscribe", "complaint"})


class Read(StrEnum):
    """What a message was taken for."""

    BOUNCED = "bounced"
    # Full for the first or second time.
    FULL = "full"
    FAILED = "failed"
    # Refused for what we are: the message to many pauses.
    OURS = "refused"
    DELAYED = "delayed"
    ARRIVED = "arrived"
    RELAYED = "relayed"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail system says of one recipient; both addresses may be blank."""

    action: str
    status: str
    final: str
    original: str


def decided(action: str, status: str) -> Read:  # noqa: PLR0911 - a table
    """What a report says: its action first, then its status; LEFT where it says neither."""
    match action:
        case "delivered":
            return Read.ARRIVED
        case "relayed" | "expanded":
            return Read.RELAYED
        case "delayed":
            return Read.DELAYED
        case "failed":
            pass
        case "" if status.startswith("4."):
            return Read.DELAYED
        case "" if status.startswith("5."):
            pass
        case _:
            return Read.LEFT
    if status in DEAD:
        return Read.BOUNCED
    if status == FULL:
        return Read.FULL
    return Read.OURS if status.startswith(OURS) else Read.FAILED


def take(raw: bytes) -> Read:
    """Act on one message; LEFT where it is none of ours, damaged, or too large."""
    if len(raw) > LARGEST:
        return Read.LEFT
    try:
        message = message_from_bytes(raw, policy=policy.default)
        if asked := UNSUBSCRIBE.match(str(message["Subject"] or "")):
            return _unsubscribe(asked[1], raw, way=OptOutWay.MAIL)
        return _read(message, raw)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, MessageError):
        # Whatever broken MIME may make of the parser: somebody looks at it.
        return Read.LEFT


def _read(message: EmailMessage, raw: bytes) -> Read:
    kinds = {part.get_content_type() for part in message.walk()}
    if "message/feedback-report" in kinds:
        return _complaint(message, raw)
    if "message/disposition-notification" in kinds:
        return _receipt(message)
    if reports := list(_reports(message)):
        return _settle(_delivery(_reference(message)), reports)
    if str(message.get("Auto-Submitted") or "no").strip().lower().startswith("auto-replied"):
        return _answer(message)
    return Read.LEFT


def _settle(delivery: Delivery | None, reports: list[Report]) -> Read:
    """Do what the reports say of this delivery; of several recipients the gravest counts."""
    if delivery is None:
        return Read.LEFT
    with transaction.atomic():
        found: list[tuple[Read, Point]] = []
        for report in reports:
            point = _theirs(delivery, report.final) or _theirs(delivery, report.original)
            if point is not None:
                found.append((decided(report.action, report.status), point))
        read = next((r for r in Read if any(r is one for one, _point in found)), Read.LEFT)
        points = [point for one, point in found if one is read]
        if read is Read.FULL:
            is_new = delivery.verdict != Read.FULL and delivery.state != DeliveryState.BOUNCED
            full = subjects.adapter().found_full(points, most=MOST_FULL) if is_new else False
            read = Read.BOUNCED if full else read
        match read:
            case Read.BOUNCED:
                subjects.adapter().bounced(delivery.subject_id, points)
                _mark(delivery, DeliveryState.BOUNCED, read, points=len(points))
            case Read.FULL | Read.FAILED:
                _mark(delivery, DeliveryState.FAILED, read, points=len(points))
            case Read.OURS:
                _mark(delivery, DeliveryState.FAILED, read, points=len(points))
                dispatch.hold_back(delivery.dispatch)
            case Read.ARRIVED:
                subjects.adapter().alive(points)
    return read


def _mark(delivery: Delivery, state: DeliveryState, read: Read, *, points: int) -> None:
    """Write down what came back; a second report of the same changes nothing."""
    same = Delivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.BOUNCED)
    same.exclude(state=state, verdict=str(read)).update(state=state, verdict=str(read))
    verb = "delivery.bounce" if state == DeliveryState.BOUNCED else "delivery.fail"
    journal.record(verb, on=delivery.dispatch, facts={"points": points})


def _theirs(delivery: Delivery, address: str) -> Point | None:
    """The point of this delivery's person that the address is; nobody else's proves anything."""
    if not address:
        return None
    forms = set(normal_forms(Point(PointKind.EMAIL, address)))
    points = suppression.points_about([delivery.subject_id])[delivery.subject_id]
    for point in points:
        if point.kind == PointKind.EMAIL and forms & set(normal_forms(point)):
            return point
    return None


def _receipt(message: EmailMessage) -> Read:
    """A reader's program says that the message was shown or deleted: it arrived."""
    delivery = _delivery(_reference(message))
    for block in _blocks(message, "message/disposition-notification"):
        final, original = _address(block, "Final-Recipient"), _address(block, "Original-Recipient")
        read = _settle(delivery, [Report("delivered", "", final, original)])
        if read is not Read.LEFT:
            return read
    return Read.LEFT


def _answer(message: EmailMessage) -> Read:
    """An answering machine: whoever's it is, the mailbox is alive."""
    repeated = f"{message.get('In-Reply-To') or ''} {message.get('References') or ''}"
    ours = ANSWERED.search(repeated)
    sender = message["From"].addresses[0].addr_spec if message["From"] else ""
    if ours is None:
        return Read.LEFT
    return _settle(_delivery(ours[1]), [Report("delivered", "", sender, "")])


def _complaint(message: EmailMessage, raw: bytes) -> Read:
    """Somebody called the message spam: of marketing it is a “no” like any other."""
    kinds = {
        str(block.get("Feedback-Type") or "").strip().lower()
        for block in _blocks(message, "message/feedback-report")
    }
    reference = _reference(message)
    delivery = _delivery(reference)
    if delivery is None or not kinds & COMPLAINTS or not delivery.dispatch.purpose.is_marketing:
        return Read.LEFT
    read = _unsubscribe(reference, raw, way=OptOutWay.COMPLAINT)
    return Read.COMPLAINED if read is Read.UNSUBSCRIBED else read


def _unsubscribe(reference: str, raw: bytes, *, way: OptOutWay) -> Read:
    """The same “no” as the link in the message, and for the same purpose and channel."""
    delivery = _delivery(reference)
    if delivery is None:
        return Read.LEFT
    # A message outlives a merge: the “no” is that of the person who stayed.
    person: Any = subjects.living(delivery.subject.uuid)
    if person is None:
        return Read.UNSUBSCRIBED
    about = delivery.dispatch
    said: dict[str, Any] = {
        "purpose": about.purpose,
        "channels": [about.channel],
        "method": ConsentMethod.EMAIL,
        "by": None,
        "evidence": f"mail about delivery {delivery.reference}",
    }
    try:
        with transaction.atomic():
            opt_outs.keep(
                way,
                # One sign for each byte: nothing of it is rewritten.
                {"message": raw.decode("latin-1")},
                about=suppression.points_about([person.pk])[person.pk],
            )
            if about.purpose.basis == Basis.CONSENT:
                consent.withdraw(person, topic=about.topic, **said)
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


def _reports(message: Message) -> Iterator[Report]:
    """What the message reports, recipient by recipient."""
    found = False
    for block in _blocks(message, "message/delivery-status"):
        final, original = _address(block, "Final-Recipient"), _address(block, "Original-Recipient")
        if final or original:
            found = True
            action = str(block.get("Action") or "").split("(")[0].strip().lower()
            yield Report(action, _status(str(block.get("Status") or "")), final, original)
    if found or not (failed := str(message.get("X-Failed-Recipients") or "")):
        return
    text = "\n".join(_texts(message))
    for address in failed.split(","):
        yield Report("failed", _status(text, anywhere=True), address.strip(), "")


def _status(text: str, *, anywhere: bool = False) -> str:
    """As in 5.1.1, without leading zeros; blank where there is none."""
    match = (
        re.search(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]\d)", text)
        if anywhere
        else STATUS.match(text)
    )
    return ".".join(str(int(number)) for number in match.groups()) if match else ""


def _blocks(message: Message, kind: str) -> Iterator[Message]:
    """The groups of fields in the part of this kind, whichever way the parser left it."""
    for part in message.walk():
        if part.get_content_type() != kind:
            continue
        content = part.get_payload()
        if isinstance(content, list):
            yield from (block for block in content if isinstance(block, Message))
        elif isinstance(content, str):
            yield from (
                message_from_bytes(group.encode("latin-1", "replace"), policy=policy.default)
                for group in re.split(r"\r?\n\s*\r?\n", content)
                if group.strip()
            )


def _address(block: Message, field: str) -> str:
    """The address behind its type, as in “rfc822; name@example.com”."""
    value = str(block.get(field) or "")
    return value.rpartition(";")[2].strip().strip("<>")


def _texts(message: Message) -> Iterator[str]:
    for part in message.walk():
        if part.get_content_maintype() == "text":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                yield content.decode("latin-1")


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
    if message.get("X-Failed-Recipients"):
        # Exim quotes the message in the text.
        named = NAMED.search("\n".join(_texts(message)))
        return named[1] if named else ""
    return ""
