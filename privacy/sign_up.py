"""Signing up with double opt-in: typed, sealed, confirmed from the mailbox, and only then entered.

What is typed is encrypted under a key of its own and forgotten after 48 hours (DESIGN 18). The
confirmation is the person's own verified request: it lifts what kept this one address from entry
and from e-mail marketing (S111), enters them, or finds them by this address without changing
anything of theirs, and records for this address alone, with its words, what they ticked as given
and what they left as not answered (S11, S16, S75, S76, S117). A “no” to marketing that stood in
the suppression file stays one for all that they did not tick. Nobody under sixteen is entered;
only a counter tells (S113). Serves Art. 7 and 8 GDPR, s.35E PDPO.
"""

import base64
import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from privacy import (
    consent,
    informing,
    journal,
    links,
    notices,
    parties,
    purposes,
    replay,
    subjects,
    suppression,
)
from privacy.enums import (
    Basis,
    Channel,
    ConsentKind,
    ConsentMethod,
    Nature,
    PointKind,
    SuppressionScope,
)
from privacy.errors import MailNotTaken
from privacy.links import Act
from privacy.models import ConsentEvent, PendingSignUp, Purpose
from privacy.points import Point

log = logging.getLogger(__name__)

LIVES = timedelta(hours=48)
WORDING = "sign-up"


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form asked for; purposes that were ticked and left, with the words of each box."""

    name: str
    email: str
    language: str
    boxes: dict[str, str]
    left: dict[str, str] = field(default_factory=dict)


def offered() -> list[Purpose]:
    """What one can sign up for by e-mail: marketing that rests on consent, under a notice.

    Topics are left out: they are chosen one by one, on the page of one's own choices (S48).
    """
    if notices.in_force(on=timezone.localdate()) is None:
        return []
    found = Purpose.objects.filter(
        nature=Nature.MARKETING, basis=Basis.CONSENT, off_since__isnull=True
    ).exclude(key=purposes.TOPICS)
    return [purpose for purpose in found if Channel.EMAIL in purpose.channels]


def ask(typed: Typed, *, is_old_enough: bool) -> PendingSignUp:
    """Keep what was typed until its mailbox answers; of a minor nothing but the count.

    Both cost the same statements, so that nobody learns from the outside which it was.
    """
    adapter = subjects.adapter()
    adapter.count_minors(0 if is_old_enough else 1)
    return PendingSignUp.objects.create(sealed=_seal(typed if is_old_enough else None))


def send(reference: UUID | str) -> bool:
    """Mail the link by which the mailbox is confirmed; MailNotTaken where no server takes it."""
    replay.refuse_if_behind()
    pending = PendingSignUp.objects.filter(reference=reference, confirmed_at__isnull=True).first()
    typed = _open(pending) if pending else None
    if pending is None or typed is None:
        # A minor's, or one that has ended.
        return False
    with translation.override(typed.language):
        facts = {
            "link": links.link(Act.SIGN_UP, pending.reference),
            "hours": LIVES // timedelta(hours=1),
            "words": list(typed.boxes.values()),
        }
        subject = render_to_string("privacy/mail/sign_up_subject.txt", facts)
        body = render_to_string("privacy/mail/sign_up.txt", facts)
    message = EmailMessage(
        " ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [typed.email]
    )
    try:
        message.send()
    except OSError:
        raise MailNotTaken from None
    except ValueError:
        # No address that can be written to, whatever the form thought of it.
        return False
    return True


@transaction.atomic
def confirm(reference: UUID) -> bool:
    """Enter whoever confirmed their mailbox, with their consents; False where it has ended.

    Twice is once. That its time was over is written down once seen: no clock that is set back
    brings it to life. What somebody says whose data are restricted is recorded as everybody's: it
    is their own word (Art. 18(2)), the gate lets nobody use it before the restriction is lifted,
    and nobody learns of it here.
    """
    rows = PendingSignUp.objects.select_for_update()
    pending = rows.filter(reference=reference).first()
    if pending is None:
        return False
    if pending.asked_at <= timezone.now() - LIVES:
        if pending.sealed:
            pending.sealed = ""
            pending.save(update_fields=["sealed"])
        return False
    if pending.confirmed_at:
        return True
    if not pending.sealed:
        return False
    typed = _open(pending)
    pending.sealed, pending.confirmed_at = "", timezone.now()
    pending.save(update_fields=["sealed", "confirmed_at"])
    if typed is None:
        return False
    _enter(typed, pending)
    return True


def _enter(typed: Typed, pending: PendingSignUp) -> None:
    adapter, point = subjects.adapter(), Point(PointKind.EMAIL, typed.email)
    _wait_for(point)
    found = _found(typed, point)
    lifted = suppression.lift_for(point, channel=Channel.EMAIL, by=None)
    # A mailbox from which somebody answers is alive.
    adapter.alive([point])
    pk = found or adapter.create(name=typed.name, email=typed.email, language=typed.language)
    person = subjects.root_model()._base_manager.get(pk=pk)
    evidence = f"sign-up {pending.reference}"
    if lifted[SuppressionScope.NO_MARKETING]:
        # What the suppression file forbade for all of marketing, the ledger forbids from now on
        # for everything but what is ticked here.
        consent.refuse(
            [person.pk],
            method=ConsentMethod.ONLINE,
            channels=[Channel.EMAIL],
            at=pending.asked_at,
            evidence=evidence,
            by=None,
        )
    for kind, boxes in (
        (ConsentKind.NOT_ANSWERED, typed.left),
        (ConsentKind.GIVEN, typed.boxes),
    ):
        for key, words in boxes.items():
            consent.record(
                person,
                purpose=key,
                channel=Channel.EMAIL,
                kind=kind,
                method=ConsentMethod.ONLINE,
                at=timezone.now(),
                wording=notices.wording(f"{WORDING}-{key}", language=typed.language, text=words),
                notice=notices.in_force(on=timezone.localdate()),
                language=typed.language,
                evidence=evidence,
                address=point,
                entity=parties.speaker(),
                withdrawal_told=True,
                source_system=WORDING,
                by=None,
            )
    facts = {"events": len(typed.boxes), "lifted": lifted.total(), "known": bool(found)}
    journal.record("sign_up.confirm", on=person, facts=facts)
    informing.told_with_form(pk)


def _found(typed: Typed, point: Point) -> int | None:
    """Whoever is meant: of several who share a mailbox, one who may be called so, or nobody."""
    adapter = subjects.adapter()
    holders = sorted(adapter.search([point]))
    if len(holders) > 1:
        holders = sorted(adapter.called(holders, typed.name))
    return holders[0] if holders else None


def _wait_for(point: Point) -> None:
    """Of two sign-ups of one address the later waits, so that it finds whom the earlier entered.

    On SQLite nobody else writes while this transaction lasts.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for lock in sorted({int(digest[:15], 16) for digest in suppression.locks(point)}):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])


def agreed(reference: UUID) -> Iterable[ConsentEvent]:
    """What was agreed to by this sign-up."""
    given = ConsentEvent.objects.filter(
        evidence=f"sign-up {reference}", kind=ConsentKind.GIVEN
    ).order_by("pk")
    return given.select_related("purpose", "wording", "entity", "notice", "subject")


def _fernet() -> MultiFernet:
    """Seals under the secret key; opens also what waits under one that it replaced."""
    keys = [
        salted_hmac("lethe.sign_up", "seal", secret=secret, algorithm="sha256").digest()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def _seal(typed: Typed | None) -> str:
    """Ciphertext of one length, whatever was typed and whether anything was."""
    text = json.dumps(asdict(typed) if typed else None)
    # Padded, so that its length tells nothing.
    return _fernet().encrypt(text.ljust(8_192).encode()).decode()


def _open(pending: PendingSignUp) -> Typed | None:
    try:
        values = json.loads(_fernet().decrypt(pending.sealed.encode()))
    except InvalidToken:
        # Sealed under a key that is gone: it can only be asked anew.
        return None
    return Typed(**values) if values else None
