"""Weighings in force: whether a purpose on legitimate interests has its ground today (S56, S60).

What counts is the last weighing that decides: one that was found overridden, at once, or one that
a second person approved. One that waits for its second person takes no force from an earlier one,
and has none itself; neither has one of before there was a second look, until it is approved. The
ground lasts until the review day, that day included. Serves Art. 5(2) and 6(1)(f) GDPR.
"""

from datetime import date, timedelta
from typing import Any

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.fields import BooleanField, CharField

from privacy.enums import TO_WEIGH, Basis, Outcome, Weighing
from privacy.models import Assessment, Purpose

# So long before its review day a purpose counts as one to weigh: two people are needed for it.
NEAR = timedelta(days=30)
DECIDES = Q(outcome=Outcome.OVERRIDDEN) | Q(approved_by__isnull=False)


def is_weighed(purpose: Purpose, *, on: date) -> bool:
    """Whether the interests of this purpose were found to prevail, in date; one query."""
    last = purpose.assessments.filter(DECIDES).order_by("-pk").first()
    return last is not None and last.outcome == Outcome.PASSED and last.review_on >= on


def stands(purposes: QuerySet[Purpose], *, on: date) -> QuerySet[Any]:
    """Each with `weighing`, a value of Weighing or "" on another basis, and until when it counts.

    `has_ground` says whether the gate lets interests carry it on this day.
    """
    ever = Assessment.objects.filter(purpose=OuterRef("pk")).order_by("-pk")
    decides = ever.filter(DECIDES)
    counts = Q(decided=Outcome.PASSED, weighed_until__gte=on)
    return purposes.annotate(
        last=Subquery(ever.values("outcome")[:1]),
        looked_at_by=Subquery(ever.values("approved_by")[:1]),
        decided=Subquery(decides.values("outcome")[:1]),
        weighed_until=Subquery(decides.values("review_on")[:1]),
        has_ground=Case(When(counts, then=True), default=False, output_field=BooleanField()),
        weighing=Case(
            When(~Q(basis=Basis.LEGITIMATE_INTERESTS), then=Value("")),
            When(last=Outcome.PASSED, looked_at_by=None, then=Value(Weighing.WAITING)),
            When(decided=None, then=Value(Weighing.NEVER)),
            When(decided=Outcome.OVERRIDDEN, then=Value(Weighing.OVERRIDDEN)),
            When(weighed_until__lt=on, then=Value(Weighing.OVER)),
            When(weighed_until__lte=on + NEAR, then=Value(Weighing.NEAR)),
            default=Value(Weighing.WEIGHED),
            output_field=CharField(),
        ),
    )


def to_weigh(*, on: date) -> QuerySet[Any]:
    """The purposes in use on this day that go on only when somebody weighs or approves."""
    in_use = Purpose.objects.filter(Q(off_since__isnull=True) | Q(off_since__gt=on))
    return stands(in_use, on=on).filter(weighing__in=TO_WEIGH)
