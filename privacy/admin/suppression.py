"""The suppression file: type, scope, since and case; a digest is never shown (law P8)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from privacy import suppression
from privacy.enums import Channel, PointKind, SuppressionScope
from privacy.models import SuppressionEntry
from privacy.operations import Operation, OperationForm, OperationsMixin, ViewOnlyAdmin
from privacy.points import Point, points_in


class ScopeForm(OperationForm):
    """Which "no" was said."""

    scope = forms.ChoiceField(label=_("Scope"), choices=SuppressionScope)
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=Channel,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("For “no marketing” alone; none ticked means every channel."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("scope") == SuppressionScope.NO_REENTRY and values.get("channels"):
            self.add_error("channels", _("Only “no marketing” has channels."))
        return values


class SuppressForm(ScopeForm):
    """One contact point that must not come back, as somebody wrote it."""

    field_order = ("kind", "value", "scope", "channels")
    kind = forms.ChoiceField(label=_("Type"), choices=PointKind)
    value = forms.CharField(
        label=_("Contact point"),
        max_length=320,
        help_text=_("Kept as a keyed digest only; it cannot be shown again."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("value") and not points_in(Point(values["kind"], values["value"])):
            self.add_error("value", _("This is not a contact point of this type."))
        return values


def suppress(*, kind: str, value: str, scope: str, channels: list[str], by: Any) -> None:
    """Enter what was typed."""
    suppression.suppress(
        [Point(kind, value)], scope=SuppressionScope(scope), channels=channels, by=by
    )


def lift(entry: SuppressionEntry, *, by: Any, **confirmed: Any) -> None:
    """Lift the entry's whole case."""
    suppression.lift(entry.case, by=by)


class LiftForm(OperationForm):
    """A lift needs the person's own verified request (S111)."""

    requested = forms.BooleanField(
        label=_("The person asked for this and their identity was verified.")
    )


@admin.register(SuppressionEntry)
class SuppressionAdmin(OperationsMixin, ViewOnlyAdmin):
    """Every entry; what was suppressed cannot be read here, nor anywhere else."""

    list_display = ("since", "kind", "scope", "channel", "advisory", "case", "ended_at")
    list_filter = ("kind", "scope", "advisory", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("case__exact",)
    fields = ("kind", "scope", "channel", "advisory", "case", "since", "review_on", "ended_at")
    operations = (
        Operation(
            "suppress",
            _("Suppress a contact point"),
            "privacy.suppress",
            suppress,
            SuppressForm,
            on_list=True,
        ),
        Operation(
            "lift",
            _("Lift the case"),
            "privacy.lift_suppression",
            lift,
            LiftForm,
            explanation=_("All entries of the case end together; the person may come in again."),
            applies=lambda entry: entry.ended_at is None,
        ),
    )
