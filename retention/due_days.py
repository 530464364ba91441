"""The day on which each row becomes due, as SQL: the planner's answer without asking it daily.

`Rule.due(on)` says whether a row is due on a day; the expressions here say on which day it first
is, so that a forecast or a due list is one statement for all rows. Both must agree to the day,
29 February and midnight in the firm's time zone included; a property test holds them together.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import (
    Case,
    DateField,
    DateTimeField,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Least, TruncDate
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone

from privacy import inventory
from privacy.enums import About
from privacy.inventory import Keep
from retention.plan import Rule

# Stands for "no day": an open clock, another class, a person on hold. Comparable on any database.
NEVER = date.max
_NEVER = Value(NEVER, output_field=DateField())


class EndsOn(Func):
    """`Keep.ends_on` in SQL: months first, clamped to the end of their month, then days."""

    output_field = DateField()

    def __init__(self, day: Any, *, months: int, days: int) -> None:
        super().__init__(day)
        self.months, self.days = months, days

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        day, params = compiler.compile(self.source_expressions[0])
        return f"(({day})::date + interval '{self.months} months {self.days} days')::date", params

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """SQLite rolls 29 February over into March: take the earlier of that and the last day."""
        day, params = compiler.compile(self.source_expressions[0])
        month = f"date({day}, 'start of month', '+{self.months} months'"
        same_day = f"{month}, '+' || (substr({day}, 9, 2) - 1) || ' days')"
        last_day = f"{month}, '+1 month', '-1 day')"
        sql = f"date(min({same_day}, {last_day}), '+{self.days} days')"
        return sql, [*params] * 3


class LocalDay(TruncDate):
    """The day of a moment in the firm's time zone.

    Django asks Python for each row of SQLite; a zone without summer time needs no more than its
    offset (measured: seven times the speed of a whole forecast).
    """

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        seconds = _offset(timezone.get_current_timezone())
        if seconds is None:
            return self.as_sql(compiler, connection, **context)
        moment, params = compiler.compile(self.lhs)
        # Without the fraction: SQLite would round the last microsecond into the next day.
        return f"date(substr({moment}, 1, 19), '{seconds:+d} seconds')", params


@cache
def _offset(zone: tzinfo) -> int | None:
    """Seconds from UTC where a zone has had one offset since 1980; None where it changes."""
    months = (
        datetime(year, month, 1, tzinfo=zone) for year in range(1980, 2060) for month in (1, 7)
    )
    offsets = {month.utcoffset() for month in months}
    (only, *others) = offsets
    return None if others or only is None else int(only.total_seconds())


class NextYear(Func):
    """The first day of the financial year after this day: see `Keep.year_ends_in`."""

    output_field = DateField()

    def __init__(self, day: Any, *, ends_in: int) -> None:
        super().__init__(day)
        self.ends_in = ends_in

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        day, params = compiler.compile(self.source_expressions[0])
        year = f"date_trunc('year', ({day})::date - interval '{self.ends_in} months')"
        return f"({year} + interval '{12 + self.ends_in} months')::date", params

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        day, params = compiler.compile(self.source_expressions[0])
        year = f"{day}, 'start of month', '-{self.ends_in} months', 'start of year'"
        return f"date({year}, '+{12 + self.ends_in} months')", params


def of(rule: Rule, *, on: date) -> Any:
    """The day on which a row becomes due under this rule; NEVER where it does not.

    Whom a rule covers is asked for `on`, the day on which somebody looks.
    """
    return _while_in_effect(rule, [_own(rule, on), *_statutes(rule, but=rule.keep)])


def without_statutes(rule: Rule, *, on: date) -> Any:
    """The day on which it would become due if no other law kept it longer."""
    return _while_in_effect(rule, [_own(rule, on)])


def under_statute(rule: Rule) -> Any:
    """The day on which the last statute of this table ends for a row; None without statutes."""
    statutes = list(_statutes(rule))
    return _latest(statutes) if statutes else None


def first(days: Sequence[Any]) -> Any:
    """The earliest of several days, none of which is null."""
    return Least(*days) if len(days) > 1 else days[0]


def is_about_people(rule: Rule) -> bool:
    """Whether the rows of this rule lead to a person of the privacy office."""
    holding = rule.holding
    if holding.about is not About.SUBJECT or not holding.path:
        return False
    return inventory.root_of(holding).lower() == settings.PRIVACY_SUBJECT_MODEL.lower()


def of_people(rules: Iterable[Rule]) -> list[Rule]:
    """The rules that take whole people."""
    return [rule for rule in rules if rule.takes_people and is_about_people(rule)]


def with_their_people(
    rows: QuerySet, rule: Rule, rules: Iterable[Rule], *, on: date, but: Sequence[int]
) -> QuerySet:
    """Rows annotated with `gone`, when their person is due and takes them along, and `taker`.

    NEVER for a row whose person is one of `but`, was disposed of or does not exist, and for a
    table that is about nobody or whose rows outlive their person as evidence. `taker` is the
    place of the person's rule among the people's rules.
    """
    if rule.takes_people or rule.holding.survives or not is_about_people(rule):
        return rows.annotate(gone=_NEVER, taker=Value(0))
    people = of_people(rules)
    days = {f"under_{place}": of(person, on=on) for place, person in enumerate(people)}
    living = people[0].population().exclude(pk__in=but).annotate(**days)
    living = living.annotate(gone_on=first([F(name) for name in days]))
    whens = (When(**{name: F("gone_on")}, then=Value(n)) for n, name in enumerate(days))
    person = living.filter(pk=OuterRef(rule.holding.path))
    return rows.annotate(
        gone=Coalesce(Subquery(person.values("gone_on")[:1]), _NEVER),
        taker=Subquery(person.annotate(n=Case(*whens, default=Value(0))).values("n")[:1]),
    )


def with_their_rows(
    rows: QuerySet, rule: Rule, rules: Iterable[Rule], *, on: date, but: Sequence[int]
) -> QuerySet:
    """Rows of history annotated with `row_gone`, when the row that they tell of goes by itself."""
    tracked = rule.holding.history_of.lower()
    own = [
        other
        for other in rules
        if other.holding.model.lower() == tracked and not other.takes_people
    ]
    if not own:
        return rows.annotate(row_gone=_NEVER)
    days = {f"under_{place}": of(other, on=on) for place, other in enumerate(own)}
    living = own[0].population()
    if is_about_people(own[0]):
        living = living.exclude(**{f"{own[0].holding.path}__in": but})
    living = living.annotate(**days).annotate(gone_on=first([F(name) for name in days]))
    row = living.filter(pk=OuterRef("id")).values("gone_on")[:1]
    return rows.annotate(row_gone=Coalesce(Subquery(row), _NEVER))


def _latest(days: Sequence[Any]) -> Any:
    return Greatest(*days) if len(days) > 1 else days[0]


def _statutes(rule: Rule, *, but: Keep | None = None) -> Iterable[Any]:
    for keep in rule.holding.keeps:
        if keep.statute and keep is not but:
            yield _where(Q(**keep.when), _end(rule, keep), otherwise=date.min)


def _own(rule: Rule, on: date) -> Any:
    """The end of the rule's own period; not before the day from which a row shortens it."""
    if rule.row is None:
        return _where(Q(**rule.keep.when), _end(rule, rule.keep), otherwise=NEVER)
    begins = Value(rule.row.effective_on, output_field=DateField())
    end = begins if rule.ends_purpose else Greatest(_end(rule, rule.keep), begins)
    return _where(rule.covers(on), end, otherwise=NEVER)


def _while_in_effect(rule: Rule, days: Sequence[Any]) -> Any:
    """The latest of these days; NEVER from the day on which another version took over."""
    day = _latest(days)
    superseded_on = getattr(rule.row, "superseded_on", None)
    if superseded_on is None:
        return day
    ended = GreaterThanOrEqual(day, Value(superseded_on, output_field=DateField()))
    return Case(When(ended, then=_NEVER), default=day, output_field=DateField())


def _where(covered: Q, end: Any, *, otherwise: date) -> Any:
    """This end for the rows covered, another day for the rest."""
    if not covered:
        return end
    other = Value(otherwise, output_field=DateField())
    return Case(When(covered, then=end), default=other, output_field=DateField())


def _end(rule: Rule, keep: Keep) -> Any:
    return Coalesce(_period_end(rule, keep), _NEVER)


def _period_end(rule: Rule, keep: Keep) -> Any:
    anchor: Any = F(keep.anchor)
    period = {"months": 12 * keep.years + keep.months, "days": keep.days}
    is_moment = isinstance(rule.holding.anchor_of(keep), DateTimeField)
    some_day = date(2000, 1, 1)
    if not is_moment or keep.ends_on(some_day) > some_day:
        day = LocalDay(anchor) if is_moment else anchor
        if keep.year_ends_in:
            day = NextYear(day, ends_in=keep.year_ends_in)
        return EndsOn(day, **period)
    # What expires in the course of a day is due at the next midnight, or on it.
    midnight = anchor + timedelta(days=1) - timedelta(microseconds=1)
    return TruncDate(ExpressionWrapper(midnight, output_field=DateTimeField()))
