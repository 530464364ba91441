"""By which facts about a person a retention rule may shorten a period (S102, S104, S106, S107).

Each is one condition on the table of people, so that a rule stays one statement for all of them.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import reduce
from operator import or_
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Count, Exists, Model, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm import countries
from crm.enums import Accuracy, Direction, Relationship, RoleKind
from crm.models import ContactPoint, Interaction, Organisation, Participation, Role
from privacy.enums import Criterion, PointKind
from privacy.inventory import Scope

ROOT = "crm.Contact"
# A title that fewer people have would point at them, so no rule may name it.
FEWEST_OF_A_TITLE = 5
# House rule: what nobody confirmed for so long is no longer taken to be right.
UNCONFIRMED_YEARS = 2


def _some(model: type[Model], *conditions: Q, **filters: Any) -> Q:
    rows = model._default_manager.filter(*conditions, contact=OuterRef("pk"), **filters)
    return Q(Exists(rows))


def has_role(kinds: Sequence[str], on: date) -> Q:
    """A role of this kind, open or ended."""
    return _some(Role, kind__in=kinds)


def lives_in(codes: Sequence[str], on: date) -> Q:
    """Residence in one of these countries."""
    return Q(residence_country__in=codes)


def works_in(sectors: Sequence[str], on: date) -> Q:
    """A role at an organisation of this sector."""
    return _some(Role, organisation__sector__in=sectors)


def has_title(titles: Sequence[str], on: date) -> Q:
    """A role with this job title, in any capitals."""
    named = reduce(or_, (Q(job_title__iexact=title) for title in titles), Q(pk__in=()))
    return _some(Role, named)


def went_as_far_as(states: Sequence[str], on: date) -> Q:
    """The furthest state of any engagement in which the person took part."""
    order = (Relationship.ENQUIRY, Relationship.CONSULTATION, Relationship.CONTRACT)
    found = Q(pk__in=())
    for state in states:
        beyond = order if state == Relationship.NONE else order[order.index(state) + 1 :]  # type: ignore[arg-type]
        reached = Q() if state == Relationship.NONE else _in_state([state])
        found |= reached & ~_in_state(beyond) if beyond else reached
    return found


def _in_state(states: Sequence[str]) -> Q:
    return _some(Participation, engagement__state__in=states)


def is_doubtful(reasons: Sequence[str], on: date) -> Q:
    """Every e-mail address bounced; or nothing obtained, verified or heard for two years."""
    found = Q(pk__in=())
    if Accuracy.BOUNCED in reasons:
        emails = {"kind": PointKind.EMAIL}
        found |= _some(ContactPoint, **emails) & ~_some(
            ContactPoint, **emails, bounced_at__isnull=True
        )
    if Accuracy.UNCONFIRMED in reasons:
        day = datetime.combine(on - relativedelta(years=UNCONFIRMED_YEARS), time.min)
        since = timezone.make_aware(day)
        verified = _some(ContactPoint, verified_at__gte=since)
        heard = _some(Interaction, ~Q(direction=Direction.OUTBOUND), occurred_at__gte=since)
        found |= Q(source__obtained_on__lt=since.date()) & ~verified & ~heard
    return found


def _sectors() -> list[str]:
    names = Organisation.objects.exclude(sector="").order_by("sector")
    return list(names.values_list("sector", flat=True).distinct())


def _titles() -> list[str]:
    titles = Role.objects.exclude(job_title="").order_by("job_title").values("job_title")
    often = titles.annotate(people=Count("contact", distinct=True))
    common = often.filter(people__gte=FEWEST_OF_A_TITLE)
    return list(common.values_list("job_title", flat=True))


AGREEMENT, INDUSTRY = Criterion.AGREEMENT, Criterion.INDUSTRY
ALL = (
    Scope("role_kind", _("role"), ROOT, AGREEMENT, has_role, words=dict(RoleKind.choices)),
    Scope(
        "country",
        _("country of residence"),
        ROOT,
        INDUSTRY,
        lives_in,
        words={code: code for code in countries.CODES},
    ),
    Scope("sector", _("sector"), ROOT, INDUSTRY, works_in, in_use=_sectors),
    Scope("job_role", _("job title"), ROOT, INDUSTRY, has_title, in_use=_titles),
    Scope(
        "relationship",
        _("relationship"),
        ROOT,
        AGREEMENT,
        went_as_far_as,
        words=dict(Relationship.choices),
    ),
    Scope(
        "accuracy",
        _("accuracy"),
        ROOT,
        Criterion.ACCURACY,
        is_doubtful,
        words=dict(Accuracy.choices),
    ),
)
