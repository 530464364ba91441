"""Sensitive texts that wait for a decision: read, kept on a condition, dismissed or deleted."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from privacy import looks, quarantine
from privacy.enums import Condition, FalseAlarm, Look, QuarantineState, SensitiveKind
from privacy.models import Purpose, Quarantine
from privacy.operations import (
    DayInput,
    Operation,
    OperationForm,
    OperationsMixin,
    ViewOnlyAdmin,
)


class KeepForm(OperationForm):
    """On which condition, for which purpose, until when."""

    condition = forms.ChoiceField(label=_("Condition"), choices=Condition)
    purpose = forms.ModelChoiceField(
        label=_("Purpose"), queryset=Purpose.objects.none(), to_field_name="key"
    )
    keep_until = forms.DateField(label=_("Keep until"), widget=DayInput)

    def prepare(self) -> None:
        self.fields["purpose"].queryset = Purpose.objects.order_by("title_en")  # type: ignore[attr-defined]


class FalseAlarmForm(OperationForm):
    """Why it is none."""

    reason = forms.ChoiceField(label=_("Why"), choices=FalseAlarm)


def keep(text: Quarantine, *, condition: str, by: Any, **facts: Any) -> Quarantine:
    """Keep the text on this condition."""
    return quarantine.keep(text, condition=Condition(condition), by=by, **facts)


def dismiss(text: Quarantine, *, reason: str, by: Any) -> Quarantine:
    """Dismiss the text for this reason."""
    return quarantine.dismiss(text, reason=FalseAlarm(reason), by=by)


def _is_waiting(text: Quarantine) -> bool:
    return text.state == QuarantineState.WAITING


@admin.register(Quarantine)
class QuarantineAdmin(OperationsMixin, ViewOnlyAdmin):
    """The queue, the nearest day first; what a text says is shown to whoever decides alone."""

    list_display = ("reference", "person", "holds", "place", "found_at", "deadline", "state")
    list_filter = ("state",)
    list_select_related = ("subject",)
    operations = (
        Operation(
            "keep",
            _("Keep on a condition"),
            "privacy.decide_sensitive",
            keep,
            KeepForm,
            explanation=_(
                "That the policy takes sending it for consent is no condition. Keep it only where"
                " the firm needs it and a law allows it; it is deleted after the day you name."
            ),
            applies=_is_waiting,
        ),
        Operation(
            "dismiss",
            _("False alarm"),
            "privacy.decide_sensitive",
            dismiss,
            FalseAlarmForm,
            explanation=_("The text is shown again to whoever may see the row."),
            applies=_is_waiting,
        ),
        Operation(
            "delete_text",
            _("Delete the text"),
            "privacy.decide_sensitive",
            quarantine.delete,
            explanation=_(
                "The whole text is deleted where it stands and in its history; the row stays."
            ),
            dangerous=True,
            applies=lambda text: text.state != QuarantineState.DELETED,
        ),
    )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The text may be of somebody's HR data, and whoever reads it is on record (S94)."""
        text = kwargs.get("obj")
        if text is not None and request.user.has_perm(quarantine.PERMISSION):
            looks.note(
                [text.subject_id],
                by=request.user,
                how=Look.PAGE,
                shown=[apps.get_model(text.model)],
            )
        return super().render_change_form(request, context, *args, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Quarantine | None = None) -> Any:
        shown: tuple[Any, ...] = (
            ("reference", "person"),
            ("holds", "place"),
            ("found_at", "deadline"),
            ("state", "condition", "false_alarm"),
            ("purpose", "keep_until", "decided_at"),
        )
        return (*shown, "text") if request.user.has_perm(quarantine.PERMISSION) else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Quarantine | None = None) -> Any:
        return ("person", "holds", "place", "deadline", "text")

    @admin.display(description=_("person"))
    def person(self, text: Quarantine) -> str:
        return str(text.subject.uuid)

    @admin.display(description=_("seems to hold"))
    def holds(self, text: Quarantine) -> str:
        return ", ".join(str(SensitiveKind(kind).label) for kind in text.kinds)

    @admin.display(description=_("where"))
    def place(self, text: Quarantine) -> str:
        return quarantine.place_of(text)

    @admin.display(description=_("decide by"), ordering="decide_by")
    def deadline(self, text: Quarantine) -> str:
        day = date_format(text.decide_by)
        if text.state != QuarantineState.WAITING:
            return day
        days = (text.decide_by - timezone.localdate()).days
        if days < 0:
            return str(_("%(day)s, over: deleted tonight") % {"day": day})
        return str(_("%(day)s, in %(days)d days") % {"day": day, "days": days})

    @admin.display(description=_("text"))
    def text(self, text: Quarantine) -> str:
        return quarantine.text_of(text) or str(_("in a file, or gone with its row"))
