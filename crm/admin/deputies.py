"""Who approves for whom, until when."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm import deputies
from crm.models import Deputy, User
from privacy.operations import DayInput, Operation, OperationForm, OperationsMixin, ViewOnlyAdmin


class DeputyForm(OperationForm):
    """Whom to name, and up to which day."""

    deputy = forms.ModelChoiceField(label=_("Deputy"), queryset=User.objects.none())
    until = forms.DateField(label=_("Last day"), widget=DayInput)

    def prepare(self) -> None:
        people: Any = self.fields["deputy"]
        people.queryset = User.objects.filter(is_active=True).order_by("username")
        people.label_from_instance = lambda operator: operator.get_username()


@admin.register(Deputy)
class DeputyAdmin(OperationsMixin, ViewOnlyAdmin):
    """Approvals that were lent, with the day on which they end by themselves."""

    list_display = ("officer_name", "deputy_name", "named_on", "until")
    list_select_related = ("officer", "deputy")
    fields = ("reference", *list_display)
    readonly_fields = ("officer_name", "deputy_name")
    operations = (
        Operation(
            "name",
            _("Name a deputy"),
            "crm.name_deputy",
            deputies.name,
            DeputyForm,
            explanation=_(
                "Whoever you name may approve what you may, for at most thirty days and never"
                " what they prepared themselves. It ends by itself, and replaces whom you named"
                " before."
            ),
            on_list=True,
        ),
        Operation(
            "end",
            _("End now"),
            "crm.name_deputy",
            deputies.end,
            explanation=_("Your approvals are your own again at once."),
            applies=lambda row: row.until >= timezone.localdate(),
        ),
    )

    @admin.display(description=_("officer"), ordering="officer__username")
    def officer_name(self, row: Deputy) -> str:
        return row.officer.get_username()

    @admin.display(description=_("deputy"), ordering="deputy__username")
    def deputy_name(self, row: Deputy) -> str:
        return row.deputy.get_username()
