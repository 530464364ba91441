"""Versions of the notice, what each changes, and who was told of which (S1, S121, S142)."""

from collections.abc import Collection
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy import announcing, changes, dispatch, informing, notices
from privacy.admin.consent import CompanyField
from privacy.changes import Changes
from privacy.dispatch import Text
from privacy.enums import DeliveryState, Extent, Reach, Told, Verdict, Way
from privacy.models import Dispatch, LegalEntity, Notice, NoticeGiven, Purpose
from privacy.operations import (
    DayInput,
    Operation,
    OperationForm,
    OperationsMixin,
    ViewOnlyAdmin,
)


class KeysField(forms.MultipleChoiceField):
    """Some of the office's purposes, by key."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.CheckboxSelectMultiple, **kwargs)


class ChangesForm(OperationForm):
    """What a version changes, and how data already held come under what is new (Art. 13(3))."""

    effective_from = forms.DateField(label=_("Effective from"), widget=DayInput)
    extent = forms.ChoiceField(
        label=_("Against the version before, this one changes"), choices=Extent
    )
    added_told = KeysField(label=_("Purposes added; people are told before they begin"))
    added_consent = KeysField(label=_("Purposes added; only of those who agree"))
    changed_told = KeysField(label=_("Purposes changed; people are told before that begins"))
    changed_consent = KeysField(label=_("Purposes changed; only of those who agree"))
    removed = KeysField(label=_("Purposes removed"))
    recipients = forms.BooleanField(label=_("Recipients change"), required=False)
    periods = forms.BooleanField(label=_("Periods change"), required=False)

    def prepare(self) -> None:
        fields: dict[str, Any] = self.fields
        purposes = [(purpose.key, purpose.title) for purpose in Purpose.objects.all()]
        for field in fields.values():
            if isinstance(field, KeysField):
                field.choices = purposes
        if self.obj is not None:
            self.initial = _recorded(self.obj)


class NoticeForm(ChangesForm):
    """A version of a notice in both languages, and what it changes."""

    version = forms.CharField(label=_("Version"), max_length=20)
    text_en = forms.CharField(label=_("English text"), widget=forms.Textarea(attrs={"rows": 12}))
    text_zh_hant = forms.CharField(
        label=_("Chinese text"), widget=forms.Textarea(attrs={"rows": 12})
    )
    field_order = ("version", "effective_from", "text_en", "text_zh_hant")

    def prepare(self) -> None:
        super().prepare()
        fields: dict[str, Any] = self.fields
        # A first version changes nothing.
        fields["extent"].choices = [("", _("nothing: it is the first")), *Extent.choices]
        fields["extent"].required = False


def propose(*, by: Any, **asked: Any) -> Notice:
    """Prepare a version of the policy, with what it changes."""
    said = _changes(asked)
    is_first = not said.extent and said.is_empty
    return notices.propose(by=by, changed=None if is_first else said, **asked)


def record_changes(notice: Notice, *, effective_from: date, by: Any, **asked: Any) -> Notice:
    """Record what the form says."""
    return notices.record_changes(notice, _changes(asked), effective_from=effective_from, by=by)


def _changes(asked: dict[str, Any]) -> Changes:
    """Takes what the form asked about changes out of `asked`."""
    told = {name: asked.pop(f"{name}_told") for name in ("added", "changed")}
    agreed = {name: asked.pop(f"{name}_consent") for name in ("added", "changed")}
    ways = dict.fromkeys([*told["added"], *told["changed"]], Way.TOLD)
    ways |= dict.fromkeys([*agreed["added"], *agreed["changed"]], Way.CONSENT)
    return Changes(
        asked.pop("extent"),
        frozenset([*told["added"], *agreed["added"]]),
        frozenset([*told["changed"], *agreed["changed"]]),
        frozenset(asked.pop("removed")),
        asked.pop("recipients"),
        asked.pop("periods"),
        ways,
    )


def _recorded(notice: Notice) -> dict[str, Any]:
    said = changes.of(notice)

    def by_way(keys: Collection[str], way: Way) -> list[str]:
        return [key for key in keys if said.ways.get(key) == way]

    return {
        "effective_from": notice.effective_from,
        "extent": said.extent,
        "added_told": by_way(said.added, Way.TOLD),
        "added_consent": by_way(said.added, Way.CONSENT),
        "changed_told": by_way(said.changed, Way.TOLD),
        "changed_consent": by_way(said.changed, Way.CONSENT),
        "removed": list(said.removed),
        "recipients": said.recipients,
        "periods": said.periods,
    }


def changes_of(notice: Notice) -> list[tuple[Any, Any]]:
    """What was recorded as changed, each purpose by its name and with the way to it."""
    said = changes.of(notice)
    if not said.extent:
        return []
    titles = {purpose.key: purpose.title for purpose in Purpose.objects.all()}

    def listed(keys: Collection[str]) -> str:
        ways = {key: Way(way).label for key, way in said.ways.items()}
        return "; ".join(
            f"{titles.get(key, key)} ({ways[key]})" if key in ways else titles.get(key, key)
            for key in sorted(keys)
        )

    facts = [
        (_("Changes"), Extent(said.extent).label),
        (_("Purposes added"), listed(said.added)),
        (_("Purposes changed"), listed(said.changed)),
        (_("Purposes removed"), listed(said.removed)),
        (_("Recipients change"), _("yes") if said.recipients else ""),
        (_("Periods change"), _("yes") if said.periods else ""),
    ]
    return [(label, value) for label, value in facts if value]


class TellForm(OperationForm):
    """Who is told of this version, why these people, and in which words."""

    reach = forms.ChoiceField(
        label=_("People"),
        choices=Reach,
        help_text=_("Of changed purposes those whose data they use are told in any case."),
    )
    reason = forms.CharField(
        label=_("Why these people"),
        max_length=300,
        help_text=_("For the record; nobody's name."),
    )
    entity = CompanyField(label=_("Sender"), queryset=LegalEntity.objects.none(), required=False)
    subject_en = forms.CharField(label=_("English subject"), max_length=150)
    body_en = forms.CharField(label=_("English text"), widget=forms.Textarea({"rows": 8}))
    subject_zh_hant = forms.CharField(label=_("Chinese subject"), max_length=150)
    body_zh_hant = forms.CharField(label=_("Chinese text"), widget=forms.Textarea({"rows": 8}))

    def prepare(self) -> None:
        fields: dict[str, Any] = self.fields
        fields["entity"].queryset = LegalEntity.objects.all()
        for language, text in announcing.drafts(self.obj).items():
            self.initial[f"subject_{language}"] = text.subject
            self.initial[f"body_{language}"] = text.body


class LettersForm(OperationForm):
    """On which day the letters left."""

    sent_on = forms.DateField(label=_("Sent on"), widget=DayInput, initial=timezone.localdate)


def tell(notice: Notice, *, reach: str, reason: str, entity: Any, by: Any, **typed: str) -> Any:
    """Prepare a message of what was typed."""
    texts = {
        language: Text(typed[f"subject_{language}"], typed[f"body_{language}"])
        for language in announcing.LANGUAGES
    }
    return announcing.prepare(
        notice, reach=reach, reason=reason, texts=texts, entity=entity, by=by
    )


def reaches(notice: Notice) -> list[tuple[Any, Any]]:
    """What the version changes, and how many people each choice is about."""
    numbers = announcing.counts(notice)
    return [*changes_of(notice), *((reach.label, number) for reach, number in numbers.items())]


def note_letters(notice: Notice, *, sent_on: date, by: Any) -> int:
    """Note of everybody on the list that a letter went."""
    return announcing.note_letters(notice, at=moment(sent_on), by=by)


def left_for_letters(notice: Notice) -> list[tuple[Any, Any]]:
    """How many people a letter goes to."""
    return [(_("People without a message"), announcing.for_letters(notice).count())]


def text_of(notice: Notice) -> list[tuple[Any, Any]]:
    """What the second person approves."""
    return [
        (_("Effective from"), notice.effective_from),
        *changes_of(notice),
        (_("English text"), notice.text_en),
        (_("Chinese text"), notice.text_zh_hant),
        ("SHA-256", " ".join(notice.digest[n : n + 8] for n in range(0, 64, 8))),
    ]


# How far a run is, is shown to whoever may open it.
SEES_RUNS = "privacy.view_dispatch"


def _run(message: Dispatch) -> dict[str, Any]:
    """One message about a version: what became of each, and who was left out."""
    progress = dispatch.progress(message)
    return {
        "message": message,
        "progress": [(DeliveryState(s).label, number) for s, number in progress.items() if number],
        "left_out": [(Verdict(v).label, number) for v, number in message.left_out.items()],
    }


@admin.register(Notice)
class NoticeAdmin(OperationsMixin, ViewOnlyAdmin):
    """Every version of what people are told: proposed by one person, approved by a second."""

    list_display = ("name", "version", "effective_from", "prepared", "approved", "approved_at")
    list_filter = ("name", ("approved_at", admin.EmptyFieldListFilter))
    list_select_related = ("prepared_by", "approved_by")
    fields = (
        ("name", "version", "effective_from"),
        ("prepared", "prepared_at"),
        ("approved", "approved_at"),
        "changed",
        "text_en",
        "text_zh_hant",
        "digest",
    )
    readonly_fields = ("prepared", "approved", "changed")
    change_form_before_template = "privacy/notice/runs.html"
    operations = (
        Operation(
            "propose",
            _("Propose a version"),
            "privacy.propose_notice",
            propose,
            NoticeForm,
            explanation=_(
                "Whoever uses data already held for another purpose tells the people first, or"
                " asks them (Art. 13(3), 14(4)): without that nobody approves the version."
            ),
            on_list=True,
            opens=True,
        ),
        Operation(
            "changes",
            _("Say what it changes"),
            "privacy.propose_notice",
            record_changes,
            ChangesForm,
            preview=changes_of,
            explanation=_("Only whoever prepared the version says what it changes."),
            applies=lambda notice: notice.approved_at is None,
        ),
        Operation(
            "approve",
            _("Approve"),
            "privacy.approve_notice",
            notices.approve,
            preview=text_of,
            explanation=_("From its day on people are shown this text; it never changes again."),
            applies=lambda notice: notice.approved_at is None,
        ),
        Operation(
            "tell",
            _("Tell the people concerned"),
            "privacy.prepare_dispatch",
            tell,
            TellForm,
            preview=reaches,
            explanation=_(
                "Prepares a message to many: a second person approves it, then workers send it."
                " A “no” to marketing does not stop it; who is restricted is left out."
            ),
            applies=lambda notice: notice.approved_at is not None,
            opens=True,
        ),
        Operation(
            "letters",
            _("Note that letters were sent"),
            "privacy.note_notice",
            note_letters,
            LettersForm,
            preview=left_for_letters,
            explanation=_("To everybody whom no message about this version reached."),
            applies=lambda notice: notice.approved_at is not None,
        ),
    )

    def page_of(self, obj: Any) -> str:
        """From a message about a version it goes on with the message."""
        if isinstance(obj, Dispatch):
            return reverse("admin:privacy_dispatch_change", args=[obj.pk])
        return super().page_of(obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        notice = kwargs.get("obj")
        if notice is not None and notice.approved_at and request.user.has_perm(SEES_RUNS):
            context["runs"] = [_run(message) for message in announcing.runs(notice)]
            context["told"] = notice.given.values("subject").distinct().count()
            context["for_letters"] = announcing.for_letters(notice).count()
            context["notice"] = notice
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("prepared by"))
    def prepared(self, notice: Notice) -> str:
        return notice.prepared_by.get_username()

    @admin.display(description=_("approved by"))
    def approved(self, notice: Notice) -> str:
        return notice.approved_by.get_username() if notice.approved_by else "–"

    @admin.display(description=_("changes"))
    def changed(self, notice: Notice) -> str:
        return " · ".join(f"{label}: {value}" for label, value in changes_of(notice)) or "–"


class ToldForm(OperationForm):
    """Of which version, how and when; or why they need not be told."""

    notice = forms.ModelChoiceField(Notice.objects.none(), label=_("Version of the notice"))
    how = forms.ChoiceField(label=_("How"), choices=Told)
    told_on = forms.DateField(label=_("Told on"), widget=DayInput, initial=timezone.localdate)
    assessment = forms.CharField(
        label=_("Assessment"),
        max_length=30,
        required=False,
        help_text=_("Of a ground of Art. 14(5) alone: its number, e.g. DEC-2026-0017."),
    )

    def prepare(self) -> None:
        fields: dict[str, Any] = self.fields
        fields["notice"].queryset = notices.approved()


def note_told(subject: Any, *, told_on: date, by: Any, **said: Any) -> None:
    """Write down what the form says of one person; an earlier day counts from its noon."""
    informing.told([subject.pk], at=moment(told_on), by=by, **said)


def moment(day: date) -> datetime:
    """Now for today, else noon of that day."""
    if day == timezone.localdate():
        return timezone.now()
    return timezone.make_aware(datetime.combine(day, time(12)))


@admin.register(NoticeGiven)
class NoticeGivenAdmin(ViewOnlyAdmin):
    """Who was told of which version, how and when; the person is named by reference."""

    list_display = ("told_at", "person", "notice", "article", "how", "operator")
    list_filter = ("how", "article", "notice")
    list_select_related = ("subject", "notice", "recorded_by")
    search_fields = ("reference__exact", "subject__uuid__exact")
    fields = (
        ("told_at", "recorded_at", "operator"),
        ("person", "reference"),
        ("notice", "article"),
        ("how", "assessment"),
    )
    readonly_fields = ("person", "operator")

    @admin.display(description=_("person"))
    def person(self, given: NoticeGiven) -> str:
        return str(given.subject.uuid)  # type: ignore[attr-defined]

    @admin.display(description=_("recorded by"))
    def operator(self, given: NoticeGiven) -> str:
        return given.recorded_by.get_username() if given.recorded_by else "–"
