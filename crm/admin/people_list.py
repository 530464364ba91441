"""The list of people: its filters, its pages, and what is asked once for all rows of a page."""

import json
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, ChangeList
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm import search
from crm.enums import RoleKind
from crm.models import Contact, ContactTag, Interaction, Organisation, Role, Tag, User
from crm.sight import seen_by
from privacy import consent, looks, restriction
from privacy.enums import NOES, ConsentState, Look

# A page this far behind is found by its numbers first: whole rows are not read and thrown away.
DEEP = 1_000
# From how many rows on the planner's estimate will do: an exact count reads every one of them.
MANY = 100_000
# Who reads where a person stands about marketing.
SEES_CONSENT = "privacy.record_consent"


class RoleFilter(SimpleListFilter):
    """Who has, or had, a role of this kind; a person is one row however many they have."""

    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(RoleKind.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in RoleKind.values:
            return queryset
        return queryset.filter(
            Exists(Role.objects.filter(contact=OuterRef("pk"), kind=self.value()))
        )


class RoleStateFilter(SimpleListFilter):
    """Whose work with us goes on, and whose is over."""

    title = gettext_lazy("role state")
    parameter_name = "role_state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("current", gettext_lazy("has a current role")),
            ("past", gettext_lazy("past roles alone")),
            ("none", gettext_lazy("no role")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        roles = Role.objects.filter(contact=OuterRef("pk"))
        today = timezone.localdate()
        current = Exists(roles.exclude(ended_on__lt=today))
        match self.value():
            case "current":
                return queryset.filter(current)
            case "past":
                return queryset.filter(Exists(roles), ~current)
            case "none":
                return queryset.filter(~Exists(roles))
        return queryset


class OwnerFilter(SimpleListFilter):
    """Mine, a colleague's, or nobody's."""

    title = gettext_lazy("owner")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        owners = User.objects.filter(is_active=True, is_staff=True).exclude(pk=request.user.pk)
        names = owners.order_by("username").values_list("pk", "username")
        mine = [("me", _("mine")), ("nobody", _("nobody's"))]
        return [*mine, *((str(pk), name) for pk, name in names[:50])]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case None:
                return queryset
            case "me":
                return queryset.filter(owner=request.user.pk)
            case "nobody":
                return queryset.filter(owner__isnull=True)
            case number:
                return queryset.filter(owner=int(number) if number.isdecimal() else 0)


class OrganisationFilter(SimpleListFilter):
    """Who acts or acted for one organisation; its page leads here, by its number."""

    title = gettext_lazy("organisation")
    parameter_name = "organisation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        number = request.GET.get(self.parameter_name, "")
        firms = Organisation.objects.filter(pk=int(number)) if number.isdecimal() else ()
        return [(str(firm.pk), firm.name) for firm in firms]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        roles = Role.objects.filter(contact=OuterRef("pk"), organisation=self.value())
        return queryset.filter(Exists(roles))


class TagFilter(SimpleListFilter):
    """Who has this tag."""

    title = gettext_lazy("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(pk), name) for pk, name in Tag.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value is None or not value.isdecimal():
            return queryset
        return queryset.filter(
            Exists(ContactTag.objects.filter(contact=OuterRef("pk"), tag=int(value)))
        )


class DeepPaginator(Paginator):
    """Finds a page far behind by its numbers, which an index holds, and then its rows."""

    # Set for a list that nothing narrows: of a search the planner knows too little.
    may_estimate = False
    is_about = False

    @cached_property
    def count(self) -> int:
        """Exact; of a long list on PostgreSQL that nothing narrows "about" so many.

        Rounded up, so that it is the last pages that may be empty; turning the order round
        reaches the end in any case.
        """
        if self.may_estimate and connection.vendor == "postgresql":
            about = _planned(self.object_list)
            if about > MANY:
                self.is_about = True
                return -(-about // 1000) * 1000
        return super().count

    def page(self, number: Any) -> Page:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        if first < DEEP or not isinstance(self.object_list, QuerySet):
            return super().page(number)
        pks = list(
            self.object_list.select_related(None)
            .prefetch_related(None)
            .values_list("pk", flat=True)[first : first + self.per_page]
        )
        return self._get_page(self.object_list.filter(pk__in=pks), number, self)


class PeopleList(ChangeList):
    """Asks for the rows of a page, in one question each, when they were last met and said yes."""

    # What the search looked at, and what it does not show, in a sentence.
    searched = ""
    hidden_url = ""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if is_whole(request):
            self.full_result_count = self.result_count
        people = list(self.result_list)
        pks = [person.pk for person in people]
        met = dict(
            Interaction.objects.filter(contact__in=pks)
            .order_by()
            .values_list("contact")
            .annotate(Max("occurred_at"))
        )
        said: dict[int, str] = {}
        if request.user.has_perm(SEES_CONSENT) and pks:
            standings = consent.states(pks, on=timezone.localdate())
            said = {pk: _glance(standings.get(pk, {}).values()) for pk in pks}
        looks.note(pks, by=request.user, how=Look.LIST, shown=[Role])
        may_log = request.user.has_perm("crm.add_interaction")
        for person in people:
            person.may_log = may_log
            person.met_at = met.get(person.pk)
            person.said = said.get(person.pk, "none")
        if self.query:
            self._say(request)

    def _say(self, request: HttpRequest) -> None:
        words = [
            _(
                "Searched names, e-mail addresses, telephone numbers, organisations and"
                " references; who was disposed of is not on file any more."
            )
        ]
        if not self.result_count:
            words.insert(0, _("No result."))
        if not request.user.has_perm("crm.view_all_contacts"):
            words.append(_("People of other teams are not shown."))
        if request.user.has_perm("privacy.view_restriction"):
            living = seen_by(request.user, Contact.objects.living())
            restricted = living.filter(pk__in=restriction.in_force().values("subject"))
            hidden = search.find(restricted, self.query).count()
            if hidden:
                words.append(
                    ngettext(
                        "%(hidden)d person found is hidden: processing is restricted.",
                        "%(hidden)d people found are hidden: processing is restricted.",
                        hidden,
                    )
                    % {"hidden": hidden}
                )
                self.hidden_url = reverse("admin:privacy_restriction_changelist")
        else:
            words.append(_("Whose processing is restricted is not shown."))
        self.searched = " ".join(words)


def is_whole(request: HttpRequest) -> bool:
    """Whether nothing narrows the list that is asked for: neither a filter nor a search."""
    return request.GET.keys() <= {PAGE_VAR, ORDER_VAR}


def _planned(rows: Any) -> int:
    """How many rows PostgreSQL expects, by what it last learned of the tables."""
    (plan,) = json.loads(rows.order_by().explain(format="json"))
    return int(plan["Plan"]["Plan Rows"])


def _glance(standings: Any) -> str:
    """ "no" where any answer is one, "yes" where consent is usable, else "none"."""
    states = {standing.state for standing in standings}
    if states & set(NOES):
        return "no"
    return "yes" if ConsentState.GIVEN in states else "none"
