"""What an operator may ask of the forecast; nothing here is stored."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.errors import PrivacyError
from privacy.inventory import Keep
from privacy.operations import OperationForm
from retention import forecast, why
from retention.plan import Rule


class WhatIfForm(OperationForm):
    """Another, shorter period for one rule; a statute's is not for an operator to shorten."""

    rule = forms.ChoiceField(label=_("Rule"))
    years = forms.IntegerField(label=_("Years"), required=False, min_value=0, max_value=99)
    months = forms.IntegerField(label=_("Months"), required=False, min_value=0, max_value=999)
    days = forms.IntegerField(label=_("Days"), required=False, min_value=0, max_value=9999)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What operators shortened is a rule of its own: asked is what another ceiling would do.
        self.rules = {
            rule.name: rule
            for rule in forecast.considered(timezone.localdate())
            if rule.row is None and not rule.keep.statute
        }
        self.fields["rule"].choices = [  # type: ignore[attr-defined]
            (name, f"{forecast.label(rule)} ({why.period(rule.keep)})")
            for name, rule in self.rules.items()
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        parts = {name: cleaned.get(name) for name in ("years", "months", "days")}
        if self.errors:
            return cleaned
        if all(number is None for number in parts.values()):
            raise forms.ValidationError(_("Give a period: years, months or days."))
        rule = self.rules[cleaned["rule"]]
        try:
            period = {name: number or 0 for name, number in parts.items()}
            cleaned["keep"] = forecast.shortened(rule.keep, **period)
        except PrivacyError as refusal:
            raise forms.ValidationError(str(refusal)) from None
        cleaned["rule"] = rule
        return cleaned

    @property
    def asked(self) -> tuple[Rule, Keep] | None:
        """The rule and the period asked for; None where nothing valid was asked."""
        if not self.is_bound or not self.is_valid():
            return None
        return self.cleaned_data["rule"], self.cleaned_data["keep"]
