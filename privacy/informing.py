"""Who was told of which notice, how, when and by whom, and who is still to be told (S121).

Whoever gave us their own data is told with the form (Art. 13); whoever's data came from elsewhere
within a month of it, and no later than our first message to them or the first time that somebody
else receives the data (Art. 14(3)). A ground on which somebody need not be told is a row too, with
the number of its assessment (Art. 14(5)). Nothing written here is changed or taken back. Serves
Art. 5(2), 13 and 14 GDPR, DPP1(3) and s.35C PDPO.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import deadlines, journal, notices, subjects
from privacy.enums import (
    EXCEPTIONS,
    Article,
    DeliveryState,
    DisclosureState,
    Regime,
    Right,
    Told,
)
from privacy.errors import PrivacyError
from privacy.models import Delivery, DisclosedPerson, Notice, NoticeGiven

# What the source of somebody's data is called who gave them to us.
THEMSELVES = "person"
DAY = timedelta(days=1)
# Who is shown as soon due.
SOON = timedelta(days=7)
# People whose facts are asked for at once.
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Standing:
    """The last that a person was told, or the ground on which they need not be."""

    notice: Notice
    how: Told
    told_at: datetime

    @property
    def is_exempt(self) -> bool:
        return self.how in EXCEPTIONS


@transaction.atomic
def told(
    subject_pks: Collection[int],
    notice: Notice,
    *,
    how: str,
    at: datetime,
    by: Any,
    assessment: str = "",
) -> int:
    """Write down that these people were told of this version; returns how many were.

    Refused: a version that nobody approved, a time to come, a ground of Art. 14(5) without the
    number of its assessment or for somebody who gave us their data themselves.
    """
    number = enter(subject_pks, notice, how=how, at=at, by=by, assessment=assessment)
    facts = {"how": str(how), "people": number}
    journal.record("notice.told", by=by, on=notice, facts=facts)
    return number


@transaction.atomic
def enter(
    subject_pks: Collection[int],
    notice: Notice,
    *,
    how: str,
    at: datetime,
    by: Any = None,
    assessment: str = "",
) -> int:
    """The same without a line in the journal, for an act that has one of its own."""
    _refuse_unproven(notice, how=how, at=at, assessment=assessment)
    people = subjects.root_model()._base_manager.filter(disposed_at__isnull=True)
    wanted, number = sorted(set(subject_pks)), 0
    for first in range(0, len(wanted), CHUNK):
        part = people.filter(pk__in=wanted[first : first + CHUNK])
        articles = _articles(list(part.order_by("pk").values_list("pk", flat=True)))
        if how in EXCEPTIONS and Article.ART_13 in articles.values():
            raise PrivacyError(
                _("Art. 14(5) is about data from elsewhere; who gave theirs themselves is told.")
            )
        rows = [
            NoticeGiven(
                subject_id=pk,
                notice=notice,
                article=article,
                how=how,
                assessment=assessment,
                told_at=at,
                recorded_by=by,
            )
            for pk, article in articles.items()
        ]
        NoticeGiven.objects.bulk_create(rows, batch_size=500)
        number += len(rows)
    return number


def told_with_form(subject_pk: int) -> None:
    """Whoever just confirmed a sign-up was shown the notice in force with its form (Art. 13)."""
    now = timezone.now()
    if shown := notices.in_force(on=timezone.localdate(now)):
        told([subject_pk], shown, how=Told.FORM, at=now, by=None)


def state(subject_pks: Collection[int], *, on: date) -> dict[int, Standing | None]:
    """The last that each of these people was told until this day, under whichever record."""
    wanted = sorted(set(subject_pks))
    found: dict[int, Standing | None] = dict.fromkeys(wanted)
    for first in range(0, len(wanted), CHUNK):
        part = wanted[first : first + CHUNK]
        now_in = {**subjects.adapter().records_of(part), **{pk: pk for pk in part}}
        rows = NoticeGiven.objects.filter(subject__in=now_in, told_at__lt=_after(on))
        for row in rows.select_related("notice").order_by("told_at", "pk"):
            found[now_in[row.subject_id]] = Standing(row.notice, Told(row.how), row.told_at)
    return found


def untold() -> QuerySet[Any]:
    """Living people whose data came from elsewhere and who have been told nothing (Art. 14).

    Each with the day on which we obtained the data and the first time that we wrote to them, that
    a message to many reached them, that somebody else received the data. Nobody is here whose
    processing is restricted: nobody may work with them, and they are here again once it is lifted.
    """
    sent = Delivery.objects.filter(subject=OuterRef("pk"), state=DeliveryState.SENT)
    mailed = sent.order_by("sent_at").values("sent_at")[:1]
    given = DisclosedPerson.objects.filter(
        subject=OuterRef("pk"), disclosure__state=DisclosureState.MADE
    )
    people = subjects.adapter().untold(NoticeGiven.objects.all())
    return people.annotate(
        mailed_at=Subquery(mailed),
        given_on=Subquery(given.order_by("disclosed_on").values("disclosed_on")[:1]),
    )


def due_by(day: date) -> Q:
    """Of people of `untold()`: who is to be told on this day at the latest."""
    contacted = Q(given_on__lte=day)
    for moment in ("written_at", "mailed_at", "disclosed_at"):
        contacted |= Q(**{f"{moment}__lt": _after(day)})
    return Q(obtained_on__lte=_last_obtained(day)) | contacted


def overdue(on: date) -> Q:
    """Of people of `untold()`: whose day was before this one."""
    return due_by(on - DAY)


def due_on(person: Any) -> date:
    """The earliest of the three days of Art. 14(3), of one of the people of `untold()`."""
    moments = (person.written_at, person.mailed_at, person.disclosed_at)
    days = [timezone.localdate(moment) for moment in moments if moment is not None]
    days += [person.given_on] if person.given_on else []
    return min([_due(person.obtained_on), *days])


def counts(*, on: date) -> Mapping[str, int]:
    """How many people are to be told: overdue, and from today within seven days."""
    people = untold()
    late = people.filter(overdue(on)).count()
    return {"overdue": late, "soon": people.filter(due_by(on + SOON)).count() - late}


def _due(obtained_on: date) -> date:
    return deadlines.compute(Regime.EU_GDPR, Right.ART14_NOTICE, obtained_on).due


def _last_obtained(day: date) -> date:
    """The last day on which data may have been obtained whose month is over by this day."""
    last = day - relativedelta(months=1)
    # At the end of a month several days have the same day a month later.
    while _due(last + DAY) <= day:
        last += DAY
    return last


def _after(day: date) -> datetime:
    """The first moment after this day."""
    return timezone.make_aware(datetime.combine(day + DAY, time()))


def _articles(pks: Collection[int]) -> dict[int, Article]:
    facts = subjects.adapter().facts(pks)
    return {
        pk: Article.ART_13 if facts[pk].source_type == THEMSELVES else Article.ART_14 for pk in pks
    }


def _refuse_unproven(notice: Notice, *, how: str, at: datetime, assessment: str) -> None:
    if notice.approved_at is None:
        raise PrivacyError(_("Nobody was told of a version that is not approved; choose another."))
    if how not in Told.values:
        raise PrivacyError(_("Say how they were told, or why they need not be."))
    if at > timezone.now():
        raise PrivacyError(_("That is still to come; note it once they were told."))
    is_exempt = how in EXCEPTIONS
    if is_exempt and not assessment:
        raise PrivacyError(_("Not to tell somebody needs the number of its assessment."))
    if assessment and not is_exempt:
        raise PrivacyError(_("An assessment belongs to a ground of Art. 14(5) alone."))
    NoticeGiven._meta.get_field("assessment").run_validators(assessment)
