"""Objections to legitimate interests: the purpose rests for the person while they are weighed.

The objection counts from its receipt, as every “no” (S63). An officer weighs the person's
particular situation against compelling grounds of the firm; where these override, a second person
approves, the person is told first, and only from the day that they were told is the purpose used
for them again. Without that the “no” stands. Marketing is never weighed: it stops for good (S115).
Serves Art. 12(3), 12(4) and 21(1) GDPR; the answer is due within a month.
"""

from collections.abc import Collection
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Max, Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import consent, deadlines, journal, purposes, subjects
from privacy.enums import (
    Announcement,
    Basis,
    ConsentMethod,
    CounterGround,
    ObjectionGround,
    ObjectionOutcome,
    Regime,
    Right,
)
from privacy.errors import PrivacyError, TransitionRefused
from privacy.models import ConsentEvent, Objection, Purpose

# People whom one statement names.
CHUNK = 5_000


@transaction.atomic
def receive(
    subject: Model,
    *,
    purpose: Purpose | str,
    ground: ObjectionGround,
    received_on: date,
    method: ConsentMethod,
    by: Any,
    situation: str = "",
    evidence: str = "",
) -> Objection:
    """Let the purpose rest for this person from now on, and start the clock of the answer.

    Refused: marketing, which ends without a weighing; a basis of another kind; a day in the
    future; a second objection to what is being weighed already.
    """
    purpose = purposes.named(purpose)
    if purpose.is_marketing:
        raise PrivacyError(
            _("An objection to marketing is not weighed: record it as a refusal of marketing.")
        )
    if purpose.basis != Basis.LEGITIMATE_INTERESTS:
        raise PrivacyError(_("One objects to legitimate interests alone; this basis is another."))
    if received_on > timezone.localdate():
        raise PrivacyError(_("The day of receipt is in the future; take the day it arrived."))
    people = subjects.root_model()._base_manager.select_for_update()
    person: Any = people.get(pk=subject.pk)
    if weighed().filter(subject=person, purpose=purpose).exists():
        raise TransitionRefused(_("Their objection to this purpose is being weighed already."))
    consent.object_to(
        person,
        purpose=purpose,
        method=method,
        at=_moment(received_on),
        evidence=evidence,
        by=by,
    )
    made = Objection(
        subject=person,
        purpose=purpose,
        ground=ground,
        situation=situation.strip(),
        received_on=received_on,
        due_on=deadlines.compute(Regime.EU_GDPR, Right.OBJECTION, received_on).due,
        recorded_by=by,
    )
    made.full_clean()
    made.save()
    journal.record("objection.receive", by=by, on=made, facts={"ground": str(ground)})
    return made


@transaction.atomic
def decide(
    objection: Objection,
    *,
    outcome: ObjectionOutcome,
    by: Any,
    counter_ground: CounterGround | str = "",
    reasons: str = "",
) -> Objection:
    """Weigh it: upheld, the “no” stays for good; overridden only on a ground with its reasons."""
    objection = _locked(objection)
    if objection.told_at or objection.approved_by_id:
        raise TransitionRefused(_("This objection was decided; a new one is weighed anew."))
    is_overridden = outcome == ObjectionOutcome.OVERRIDDEN
    if is_overridden and not (counter_ground and reasons.strip()):
        raise PrivacyError(
            _("The burden is ours: name the compelling ground and say why it overrides.")
        )
    objection.outcome = ObjectionOutcome(outcome)
    objection.counter_ground = CounterGround(counter_ground) if is_overridden else ""
    objection.reasons = reasons.strip()
    objection.decided_by, objection.decided_at = by, timezone.now()
    objection.full_clean()
    objection.save()
    facts = {"outcome": str(outcome), "counter_ground": str(objection.counter_ground)}
    journal.record("objection.decide", by=by, on=objection, facts=facts)
    return objection


@transaction.atomic
def approve(objection: Objection, *, by: Any) -> Objection:
    """Approve that our grounds override; refused to whoever decided it."""
    objection = _locked(objection)
    if objection.outcome != ObjectionOutcome.OVERRIDDEN or objection.approved_by_id:
        raise TransitionRefused(_("There is no overriding of this objection to approve."))
    if objection.decided_by_id == by.pk:
        raise TransitionRefused(_("You decided this objection; a second person approves it."))
    objection.approved_by, objection.approved_at = by, timezone.now()
    objection.save(update_fields=["approved_by", "approved_at"])
    journal.record("objection.approve", by=by, on=objection)
    return objection


@transaction.atomic
def tell(
    objection: Objection, *, how: Announcement, resumes_on: date | None = None, by: Any
) -> Objection:
    """Write down that the person was told what came of it, with reasons and remedies.

    Where our grounds override, the purpose is used again from the day named to the person, which
    is still to come; otherwise there is no such day.
    """
    objection = _locked(objection)
    if not objection.outcome or objection.told_at:
        raise TransitionRefused(_("Decide it first; the person is told once."))
    is_overridden = objection.outcome == ObjectionOutcome.OVERRIDDEN
    if is_overridden and objection.approved_by_id is None:
        raise TransitionRefused(_("A second person approves first that our grounds override."))
    if is_overridden and (resumes_on is None or resumes_on <= timezone.localdate()):
        raise TransitionRefused(_("The person is told first: name a day after today."))
    if not is_overridden and resumes_on is not None:
        raise PrivacyError(_("An objection that is upheld has no day on which use goes on."))
    objection.told_how, objection.told_at = Announcement(how), timezone.now()
    said = ConsentEvent.objects.filter(subject=objection.subject_id)
    objection.told_after = said.aggregate(last=Max("pk"))["last"] or 0
    objection.resumes_on = resumes_on
    objection.full_clean()
    objection.save()
    journal.record("objection.tell", by=by, on=objection, facts={"how": str(how)})
    return objection


def weighed() -> QuerySet[Objection]:
    """The objections of which the person has not been told yet what came of them."""
    return Objection.objects.filter(told_at__isnull=True)


def overridden(
    subject_pks: Collection[int], purpose: Purpose, *, on: date
) -> dict[int, tuple[datetime, int | None]]:
    """For whom of these people the purpose is used again on this day, in spite of an objection.

    When they were told so, and the number of their last word then (none where an older version
    wrote it down): what they say after it counts as ever, and so does a later objection.
    """
    wanted = list(subject_pks)
    found: dict[int, tuple[datetime, int | None]] = {}
    for first in range(0, len(wanted), CHUNK):
        rows = Objection.objects.filter(subject__in=wanted[first : first + CHUNK], purpose=purpose)
        for subject, told_at, told_after, resumes_on in rows.order_by("pk").values_list(
            "subject", "told_at", "told_after", "resumes_on"
        ):
            found.pop(subject, None)
            if told_at is not None and resumes_on is not None and resumes_on <= on:
                found[subject] = (told_at, told_after)
    return found


def _locked(objection: Objection) -> Objection:
    return Objection.objects.select_for_update(of=("self",)).get(pk=objection.pk)


def _moment(day: date) -> datetime:
    """An earlier day counts from its noon."""
    if day == timezone.localdate():
        return timezone.now()
    return timezone.make_aware(datetime.combine(day, time(12)))
