"""Due for review: whose time ends soon, and what keeps them; to postpone is to place a hold.

The contact list's own page, narrowed to those whose period ends within some days: the same
permission, the same team, the same names. Nothing here changes anybody's date.
"""

import copy
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.admin.contacts import seen_by
from crm.models import Contact, Role
from privacy import holds, looks, masking
from privacy.enums import Look
from privacy.operations import ViewOnlyAdmin
from retention import forecast

WINDOWS = (30, 90, 180)


class WindowFilter(SimpleListFilter):
    """Due now or within so many days; never everybody."""

    title = _("due within")
    parameter_name = "within"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(days), _days(days)) for days in WINDOWS]

    def value(self) -> str:
        asked = super().value()
        return asked if asked in {str(days) for days in WINDOWS} else str(WINDOWS[0])

    def choices(self, changelist: ChangeList) -> Any:
        # Without Django's own first choice, "All".
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        until = timezone.localdate() + timedelta(days=int(self.value()))
        return queryset.filter(due_on__lte=until)


class HeldFilter(SimpleListFilter):
    """What the nightly run will take, or what a hold keeps from it."""

    title = _("hold")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("nothing keeps them")), ("yes", _("on hold"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in {"yes", "no"}:
            return queryset
        people = queryset.order_by().values_list("pk", flat=True)
        held = Q(pk__in=list(holds.in_force(people, on=timezone.localdate())))
        return queryset.filter(held if self.value() == "yes" else ~held)


class DueChangeList(ChangeList):
    """Asks the holds once for all people of a page; the days to choose from stand above it."""

    windows: list[dict[str, Any]]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        people = list(self.result_list)
        pks = [person.pk for person in people]
        held = holds.in_force(pks, on=timezone.localdate())
        # The class says who works or worked here.
        looks.note(pks, by=request.user, how=Look.LIST, shown=[Role])
        for person in people:
            person.held_by = held.get(person.pk, [])
            person.may_hold = request.user.has_perm("privacy.place_hold")
            person.may_see_holds = request.user.has_perm("privacy.view_legalhold")
        self.result_list = people
        (window,) = (spec for spec in self.filter_specs if isinstance(spec, WindowFilter))
        self.windows = list(window.choices(self))


class DueList(ViewOnlyAdmin):
    """A page without a table of its own: it stands beside the contact list."""

    list_display = ("name", "reference", "kind", "last_event", "due", "held", "postpone")
    list_display_links = ("name",)
    list_filter = (WindowFilter, "retention_class", HeldFilter)
    list_before_template = "console/due/_windows.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        on = timezone.localdate()
        until = on + timedelta(days=WINDOWS[-1])
        people = seen_by(request.user, Contact.objects.usable())
        due = forecast.people_due(on=on, until=until, among=people).order_by("due_on", "pk")
        return masking.for_user(request.user, due)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        # The list of a table would fall back on the table's own order.
        return "due_on", "pk"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DueChangeList

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        opts = copy.copy(self.opts)
        opts.verbose_name_plural = _("due for review")
        return super().changelist_view(request, {"opts": opts, **(extra_context or {})})

    @admin.display(description=_("name"), ordering="name_key")
    def name(self, contact: Contact) -> str:
        return contact.display_name

    @admin.display(description=_("reference"))
    def reference(self, contact: Contact) -> str:
        return str(contact.uuid)[:8]

    @admin.display(description=_("class"), ordering="retention_class")
    def kind(self, contact: Contact) -> str:
        return contact.get_retention_class_display()

    @admin.display(description=_("last qualifying event"), ordering="anchor_on")
    def last_event(self, contact: Contact) -> str:
        return _day(contact.anchor_on)

    @admin.display(description=_("due on"), ordering="due_on")
    def due(self, contact: Contact) -> str:
        left, day = (contact.due_on - timezone.localdate()).days, _day(contact.due_on)
        if left > 0:
            return _("in %(days)s · %(day)s") % {"days": _days(left), "day": day}
        return (_("over · %s") if contact.held_by else _("now · %s")) % day

    @admin.display(description=_("held by"))
    def held(self, contact: Contact) -> str:
        facts = {"references": contact.held_by, "may_see": contact.may_see_holds}
        return render_to_string("console/due/_held.html", facts)

    @admin.display(description=_("to postpone"))
    def postpone(self, contact: Contact) -> str:
        if not contact.may_hold:
            return "–"
        address = reverse("admin:crm_contact_hold", args=[contact.pk])
        return render_to_string("console/due/_postpone.html", {"address": address})


def _day(day: date) -> str:
    return formats.date_format(day, "j M Y")


def _days(number: int) -> str:
    return ngettext("%(n)d day", "%(n)d days", number) % {"n": number}
