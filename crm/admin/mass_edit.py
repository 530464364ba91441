"""One change of the people chosen in a list: asked on a page of its own, answered on another."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from crm import mass_edit
from crm.enums import MassVerb, SkipReason
from crm.models import Contact, Tag, User
from crm.sight import seen_by
from privacy.errors import PrivacyError
from privacy.operations import OperationForm

NAME = "change_people"
# Beyond it the page counts and does not list.
LISTED = 200


class MassEditForm(OperationForm):
    """One thing to do, and what it needs."""

    verb = forms.ChoiceField(label=_("What to do"), choices=MassVerb)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none(), required=False)
    tag = forms.ModelChoiceField(label=_("Tag"), queryset=Tag.objects.none(), required=False)
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", "–"), *settings.LANGUAGES], required=False
    )

    def prepare(self) -> None:
        fields: dict[str, Any] = self.fields
        fields["owner"].queryset = User.objects.filter(is_active=True, is_staff=True)
        fields["owner"].label_from_instance = lambda operator: operator.get_username()
        fields["tag"].queryset = Tag.objects.all()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        needs = {
            MassVerb.OWNER: "owner",
            MassVerb.TAG: "tag",
            MassVerb.UNTAG: "tag",
            MassVerb.LANGUAGE: "language",
        }.get(values.get("verb", ""), "")
        if needs and not values.get(needs):
            self.add_error(needs, _now("Choose one."))
        return values


def change_people(page: Any, request: HttpRequest, chosen: QuerySet) -> HttpResponse | None:
    """Ask what to do with the people chosen, do it, and say who stayed as they were."""
    if not page.has_change_permission(request):
        raise PermissionDenied
    form = MassEditForm(request.POST if "confirmed" in request.POST else None)
    context = {
        **page.admin_site.each_context(request),
        "title": _now("Change these people"),
        "opts": page.opts,
        "number": chosen.count(),
        "form": form,
        "action": NAME,
        "across": request.POST.get("select_across", "0"),
        "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    if not form.is_valid():
        return TemplateResponse(request, "crm/mass_edit/ask.html", context)
    values = {name: value for name, value in form.cleaned_data.items() if value}
    people = Contact.objects.filter(pk__in=chosen.order_by().values("pk"))
    try:
        outcome = mass_edit.change(
            people, **{**values, "verb": MassVerb(values["verb"])}, by=request.user
        )
    except PrivacyError as refusal:
        page.message_user(request, str(refusal), messages.ERROR)
        return None
    context["outcome"], context["skipped"] = outcome, _named(outcome, request.user)
    return TemplateResponse(request, "crm/mass_edit/result.html", context)


def _named(outcome: mass_edit.Outcome, user: Any) -> list[tuple[str, Any]]:
    """Who stayed as they were, by name for whoever sees them, and why."""
    pks = list(outcome.skipped)[:LISTED]
    seen = {one.pk: one for one in seen_by(user, Contact.objects.usable().filter(pk__in=pks))}
    return [
        (seen[pk].display_name if pk in seen else "–", SkipReason(outcome.skipped[pk]).label)
        for pk in pks
    ]


class ChangesPeople:
    """For a list of people: "Change these people" among its actions, for whoever may."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        above: Any = super()
        page: Any = self
        actions = above.get_actions(request)
        if page.has_change_permission(request) and IS_POPUP_VAR not in request.GET:
            actions[NAME] = (change_people, NAME, _("Change these people"))
        return actions
