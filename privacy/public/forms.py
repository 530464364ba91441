"""What visitors type: an address, and which messages they want."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from privacy.models import Purpose
from privacy.points.fields import AddressField
from privacy.preferences import Choice


class AddressForm(forms.Form):
    """The address to which a link is sent."""

    email = AddressField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("We send you a link to a page on which you choose which messages you want."),
        widget=forms.TextInput(
            {
                "inputmode": "email",
                "autocomplete": "email",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
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


class SignUpForm(AddressForm):
    """Who one is, how old, and a box for each purpose; no box is ticked beforehand (S117)."""

    OLD_ENOUGH, TOO_YOUNG = "16", "under"

    name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        help_text=_("As you want to be addressed."),
        widget=forms.TextInput({"autocomplete": "name", "spellcheck": "false"}),
        error_messages={"required": _("Enter your name.")},
    )
    age = forms.ChoiceField(
        label=_("How old are you?"),
        choices=((OLD_ENOUGH, _("16 or older")), (TOO_YOUNG, _("under 16"))),
        widget=forms.RadioSelect,
        error_messages={"required": _("Say how old you are.")},
    )
    field_order = ("name", "email", "age")

    def __init__(self, offered: list[Purpose], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = _("We send you a message to make sure that it is yours.")
        self.offered = {f"to_{purpose.key}": purpose for purpose in offered}
        for name, purpose in self.offered.items():
            self.fields[name] = forms.BooleanField(label=self.words(purpose), required=False)

    @staticmethod
    def words(purpose: Purpose) -> str:
        """The exact words of a box; with the consent they are kept."""
        return gettext("Yes, send me this by e-mail: %s") % purpose.title

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not name.isprintable():
            raise forms.ValidationError(_("Write your name without special signs."))
        return name

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.ticked():
            raise forms.ValidationError(_("Choose at least one kind of message."))
        return values

    def ticked(self) -> dict[str, str]:
        """The purposes that were ticked, with the words of their boxes."""
        return self._worded(is_ticked=True)

    def left(self) -> dict[str, str]:
        """The purposes whose boxes were left, with their words: asked, and not answered (S76)."""
        return self._worded(is_ticked=False)

    def _worded(self, *, is_ticked: bool) -> dict[str, str]:
        return {
            purpose.key: self.words(purpose)
            for name, purpose in self.offered.items()
            if bool(self.cleaned_data.get(name)) is is_ticked
        }
