"""What is asked about data that go to somebody else."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from crm.enums import CheckWay
from crm.introductions import TO
from crm.organisation_field import OrganisationField
from privacy import purposes
from privacy.enums import DisclosureKind, Kind, Nature, RecipientBasis, RecipientClass
from privacy.operations import DayInput, OperationForm

MARKETS = (Nature.MARKETING, Nature.PROVISION)
# What mostly goes.
MOSTLY = [str(Kind.IDENTITY), str(Kind.CONTACT)]


def or_none(choices: Any) -> list[tuple[str, Any]]:
    """With an empty choice first: nothing is chosen for anybody."""
    return [("", "–"), *choices]


class RecipientForm(OperationForm):
    """To whom data go, which, for what, and on whose basis."""

    recipient = OrganisationField(
        label=_("Recipient"),
        help_text=_("The organisation's name as on its page, or its reference."),
    )
    recipient_class = forms.ChoiceField(
        label=_("Class of recipient"), choices=or_none(RecipientClass.choices)
    )
    basis = forms.ChoiceField(
        label=_("Basis of the recipient"), choices=or_none(RecipientBasis.choices)
    )
    purpose = forms.ChoiceField(label=_("Purpose"))
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of data"),
        choices=Kind.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=MOSTLY,
    )

    def prepare(self) -> None:
        known = purposes.in_use(on=timezone.localdate())
        purpose: Any = self.fields["purpose"]
        purpose.choices = or_none((p.key, p.title) for p in known if p.nature not in MARKETS)


class DisclosureForm(RecipientForm):
    """The same, with the occasion and the day; under a duty, at whose demand."""

    kind = forms.ChoiceField(label=_("Occasion"), choices=or_none(DisclosureKind.choices))
    on = forms.DateField(label=_("Day"), widget=DayInput)
    authority = forms.CharField(
        label=_("Authority"),
        max_length=200,
        required=False,
        help_text=_("Under a duty, for claims and for protection: who demands it."),
    )
    matter = forms.CharField(
        label=_("Reference of the authority"),
        max_length=30,
        required=False,
        help_text=_("The matter's number, e.g. HCA-2026-0017: capitals, digits, - and / only."),
    )

    def prepare(self) -> None:
        super().prepare()
        self.fields["on"].initial = timezone.localdate()


class IntroductionForm(RecipientForm):
    """To which client or partner, with which data, for what."""

    def prepare(self) -> None:
        super().prepare()
        fields: dict[str, Any] = self.fields
        fields["recipient_class"].choices = or_none((to.value, to.label) for to in TO)
        fields["basis"].choices = or_none(
            (basis.value, basis.label)
            for basis in RecipientBasis
            if basis != RecipientBasis.PROCESSOR
        )


class CheckForm(OperationForm):
    """How a colleague checked."""

    way = forms.ChoiceField(
        label=_("How the details were checked"),
        choices=or_none((w.value, w.label) for w in CheckWay if w != CheckWay.OWN),
    )
