"""Signing up with double opt-in: typed, sealed, confirmed from the mailbox, and only then entered.

What is typed is encrypted under a key of its own and forgotten after 48 hours (DESIGN 18). The
confirmation is the person's own verified request: it lifts their refusal to be entered (S111) and
what kept this address from e-mail marketing, enters them or finds them by this address without
changing anything of theirs, and records one consent for each ticked box, with its words, for this
address alone (S11, S16, S75, S117). A box that was left is no answer, and no refusal. Nobody under
sixteen is entered; only a counter tells (S113). Serves Art. 7 and 8 GDPR, s.35E PDPO.
"""

import base64
import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from privacy import consent, journal, links, notices, replay, restriction, subjects, suppression
from privacy.enums import Basis, Channel, ConsentMethod, Nature, PointKind
from privacy.errors import MailNotTaken
from privacy.links import Act
from privacy.models import ConsentEvent, PendingSignUp, Purpose
from privacy.points import Point

log = logging.getLogger(__name__)

LIVES = timedelta(hours=48)
WORDING = "sign-up"


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form asked for; `boxes` are the ticked purposes with the exact words of each."""

    name: str
    email: str
    language: str
    boxes: dict[str, str]


def offered() -> list[Purpose]:
    """What one can sign up for by e-mail: marketing that rests on consent, under a notice."""
    if notices.in_force(on=timezone.localdate()) is None:
        return []
    purposes = Purpose.objects.filter(
        nature=Nature.MARKETING, basis=Basis.CONSENT, off_since__isnull=True
    )
    return [purpose for purpose in purposes if Channel.EMAIL in purpose.channels]


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

    Twice is once. Who is restricted stays as they are: nothing is recorded but by themselves in
    writing, and nobody learns of it here.
    """
    rows = PendingSignUp.objects.select_for_update()
    pending = rows.filter(reference=reference, asked_at__gt=timezone.now() - LIVES).first()
    if pending is None:
        return False
    if pending.confirmed_at:
        return True
    typed = _open(pending)
    pending.sealed, pending.confirmed_at = "", timezone.now()
    pending.save(update_fields=["sealed", "confirmed_at"])
    if typed is None:
        return False
    _enter(typed, pending)
    return True


def _enter(typed: Typed, pending: PendingSignUp) -> None:
    adapter, point = subjects.adapter(), Point(PointKind.EMAIL, typed.email)
    found = sorted(adapter.search([point]))
    if restriction.restricted(found):
        return
    lifted = suppression.lift_for(point, channel=Channel.EMAIL, by=None)
    pk = (
        found[0]
        if found
        else adapter.create(name=typed.name, email=typed.email, language=typed.language)
    )
    person = subjects.root_model()._base_manager.get(pk=pk)
    for key, words in typed.boxes.items():
        consent.record(
            person,
            purpose=key,
            channel=Channel.EMAIL,
            method=ConsentMethod.ONLINE,
            at=timezone.now(),
            wording=notices.wording(f"{WORDING}-{key}", language=typed.language, text=words),
            notice=notices.in_force(on=timezone.localdate()),
            language=typed.language,
            evidence=f"sign-up {pending.reference}",
            address=point,
            by=None,
        )
    facts = {"events": len(typed.boxes), "lifted": lifted, "known": bool(found)}
    journal.record("sign_up.confirm", on=person, facts=facts)


def agreed(reference: UUID) -> Iterable[ConsentEvent]:
    """What was agreed to by this sign-up."""
    return ConsentEvent.objects.filter(evidence=f"sign-up {reference}").select_related("purpose")


def _fernet() -> Fernet:
    key = salted_hmac("lethe.sign_up", "seal", algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))


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
