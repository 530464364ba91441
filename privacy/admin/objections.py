"""Objections: weighed by one person, approved by another where our grounds override, told."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy import objections
from privacy.admin.consent import HEARD
from privacy.enums import (
    Announcement,
    Basis,
    CounterGround,
    Nature,
    ObjectionGround,
    ObjectionOutcome,
)
from privacy.models import Objection, Purpose
from privacy.operations import (
    DayInput,
    Operation,
    OperationForm,
    OperationsMixin,
    ViewOnlyAdmin,
)

WEIGHS = "privacy.weigh_objection"


class ObjectionForm(OperationForm):
    """What the person objects to, and on which ground of their own."""

    purpose = forms.ModelChoiceField(Purpose.objects.none(), label=_("Purpose"))
    ground = forms.ChoiceField(label=_("Ground"), choices=ObjectionGround)
    situation = forms.CharField(
        label=_("Their situation"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What of it bears on the weighing, and no more."),
    )
    method = forms.ChoiceField(label=_("How"), choices=HEARD)
    received_on = forms.DateField(
        label=_("Received on"),
        widget=DayInput,
        initial=timezone.localdate,
        help_text=_("The day on which it reached anybody in the firm."),
    )

    def prepare(self) -> None:
        field: Any = self.fields["purpose"]
        field.queryset = Purpose.objects.filter(basis=Basis.LEGITIMATE_INTERESTS).exclude(
            nature=Nature.MARKETING
        )
        field.label_from_instance = lambda purpose: purpose.title


class DecisionForm(OperationForm):
    """What came of the weighing; the burden is the firm's."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=ObjectionOutcome)
    counter_ground = forms.ChoiceField(
        label=_("Our ground"), choices=[("", "–"), *CounterGround.choices], required=False
    )
    reasons = forms.CharField(
        label=_("Our reasons"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("About our grounds; no name and nothing of the person's own."),
    )


class TellingForm(OperationForm):
    """How the person was told, and from when the purpose is used for them again."""

    how = forms.ChoiceField(label=_("The person was told by"), choices=Announcement)
    resumes_on = forms.DateField(
        label=_("Used again from"),
        widget=DayInput,
        required=False,
        help_text=_("As the person was told; empty where the objection is upheld."),
    )


def receive(subject: Any, *, by: Any, **said: Any) -> Objection:
    """Write down what was said; the purpose rests from now on."""
    return objections.receive(subject, by=by, **said)


def seen(objection: Objection) -> list[tuple[Any, Any]]:
    """What is weighed against what."""
    return [
        (_("Purpose"), objection.purpose.title),
        (_("Ground"), objection.get_ground_display()),
        (_("Their situation"), objection.situation or "–"),
        (_("Our ground"), objection.get_counter_ground_display() or "–"),
        (_("Our reasons"), objection.reasons or "–"),
    ]


@admin.register(Objection)
class ObjectionAdmin(OperationsMixin, ViewOnlyAdmin):
    """Every objection to a legitimate interest, and by when it is answered."""

    list_display = ("received_on", "person", "purpose_name", "due_on", "outcome", "resumes_on")
    list_filter = (("told_at", admin.EmptyFieldListFilter), "outcome")
    list_select_related = ("subject", "purpose")
    search_fields = ("reference__exact", "subject__uuid__exact")
    fields = (
        ("reference", "person"),
        ("purpose_name", "ground"),
        "situation",
        ("received_on", "due_on"),
        ("outcome", "counter_ground"),
        "reasons",
        ("decided_by", "decided_at"),
        ("approved_by", "approved_at"),
        ("told_how", "told_at", "resumes_on"),
    )
    readonly_fields = ("person", "purpose_name")
    operations = (
        Operation(
            "decide",
            _("Weigh"),
            WEIGHS,
            objections.decide,
            DecisionForm,
            preview=seen,
            explanation=_(
                "Unless compelling grounds of ours override their interests, or a legal claim"
                " needs it, the objection is upheld (Art. 21(1))."
            ),
            applies=lambda objection: not objection.told_at and not objection.approved_by_id,
        ),
        Operation(
            "approve",
            _("Approve"),
            WEIGHS,
            objections.approve,
            preview=seen,
            explanation=_("A second person approves that our grounds override."),
            applies=lambda objection: (
                objection.outcome == ObjectionOutcome.OVERRIDDEN and not objection.approved_by_id
            ),
        ),
        Operation(
            "tell",
            _("Note that the person was told"),
            WEIGHS,
            objections.tell,
            TellingForm,
            explanation=_(
                "With the reasons, the authority to complain to and the way to a court"
                " (Art. 12(4)). Until then, and until the day named, the purpose rests."
            ),
            applies=lambda objection: bool(objection.outcome) and not objection.told_at,
        ),
    )

    @admin.display(description=_("person"))
    def person(self, objection: Objection) -> str:
        return str(objection.subject.uuid)  # type: ignore[attr-defined]

    @admin.display(description=_("purpose"))
    def purpose_name(self, objection: Objection) -> str:
        return objection.purpose.title
