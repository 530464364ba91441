"""Registers of the office: its companies, whose data it holds, who holds its own, and trackers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from privacy.editing import EditedTogether
from privacy.enums import Kind
from privacy.models import LegalEntity, Processor, RoleOfFirm, Tracker
from privacy.operations import RecordAdmin, ViewOnlyAdmin


class ProcessorForm(forms.ModelForm):
    """A processor comes with its contract, and with what protects a transfer."""

    kinds = forms.MultipleChoiceField(
        label=_("Kinds of data"), choices=Kind, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = Processor
        fields = (
            "name",
            "service",
            "role",
            "country",
            "kinds",
            "contract_on",
            "contract_reference",
            "safeguard",
            "since",
            "until",
            "review_on",
        )

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()


@admin.register(LegalEntity)
class LegalEntityAdmin(EditedTogether, RecordAdmin):
    """The companies of the group, as letters and records name them (S2, S146)."""

    list_display = ("name", "country", "registration_number", "representative")
    fields = (
        "name",
        "address",
        ("country", "registration_number"),
        ("representative", "protection_officer"),
    )


@admin.register(Tracker)
class TrackerAdmin(EditedTogether, RecordAdmin):
    """Cookies and trackers of the firm's other sites (S78)."""

    list_display = ("name", "party", "use", "is_third_party", "needs_consent", "since", "until")
    list_filter = ("use", "is_third_party")
    search_fields = ("name", "party")
    fields = (
        ("name", "party"),
        ("use", "days"),
        ("is_third_party", "needs_consent"),
        ("since", "until"),
    )


@admin.register(Processor)
class ProcessorAdmin(EditedTogether, RecordAdmin):
    """Whose systems hold data of ours (Art. 28, 30)."""

    form = ProcessorForm
    list_display = ("name", "service", "role", "country", "since", "until", "review_on")
    list_filter = ("role", "safeguard")
    search_fields = ("name", "service")
    fields = (
        ("name", "service"),
        ("role", "country"),
        "kinds",
        ("contract_on", "contract_reference"),
        "safeguard",
        ("since", "until"),
        "review_on",
    )


@admin.register(RoleOfFirm)
class RoleOfFirmAdmin(ViewOnlyAdmin):
    """Where the firm is a processor or joint controller; said on the page of the client's work."""

    list_display = ("controller", "role", "scope", "since", "until")
    list_filter = ("role", "scope")
    search_fields = ("controller", "scope_reference__exact")
    fields = (
        ("scope", "scope_reference"),
        ("role", "controller"),
        ("contact", "may_be_named"),
        "said",
        ("since", "until"),
    )
    readonly_fields = ("said",)

    @admin.display(description=_("kinds of data"))
    def said(self, engaged: Any) -> str:
        return ", ".join(str(Kind(one).label) for one in engaged.kinds)
