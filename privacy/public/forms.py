"""What visitors type: an address, and which messages they want."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from privacy.preferences import Choice


class AddressForm(forms.Form):
    """The address to which a link is sent."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("We send you a link to a page on which you choose which messages you want."),
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("Enter an e-mail address as in name@example.com."),
        },
    )


class ChoicesForm(forms.Form):
    """A box for each purpose and channel, ticked where messages are sent today."""

    def __init__(self, choices: list[Choice], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for choice in choices:
            self.fields[choice.name] = forms.BooleanField(
                label=choice.label, required=False, initial=choice.is_on, help_text=choice.why
            )
