"""The form field that names one organisation."""

from typing import Any

from django import forms

from crm import organisations
from crm.errors import EntryRefused
from crm.models import Organisation


class OrganisationField(forms.CharField):
    """One organisation, by its name as on its page or by its reference."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)

    def clean(self, value: Any) -> Organisation | None:
        said = super().clean(value)
        if not said:
            return None
        try:
            return organisations.named(said)
        except EntryRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
