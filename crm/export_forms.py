"""What the steps of an export ask."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from crm.enums import Destination, ExportFormat, ExportReason
from crm.exports import columns
from crm.models import ContactExport
from crm.organisation_field import OrganisationField
from privacy import purposes
from privacy.enums import Channel
from privacy.operations import DayInput, OperationForm


def _or_none(choices: Any) -> list[tuple[str, Any]]:
    return [("", "–"), *choices]


class DescribeForm(OperationForm):
    """What the file is for, who will hold it, and what it says about each person."""

    reason = forms.ChoiceField(label=_("Reason"), choices=_or_none(ExportReason.choices))
    matter = forms.CharField(
        label=_("Matter"),
        max_length=30,
        required=False,
        help_text=ContactExport._meta.get_field("matter").help_text,
        validators=ContactExport._meta.get_field("matter").validators,
    )
    destination = forms.ChoiceField(label=_("Destination"), choices=_or_none(Destination.choices))
    holder = OrganisationField(
        label=_("Holder"),
        required=False,
        help_text=_(
            "For a destination outside: the organisation's name as on its page, or its reference."
        ),
    )
    purpose = forms.ChoiceField(
        label=_("Purpose"),
        required=False,
        help_text=_("Where these people are written to: whoever may not be is left out."),
    )
    channel = forms.ChoiceField(
        label=_("Channel"), choices=_or_none(Channel.choices), required=False
    )
    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("As few as the reason needs; what a purpose does not need is left out."),
    )
    format = forms.ChoiceField(label=_("File"), choices=ExportFormat.choices)

    def prepare(self) -> None:
        known = purposes.in_use(on=timezone.localdate())
        purpose: Any = self.fields["purpose"]
        purpose.choices = _or_none((p.key, p.title) for p in known)
        asked: Any = self.fields["columns"]
        asked.choices = [(str(c), c.label) for c in columns.offered_to(self.obj.created_by)]
        default = columns.DEFAULT_MASKED if self.obj.masked else columns.DEFAULT
        asked.initial = self.obj.columns or [str(column) for column in default]
        for name in ("reason", "matter", "destination", "purpose", "channel"):
            self.fields[name].initial = getattr(self.obj, name)
        self.fields["format"].initial = self.obj.format or ExportFormat.CSV
        self.fields["holder"].initial = self.obj.holder.name if self.obj.holder else ""


class DeletionForm(OperationForm):
    """When the holder deleted the file, by their own word."""

    deleted_on = forms.DateField(label=_("Deleted on"), widget=DayInput)
