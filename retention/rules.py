"""Rules that shorten: proposed by one person, approved by a second who saw what they will do.

A rule names a period in code and a shorter one within declared scopes, or an activity whose last
purpose ended (S97, S102). Its impact is what the planner itself would take with it and would not
take without it on its first night; the approval is bound to exactly that, and its number is typed
by hand, so that a period of nothing passes nobody unread. Withdrawing needs no second person: it
destroys nothing. Nothing ever lengthens a period (DESIGN 12).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import dependants, inventory, journal
from privacy.errors import TransitionRefused
from privacy.inventory import Holding, Keep
from retention import forecast, plan, schedule
from retention.enums import RuleState
from retention.errors import ImpactChanged, ImpactNotConfirmed, OwnProposal, RuleRefused
from retention.models import RetentionRule
from retention.models.rule import withdrawn
from retention.plan import Plan, Rule

# Numbers per statement: below every limit of both databases.
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Impact:
    """What a rule changes on its first night, in people or rows, by class."""

    on: date
    more: Mapping[str, int]
    fewer: Mapping[str, int]
    people: int
    held: int
    halts: bool
    digest: str

    @property
    def total(self) -> int:
        return sum(self.more.values())


# --- acts ---------------------------------------------------------------------------------------


@transaction.atomic
def propose(
    *,
    keep: str = "",
    activity: str = "",
    years: int = 0,
    months: int = 0,
    days: int = 0,
    scope: Mapping[str, Sequence[str]] | None = None,
    cap_rows: int | None = None,
    cap_share: float | None = None,
    decision: str,
    effective_on: date,
    supersedes: RetentionRule | None = None,
    by: Any,
) -> RetentionRule:
    """Store a proposal; it does nothing until a second person approves it.

    PeriodTooLong beyond the ceiling; RuleRefused for a statute's period, a scope or a value that
    nobody declared, an unknown activity, a day in the past.
    """
    row = RetentionRule(
        keep=keep,
        activity=activity,
        years=years,
        months=months,
        days=days,
        scope={name: sorted(values) for name, values in (scope or {}).items() if values},
        cap_rows=cap_rows,
        cap_share=cap_share,
        decision=decision,
        effective_on=effective_on,
        supersedes=supersedes,
        version=supersedes.version + 1 if supersedes else 1,
        prepared_by=by,
    )
    if effective_on < timezone.localdate():
        raise RuleRefused(_("A rule takes effect today or later."))
    if activity:
        _check_purpose(row)
    else:
        _check_period(row)
    if supersedes is not None:
        _check_version(row, supersedes)
    row.full_clean()
    row.save()
    facts = {"keep": keep.lower(), "years": years, "months": months, "days": days}
    journal.record("rule.propose", by=by, on=row, facts={**facts, "version": row.version})
    return row


@transaction.atomic
def approve(row: RetentionRule, *, seen: str, confirmed: int, by: Any) -> RetentionRule:
    """Let a proposal take effect on its day, after a look at what it takes.

    `seen` is the digest of the preview and `confirmed` the number that it said, typed by hand.
    """
    row = RetentionRule.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.prepared_by_id == by.pk:
        raise OwnProposal
    today = timezone.localdate()
    if row.approved_at or row.is_withdrawn(today):
        raise TransitionRefused(_("Only a proposal can be approved."))
    if row.effective_on < today:
        raise TransitionRefused(_("Its day has passed; propose it again with a later one."))
    if row.supersedes is not None:
        _check_version(row, row.supersedes)
    found = impact(row, on=today)
    if found.digest != seen:
        raise ImpactChanged
    if found.total != confirmed:
        raise ImpactNotConfirmed
    row.approved_by, row.approved_at = by, timezone.now()
    row.impact = {"more": dict(found.more), "fewer": dict(found.fewer), "held": found.held}
    row.impact_digest = found.digest
    row.save()
    journal.record("rule.approve", by=by, on=row, facts={"more": found.total})
    return row


@transaction.atomic
def withdraw(row: RetentionRule, *, by: Any) -> RetentionRule:
    """End a rule or a proposal today; the ceiling in code counts again."""
    row = RetentionRule.objects.select_for_update(of=("self",)).get(pk=row.pk)
    today = timezone.localdate()
    if row.is_withdrawn(today):
        raise TransitionRefused(_("This rule was withdrawn already."))
    row.withdrawn_by, row.withdrawn_on = by, today
    row.save()
    journal.record("rule.withdraw", by=by, on=row)
    return row


# --- questions ----------------------------------------------------------------------------------


def impact(row: RetentionRule, *, on: date) -> Impact:
    """What would go with this rule and stay without it on its first night, and what the reverse.

    Computed by the planner from all rules in effect then; a version takes the place of the one
    that it supersedes.
    """
    night = max(row.effective_on, on)
    added = list(schedule.rules_of(row))
    tables = {rule.holding.model for rule in added}
    # Whether what points at them goes too decides whether they do.
    tables |= {label for rule in added for label in dependants.behind(rule.model)}
    in_effect = [
        rule
        for rule in plan.rules(night)
        if rule.row != row and (rule.takes_people or rule.holding.model in tables)
    ]
    replaced = row.supersedes
    others = [rule for rule in in_effect if replaced is None or rule.row != replaced]
    before = plan.make(night, among=in_effect)
    after = plan.make(night, among=schedule.in_order([*others, *added]))
    items = [item for item in after.items if item.rule.row == row]
    more, fewer = _less(_rows(after), _rows(before)), _less(_rows(before), _rows(after))
    seen = json.dumps(
        [str(row.reference), str(night), _sorted(more), _sorted(fewer)], sort_keys=True
    )
    return Impact(
        night,
        more=_by_class(more),
        fewer=_by_class(fewer),
        people=len(_people(more)),
        held=sum(item.held for item in items),
        halts=any(item.halted for item in items),
        digest=hashlib.sha256(seen.encode()).hexdigest(),
    )


def open_periods() -> list[Rule]:
    """The ceilings that a rule may shorten: about people, and demanded by no statute."""
    tables = {holding.model for holding in inventory.registry.about_subjects()}
    return [
        rule
        for rule in plan.rules()
        if rule.holding.model in tables
        and not (rule.keep.statute or rule.keep.tombstones or rule.holding.evidence)
    ]


def open_activities() -> list[str]:
    """The activities whose purpose may end: some table about people serves them."""
    return [name for name in inventory.registry.activities if schedule.holdings_of(name)]


def within(row: RetentionRule) -> list[str]:
    """The scopes of a rule in words, one clause each."""
    clauses = []
    for name, values in row.scope.items():
        scope = inventory.registry.scopes[name]
        clauses.append(f"{scope.label}: {', '.join(str(scope.words.get(v, v)) for v in values)}")
    return clauses


def periods(holding: Holding, keep: Keep, on: date) -> list[tuple[Keep, Any]]:
    """Answer `inventory.effective_period`: what shortens this keep on this day, and for whom."""
    shortened = (rule for rule in plan.rules(on) if rule.row is not None)
    return [
        (rule.keep, rule.covers(on))
        for rule in shortened
        if not rule.ends_purpose and rule.row and rule.row.keep == Rule(holding, keep).name
    ]


# --- checks of a proposal -----------------------------------------------------------------------


def _check_period(row: RetentionRule) -> None:
    ceiling = next((rule for rule in open_periods() if rule.name == row.keep), None)
    if ceiling is None:
        raise RuleRefused(_("No period of this name may be shortened; choose one of the list."))
    forecast.shortened(ceiling.keep, years=row.years, months=row.months, days=row.days)
    for name, values in row.scope.items():
        if name not in ceiling.keep.scopes:
            raise RuleRefused(_("Nobody declared this scope for this period; leave it empty."))
        if not set(values) <= set(inventory.registry.scopes[name].choices()):
            raise RuleRefused(_("A scope takes only the values that the list offers."))


def _check_purpose(row: RetentionRule) -> None:
    if row.keep or row.activity not in open_activities():
        raise RuleRefused(_("No purpose of this name can end; choose a period or a purpose."))
    if row.scope or not row.nothing_stays:
        raise RuleRefused(_("An ended purpose has no period and no scope; leave them empty."))


def _check_version(row: RetentionRule, older: RetentionRule) -> None:
    today = timezone.localdate()
    stands = RetentionRule.objects.with_state(today).get(pk=older.pk)
    replaced = older.versions.filter(approved_at__isnull=False).exclude(withdrawn(today))
    if stands.state not in (RuleState.EFFECTIVE, RuleState.APPROVED) or replaced.exists():
        raise RuleRefused(_("Only a rule in effect can have a new version."))
    if (older.keep, older.activity) != (row.keep, row.activity):
        raise RuleRefused(_("A new version is about the same period as the rule it supersedes."))
    if row.effective_on < older.effective_on:
        raise RuleRefused(_("A new version takes effect after the rule it supersedes."))


# --- sets of rows, by table ---------------------------------------------------------------------


def _rows(planned: Plan) -> dict[str, set]:
    """Whatever the rules select, halted by their cap or not: once released it goes."""
    taken: dict[str, set] = {}
    for item in planned.items:
        taken.setdefault(item.rule.holding.model, set()).update(item.rows)
    return taken


def _less(some: Mapping[str, set], others: Mapping[str, set]) -> dict[str, set]:
    return {model: rows - others.get(model, set()) for model, rows in some.items()}


def _sorted(rows: Mapping[str, set]) -> dict[str, list]:
    return {model: sorted(pks, key=str) for model, pks in rows.items()}


def _people(rows: Mapping[str, set]) -> set:
    people: set = set()
    for model, pks in rows.items():
        people.update(plan.subjects_of(inventory.holding(model), sorted(pks)).values())
    return people


def _by_class(rows: Mapping[str, set]) -> dict[str, int]:
    """How many rows of which class: the ceilings in code that cover them, else the table."""
    counts: dict[str, int] = {}
    for model, pks in rows.items():
        holding, left, ordered = inventory.holding(model), len(pks), sorted(pks)
        for keep in sorted(holding.keeps, key=lambda keep: not keep.when):
            covered = min(left, _count(holding, keep, ordered))
            left -= covered
            if covered:
                counts[Rule(holding, keep).name] = covered
        if left:
            counts[holding.model] = left
    return counts


def _count(holding: Holding, keep: Keep, pks: Sequence) -> int:
    table = holding.model_class._base_manager.filter(**keep.when)
    parts = (pks[first : first + CHUNK] for first in range(0, len(pks), CHUNK))
    return sum(table.filter(pk__in=part).count() for part in parts)
