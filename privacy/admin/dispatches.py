"""Messages to many: prepared and addressed by one person, approved by another, sent by workers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from privacy import (
    dispatch,
    queues,
)
from privacy.admin.consent import CompanyField
from privacy.dispatch import Text
from privacy.enums import Channel, DeliveryState, DispatchKind, DispatchState, Verdict
from privacy.models import Dispatch, LegalEntity, Purpose
from privacy.operations import Operation, OperationForm, OperationsMixin, ViewOnlyAdmin

PREPARES, APPROVES = "privacy.prepare_dispatch", "privacy.approve_dispatch"
# Of a notice people are told with the version in hand, not by a text of its own.
KINDS = [
    (kind.value, kind.label)
    for kind in (DispatchKind.MAILING, DispatchKind.SERVICE, DispatchKind.ACCURACY)
]


class PurposeField(forms.ModelChoiceField):
    """A purpose, by its name in the reader's language."""

    def label_from_instance(self, purpose: Any) -> str:
        return purpose.title


class PrepareForm(OperationForm):
    """What is sent, why, in whose name, in both languages."""

    kind = forms.ChoiceField(label=_("Type"), choices=KINDS)
    purpose = PurposeField(label=_("Purpose"), queryset=Purpose.objects.none())
    topic = forms.SlugField(
        label=_("Topic"), max_length=40, required=False, help_text=_("Left empty: all topics.")
    )
    entity = CompanyField(label=_("Sender"), queryset=LegalEntity.objects.none(), required=False)
    subject_en = forms.CharField(label=_("English subject"), max_length=150)
    body_en = forms.CharField(
        label=_("English text"),
        widget=forms.Textarea({"rows": 8}),
        help_text=_("{unsubscribe}, {preferences} and {answer} become each person's own links."),
    )
    subject_zh_hant = forms.CharField(label=_("Chinese subject"), max_length=150)
    body_zh_hant = forms.CharField(label=_("Chinese text"), widget=forms.Textarea({"rows": 8}))

    def prepare(self) -> None:
        fields: dict[str, Any] = self.fields
        usable = Purpose.objects.filter(off_since__isnull=True)
        by_mail = [one.pk for one in usable if Channel.EMAIL in one.channels]
        fields["purpose"].queryset = usable.filter(pk__in=by_mail)
        fields["entity"].queryset = LegalEntity.objects.all()


def prepare(*, by: Any, **asked: Any) -> Dispatch:
    """A draft of what was typed."""
    texts = {
        language: Text(asked.pop(f"subject_{language}"), asked.pop(f"body_{language}"))
        for language in ("en", "zh_hant")
    }
    return dispatch.prepare(texts=texts, by=by, **asked)


def start(message: Dispatch, *, by: Any) -> Dispatch:
    """Have a worker send it."""
    started = dispatch.start(message, by=by)
    transaction.on_commit(lambda: queues.tell("privacy.send_dispatch", str(started.reference)))
    return started


def seen(message: Dispatch) -> list[tuple[Any, Any]]:
    """What arrives, at how many, and who is left out."""
    left_out = [
        f"{Verdict(verdict).label}: {number}" for verdict, number in message.left_out.items()
    ]
    return [
        (_("People"), message.deliveries.count()),
        (_("Left out"), "; ".join(left_out) or _("nobody")),
        (_("English subject"), message.subject_en),
        (_("English text"), message.body_en),
        (_("Chinese subject"), message.subject_zh_hant),
        (_("Chinese text"), message.body_zh_hant),
    ]


@admin.register(Dispatch)
class DispatchAdmin(OperationsMixin, ViewOnlyAdmin):
    """Every message to many, what became of it, and who answers for it."""

    list_display = ("prepared_at", "kind", "purpose_name", "subject_en", "people", "sent", "state")
    list_filter = ("state", "kind")
    list_select_related = ("purpose", "prepared_by", "approved_by", "entity")
    change_form_before_template = "privacy/dispatch/progress.html"
    fields = (
        ("kind", "purpose_name", "topic"),
        ("sender", "state"),
        "told_of",
        "subject_en",
        "body_en",
        "subject_zh_hant",
        "body_zh_hant",
        ("prepared", "approved"),
        ("started_at", "ended_at"),
    )
    readonly_fields = ("purpose_name", "sender", "told_of", "prepared", "approved")
    operations = (
        Operation(
            "prepare",
            _("Prepare a message"),
            PREPARES,
            prepare,
            PrepareForm,
            explanation=_(
                "Then choose its people in the list of contacts (“Write to these people”), and"
                " have a second person approve it."
            ),
            on_list=True,
            opens=True,
        ),
        Operation(
            "test",
            _("Send me a test"),
            PREPARES,
            dispatch.send_test,
            explanation=_("Both languages, to your own address; its links lead to nobody."),
            applies=lambda message: message.state == DispatchState.DRAFT,
        ),
        Operation(
            "approve",
            _("Approve"),
            APPROVES,
            dispatch.approve,
            preview=seen,
            explanation=_("From then on nothing of it changes."),
            applies=lambda message: message.state == DispatchState.DRAFT,
        ),
        Operation(
            "start",
            _("Send"),
            PREPARES,
            start,
            preview=seen,
            explanation=_("Before each message it is asked again whether it may be sent."),
            applies=lambda message: (
                message.state in {DispatchState.APPROVED, DispatchState.PAUSED}
            ),
            dangerous=True,
        ),
        Operation(
            "pause",
            _("Pause"),
            PREPARES,
            dispatch.pause,
            applies=lambda message: message.state == DispatchState.SENDING,
        ),
        Operation(
            "cancel",
            _("Cancel the message"),
            PREPARES,
            dispatch.cancel,
            explanation=_("Nothing more is sent, ever; what was sent stays on record."),
            applies=lambda message: (
                message.state not in {DispatchState.DONE, DispatchState.CANCELLED}
            ),
            dangerous=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            super()
            .get_queryset(request)
            .annotate(
                of_people=Count("deliveries"),
                sent_to=Count("deliveries", filter=Q(deliveries__state=DeliveryState.SENT)),
            )
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (message := kwargs.get("obj")) is not None:
            context["progress"] = [
                (DeliveryState(state).label, number)
                for state, number in dispatch.progress(message).items()
                if number
            ]
            context["left_out"] = [
                (Verdict(verdict).label, number) for verdict, number in message.left_out.items()
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("purpose"))
    def purpose_name(self, message: Dispatch) -> str:
        return message.purpose.title

    @admin.display(description=_("sender"))
    def sender(self, message: Dispatch) -> str:
        return message.entity.name

    @admin.display(description=_("tells of"))
    def told_of(self, message: Dispatch) -> str:
        if message.notice is None:
            return "–"
        said = (str(message.notice), message.get_reach_display(), message.reach_reason)
        return " · ".join(filter(None, said))

    @admin.display(description=_("people"))
    def people(self, message: Any) -> int:
        return message.of_people

    @admin.display(description=_("sent"))
    def sent(self, message: Any) -> int:
        return message.sent_to

    @admin.display(description=_("prepared by"))
    def prepared(self, message: Dispatch) -> str:
        return message.prepared_by.get_username()

    @admin.display(description=_("approved by"))
    def approved(self, message: Dispatch) -> str:
        return message.approved_by.get_username() if message.approved_by else "–"
