"""What people do with a message to many: prepare, address, approve, start, pause, cancel."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import gate, journal, parties, purposes, subjects
from privacy.dispatch.message import Text, compose_test, refuse_unfit, warn
from privacy.enums import (
    Channel,
    DeliveryState,
    DispatchKind,
    DispatchState,
    Nature,
    PointKind,
    Verdict,
)
from privacy.errors import PrivacyError, TransitionRefused
from privacy.models import Delivery, Dispatch, LegalEntity, Notice, Purpose

LANGUAGES = ("en", "zh_hant")
CHUNK = 5_000
# Whom no e-mail reaches at all: of a notice they stay on its list, for a letter (S141).
UNREACHABLE = (Verdict.NO_ADDRESS, Verdict.SUPPRESSED)
UNDER_WAY = (DispatchState.APPROVED, DispatchState.SENDING, DispatchState.PAUSED)


@transaction.atomic
def prepare(
    *,
    kind: DispatchKind,
    purpose: Purpose | str,
    texts: Mapping[str, Text],
    by: Any,
    topic: str = "",
    uses: Iterable[str] = (),
    entity: LegalEntity | None = None,
    notice: Notice | None = None,
) -> Dispatch:
    """A draft, with its text in both languages.

    Refused: a purpose that is not of this kind or sends no e-mail, a text that could not be sent
    as it stands, a sender who is not said where the firm has several companies.
    """
    purpose = purposes.named(purpose)
    _refuse_misfit(kind, purpose, notice)
    if set(texts) != set(LANGUAGES):
        raise PrivacyError(_("Write subject and text in both languages."))
    for text in texts.values():
        refuse_unfit(text, kind=kind)
    dispatch = Dispatch(
        kind=kind,
        purpose=purpose,
        topic=topic,
        uses=sorted(set(uses)),
        entity=_sender(entity),
        notice=notice,
        subject_en=texts["en"].subject,
        body_en=texts["en"].body,
        subject_zh_hant=texts["zh_hant"].subject,
        body_zh_hant=texts["zh_hant"].body,
        prepared_by=by,
    )
    dispatch.full_clean()
    dispatch.save()
    journal.record("dispatch.prepare", by=by, on=dispatch, facts={"kind": str(kind)})
    return dispatch


@transaction.atomic
def address(
    dispatch: Dispatch, subject_pks: Collection[int], *, by: Any, uses: Iterable[str] = ()
) -> dict[str, int]:
    """Address a draft to those of these people whom the gate lets through; counts by its verdict.

    `uses` are the kinds of data by which they were chosen. Whoever was addressed before stays;
    nobody is written to twice.
    """
    dispatch = _locked(dispatch, DispatchState.DRAFT)
    dispatch.uses = sorted({*dispatch.uses, *map(str, uses)})
    wanted = sorted(set(subject_pks))
    counts: dict[str, int] = {}
    for first in range(0, len(wanted), CHUNK):
        part = wanted[first : first + CHUNK]
        answers = gate.ask(
            part,
            purpose=dispatch.purpose,
            channel=dispatch.channel,
            topic=dispatch.topic,
            uses=dispatch.uses,
            entity=dispatch.entity,
        )
        for answer in answers.values():
            counts[str(answer.verdict)] = counts.get(str(answer.verdict), 0) + 1
        Delivery.objects.bulk_create(
            [
                Delivery(dispatch=dispatch, subject_id=pk)
                for pk, answer in answers.items()
                if answer.is_yes
            ],
            batch_size=500,
            ignore_conflicts=True,
        )
        if dispatch.kind == DispatchKind.NOTICE:
            _list_unreachable(dispatch, answers)
    dispatch.left_out = {
        verdict: number for verdict, number in counts.items() if verdict not in gate.YESES
    }
    dispatch.save(update_fields=["left_out", "uses"])
    facts = {"people": dispatch.deliveries.count(), "left_out": sum(dispatch.left_out.values())}
    journal.record("dispatch.address", by=by, on=dispatch, facts=facts)
    return counts


@transaction.atomic
def approve(dispatch: Dispatch, *, by: Any) -> Dispatch:
    """Approve text and number of people; from then on nothing of it changes.

    Refused to whoever prepared it, and while it is addressed to nobody.
    """
    dispatch = _locked(dispatch, DispatchState.DRAFT)
    if by.pk == dispatch.prepared_by_id:
        raise TransitionRefused(_("Whoever prepared a message to many does not approve it."))
    if not dispatch.deliveries.exists():
        raise TransitionRefused(_("It is addressed to nobody yet; choose its people first."))
    dispatch.approved_by, dispatch.approved_at = by, timezone.now()
    return _moved(dispatch, DispatchState.APPROVED, by=by, verb="approve")


def send_test(dispatch: Dispatch, *, by: Any) -> Dispatch:
    """Mail both languages to whoever asks, as they would arrive."""
    if not by.email:
        raise PrivacyError(_("Your account has no e-mail address; ask a system admin for one."))
    for language in ("en", "zh-hant"):
        try:
            compose_test(dispatch, to=by.email, language=language).send()
        except (OSError, ValueError) as error:
            # Either may quote the address.
            raise PrivacyError(
                _("The mail server did not take the test (%s).") % type(error).__name__
            ) from None
    journal.record("dispatch.test", by=by, on=dispatch)
    return dispatch


@transaction.atomic
def start(dispatch: Dispatch, *, by: Any) -> Dispatch:
    """Begin to send, or go on after a pause; a worker does the rest."""
    dispatch = _locked(dispatch, DispatchState.APPROVED, DispatchState.PAUSED)
    dispatch.started_at = dispatch.started_at or timezone.now()
    return _moved(dispatch, DispatchState.SENDING, by=by, verb="start")


@transaction.atomic
def pause(dispatch: Dispatch, *, by: Any) -> Dispatch:
    """Send nothing more for now; the message that is on its way arrives."""
    dispatch = _locked(dispatch, DispatchState.SENDING)
    return _moved(dispatch, DispatchState.PAUSED, by=by, verb="pause")


@transaction.atomic
def hold_back(dispatch: Dispatch) -> None:
    """Pause what a mail system refused for what we are, and tell whoever answers for it.

    Once: what is paused already, or has ended, changes nothing.
    """
    dispatch = Dispatch.objects.select_for_update(of=("self",)).get(pk=dispatch.pk)
    if dispatch.state != DispatchState.SENDING:
        return
    _moved(dispatch, DispatchState.PAUSED, by=None, verb="hold_back")
    transaction.on_commit(lambda: warn(dispatch))


@transaction.atomic
def cancel(dispatch: Dispatch, *, by: Any) -> Dispatch:
    """Send nothing more, ever; what was sent stays on record."""
    dispatch = _locked(dispatch, DispatchState.DRAFT, *UNDER_WAY)
    waiting = dispatch.deliveries.filter(state=DeliveryState.WAITING)
    waiting.update(state=DeliveryState.CANCELLED)
    dispatch.ended_at = timezone.now()
    return _moved(dispatch, DispatchState.CANCELLED, by=by, verb="cancel")


def cancel_waiting(subject_pks: Collection[int]) -> None:
    """Take out of the queues what these people may not be sent any more (S58).

    Called in the transaction of their “no”; the gate would refuse each when its turn came. Who
    shares an address with them is asked about too.
    """
    shared = subjects.adapter().sharing(subject_pks, PointKind.EMAIL)
    others = {one for forms in shared.values() for them in forms.values() for one in them}
    subject_pks = sorted({*subject_pks, *others})
    waiting = Delivery.objects.filter(
        subject__in=subject_pks,
        state=DeliveryState.WAITING,
        dispatch__state__in=(DispatchState.DRAFT, *UNDER_WAY),
    )
    concerned = Dispatch.objects.filter(pk__in=waiting.values("dispatch")).select_related(
        "purpose", "entity"
    )
    for dispatch in concerned:
        pks = list(waiting.filter(dispatch=dispatch).values_list("subject", flat=True))
        answers = gate.ask(
            pks,
            purpose=dispatch.purpose,
            channel=dispatch.channel,
            topic=dispatch.topic,
            uses=dispatch.uses,
            entity=dispatch.entity,
        )
        by_verdict: dict[str, list[int]] = {}
        for pk, answer in answers.items():
            if not answer.is_yes:
                by_verdict.setdefault(str(answer.verdict), []).append(pk)
        for verdict, people in by_verdict.items():
            waiting.filter(dispatch=dispatch, subject__in=people).update(
                state=DeliveryState.REFUSED, verdict=verdict
            )


def drafts() -> QuerySet[Dispatch]:
    """What can still be addressed to people, the newest first."""
    return Dispatch.objects.filter(state=DispatchState.DRAFT).select_related("purpose")


def progress(dispatch: Dispatch) -> dict[str, int]:
    """How many deliveries are in which state."""
    rows = dispatch.deliveries.order_by().values_list("state").annotate(number=Count("pk"))
    counted = dict(rows)
    return {str(state): counted.get(state, 0) for state in DeliveryState}


def _sender(named: LegalEntity | None) -> LegalEntity:
    entity = parties.company(named)
    if entity is None:
        raise PrivacyError(
            _("No company of the firm is entered yet; they are when the office is started.")
        )
    return entity


def _list_unreachable(dispatch: Dispatch, answers: Mapping[int, gate.Answer]) -> None:
    Delivery.objects.bulk_create(
        [
            Delivery(
                dispatch=dispatch,
                subject_id=pk,
                state=DeliveryState.REFUSED,
                verdict=str(answer.verdict),
            )
            for pk, answer in answers.items()
            if answer.verdict in UNREACHABLE
        ],
        batch_size=500,
        ignore_conflicts=True,
    )


def _refuse_misfit(kind: DispatchKind, purpose: Purpose, notice: Notice | None) -> None:
    fits = {
        DispatchKind.MAILING: purpose.nature == Nature.MARKETING,
        DispatchKind.SERVICE: purpose.nature == Nature.SERVICE,
        DispatchKind.NOTICE: purpose.key == "rights",
        DispatchKind.ACCURACY: purpose.key == "accuracy",
    }
    if not fits[kind] or Channel.EMAIL not in purpose.channels:
        raise PrivacyError(_("This purpose does not fit; choose one that sends such e-mails."))
    if (kind == DispatchKind.NOTICE) != (notice is not None):
        raise PrivacyError(_("A notice, and nothing else, tells people of a version of it."))


def _locked(dispatch: Dispatch, *states: DispatchState) -> Dispatch:
    rows = Dispatch.objects.select_for_update(of=("self",)).select_related("purpose", "entity")
    dispatch = rows.get(pk=dispatch.pk)
    if dispatch.state not in states:
        raise TransitionRefused(
            _("This message is “%s”; that cannot be done now.") % dispatch.get_state_display()
        )
    return dispatch


def _moved(dispatch: Dispatch, state: DispatchState, *, by: Any, verb: str) -> Dispatch:
    dispatch.state = state
    dispatch.save()
    facts = {"people": dispatch.deliveries.count()}
    journal.record(f"dispatch.{verb}", by=by, on=dispatch, facts=facts)
    return dispatch
