"""Data of people that go to somebody else, recorded from a person's page or from a list."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from crm import recipients
from crm.disclosure_forms import DisclosureForm
from crm.models import Contact, Organisation
from privacy import disclosures
from privacy.disclosures import Disclosure, Terms
from privacy.errors import PrivacyError

NAME = "disclose_people"
RECORDS = "privacy.record_disclosure"


def record(
    pks: Collection[int], *, recipient: Organisation, recipient_class: str, by: Any, **terms: Any
) -> Disclosure:
    """Record what the form asked."""
    return disclosures.record(
        pks,
        recipient=recipients.of(recipient, kind=recipient_class),
        terms=Terms(**terms),
        by=by,
    )


def disclose(contact: Contact, *, by: Any, **asked: Any) -> Disclosure:
    """Record that data of one person go."""
    return record([contact.pk], by=by, **asked)


def disclose_people(page: Any, request: HttpRequest, chosen: QuerySet) -> HttpResponse | None:
    """Ask to whom data of these people go, and why; then record it of all of them or of none."""
    if not request.user.has_perm(RECORDS):
        raise PermissionDenied
    form = DisclosureForm(request.POST if "confirmed" in request.POST else None, by=request.user)
    if form.is_valid():
        people = list(chosen.order_by("pk").values_list("pk", flat=True))
        try:
            made = record(people, by=request.user, **form.cleaned_data)
        except PrivacyError as refusal:
            page.message_user(request, str(refusal), messages.ERROR)
            return None
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            page.message_user(request, _now("Recorded: %s") % made.reference, messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:privacy_disclosure_change", args=[made.pk]))
    context = {
        **page.admin_site.each_context(request),
        "title": _now("Record a disclosure"),
        "opts": page.opts,
        "number": chosen.count(),
        "form": form,
        "action": NAME,
        "across": request.POST.get("select_across", "0"),
        "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "crm/disclosure/ask.html", context)


class DisclosesPeople:
    """For a list of people: "Record a disclosure" among its actions, for whoever may."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        above: Any = super()
        actions = above.get_actions(request)
        if request.user.has_perm(RECORDS) and IS_POPUP_VAR not in request.GET:
            actions[NAME] = (disclose_people, NAME, _("Record a disclosure"))
        return actions
