"""The people's pages: what staff see of those whom they look after.

Registered by the console, which adds the privacy office's panels and operations.
"""

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline, TabularInline

from crm import contacts, dealings, search
from crm.admin.disclosing import DisclosesPeople
from crm.admin.exports import ExportsPeople
from crm.admin.mass_edit import ChangesPeople
from crm.admin.messaging import WritesToPeople
from crm.admin.past import PastAdmin
from crm.admin.people_list import (
    SEES_CONSENT,
    DeepPaginator,
    OrganisationFilter,
    OwnerFilter,
    PeopleList,
    RoleFilter,
    RoleStateFilter,
    TagFilter,
    is_whole,
)
from crm.admin.saved_views import SavedViewsMixin
from crm.forms import (
    AddressForm,
    ContactForm,
    ContactPointForm,
    ContactPointFormSet,
    DemographicsForm,
)
from crm.models import (
    Contact,
    ContactPoint,
    Demographics,
    Merge,
    Participation,
    PostalAddress,
    Role,
)
from crm.sight import seen_by
from privacy import inventory, looks, masking, quarantine, restriction
from privacy.editing import EditedTogether
from privacy.enums import Look, PointKind
from privacy.operations import NoCards, OperationsMixin, RecordAdmin


class AboutPerson(NoCards):
    """Rows on a person's page: masked where the person is, and then not to be changed."""

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Masked; a row that waits for a decision is in no form, which would store its cover."""
        rows = super().get_queryset(request)
        waits = quarantine.columns_of(self.model) and not request.user.has_perm(
            quarantine.PERMISSION
        )
        return masking.for_user(request.user, quarantine.without_covered(rows) if waits else rows)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _sees(request) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _sees(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _sees(request) and super().has_delete_permission(request, obj)


def _sees(request: HttpRequest) -> bool:
    return request.user.has_perm(masking.PERMISSION)


def _opens_restricted(request: HttpRequest) -> bool:
    """Whoever sees restrictions opens a restricted person's page; no list, no search shows one."""
    match = request.resolver_match
    is_page = match is not None and "object_id" in match.kwargs
    return is_page and request.user.has_perm("privacy.view_restriction")


class PointInline(AboutPerson, TabularInline):
    model = ContactPoint
    form = ContactPointForm
    formset = ContactPointFormSet
    extra = 0
    tab = True
    fields = ("kind", "value", "usage", "came_by", "given_for", "is_preferred")


class RoleInline(AboutPerson, TabularInline):
    model = Role
    extra = 0
    tab = True
    fields = ("kind", "organisation", "job_title", "started_on", "ended_on")
    autocomplete_fields = ("organisation",)


class AddressInline(AboutPerson, StackedInline):
    model = PostalAddress
    form = AddressForm
    extra = 0
    tab = True


class DemographicsInline(AboutPerson, StackedInline):
    model = Demographics
    form = DemographicsForm
    extra = 0
    tab = True


class ParticipationInline(AboutPerson, TabularInline):
    model = Participation
    extra = 0
    tab = True
    fields = ("engagement", "part")
    autocomplete_fields = ("engagement",)


class ContactAdmin(
    SavedViewsMixin,
    ChangesPeople,
    ExportsPeople,
    WritesToPeople,
    DisclosesPeople,
    EditedTogether,
    OperationsMixin,
    PastAdmin,
    RecordAdmin,
):
    """One person, whatever they are to the firm."""

    form = ContactForm
    list_display = (
        "name",
        "works_at",
        "role_names",
        "email",
        "owner_name",
        "last_met",
        "marketing",
        "due",
    )
    list_per_page = 50
    paginator = DeepPaginator
    # How many there are in all would be counted beside every filter and search.
    show_full_result_count = False
    views = (
        (_("Mine"), "owner=me"),
        (_("Nobody's"), "owner=nobody"),
        (_("Past roles alone"), "role_state=past"),
    )
    list_display_links = ("name",)
    list_filter = (
        RoleFilter,
        RoleStateFilter,
        OwnerFilter,
        OrganisationFilter,
        TagFilter,
        "retention_class",
        "source__type",
        "language",
        "team",
    )
    search_fields = ("search_text",)
    search_help_text = _(
        "Names in either script, e-mail, digits of a telephone number, organisation; id: a"
        " reference, org: an organisation. Who was disposed of is not found."
    )
    inlines = (PointInline, RoleInline, AddressInline, DemographicsInline, ParticipationInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("native_family_name", "native_given_name"),
                    ("latin_family_name", "latin_given_name"),
                    ("language", "residence_country"),
                    ("owner", "team"),
                )
            },
        ),
        (
            _("Source"),
            {"fields": (("source_type", "source_obtained_on"), "source_detail")},
        ),
    )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Whoever opens somebody's HR or demographic data is on record (S93, S94)."""
        obj = kwargs.get("obj")
        if obj is not None:
            shown = {inline.model for inline in self.get_inline_instances(request, obj)}
            looks.note([obj.pk], by=request.user, how=Look.PAGE, shown={Role, *shown})
        return super().render_change_form(request, context, *args, **kwargs)

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> DeepPaginator:
        """A list that nothing narrows may be counted by estimate."""
        paginator = super().get_paginator(request, *args, **kwargs)
        paginator.may_estimate = is_whole(request)
        return paginator

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PeopleList]:
        return PeopleList

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Where people stand about marketing is shown to whoever may write it down."""
        hidden = set() if request.user.has_perm(SEES_CONSENT) else {"marketing"}
        return tuple(name for name in super().get_list_display(request) if name not in hidden)

    def get_fieldsets(self, request: HttpRequest, obj: Contact | None = None) -> Any:
        """Whoever only reads has no form, and with it no source and no name of the owner."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        (_none, person), (title, _source) = self.fieldsets
        *rows, _owner = person["fields"]
        return (
            (None, {"fields": (*rows, ("owner_name", "team"))}),
            (title, {"fields": (("obtained_as", "obtained_on"),)}),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        people = self.model._default_manager.get_queryset()
        if _opens_restricted(request):
            people = people.living().annotate(is_restricted=restriction.of_row())
        else:
            people = people.usable()
        people = people.select_related("source", "owner")
        roles, points = Role.objects.select_related("organisation"), ContactPoint.objects.all()
        people = seen_by(request.user, people).prefetch_related(
            Prefetch("roles", queryset=masking.for_user(request.user, roles)),
            Prefetch("points", queryset=masking.for_user(request.user, points)),
        )
        return masking.for_user(request.user, people)

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The address of somebody who was merged away leads to the one who was kept."""
        if object_id.isdecimal():
            made = Merge.objects.filter(gone=int(object_id)).first()
            if made and self.get_queryset(request).filter(pk=made.kept_id).exists():
                return HttpResponseRedirect(self._url("change", made.kept_id))
        return super().change_view(request, object_id, *args, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes what is restricted, but for the person's own request."""
        if not super().has_change_permission(request, obj):
            return False
        return not getattr(obj, "is_restricted", False)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """As `crm.search` understands it; who sees values masked finds nobody by value."""
        if not _sees(request):
            return super().get_search_results(request, queryset, search_term)
        return search.find(queryset, search_term), False

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        obj.source = form.save_source(by=request.user)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        contacts.index([form.instance.pk])
        dealings.refresh([form.instance.pk])

    @admin.display(description=_("name"), ordering="name_key")
    def name(self, contact: Contact) -> str:
        return contact.display_name

    @admin.display(description=_("organisation"))
    def works_at(self, contact: Contact) -> str:
        firms = {role.organisation.name for role in contact.roles.all() if role.organisation}
        return ", ".join(sorted(firms)) or "–"

    @admin.display(description=_("roles"))
    def role_names(self, contact: Contact) -> str:
        kinds = dict.fromkeys(role.get_kind_display() for role in contact.roles.all())
        return ", ".join(str(kind) for kind in kinds) or "–"

    @admin.display(description=_("e-mail"))
    def email(self, contact: Contact) -> str:
        emails = [point for point in contact.points.all() if point.kind == PointKind.EMAIL]
        emails.sort(key=lambda point: not point.is_preferred)
        return emails[0].value if emails else "–"

    @admin.display(description=_("owner"))
    def owner_name(self, contact: Contact) -> str:
        return contact.owner.get_username() if contact.owner else "–"

    @admin.display(description=_("last contact"))
    def last_met(self, contact: Contact) -> str:
        return render_to_string(
            "crm/contact/_met.html",
            {
                "met_at": getattr(contact, "met_at", None),
                "log": self._url("log", contact.pk) if getattr(contact, "may_log", False) else "",
            },
        )

    @admin.display(description=_("marketing"))
    def marketing(self, contact: Contact) -> str:
        said = getattr(contact, "said", "none")
        return render_to_string("crm/contact/_said.html", {"said": said})

    @admin.display(description=_("source"))
    def obtained_as(self, contact: Contact) -> str:
        return contact.source.get_type_display()

    @admin.display(description=_("obtained on"))
    def obtained_on(self, contact: Contact) -> str:
        return date_format(contact.source.obtained_on)

    @admin.display(description=_("due at the latest"), ordering="anchor_on")
    def due(self, contact: Contact) -> date | str:
        """The day on which the class's ceiling ends; a rule may shorten it, see the due list."""
        if contact.anchor_on is None:
            return _("open dealing")
        keeps = inventory.holding(Contact).keeps
        return next(k for k in keeps if k.name == contact.retention_class).ends_on(
            contact.anchor_on
        )
