"""E-mail addresses in forms and models: judged by the one rule, beyond ASCII too, and cleaned."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.enums import PointKind
from privacy.points import Point, points_in


def validate_address(value: str) -> None:
    """Refuse what is not one e-mail address."""
    if len(points_in(Point(PointKind.EMAIL, value))) != 1:
        raise ValidationError(_("Enter an e-mail address as in name@example.com."))


class AddressField(forms.CharField):
    """One e-mail address; what stands around it (a name, brackets, mailto:) is taken off."""

    # A browser's own field for addresses refuses letters beyond ASCII.
    widget = forms.TextInput({"inputmode": "email", "autocapitalize": "none"})
    default_error_messages = {"invalid": _("Enter an e-mail address as in name@example.com.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 254)
        super().__init__(strip=True, **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if not text:
            return ""
        if len(text) > (self.max_length or 0):
            # Its own validator says so.
            return text
        found = points_in(Point(PointKind.EMAIL, text))
        if len(found) != 1:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return found[0].value


class MailboxField(models.EmailField):
    """A column for one e-mail address."""

    default_validators = [validate_address]

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": AddressField, **kwargs})
