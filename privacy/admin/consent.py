"""The consent ledger and the purposes: shown, and changed by operations alone."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from privacy import consent, purposes, weighing
from privacy.enums import (
    Basis,
    Channel,
    ConsentKind,
    ConsentMethod,
    Kind,
    Language,
    Outcome,
    Weighing,
)
from privacy.models import ConsentEvent, LegalEntity, Notice, Purpose
from privacy.operations import (
    DayInput,
    Operation,
    OperationForm,
    OperationsMixin,
    ViewOnlyAdmin,
)

# How a person is asked for on the console; the rest comes by its own way.
HEARD = [choice for choice in ConsentMethod.choices if choice[0] != ConsentMethod.IMPORT]


class CompanyField(forms.ModelChoiceField):
    """A company of the firm, by its name; the only one need not be chosen."""

    def label_from_instance(self, entity: Any) -> str:
        return entity.name


class ConsentForm(OperationForm):
    """What the person said; a “yes” needs its words, its notice and its evidence."""

    kind = forms.ChoiceField(label=_("Said"), choices=ConsentKind)
    purpose = forms.ModelChoiceField(Purpose.objects.none(), label=_("Purpose"))
    entity = CompanyField(LegalEntity.objects.none(), label=_("Company"), required=False)
    channel = forms.ChoiceField(
        label=_("Channel"), choices=[("", "–"), *Channel.choices], required=False
    )
    method = forms.ChoiceField(label=_("How"), choices=HEARD)
    said_on = forms.DateField(label=_("Said on"), widget=DayInput, initial=timezone.localdate)
    wording_text = forms.CharField(
        label=_("Words"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was shown, read out or written. A “no” needs none."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=Language, required=False)
    notice = forms.ModelChoiceField(
        Notice.objects.none(), label=_("Version of the notice"), required=False
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=200,
        required=False,
        help_text=_("The number of a message or form, a shelf mark, a recording; not the thing."),
    )
    evidence_digest = forms.CharField(
        label=_("SHA-256 of the evidence"),
        max_length=64,
        required=False,
        help_text=_("Of the file where it lies, so that nobody exchanges it."),
    )
    withdrawal_told = forms.BooleanField(
        label=_("They were told how a consent ends"), required=False
    )
    recipients = forms.CharField(
        label=_("Classes of recipients"),
        max_length=200,
        required=False,
        help_text=_("Only for giving data to others."),
    )
    for_gain = forms.NullBooleanField(
        label=_("For gain"),
        required=False,
        widget=forms.Select(choices=[("", "–"), ("true", _("yes")), ("false", _("no"))]),
    )

    def prepare(self) -> None:
        in_use = Purpose.objects.filter(off_since__isnull=True)
        self.fields["purpose"].queryset = in_use  # type: ignore[attr-defined]
        self.fields["purpose"].label_from_instance = (  # type: ignore[attr-defined]
            lambda purpose: purpose.title
        )
        self.fields["entity"].queryset = LegalEntity.objects.all()  # type: ignore[attr-defined]
        approved = Notice.objects.filter(approved_at__isnull=False)
        self.fields["notice"].queryset = approved  # type: ignore[attr-defined]


def record(subject: Any, *, said_on: date, by: Any, **said: Any) -> ConsentEvent:
    """Write down what the form says; an earlier day counts from its noon."""
    at = timezone.now()
    if said_on != timezone.localdate():
        at = timezone.make_aware(datetime.combine(said_on, time(12)))
    return consent.record(subject, at=at, by=by, source_system="console", **said)


@admin.register(ConsentEvent)
class ConsentAdmin(ViewOnlyAdmin):
    """Everything that anybody said, the newest first; the person is named by reference."""

    list_display = ("occurred_at", "person", "purpose", "channel", "kind", "method", "notice")
    list_filter = ("kind", "channel", "method", "purpose")
    list_select_related = ("subject", "purpose", "notice")
    search_fields = ("reference__exact", "subject__uuid__exact")
    fields = (
        ("occurred_at", "recorded_at", "operator"),
        ("person", "reference"),
        ("purpose", "channel", "topic"),
        "company",
        ("kind", "method", "language"),
        "notice",
        "words",
        "evidence",
        "valid_until",
        ("recipients", "for_gain"),
        ("permitted", "marketed"),
        ("evidence_digest", "withdrawal_told"),
        ("utc_offset", "source_system"),
    )
    readonly_fields = ("permitted", "person", "operator", "words", "company")

    @admin.display(description=_("person"))
    def person(self, event: ConsentEvent) -> str:
        return str(event.subject.uuid)  # type: ignore[attr-defined]

    @admin.display(description=_("recorded by"))
    def operator(self, event: ConsentEvent) -> str:
        return event.recorded_by.get_username() if event.recorded_by else "–"

    @admin.display(description=_("company"))
    def company(self, event: ConsentEvent) -> str:
        return event.entity.name if event.entity else "–"

    @admin.display(description=_("kinds of data"))
    def permitted(self, event: ConsentEvent) -> str:
        return ", ".join(str(Kind(kind).label) for kind in event.kinds) or "–"

    @admin.display(description=_("words"))
    def words(self, event: ConsentEvent) -> str:
        return event.wording.text if event.wording else event.wording_text


class ReviewForm(OperationForm):
    """Until when the purpose is used before somebody looks again."""

    review_on = forms.DateField(label=_("Review date"), widget=DayInput)


class AssessmentForm(OperationForm):
    """The four parts of a weighing, and what came of it."""

    interest = forms.CharField(label=_("Interest"), widget=forms.Textarea(attrs={"rows": 3}))
    necessity = forms.CharField(
        label=_("Necessity"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Why the interest cannot be had with less data, or without any."),
    )
    impact = forms.CharField(
        label=_("Impact on people, good and bad"), widget=forms.Textarea(attrs={"rows": 3})
    )
    safeguards = forms.CharField(label=_("Safeguards"), widget=forms.Textarea(attrs={"rows": 3}))
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome)
    review_on = forms.DateField(label=_("Review date"), widget=DayInput)


def assess(purpose: Purpose, *, outcome: str, by: Any, **parts: Any) -> None:
    """Weigh what the form says."""
    purposes.assess(purpose, outcome=Outcome(outcome), by=by, **parts)


def has_open_weighing(purpose: Purpose) -> bool:
    """Whether somebody weighed and nobody else looked yet."""
    last = purpose.assessments.first()
    return last is not None and last.approved_at is None


def last_weighing(purpose: Purpose) -> list[tuple[Any, Any]]:
    """What was weighed the last time."""
    last = purpose.assessments.first()
    if last is None:
        return [(_("Last assessment"), _("none yet"))]
    return [
        (_("Last assessment"), formats.date_format(timezone.localdate(last.assessed_at))),
        (_("Interest"), last.interest),
        (_("Necessity"), last.necessity),
        (_("Impact on people, good and bad"), last.impact),
        (_("Safeguards"), last.safeguards),
        (_("Outcome"), last.get_outcome_display()),
    ]


class WeighingFilter(admin.SimpleListFilter):
    """Where a purpose on interests stands; or all those that go on only when somebody acts."""

    title = _("weighing")
    parameter_name = "weighing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("to weigh or approve")), *Weighing.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "open":
            due = weighing.to_weigh(on=timezone.localdate())
            return queryset.filter(pk__in=due.values("pk"))
        return queryset.filter(weighing=self.value()) if self.value() else queryset


@admin.register(Purpose)
class PurposeAdmin(OperationsMixin, ViewOnlyAdmin):
    """Why the firm may use people's data, each purpose on its one basis."""

    list_display = (
        "name",
        "nature",
        "basis",
        "used_on",
        "clause",
        "off_since",
        "stands",
        "review_on",
    )
    list_filter = (WeighingFilter, "nature", "basis", ("off_since", admin.EmptyFieldListFilter))
    fields = (
        ("key", "clause"),
        ("title_en", "title_zh_hant"),
        ("nature", "basis", "statute"),
        ("used_on", "kinds", "months"),
        ("off_since", "review_on"),
        ("stands", "assessed"),
    )
    readonly_fields = ("used_on", "stands", "assessed")
    operations = (
        Operation(
            "assess",
            _("Weigh the interests"),
            "privacy.change_purpose",
            assess,
            AssessmentForm,
            preview=last_weighing,
            explanation=_("If people's interests override ours, the purpose is off from today."),
            applies=lambda purpose: purpose.basis == Basis.LEGITIMATE_INTERESTS,
        ),
        Operation(
            "approve_weighing",
            _("Approve the weighing"),
            "privacy.change_purpose",
            purposes.approve_assessment,
            preview=last_weighing,
            applies=has_open_weighing,
        ),
        Operation(
            "switch_off",
            _("Switch off"),
            "privacy.change_purpose",
            purposes.switch_off,
            explanation=_("From now on nobody is used for this purpose, whatever they said."),
            applies=lambda purpose: purpose.off_since is None,
            dangerous=True,
        ),
        Operation(
            "switch_on",
            _("Use again"),
            "privacy.change_purpose",
            purposes.switch_on,
            ReviewForm,
            applies=lambda purpose: purpose.off_since is not None,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return weighing.stands(super().get_queryset(request), on=timezone.localdate())

    @admin.display(description=_("weighing"), ordering="weighing")
    def stands(self, purpose: Any) -> str:
        return str(Weighing(purpose.weighing).label) if purpose.weighing else "–"

    @admin.display(description=_("purpose"), ordering="key")
    def name(self, purpose: Purpose) -> str:
        return purpose.title

    @admin.display(description=_("channels"))
    def used_on(self, purpose: Purpose) -> str:
        return ", ".join(str(Channel(channel).label) for channel in purpose.channels) or "–"

    @admin.display(description=_("last assessment"))
    def assessed(self, purpose: Purpose) -> str:
        last = purpose.assessments.first()
        if last is None:
            return "–"
        day = formats.date_format(timezone.localdate(last.assessed_at))
        return f"{day}: {last.get_outcome_display()}"
