"""The forecast: how many people and rows each rule will take in the coming months.

Computed as the sweeps will act: a row goes under the first rule that reaches it, or with its
person, whichever is earlier; what a hold keeps and what a statute keeps longer is counted apart,
in the month in which it would have gone. Everything already due falls into the first month. Rules
that take effect or end later count from and until their day; whom a scope covers is asked once,
today. A question for each rule, however many rows or months. Nothing here writes (Art. 5(1)(e)).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.db.models import BooleanField, Case, Count, DateField, F, QuerySet, Value, When
from django.db.models.functions import Greatest
from django.utils.text import capfirst

from privacy import holds
from privacy.inventory import Keep
from retention import archive, due_days, plan, schedule
from retention.errors import PeriodTooLong
from retention.models import RetentionRule
from retention.plan import Rule

MONTHS = 24


@dataclass(frozen=True, slots=True)
class Tally:
    """What goes, what a hold keeps, and what a statute keeps longer."""

    due: int = 0
    held: int = 0
    statute: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.due + other.due, self.held + other.held, self.statute + other.statute)

    def __bool__(self) -> bool:
        return any((self.due, self.held, self.statute))


@dataclass(frozen=True, slots=True)
class Line:
    """One rule over the months."""

    rule: Rule
    months: tuple[Tally, ...]

    @property
    def total(self) -> Tally:
        return sum(self.months, Tally())

    @property
    def label(self) -> str:
        return label(self.rule)


@dataclass(frozen=True, slots=True)
class Forecast:
    """All rules that have anything due in these months, people first."""

    on: date
    months: tuple[date, ...]
    lines: tuple[Line, ...]

    def of(self, name: str) -> Line | None:
        return next((line for line in self.lines if line.rule.name == name), None)

    @property
    def people(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.rule.takes_people)

    @property
    def rows(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if not line.rule.takes_people)


Days = dict[date, Tally]


def make(*, on: date, months: int = MONTHS, rules: Sequence[Rule] | None = None) -> Forecast:
    """What becomes due by the end of the last of these months, the current one being the first."""
    start = on.replace(day=1)
    firsts = tuple(start + relativedelta(months=n) for n in range(months))
    until = start + relativedelta(months=months, days=-1)
    rules = considered(on) if rules is None else rules
    by_rule = by_day(on=on, until=until, rules=rules)
    lines = []
    for rule in rules:
        tallies = [Tally()] * months
        for day, tally in by_rule[rule.name].items():
            tallies[(day.year - start.year) * 12 + day.month - start.month] += tally
        if any(tallies):
            lines.append(Line(rule, tuple(tallies)))
    return Forecast(on, firsts, tuple(lines))


def by_day(*, on: date, until: date, rules: Sequence[Rule] | None = None) -> dict[str, Days]:
    """The same by the day, from this one to `until`; what is overdue counts for this one."""
    rules = considered(on) if rules is None else rules
    held = held_people(on=on, rules=rules)
    found: dict[str, Days] = {rule.name: {} for rule in rules}
    for rule in rules:
        for day, is_held, number in _taken(rule, rules, on=on, until=until, held=held):
            _add(found[rule.name], day, Tally(held=number) if is_held else Tally(due=number))
        for taker, day, number in _postponed(rule, rules, on=on, until=until, held=held):
            _add(found[taker.name], day, Tally(statute=number))
        for day, records, notes in _archived(rule, rules, on=on, until=until, held=held):
            for name, number in ((archive.RECORDS, records), (archive.NOTES, notes)):
                if name in found:
                    _add(found[name], day, Tally(due=number))
    return found


def people_due(
    *, on: date, until: date, among: QuerySet | None = None, rules: Sequence[Rule] | None = None
) -> QuerySet:
    """The living whose period ends by `until`, held or not, each with the day, `due_on`."""
    people = due_days.of_people(considered(on) if rules is None else rules)
    due_on = due_days.first([due_days.of(rule, on=on) for rule in people])
    living = people[0].population() if among is None else among
    return living.annotate(due_on=due_on).filter(due_on__lte=until)


def what_if(rule: Rule, keep: Keep, *, on: date) -> list[Rule]:
    """All rules, with this period in the place of one ceiling in code."""
    changed = replace(
        rule.holding, keeps=tuple(keep if k is rule.keep else k for k in rule.holding.keeps)
    )
    return [
        other
        if other.holding is not rule.holding
        else replace(other, holding=changed, keep=keep if other.keep is rule.keep else other.keep)
        for other in considered(on)
    ]


def considered(on: date) -> list[Rule]:
    """The ceilings in code, and every row that shortens them on this day or later.

    Not those over tombstones: these hold nothing, and follow the night before.
    """
    declared = [*plan.rules()]
    for row in RetentionRule.objects.from_day(on).order_by("pk"):
        declared += schedule.rules_of(row)
    return [rule for rule in schedule.in_order(declared) if not rule.keep.tombstones]


def shortened(keep: Keep, *, years: int = 0, months: int = 0, days: int = 0) -> Keep:
    """The keep with another period; PeriodTooLong where that is longer than its ceiling."""
    other = replace(keep, years=years, months=months, days=days)
    # A leap year's worth of anchors: months and days can be compared no other way.
    anchors = (date(2024, 1, 1) + timedelta(days=n) for n in range(366))
    if any(other.ends_on(anchor) > keep.ends_on(anchor) for anchor in anchors):
        raise PeriodTooLong
    return other


def held_people(*, on: date, rules: Sequence[Rule]) -> list[int]:
    """Who of the people concerned is on hold today; a hold is taken to stay."""
    people = due_days.of_people(rules)[0].model._base_manager
    return sorted(holds.in_force(people.values_list("pk", flat=True), on=on))


def _taken(
    rule: Rule, rules: Sequence[Rule], *, on: date, until: date, held: Sequence[int]
) -> QuerySet:
    """Day, whether held, and how many rows go on it under this rule and no other way before."""
    today = Value(on, output_field=DateField())
    rows = _within(rule, on=on, until=until)
    rows = rows.annotate(day=Greatest(due_days.of(rule, on=on), today)).filter(day__lte=until)
    rows = due_days.with_their_people(rows, rule, rules, on=on, but=held)
    rows = rows.filter(day__lt=Greatest(F("gone"), today))
    if rule.holding.history_of:
        # On one night history goes by its own rule first, in the order of the rules.
        rows = due_days.with_their_rows(rows, rule, rules, on=on, but=held)
        rows = rows.filter(day__lte=Greatest(F("row_gone"), today))
    # Of two rules of one table the first in order takes what both select on one day.
    siblings = [other for other in rules if other.holding.model == rule.holding.model]
    for place, other in enumerate(siblings):
        if other is not rule:
            earlier = place < siblings.index(rule)
            its_day = Greatest(due_days.of(other, on=on), today)
            rows = rows.filter(**{"day__lt" if earlier else "day__lte": its_day})
    return _counted(rows.annotate(held=_among(held, rule)), "day", "held")


def _within(rule: Rule, *, on: date, until: date) -> QuerySet:
    """No fewer rows than become due by then, found by the index on their anchor."""
    rows = rule.population()
    if not rule.ends_purpose:
        rows = rows.filter(rule.holding.is_over(rule.keep, on=until))
    return rows.filter(rule.covers(on))


def _postponed(
    rule: Rule, rules: Sequence[Rule], *, on: date, until: date, held: Sequence[int]
) -> Iterator[tuple[Rule, date, int]]:
    """Which rule would take how many rows on which day, if a statute of the table let it."""
    statute = due_days.under_statute(rule)
    siblings = [other for other in rules if other.holding.model == rule.holding.model]
    if statute is None:
        return
    today = Value(on, output_field=DateField())
    rows = rule.population().annotate(statute=statute)
    rows = due_days.with_their_people(rows, rule, rules, on=on, but=held)
    rows = rows.annotate(gone_then=Greatest(F("gone"), today))
    own = [due_days.without_statutes(other, on=on) for other in siblings if not other.keep.statute]
    if own:
        rows = rows.annotate(own=Greatest(due_days.first(own), today))
    if rule.keep.statute:
        # Once for each table: what its people would take along.
        if rule is not next(other for other in siblings if other.keep.statute):
            return
        rows = rows.filter(gone_then__lte=until, statute__gt=F("gone_then"))
        if own:
            rows = rows.filter(gone_then__lte=F("own"))
        people = due_days.of_people(rules)
        for day, taker, number in _counted(rows, "gone_then", "taker"):
            yield people[taker], day, number
        return
    mine = Greatest(due_days.without_statutes(rule, on=on), today)
    rows = rows.filter(own__lte=until, own__lt=F("gone_then"), own=mine, statute__gt=F("own"))
    for day, number in _counted(rows, "own"):
        yield rule, day, number


def _archived(
    rule: Rule, rules: Sequence[Rule], *, on: date, until: date, held: Sequence[int]
) -> Iterator[tuple[date, int, int]]:
    """Day, records and notes that the archive will have taken with their people, and then lose."""
    if rule.row or not rule.keep.statute or not due_days.is_about_people(rule):
        return
    today = Value(on, output_field=DateField())
    rows = rule.population().annotate(day=due_days.without_statutes(rule, on=on))
    rows = due_days.with_their_people(rows, rule, rules, on=on, but=held)
    rows = rows.annotate(gone_then=Greatest(F("gone"), today))
    rows = rows.filter(gone_then__lte=until, day__lte=until, day__gt=F("gone_then"))
    yield from (
        rows.order_by()
        .values_list("day")
        .annotate(records=Count("pk"), notes=Count(rule.holding.path, distinct=True))
    )


def _counted(rows: QuerySet, *by: str) -> QuerySet:
    return rows.order_by().values_list(*by).annotate(number=Count("pk"))


def _among(held: Sequence[int], rule: Rule) -> Case:
    mine = [When(**{f"{rule.holding.path}__in": held}, then=True)]
    about_people = held and due_days.is_about_people(rule)
    return Case(*(mine if about_people else []), default=False, output_field=BooleanField())


def _add(days: Days, day: date, tally: Tally) -> None:
    days[day] = days.get(day, Tally()) + tally


def label(rule: Rule) -> str:
    """The rule in an operator's words: the class of people, or the table and what narrows it."""
    meta = rule.model._meta
    words = []
    for name, value in rule.keep.when.items():
        choices = getattr(meta.get_field(name), "flatchoices", ()) if "__" not in name else ()
        words.append(str(dict(choices).get(value, rule.keep.name)))
    if not (rule.takes_people and words):
        words.insert(0, str(meta.verbose_name_plural))
    said = capfirst(": ".join(words))
    return said if rule.row is None else f"{said} ({rule.row.decision})"
