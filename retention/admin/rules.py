"""Rules in the console: proposed by one person, approved by a second after the impact preview."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from privacy import inventory
from privacy.operations import (
    DayInput,
    Operation,
    OperationForm,
    OperationsMixin,
    ViewOnlyAdmin,
)
from retention import forecast, rules, schedule, why
from retention.enums import RuleState
from retention.models import RetentionRule
from retention.rules import Impact

# Before the name of an activity, where a rule ends its purpose.
ENDS = "ends:"
SCOPE = "scope_"


class ProposalForm(OperationForm):
    """A shorter period for one of those in code, or a purpose that ended."""

    what = forms.ChoiceField(label=_("Period or purpose"))
    years = forms.IntegerField(label=_("Years"), required=False, min_value=0, max_value=99)
    months = forms.IntegerField(label=_("Months"), required=False, min_value=0, max_value=999)
    days = forms.IntegerField(
        label=_("Days"),
        required=False,
        min_value=0,
        max_value=9999,
        help_text=_("Write 0 if nothing shall stay; leave all three empty for an ended purpose."),
    )
    effective_on = forms.DateField(label=_("Takes effect on"), widget=DayInput)
    decision = forms.CharField(
        label=_("Decision"),
        max_length=30,
        help_text=RetentionRule._meta.get_field("decision").help_text,
        validators=RetentionRule._meta.get_field("decision").validators,
    )
    supersedes = forms.ModelChoiceField(
        RetentionRule.objects.none(), label=_("New version of"), required=False
    )
    cap_rows = forms.IntegerField(
        label=_("Rows that always pass"),
        required=False,
        min_value=0,
        help_text=_("A cap of its own, never above the office's; the rule halts beyond it."),
    )
    cap_share = forms.FloatField(
        label=_("Share of the table that passes"), required=False, min_value=0, max_value=1
    )

    def prepare(self) -> None:
        in_effect = RetentionRule.objects.effective(timezone.localdate())
        self.fields["supersedes"].queryset = in_effect.order_by("pk")  # type: ignore[attr-defined]
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            (
                _("Shorten a period"),
                [
                    (rule.name, f"{forecast.label(rule)} ({why.period(rule.keep)})")
                    for rule in rules.open_periods()
                ],
            ),
            (
                _("End a purpose"),
                [(ENDS + name, name) for name in rules.open_activities()],
            ),
        ]
        for scope in inventory.registry.scopes.values():
            if choices := list(scope.choices().items()):
                self.fields[SCOPE + scope.name] = forms.MultipleChoiceField(
                    label=_("Only: %(scope)s") % {"scope": scope.label},
                    choices=choices,
                    required=False,
                    help_text=_("Several may be chosen; none means everybody."),
                )
        scopes = [name for name in self.fields if name.startswith(SCOPE)]
        self.order_fields(["what", "years", "months", "days", *scopes])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        period = [cleaned.get(name) for name in ("years", "months", "days")]
        if not str(cleaned.get("what", "")).startswith(ENDS) and period == [None, None, None]:
            # An empty field is an oversight, a nought is a decision.
            self.add_error("years", _("Give a period: years, months or days."))
        return cleaned


class ApprovalForm(OperationForm):
    """The number of the preview, typed by hand, and the digest of what it counted."""

    confirmed = forms.IntegerField(
        label=_("How many more go on the first night"),
        min_value=0,
        help_text=_("Type the number that the preview above says, in digits."),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def prepare(self) -> None:
        if not self.is_bound:
            self.fields["seen"].initial = _impact(self.obj).digest


def propose(*, what: str, by: Any, **facts: Any) -> RetentionRule:
    """Store what the form says as a proposal."""
    scope = {name: facts.pop(SCOPE + name, []) for name in inventory.registry.scopes}
    parts = {name: facts.pop(name) or 0 for name in ("years", "months", "days")}
    ends = what.startswith(ENDS)
    about = {"activity": what.removeprefix(ENDS)} if ends else {"keep": what}
    return rules.propose(**about, **parts, scope=scope, by=by, **facts)


def preview(row: RetentionRule) -> list[tuple[Any, Any]]:
    """What the planner says that the rule changes."""
    found = _impact(row)
    night = formats.date_format(found.on, "j F Y")
    lines = [(_("On the night of"), night), (_("More go"), str(found.total))]
    lines += [(_label(name), _more(number)) for name, number in found.more.items()]
    people = ngettext("%(n)d person", "%(n)d people", found.people) % {"n": found.people}
    lines.append((_("Concerned"), people))
    lines += [(_label(name), _fewer(number)) for name, number in found.fewer.items()]
    if found.held:
        lines.append((_("On hold"), _("%(n)d stay while they are held") % {"n": found.held}))
    if found.halts:
        words = _("above its cap: the rule halts until somebody releases it by name")
        lines.append((_("Cap"), words))
    if row.nothing_stays:
        words = _("no time at all: everything that this rule covers is due at once")
        lines.insert(0, (_("Warning"), words))
    return lines


def _impact(row: RetentionRule) -> Impact:
    return rules.impact(row, on=timezone.localdate())


def _more(number: int) -> str:
    return ngettext("%(n)d more", "%(n)d more", number) % {"n": number}


def _fewer(number: int) -> str:
    return ngettext("%(n)d fewer", "%(n)d fewer", number) % {"n": number}


def _label(name: str) -> str:
    """A period in code in words; a table without one by what its rows are called."""
    if ceiling := schedule.ceiling_named(name):
        return forecast.label(ceiling)
    table = inventory.registry.holdings.get(name.lower())
    return capfirst(str(table.model_class._meta.verbose_name_plural)) if table else name


@admin.register(RetentionRule)
class RuleAdmin(OperationsMixin, ViewOnlyAdmin):
    """Every rule that somebody proposed: what it shortens, for whom, since when, by which two."""

    list_display = ("code", "what", "period", "within", "effective_on", "version", "state_name")
    list_filter = ("effective_on",)
    fields = (
        ("code", "version", "state_name"),
        ("what", "period", "within"),
        ("effective_on", "decided", "supersedes"),
        ("cap_rows", "cap_share"),
        ("prepared", "prepared_at"),
        ("approved", "approved_at"),
        "seen",
        ("withdrawn", "withdrawn_on"),
        "reference",
    )
    readonly_fields = (
        *("code", "state_name", "what", "period", "within", "prepared", "approved"),
        *("decided", "seen", "withdrawn", "reference"),
    )
    operations = (
        Operation(
            "propose",
            _("Propose a rule"),
            "retention.propose_rule",
            propose,
            ProposalForm,
            explanation=_(
                "A rule only ever shortens a period. It does nothing until a second person has"
                " seen its impact and approved it."
            ),
            on_list=True,
        ),
        Operation(
            "approve",
            _("Approve"),
            "retention.approve_rule",
            rules.approve,
            ApprovalForm,
            preview=preview,
            explanation=_("Counted by the planner that the nightly run uses."),
            applies=lambda row: not (row.approved_at or row.is_withdrawn(timezone.localdate())),
            dangerous=True,
        ),
        Operation(
            "withdraw",
            _("Withdraw"),
            "retention.withdraw_rule",
            rules.withdraw,
            explanation=_("From today on the period in code counts again; nothing is destroyed."),
            applies=lambda row: not row.is_withdrawn(timezone.localdate()),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = RetentionRule.objects.with_state(timezone.localdate())
        return rows.select_related("prepared_by", "approved_by", "withdrawn_by", "supersedes")

    @admin.display(description=_("rule"))
    def code(self, row: RetentionRule) -> str:
        return row.code

    @admin.display(description=_("period or purpose"))
    def what(self, row: RetentionRule) -> str:
        if row.activity:
            return _("ended: %(activity)s") % {"activity": row.activity}
        return _label(row.keep)

    @admin.display(description=_("shortened to"))
    def period(self, row: RetentionRule) -> str:
        return why.length(years=row.years, months=row.months, days=row.days)

    @admin.display(description=_("within"))
    def within(self, row: RetentionRule) -> str:
        return "; ".join(rules.within(row)) or "–"

    @admin.display(description=_("decision"))
    def decided(self, row: RetentionRule) -> str:
        return row.decision

    @admin.display(description=_("state"))
    def state_name(self, row: Any) -> str:
        return str(RuleState(row.state).label)

    @admin.display(description=_("impact at approval"))
    def seen(self, row: RetentionRule) -> str:
        more = row.impact.get("more", {})
        words = [f"{_label(name)}: {_more(number)}" for name, number in more.items()]
        return "; ".join(words) or ("–" if not row.approved_at else _("none"))

    @admin.display(description=_("prepared by"))
    def prepared(self, row: RetentionRule) -> str:
        return row.prepared_by.get_username()

    @admin.display(description=_("approved by"))
    def approved(self, row: RetentionRule) -> str:
        return row.approved_by.get_username() if row.approved_by else "–"

    @admin.display(description=_("withdrawn by"))
    def withdrawn(self, row: RetentionRule) -> str:
        return row.withdrawn_by.get_username() if row.withdrawn_by else "–"
