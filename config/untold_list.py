"""To be told: whose data came from elsewhere, and whom no message reached (S121, S141).

The contact list's own page, narrowed: the same permission, the same team, the same names. What
is noted on a person's page, or left with a message about a notice, takes them off it.
"""

import copy
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from crm.admin.contacts import seen_by
from crm.models import Contact
from privacy import announcing, informing, masking, notices
from privacy.operations import ViewOnlyAdmin

PERMISSION = "privacy.view_noticegiven"


class ClockFilter(SimpleListFilter):
    """Whose day was, or comes within a week; or everybody who is still to be told."""

    title = _("to be told")
    parameter_name = "clock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("soon", _("within 7 days, or overdue")), ("late", _("overdue"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        today = timezone.localdate()
        match self.value():
            case "soon":
                return queryset.filter(informing.due_by(today + informing.SOON))
            case "late":
                return queryset.filter(informing.overdue(today))
        return queryset


class VersionFilter(SimpleListFilter):
    """Of which version no message reached them; the newest where nobody says."""

    title = _("version of the notice")
    parameter_name = "notice"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.versions = {str(notice.pk): notice for notice in notices.approved()}
        return [(pk, str(notice)) for pk, notice in self.versions.items()]

    def value(self) -> str:
        asked = super().value()
        return asked if asked in self.versions else next(iter(self.versions), "")

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: ChangeList) -> Any:
        # Without Django's own first choice, "All".
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        notice = self.versions.get(self.value())
        if notice is None:
            return queryset.none()
        return queryset.filter(announcing.not_reached(notice))


class PeoplePage(ViewOnlyAdmin):
    """A page without a table of its own: it stands beside the contact list."""

    list_display_links = ("name",)
    titled: Any = ""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(PERMISSION) and super().has_view_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        opts = copy.copy(self.opts)
        opts.verbose_name_plural = self.titled
        return super().changelist_view(request, {"opts": opts, **(extra_context or {})})

    @admin.display(description=_("name"), ordering="name_key")
    def name(self, contact: Contact) -> str:
        return contact.display_name

    @admin.display(description=_("reference"))
    def reference(self, contact: Contact) -> str:
        return str(contact.uuid)[:8]


class UntoldChangeList(ChangeList):
    """Says of each person of a page whether this user may note that they were told."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        for person in self.result_list:
            person.may_note = request.user.has_perm("privacy.note_notice")


class UntoldList(PeoplePage):
    """Whose data came from elsewhere, and who was told nothing yet."""

    titled = _("to be told (Art. 14)")
    list_display = ("name", "reference", "source_type", "obtained", "due", "note")
    list_filter = (ClockFilter,)
    list_select_related = ("source",)
    list_before_template = "console/untold/_before.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        people = seen_by(request.user, informing.untold()).select_related("source")
        return masking.for_user(request.user, people)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return "obtained_on", "pk"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return UntoldChangeList

    @admin.display(description=_("source"))
    def source_type(self, contact: Contact) -> str:
        return contact.source.get_type_display()

    @admin.display(description=_("obtained on"), ordering="obtained_on")
    def obtained(self, contact: Any) -> str:
        return formats.date_format(contact.obtained_on, "j M Y")

    @admin.display(description=_("to be told by"))
    def due(self, contact: Any) -> str:
        day = informing.due_on(contact)
        shown = formats.date_format(day, "j M Y")
        left = day - timezone.localdate()
        return _("overdue · %s") % shown if left < timedelta() else shown

    @admin.display(description=_("note"))
    def note(self, contact: Any) -> str:
        if not contact.may_note:
            return "–"
        address = reverse("admin:crm_contact_told", args=[contact.pk])
        return render_to_string("console/untold/_note.html", {"address": address})


class LettersList(PeoplePage):
    """Whom no e-mail about a version of the notice reached, and who is written a letter."""

    titled = _("to be told by letter")
    list_display = ("name", "reference", "language", "country")
    list_filter = (VersionFilter,)
    list_before_template = "console/untold/_letters.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return masking.for_user(request.user, seen_by(request.user, Contact.objects.usable()))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return "name_key", "pk"

    @admin.display(description=_("country"))
    def country(self, contact: Contact) -> str:
        return contact.residence_country or "–"
