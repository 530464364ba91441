"""People chosen in a list, addressed by a message that somebody prepared."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from privacy import dispatch
from privacy.enums import Kind
from privacy.errors import PrivacyError
from privacy.operations import OperationForm

NAME = "write_to_people"
PREPARES = "privacy.prepare_dispatch"
# By which kind of data each filter of the list chooses; what was searched for is identity.
USES = {
    "role": Kind.PROFESSIONAL,
    "role_state": Kind.PROFESSIONAL,
    "organisation": Kind.PROFESSIONAL,
    "tag": Kind.DEALING,
    "owner": Kind.DEALING,
    "team": Kind.DEALING,
    "source": Kind.DEALING,
    "retention_class": Kind.DEALING,
    "language": Kind.PREFERENCE,
    "q": Kind.IDENTITY,
}


class DraftField(forms.ModelChoiceField):
    """A draft, by its purpose and subject."""

    def label_from_instance(self, draft: Any) -> str:
        return f"{draft.purpose.title}: {draft.subject_en}"


class DraftForm(OperationForm):
    """Which message."""

    draft = DraftField(label=_("Message"), queryset=None)

    def prepare(self) -> None:
        fields: dict[str, Any] = self.fields
        fields["draft"].queryset = dispatch.drafts()


def write_to_people(page: Any, request: HttpRequest, chosen: QuerySet) -> HttpResponse | None:
    """Ask which message, then address it to those whom the gate lets through."""
    if not request.user.has_perm(PREPARES):
        raise PermissionDenied
    form = DraftForm(request.POST if "confirmed" in request.POST else None)
    if not form.is_valid():
        context = {
            **page.admin_site.each_context(request),
            "title": _now("Write to these people"),
            "opts": page.opts,
            "number": chosen.count(),
            "form": form,
            "has_drafts": dispatch.drafts().exists(),
            "action": NAME,
            "across": request.POST.get("select_across", "0"),
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "crm/message/ask.html", context)
    draft = form.cleaned_data["draft"]
    people = list(chosen.order_by("pk").values_list("pk", flat=True))
    try:
        counts = dispatch.address(draft, people, by=request.user, uses=used(request))
    except PrivacyError as refusal:
        page.message_user(request, str(refusal), messages.ERROR)
        return None
    going = draft.deliveries.count()
    facts = {"going": going, "chosen": sum(counts.values())}
    page.message_user(
        request, _now("%(chosen)s were chosen; the message goes to %(going)s people.") % facts
    )
    return HttpResponseRedirect(reverse("admin:privacy_dispatch_change", args=[draft.pk]))


def used(request: HttpRequest) -> set[str]:
    """The kinds of data by which the list was narrowed (S53, S54)."""
    return {
        str(kind)
        for name, kind in USES.items()
        if any(asked.split("__")[0] == name and value for asked, value in request.GET.items())
    }


class WritesToPeople:
    """For a list of people: "Write to these people" among its actions, for whoever may."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        above: Any = super()
        actions = above.get_actions(request)
        if request.user.has_perm(PREPARES) and IS_POPUP_VAR not in request.GET:
            actions[NAME] = (write_to_people, NAME, _("Write to these people"))
        return actions
