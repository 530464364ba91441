"""Restrictions of processing: placed on a person's page, announced and lifted here (Art. 18)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from privacy import restriction, subjects
from privacy.enums import Announcement, LiftGround, RestrictionGround
from privacy.models import Restriction
from privacy.operations import (
    DayInput,
    Operation,
    OperationForm,
    OperationsMixin,
    ViewOnlyAdmin,
)


class RestrictionForm(OperationForm):
    """On which ground, and since when the firm knows."""

    ground = forms.ChoiceField(label=_("Ground"), choices=RestrictionGround)
    received_on = forms.DateField(
        label=_("Received on"),
        widget=DayInput,
        help_text=_("The day on which it reached anybody in the firm."),
    )


class AnnouncementForm(OperationForm):
    """How the person was told, why it ends, and from which day."""

    how = forms.ChoiceField(label=_("The person was told by"), choices=Announcement)
    ground = forms.ChoiceField(label=_("Why it is lifted"), choices=LiftGround)
    ends_on = forms.DateField(
        label=_("To be lifted on"), widget=DayInput, help_text=_("As the person was told.")
    )


def place(subject: Any, *, ground: str, received_on: Any, by: Any) -> Restriction:
    """Restrict the person's data on this ground."""
    return restriction.place(
        subject, ground=RestrictionGround(ground), received_on=received_on, by=by
    )


@admin.register(Restriction)
class RestrictionAdmin(OperationsMixin, ViewOnlyAdmin):
    """Every restriction, in force or lifted; the one way to a restricted person's page."""

    list_display = ("reference", "person", "ground", "received_on", "state", "ends_on")
    list_filter = ("ground", ("lifted_at", admin.EmptyFieldListFilter))
    list_select_related = ("subject",)
    fields = (
        ("reference", "person", "page"),
        ("ground", "received_on"),
        ("announced_at", "announced_how"),
        ("lift_ground", "ends_on"),
        ("state", "lifted_at"),
    )
    readonly_fields = ("person", "page", "state")
    operations = (
        Operation(
            "announce",
            _("Announce that it is lifted"),
            "privacy.lift_restriction",
            restriction.announce,
            AnnouncementForm,
            explanation=_(
                "Tell the person first, then write it down here: without it nothing is lifted"
                " (Art. 18(3))."
            ),
            applies=lambda restricted: restricted.lifted_at is None,
        ),
        Operation(
            "lift",
            _("Lift"),
            "privacy.lift_restriction",
            restriction.lift,
            explanation=_("Staff find the person again, and every purpose may use the data."),
            applies=lambda restricted: (
                restricted.lifted_at is None and restricted.ends_on is not None
            ),
        ),
    )

    @admin.display(description=_("person"))
    def person(self, restricted: Restriction) -> str:
        return str(restricted.subject.uuid)

    @admin.display(description=_("state"))
    def state(self, restricted: Restriction) -> str:
        if restricted.lifted_at:
            return str(_("lifted"))
        return str(_("in force, lifting announced") if restricted.ends_on else _("in force"))

    @admin.display(description=_("page"))
    def page(self, restricted: Restriction) -> str:
        """The person's page, to which no list and no search leads meanwhile."""
        root = subjects.root_model()._meta
        address = reverse(
            f"admin:{root.label_lower.replace('.', '_')}_change", args=[restricted.subject_id]
        )
        return render_to_string("privacy/restriction/_person.html", {"address": address})
