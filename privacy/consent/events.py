"""The doors of the consent ledger: a “yes” with its evidence, a “no” without any.

A consent is refused without purpose, wording, notice and evidence (Art. 7(1), s.35E), in the
future, or before the notice that it names. A “no” asks for nothing: it counts from its receipt,
goes to the ledger outside the database, and, where it is said to marketing as such or as an
objection, every contact point of the person for that channel goes to the suppression file.
"""

import uuid
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import heard, journal, ledger, parties, purposes, subjects, suppression
from privacy.consent import standing
from privacy.consent.restored import said_in
from privacy.enums import (
    NOES,
    WRITTEN,
    Basis,
    Channel,
    ConsentKind,
    ConsentMethod,
    ConsentState,
    Nature,
    PointKind,
)
from privacy.errors import PrivacyError, TransitionRefused
from privacy.models import (
    ConsentEvent,
    LegalEntity,
    Notice,
    Objection,
    Purpose,
    Wording,
)
from privacy.points import Point

YES = (ConsentKind.GIVEN, ConsentKind.CONFIRMED)
# What reaches a person on a channel.
REACHES = {
    Channel.EMAIL: PointKind.EMAIL,
    Channel.SMS: PointKind.PHONE,
    Channel.PHONE: PointKind.PHONE,
}


@transaction.atomic
def record(
    subject: Model,
    *,
    purpose: Purpose | str,
    channel: str = "",
    kind: ConsentKind = ConsentKind.GIVEN,
    method: ConsentMethod,
    by: Any,
    at: datetime | None = None,
    wording: Wording | None = None,
    wording_text: str = "",
    notice: Notice | None = None,
    evidence: str = "",
    language: str = "",
    topic: str = "",
    address: Point | None = None,
    entity: LegalEntity | None = None,
    valid_until: date | None = None,
    recipients: str = "",
    for_gain: bool | None = None,
    evidence_digest: str = "",
    withdrawal_told: bool = False,
    source_system: str = "",
) -> ConsentEvent:
    """Write down what one person said about one purpose on one channel.

    A “yes” is said to one company of the group, and is none to another (S2); a “no” to all.

    A “yes” of the person's own, later than their “no”, lifts what that “no” had suppressed; one
    that an import brings never does. One that is dated before a “no” that is on record ends
    nothing, and is refused. A confirmation says that the written confirmation of an oral
    consent was sent: within 14 days, or the consent must be asked anew.
    """
    purpose = purposes.named(purpose)
    kind, method = ConsentKind(kind), ConsentMethod(method)
    at = at or timezone.now()
    _lock([subject.pk])
    if kind in NOES:
        said = _say_no(
            [subject.pk],
            kind=kind,
            purpose=purpose,
            channels=[channel],
            method=method,
            by=by,
            at=at,
            evidence=evidence,
            topic=topic,
            address=address,
            repeated=True,
        )
        return said[0]
    _refuse_misfit(purpose, channel, at)
    if kind in YES and method is not ConsentMethod.IMPORT:
        _refuse_outdated(subject.pk, purpose, channel, topic, at)
    if kind is ConsentKind.CONFIRMED:
        _refuse_confirmation(subject.pk, purpose, channel, topic, at, parties.company(entity))
    elif kind is ConsentKind.GIVEN and timezone.localdate(at) >= standing.GDPR_BEGINS:
        _refuse_unproved(purpose, method, at, bool(wording or wording_text.strip()), evidence)
        _refuse_notice(notice, at)
    if kind is ConsentKind.GIVEN and purpose.nature == Nature.PROVISION:
        _refuse_unwritten(method, recipients, for_gain)
    event = ConsentEvent(
        subject_id=subject.pk,
        purpose=purpose,
        entity=parties.company(entity),
        channel=channel,
        topic=topic,
        kind=kind,
        method=method,
        occurred_at=at,
        recorded_by=by,
        notice=notice,
        wording=wording,
        wording_text=wording_text,
        language=language or (wording.language if wording else ""),
        evidence=evidence,
        address_digest=suppression.lock(address) if address else "",
        valid_until=valid_until,
        recipients=recipients,
        for_gain=for_gain,
        kinds=list(purpose.kinds),
        marketed=purpose.title if purpose.is_marketing else "",
        evidence_digest=evidence_digest.strip().lower(),
        withdrawal_told=withdrawal_told,
        utc_offset=_offset(at),
        source_system=source_system,
    )
    event.full_clean()
    event.save()
    if kind is ConsentKind.GIVEN and method is not ConsentMethod.IMPORT:
        _lift_own_noes(event, by=by)
    journal.record("consent.record", by=by, on=event, facts=_facts(kind, method, channel))
    return event


@transaction.atomic
def refuse(
    subject_pks: Collection[int],
    *,
    method: ConsentMethod,
    by: Any,
    purpose: Purpose | str = purposes.MARKETING,
    channels: Iterable[str] = tuple(Channel),
    at: datetime | None = None,
    evidence: str = "",
    topic: str = "",
) -> list[ConsentEvent]:
    """Write down that these people do not want it, as an import or a form learns it.

    Without a purpose it is marketing as such; without channels, every one. Who said so before, or
    said more, has no second event: doing it twice changes nothing. Returns the events.
    """
    _lock(subject_pks)
    return _say_no(
        subject_pks,
        kind=ConsentKind.REFUSED,
        purpose=purposes.named(purpose),
        channels=channels,
        method=method,
        by=by,
        at=at or timezone.now(),
        evidence=evidence,
        topic=topic,
    )


@transaction.atomic
def withdraw(
    subject: Model,
    *,
    method: ConsentMethod,
    by: Any,
    purpose: Purpose | str = purposes.MARKETING,
    channels: Iterable[str] = tuple(Channel),
    at: datetime | None = None,
    evidence: str = "",
    topic: str = "",
) -> list[ConsentEvent]:
    """Take back a consent in one step, effective at its receipt (Art. 7(3); S57, S58, S77)."""
    _lock([subject.pk])
    return _say_no(
        [subject.pk],
        kind=ConsentKind.WITHDRAWN,
        purpose=purposes.named(purpose),
        channels=channels,
        method=method,
        by=by,
        at=at or timezone.now(),
        evidence=evidence,
        topic=topic,
    )


@transaction.atomic
def object_to(
    subject: Model,
    *,
    method: ConsentMethod,
    by: Any,
    purpose: Purpose | str = purposes.MARKETING,
    channels: Iterable[str] | None = None,
    at: datetime | None = None,
    evidence: str = "",
) -> list[ConsentEvent]:
    """Object: to marketing, absolute and at once (Art. 21(3), S115); else the purpose pauses."""
    purpose = purposes.named(purpose)
    _lock([subject.pk])
    return _say_no(
        [subject.pk],
        kind=ConsentKind.OBJECTED,
        purpose=purpose,
        channels=(purpose.channels or [""]) if channels is None else channels,
        method=method,
        by=by,
        at=at or timezone.now(),
        evidence=evidence,
    )


def given_by_themselves() -> QuerySet:
    """Each “yes” that a person said to us; with it the clock of their record starts anew."""
    given = ConsentEvent.objects.filter(kind=ConsentKind.GIVEN)
    return given.exclude(method=ConsentMethod.IMPORT)


def _say_no(
    subject_pks: Collection[int],
    *,
    kind: ConsentKind,
    purpose: Purpose,
    channels: Iterable[str],
    method: ConsentMethod,
    by: Any,
    at: datetime,
    evidence: str = "",
    topic: str = "",
    address: Point | None = None,
    repeated: bool = False,
) -> list[ConsentEvent]:
    """One event for each person and channel who has not said so already, and stood by it."""
    events: list[ConsentEvent] = []
    for channel in channels:
        _refuse_misfit(purpose, channel, at)
        before = standing.state(
            subject_pks, purpose, channel, on=timezone.localdate(), topic=topic
        )
        yeses = {} if repeated else _last_yeses(subject_pks, purpose, channel)
        answered = {} if repeated else _last_answers(subject_pks, purpose)
        events += [
            ConsentEvent(
                subject_id=pk,
                purpose=purpose,
                channel=channel,
                topic=topic,
                kind=kind,
                method=method,
                occurred_at=at,
                utc_offset=_offset(at),
                recorded_by=by,
                evidence=evidence,
                address_digest=suppression.lock(address) if address else "",
            )
            for pk in sorted(set(subject_pks))
            if repeated or not _stands_by(before[pk], kind, yeses.get(pk), answered.get(pk))
        ]
    if not events:
        return []
    for event in events:
        event.clean_fields(exclude=["subject", "purpose", "recorded_by"])
    ConsentEvent.objects.bulk_create(events, batch_size=500)
    people = subjects.root_model()._base_manager.filter(pk__in=subject_pks)
    uuids = dict(people.values_list("pk", "uuid"))
    ledger.record_all(said_in(event, uuids[event.subject_id], purpose.key) for event in events)
    _suppress(events, purpose, address=address, by=by)
    on = events[0] if len(events) == 1 else None
    heard.tell(sorted(set(subject_pks)))
    facts = _facts(kind, method, "") | {"events": len(events)}
    journal.record("consent.refuse", by=by, on=on, facts=facts)
    return events


def _offset(at: datetime) -> int:
    """Minutes between the office's own time and UTC at that moment."""
    offset = timezone.localtime(at).utcoffset()
    return int(offset.total_seconds()) // 60 if offset else 0


def _stands_by(
    before: standing.Standing, kind: ConsentKind, yes: int | None, answered: int | None
) -> bool:
    """Whether somebody said as much before, and agreed to nothing of it since."""
    ranks = standing.RANK
    said = before.state in NOES
    said = said and ranks.index(before.state) >= ranks.index(ConsentState(kind))
    return said and max(yes or 0, answered or -1) < before.number


def _last_yeses(subject_pks: Collection[int], purpose: Purpose, channel: str) -> dict[int, int]:
    """The number of the last “yes” of each of these people to what this covers."""
    given = ConsentEvent.objects.filter(subject__in=subject_pks, channel=channel, kind__in=YES)
    if purpose.key == purposes.MARKETING:
        given = given.filter(purpose__nature__in=(Nature.MARKETING, Nature.PROVISION))
    else:
        given = given.filter(purpose=purpose)
    return dict(given.order_by().values_list("subject").annotate(last=Max("pk")))


def _last_answers(subject_pks: Collection[int], purpose: Purpose) -> dict[int, int]:
    """The last word of each of these people before they were told that it was overridden.

    If they say it again, it is a new “no”.
    """
    if purpose.basis != Basis.LEGITIMATE_INTERESTS or purpose.is_marketing:
        return {}
    answered = Objection.objects.filter(
        subject__in=subject_pks, purpose=purpose, resumes_on__isnull=False
    )
    return dict(answered.order_by().values_list("subject").annotate(last=Max("told_after")))


def _suppress(
    events: Iterable[ConsentEvent], purpose: Purpose, *, address: Point | None, by: Any
) -> None:
    """A “no” to marketing as such, or an objection to any, outlives the record of its person."""
    wide = [
        event
        for event in events
        if event.channel
        and not event.topic
        and purpose.is_marketing
        and (purpose.key == purposes.MARKETING or event.kind == ConsentKind.OBJECTED)
    ]
    if not wide:
        return
    points = suppression.points_about({event.subject_id for event in wide})
    suppression.refuse_marketing(
        {
            event.reference: (
                [
                    point
                    for point in ([address] if address else points[event.subject_id])
                    if point.kind == REACHES[Channel(event.channel)]
                ],
                [event.channel],
            )
            for event in wide
        },
        by=by,
    )


def _lift_own_noes(event: ConsentEvent, *, by: Any) -> None:
    """What this person's earlier “no” had suppressed for this purpose and channel ends."""
    noes = ConsentEvent.objects.filter(
        subject=event.subject_id,
        purpose__key__in=[event.purpose.key, purposes.MARKETING],
        channel=event.channel,
        kind__in=NOES,
        pk__lt=event.pk,
    )
    cases: list[uuid.UUID] = list(noes.values_list("reference", flat=True))
    if cases and event.purpose.is_marketing:
        suppression.lift_all(cases, by=by)


def _lock(subject_pks: Collection[int]) -> None:
    """Lock the people, then look whether all of them are still here."""
    rows = subjects.root_model()._base_manager.filter(pk__in=subject_pks)
    gone = rows.select_for_update().order_by("pk").values_list("disposed_at", flat=True)
    if any(gone):
        raise TransitionRefused(_("This person was disposed of; nothing can be recorded."))


def _refuse_misfit(purpose: Purpose, channel: str, at: datetime) -> None:
    if channel and channel not in Channel.values:
        raise PrivacyError(_("This channel is not known; choose e-mail, SMS or telephone."))
    if bool(channel) != bool(purpose.channels) or (channel and channel not in purpose.channels):
        raise PrivacyError(_("This purpose does not use this channel; choose one of its own."))
    if at > timezone.now():
        raise PrivacyError(_("This would be in the future; write down what was said, when it is."))


def _refuse_outdated(pk: int, purpose: Purpose, channel: str, topic: str, at: datetime) -> None:
    if standing.stands_against(pk, purpose, channel, topic=topic, at=at):
        raise TransitionRefused(
            _("The person said no after that; only what they agree to later counts.")
        )


def _refuse_unproved(
    purpose: Purpose, method: ConsentMethod, at: datetime, worded: bool, evidence: str
) -> None:
    if not worded:
        raise PrivacyError(_("A consent needs its wording: what was shown, read out or written."))
    if not evidence.strip():
        raise PrivacyError(
            _("A consent needs its evidence: a message's number, a shelf mark, a recording.")
        )


def _refuse_notice(notice: Notice | None, at: datetime) -> None:
    if notice is None:
        raise PrivacyError(_("A consent names the version of the notice that the person had."))
    if notice.approved_at is None or notice.effective_from > timezone.localdate(at):
        raise PrivacyError(_("This notice was not in force on that day; choose the one that was."))


def _refuse_unwritten(method: ConsentMethod, recipients: str, for_gain: bool | None) -> None:
    if method not in WRITTEN:
        raise PrivacyError(
            _("Consent to giving data to others must be in writing: by e-mail, paper or online.")
        )
    if not recipients.strip() or for_gain is None:
        raise PrivacyError(
            _("Say to which classes of persons the data would be given, and whether for gain.")
        )


def _refuse_confirmation(  # noqa: PLR0917 - one oral consent, as it was given
    pk: int, purpose: Purpose, channel: str, topic: str, at: datetime, entity: LegalEntity | None
) -> None:
    on = timezone.localdate(at)
    before = standing.state([pk], purpose, channel, on=on, topic=topic, entity=entity)[pk]
    if before.state is ConsentState.LAPSED:
        raise TransitionRefused(
            _("The 14 days for the written confirmation are over; ask for the consent anew.")
        )
    if before.state is not ConsentState.AWAITING:
        raise TransitionRefused(_("There is no oral consent that waits for its confirmation."))


def _facts(kind: ConsentKind, method: ConsentMethod, channel: str) -> dict[str, Any]:
    return {"kind": str(kind), "method": str(method), "channel": channel}
