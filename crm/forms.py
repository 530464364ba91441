"""What is typed into the console about people, made clean: the guard and the age gate ask here
first, so that a refusal is an error beside its field and never a server error."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from crm import age, contacts, countries
from crm.contacts import NAMES
from crm.enums import Channel, Direction, RestrictionKind, ReviewOutcome, SourceType
from crm.models import (
    Contact,
    ContactPoint,
    Demographics,
    Organisation,
    PostalAddress,
    Source,
    User,
)
from privacy.enums import FirmRole, Kind, PointKind
from privacy.errors import PrivacyError
from privacy.operations import DayInput, OperationForm
from privacy.points import Point, normal_form
from privacy.points.fields import AddressField


class CountryField(forms.CharField):
    """A country by its name or code; what ISO 3166-1 does not know is refused."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 100, "required": False, **kwargs})

    def to_python(self, value: Any) -> str:
        code = countries.code_of(super().to_python(value))
        if code is None:
            raise forms.ValidationError(
                _("Unknown country; write its name or two letters, e.g. HK, PT or GB.")
            )
        return code


class ContactForm(forms.ModelForm):
    """A person with their mandatory source (S29)."""

    source_type = forms.ChoiceField(
        label=_("Source"), choices=SourceType, widget=UnfoldAdminSelectWidget
    )
    source_detail = forms.CharField(
        label=_("Detail or address"),
        max_length=300,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )
    source_obtained_on = forms.DateField(
        label=_("Obtained on"), widget=UnfoldAdminSingleDateWidget
    )

    residence_country = CountryField(label=_("country of residence"))

    class Meta:
        model = Contact
        fields = (*NAMES, "language", "residence_country", "owner", "team")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("type", "detail", "obtained_on"):
                self.initial.setdefault(f"source_{name}", getattr(self.instance.source, name))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not any(values.get(name) for name in NAMES):
            raise forms.ValidationError(_("A person needs at least one name."))
        return values

    def save_source(self, *, by: Any) -> Source:
        """Store the source, which comes before its person."""
        source = self.instance.source if self.instance.source_id else Source(obtained_by=by)
        for name in ("type", "detail", "obtained_on"):
            setattr(source, name, self.cleaned_data[f"source_{name}"])
        source.save()
        return source


class AddressForm(forms.ModelForm):
    """Where letters reach a person."""

    country = CountryField(label=_("country"))

    class Meta:
        model = PostalAddress
        fields = ("lines", "city", "region", "postcode", "country")


class ContactPointForm(forms.ModelForm):
    """One way to reach a person; a suppressed one is refused in one sentence for every cause."""

    class Meta:
        model = ContactPoint
        fields = (
            "kind",
            "value",
            "usage",
            "came_by",
            "given_for",
            "is_preferred",
            "retrieved_on",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "given_for" in self.fields and self.initial.get("given_for"):
            # What was given for an order alone is not made to serve more by hand (S51).
            self.fields["given_for"].disabled = True

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        kind, value = values.get("kind"), values.get("value")
        if kind and value and {"kind", "value"} & set(self.changed_data):
            try:
                values["value"] = contacts.judged(Point(kind, value)).value
            except PrivacyError as refusal:
                self.add_error("value", str(refusal))
        return values


class ContactPointFormSet(PaginationInlineFormSet):
    """All of a person's contact points: each once, in whatever spelling."""

    def clean(self) -> None:
        super().clean()
        seen: set[tuple[str, str]] = set()
        for form in self.forms:
            values = getattr(form, "cleaned_data", {})
            kind, value = values.get("kind"), values.get("value")
            if not (kind and value) or values.get("DELETE"):
                continue
            form_of = (kind, normal_form(Point(kind, value)))
            if form_of in seen:
                form.add_error("value", _("This person has it already."))
            seen.add(form_of)


# By which the page of somebody on file knows that they must not stay there.
UNDER_AGE = "under_age"


class DemographicsForm(forms.ModelForm):
    """Demographic data; nobody under sixteen is entered, only a counter tells (S113)."""

    class Meta:
        model = Demographics
        fields = ("gender", "date_of_birth", "date_of_birth_declined")

    def clean_date_of_birth(self) -> Any:
        born, today = self.cleaned_data["date_of_birth"], timezone.localdate()
        if born and (problem := age.problem_of(born, on=today)):
            raise forms.ValidationError(problem)
        if born and age.is_under_age(born, on=today):
            age.count_refusals("console", on=today)
            raise forms.ValidationError(
                _("Nobody under sixteen is entered; nothing was stored."), code=UNDER_AGE
            )
        return born


class FirmRoleForm(OperationForm):
    """Whose data it is, and where requests about it go."""

    role = forms.ChoiceField(label=_("Our role"), choices=FirmRole)
    controller = forms.CharField(
        label=_("Client"),
        max_length=200,
        required=False,
        help_text=_("Left empty: the organisation itself."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of data"),
        choices=Kind,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    contact = AddressField(
        label=_("Their privacy contact"),
        required=False,
        help_text=_("A request that reaches us is forwarded there."),
    )
    may_be_named = forms.BooleanField(label=_("The client may be named"), required=False)
    since = forms.DateField(label=_("Since"), widget=DayInput, initial=timezone.localdate)


class SupplierReviewForm(OperationForm):
    """What was found, where it is filed, and when somebody looks again."""

    gdpr = forms.ChoiceField(label=_("GDPR"), choices=ReviewOutcome)
    pdpo = forms.ChoiceField(label=_("PDPO"), choices=ReviewOutcome)
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=200,
        help_text=_("Where policy, consent wording and contract are filed."),
    )
    reviewed_on = forms.DateField(
        label=_("Reviewed on"), widget=DayInput, initial=timezone.localdate
    )
    next_due_on = forms.DateField(label=_("Next review due"), widget=DayInput)


class OrganisationForm(forms.ModelForm):
    """A firm; its switchboard and general address pass the guard too."""

    country = CountryField(label=_("country"))

    class Meta:
        model = Organisation
        fields = ("name", "country", "sector", "website", "email", "phone")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        country = values.get("country") or ""
        for name, kind in (("email", PointKind.EMAIL), ("phone", PointKind.PHONE)):
            value = values.get(name) if name in self.changed_data else ""
            if value:
                try:
                    values[name] = contacts.judged(Point(kind, value, country)).value
                except PrivacyError as refusal:
                    self.add_error(name, str(refusal))
        return values


class SourceRestrictionForm(OperationForm):
    """What the source forbids, and until when."""

    kind = forms.ChoiceField(label=_("Type"), choices=RestrictionKind)
    allows = forms.SlugField(
        label=_("Allows only"),
        max_length=40,
        required=False,
        help_text=_("The purpose, channel or region that remains, e.g. newsletter, email or hk."),
    )
    expires_on = forms.DateField(label=_("Until"), required=False, widget=DayInput)


class MomentInput(forms.DateTimeInput):
    """The browser's own field for a day and a time: nothing to load."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


# A file that was imported is no dealing.
TALKS = [choice for choice in Channel.choices if choice[0] != Channel.IMPORT]


class InteractionForm(OperationForm):
    """A dealing with this person, just now unless said otherwise."""

    channel = forms.ChoiceField(label=_("Channel"), choices=TALKS)
    direction = forms.ChoiceField(label=_("Direction"), choices=Direction)
    occurred_at = forms.DateTimeField(label=_("Time"), widget=MomentInput, initial=timezone.now)
    summary = forms.CharField(label=_("Summary"), max_length=200)
    body = forms.CharField(label=_("Text"), required=False, widget=forms.Textarea({"rows": 4}))
    follow_up_on = forms.DateField(label=_("Follow up on"), required=False, widget=DayInput)
    follow_up = forms.CharField(
        label=_("What to do then"),
        max_length=200,
        required=False,
        help_text=_("Left empty, the summary stands for it."),
    )

    def clean_follow_up_on(self) -> Any:
        return to_come(self.cleaned_data["follow_up_on"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        # A day that was refused has its own error.
        if values.get("follow_up") and not values.get("follow_up_on", "refused"):
            self.add_error("follow_up_on", _("What is to do needs a day."))
        return values


def to_come(day: Any) -> Any:
    """A day that is not over."""
    if day and day < timezone.localdate():
        raise forms.ValidationError(_("Today or a day to come."))
    return day


class OperatorField(forms.ModelChoiceField):
    """A colleague, by the name under which they sign in."""

    def label_from_instance(self, operator: Any) -> str:
        return operator.get_username()


def operators() -> Any:
    """Whoever may sign in."""
    return User.objects.filter(is_active=True, is_staff=True).order_by("username")


class PostponeForm(OperationForm):
    """Another day."""

    due_on = forms.DateField(label=_("Due on"), widget=DayInput)

    def clean_due_on(self) -> Any:
        return to_come(self.cleaned_data["due_on"])


class FollowUpForm(PostponeForm):
    """What is to do, by when, and by whom if not by oneself."""

    field_order = ("what", "due_on", "owner")
    what = forms.CharField(label=_("What to do"), max_length=200)
    owner = OperatorField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("myself")
    )

    def prepare(self) -> None:
        self.fields["owner"].queryset = operators()  # type: ignore[attr-defined]


class HandOverForm(OperationForm):
    """Who sees to it from now on."""

    owner = OperatorField(label=_("Owner"), queryset=User.objects.none())

    def prepare(self) -> None:
        self.fields["owner"].queryset = operators()  # type: ignore[attr-defined]
