"""The worker's part: one message after the other, each at most once.

A delivery is taken by a conditional update, so that of two workers one has it. Then, in one
transaction: the person is locked, the gate asked again, the message handed to the server, the row
marked. No mailbox has it twice, whoever's records it stands in: of those who share an address one
is written to, and for a notice all of them were told. Whoever dies in between leaves a delivery
"being sent" whose lease runs out: whether it left is not known, and it is not sent again.
"""

import logging
import smtplib
from collections.abc import Collection
from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from privacy import gate, informing, journal, replay, subjects, suppression
from privacy.dispatch.message import compose
from privacy.enums import DeliveryState, DispatchState, PointKind, Told, Verdict
from privacy.models import Delivery, Dispatch
from privacy.points import Point

log = logging.getLogger(__name__)

# Longer than a mail server's whole conversation may take (EMAIL_TIMEOUT for each of its steps).
LEASE = timedelta(minutes=10)
# A server that asked to wait is asked again after these, and then no more.
PAUSES = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
PERMANENT = 500
AFTER = timedelta(minutes=1)
# So that a task ends within its time; the watchdog goes on a minute later.
AT_ONCE = 1_000


class Left(Enum):
    """What is known of a message after the attempt to hand it over."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNREACHED = "unreached"
    # Somebody who shares the mailbox is being written to: first it is known what became of that.
    AFTER = "after"
    UNCERTAIN = "uncertain"


def work(reference: UUID | str, *, most: int = AT_ONCE) -> int:
    """Send what is due of this dispatch, a thousand at a time; returns how many messages left.

    BehindLedger while a restored database has not heard of every "no" yet. A server that cannot
    be reached ends the turn; the next one goes on where this one stopped.
    """
    replay.refuse_if_behind()
    dispatch = Dispatch.objects.get(reference=reference)
    _give_up_lost(dispatch)
    sent = 0
    connection = get_connection()
    try:
        while sent < most:
            delivery = _take(dispatch)
            if delivery is None or (left := _carry_out(delivery, connection)) is Left.UNREACHED:
                break
            sent += left is Left.SENT
    finally:
        _close(connection)
    _finish(dispatch)
    return sent


def unfinished() -> QuerySet[Dispatch]:
    """Dispatches that are being sent."""
    return Dispatch.objects.filter(state=DispatchState.SENDING).order_by("pk")


def _give_up_lost(dispatch: Dispatch) -> None:
    """A delivery whose worker fell silent may have left: it is never sent again."""
    lost = dispatch.deliveries.filter(state=DeliveryState.SENDING, lease_until__lt=timezone.now())
    lost.update(state=DeliveryState.UNCERTAIN, lease_until=None)


def _take(dispatch: Dispatch) -> Delivery | None:
    """Take the next delivery by a conditional update; None where nothing is due."""
    while True:
        at = timezone.now()
        due = Q(again_at__isnull=True) | Q(again_at__lte=at)
        delivery = (
            Delivery.objects.filter(
                due,
                dispatch=dispatch,
                state=DeliveryState.WAITING,
                dispatch__state=DispatchState.SENDING,
            )
            .order_by("pk")
            .first()
        )
        if delivery is None:
            return None
        same = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING)
        if same.update(
            state=DeliveryState.SENDING, lease_until=at + LEASE, attempts=F("attempts") + 1
        ):
            return delivery


@transaction.atomic
def _carry_out(delivery: Delivery, connection: BaseEmailBackend) -> Left:
    """Lock the person, ask the gate again, hand the message over, write down what became of it."""
    people = subjects.root_model()._base_manager.select_for_update()
    person: Any = people.filter(pk=delivery.subject_id).first()
    rows = Delivery.objects.select_for_update(of=("self",)).select_related(
        "dispatch__purpose", "dispatch__entity", "dispatch__notice"
    )
    found = rows.filter(pk=delivery.pk, subject=delivery.subject_id).first()
    if person is None or found is None:
        # It went with its person, or a merge made it another's: then it is taken again as it is.
        theirs = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.SENDING)
        theirs.update(state=DeliveryState.WAITING, lease_until=None)
        return Left.REFUSED
    delivery = found
    delivery.subject = person
    dispatch = delivery.dispatch
    answer = gate.may(
        person,
        purpose=dispatch.purpose,
        channel=dispatch.channel,
        topic=dispatch.topic,
        uses=dispatch.uses,
        entity=dispatch.entity,
    )
    if not answer.is_yes:
        return _note(delivery, Left.REFUSED, verdict=str(answer.verdict))
    _wait_for(answer.points)
    match _shared_state(delivery):
        case DeliveryState.SENT:
            return _note(delivery, Left.REFUSED, verdict=str(Verdict.SAME_MAILBOX))
        case DeliveryState.SENDING:
            return _note(delivery, Left.AFTER)
    language = subjects.adapter().facts([person.pk])[person.pk].language
    left, code = _hand_over(delivery, connection, to=answer.points[0], language=language)
    return _note(delivery, left, verdict=code)


def _wait_for(points: Collection[Point]) -> None:
    """Of two workers whose messages go to one mailbox the later waits for the earlier.

    On SQLite nobody else writes while this transaction lasts.
    """
    if database.vendor != "postgresql":
        return
    locks = {int(digest[:15], 16) for point in points for digest in suppression.locks(point)}
    with database.cursor() as cursor:
        for lock in sorted(locks):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])


def _shared_state(delivery: Delivery) -> DeliveryState | None:
    """What became of this message at a record that shares an address: SENT, SENDING or nothing.

    What may have left counts as sent.
    """
    shared = subjects.adapter().sharing([delivery.subject_id], PointKind.EMAIL)
    others = {one for forms in shared.values() for them in forms.values() for one in them}
    if not others:
        return None
    theirs = set(
        Delivery.objects.filter(dispatch=delivery.dispatch, subject__in=others)
        .order_by()
        .values_list("state", flat=True)
    )
    if theirs & {DeliveryState.SENT, DeliveryState.UNCERTAIN, DeliveryState.BOUNCED}:
        return DeliveryState.SENT
    return DeliveryState.SENDING if DeliveryState.SENDING in theirs else None


def _hand_over(
    delivery: Delivery, connection: BaseEmailBackend, *, to: Point, language: str
) -> tuple[Left, str]:
    """Hand the message to the server: what is known of it then, and the server's reply code."""
    message = compose(delivery, to=to, language=language)
    message.connection = connection
    if not _reached(connection):
        return Left.UNREACHED, ""
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        code = next(iter(refusal.recipients.values()))[0]
    except smtplib.SMTPSenderRefused:
        # Not this message but ourselves: nothing is sent until somebody has seen to it.
        log.error("The mail server refuses the sender.")  # noqa: TRY400 - it quotes the address
        _close(connection)
        return Left.UNREACHED, ""
    except smtplib.SMTPResponseException as refusal:
        code = refusal.smtp_code
    except OSError as error:
        # The server fell silent in the middle: it may have taken the message.
        log.error("Delivery %s: %s.", delivery.reference, type(error).__name__)  # noqa: TRY400
        _close(connection)
        return Left.UNCERTAIN, ""
    except ValueError:
        # No mail address, whatever it was stored as; the text of the error would quote it.
        return Left.REFUSED, "address"
    else:
        return Left.SENT, ""
    return (Left.REFUSED if code >= PERMANENT else Left.LATER), str(code)


def _reached(connection: BaseEmailBackend) -> bool:
    """Whether there is a conversation with the server; one that it ended is begun anew."""
    try:
        line = getattr(connection, "connection", None)
        if line is not None and line.noop()[0] >= PERMANENT:
            _close(connection)
        connection.open()
    except OSError as error:
        if isinstance(error, smtplib.SMTPServerDisconnected) and line is not None:
            _close(connection)
            return _reached(connection)
        log.error("The mail server cannot be reached: %s.", type(error).__name__)  # noqa: TRY400
        _close(connection)
        return False
    return True


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except OSError:
        connection.connection = None  # type: ignore[attr-defined]


def _note(delivery: Delivery, left: Left, *, verdict: str = "") -> Left:
    now = timezone.now()
    delivery.lease_until, delivery.verdict = None, verdict
    match left:
        case Left.SENT:
            delivery.state, delivery.sent_at = DeliveryState.SENT, now
            if notice := delivery.dispatch.notice:
                # Of each message it stays known who was told of which version, and when (S141).
                informing.enter([delivery.subject_id], notice, how=Told.EMAIL, at=now)
        case Left.UNCERTAIN:
            delivery.state = DeliveryState.UNCERTAIN
        case Left.REFUSED:
            is_ours = verdict in Verdict.values
            delivery.state = DeliveryState.REFUSED if is_ours else DeliveryState.FAILED
            notice = delivery.dispatch.notice
            if notice and verdict == Verdict.SAME_MAILBOX:
                informing.enter([delivery.subject_id], notice, how=Told.EMAIL, at=now)
        case Left.AFTER:
            delivery.state, delivery.attempts = DeliveryState.WAITING, delivery.attempts - 1
            delivery.again_at = now + AFTER
        case Left.UNREACHED:
            # No attempt of its own: the server knows nothing of it.
            delivery.state, delivery.attempts = DeliveryState.WAITING, delivery.attempts - 1
        case Left.LATER if delivery.attempts <= len(PAUSES):
            delivery.state = DeliveryState.WAITING
            delivery.again_at = now + PAUSES[delivery.attempts - 1]
        case Left.LATER:
            delivery.state = DeliveryState.FAILED
    delivery.save(
        update_fields=["state", "verdict", "sent_at", "attempts", "lease_until", "again_at"]
    )
    return left


@transaction.atomic
def _finish(dispatch: Dispatch) -> None:
    """Close what has nothing left to send."""
    dispatch = Dispatch.objects.select_for_update(of=("self",)).get(pk=dispatch.pk)
    open_ones = (DeliveryState.WAITING, DeliveryState.SENDING)
    if (
        dispatch.state != DispatchState.SENDING
        or dispatch.deliveries.filter(state__in=open_ones).exists()
    ):
        return
    dispatch.state, dispatch.ended_at = DispatchState.DONE, timezone.now()
    dispatch.save(update_fields=["state", "ended_at"])
    facts = {"sent": dispatch.deliveries.filter(state=DeliveryState.SENT).count()}
    journal.record("dispatch.done", on=dispatch, facts=facts)
