"""My follow-ups: what an operator has to do, by its day; and what a colleague left behind."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm import follow_ups
from crm.forms import HandOverForm, PostponeForm
from crm.models import FollowUp
from privacy import masking
from privacy.operations import Operation, OperationsMixin, ViewOnlyAdmin


class OneOf(SimpleListFilter):
    """A filter of which one choice is always taken; the first, unless another is."""

    offered: tuple[tuple[str, Any], ...] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, Any], ...]:
        return self.offered

    def value(self) -> str:
        asked = super().value()
        return asked if asked in dict(self.offered) else self.offered[0][0]

    def choices(self, changelist: ChangeList) -> Any:
        # Without Django's own first choice, "All".
        yield from list(super().choices(changelist))[1:]


class WhoseFilter(OneOf):
    """One's own, everybody's whom one sees, or those whose owner left."""

    title = _("whose")
    parameter_name = "whose"
    offered = (("mine", _("mine")), ("all", _("everybody's")), ("left", _("the owner left")))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "mine":
                return queryset.filter(owner=request.user.pk)
            case "left":
                return queryset.filter(owner__is_active=False)
        return queryset


class WhenFilter(OneOf):
    """Part of the list by its day."""

    title = _("when")
    parameter_name = "when"
    offered = (
        ("open", _("all to do")),
        ("overdue", _("overdue")),
        ("today", _("today")),
        ("week", _("in the next 7 days")),
        ("later", _("later")),
        ("done", _("done")),
    )

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return follow_ups.due(queryset, self.value(), on=timezone.localdate())


class FollowUpList(ChangeList):
    """The parts to choose from stand above the list."""

    parts: list[list[dict[str, Any]]]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.parts = [
            list(spec.choices(self)) for spec in self.filter_specs if isinstance(spec, OneOf)
        ]


def is_open(follow_up: FollowUp) -> bool:
    """Whether it is still to do."""
    return follow_up.done_at is None


@admin.register(FollowUp)
class FollowUpAdmin(OperationsMixin, ViewOnlyAdmin):
    """Planned on a person's page; here done, postponed or handed over."""

    list_display = ("when", "what", "contact", "owner_name")
    list_display_links = ("when",)
    list_filter = (WhoseFilter, WhenFilter)
    list_filter_sheet = False
    list_before_template = "crm/follow_up/_parts.html"
    list_select_related = ("contact", "owner")
    fields = ("what", ("when", "owner_name"), "contact", ("done_at", "done_by_name"))
    readonly_fields = ("when", "owner_name", "done_by_name")
    operations = (
        Operation(
            "done",
            _("Done"),
            "crm.change_followup",
            follow_ups.complete,
            explanation=_(
                "What you did with the person is an interaction: log it on their page, too."
            ),
            applies=is_open,
        ),
        Operation(
            "postpone",
            _("Postpone"),
            "crm.change_followup",
            follow_ups.postpone,
            PostponeForm,
            applies=is_open,
        ),
        Operation(
            "hand_over",
            _("Hand over"),
            "crm.change_followup",
            follow_ups.hand_over,
            HandOverForm,
            explanation=_("The colleague must be able to see the person."),
            applies=is_open,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        seen = follow_ups.seen(request.user).select_related("contact", "owner", "done_by")
        return masking.for_user(request.user, seen)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FollowUpList

    @admin.display(description=_("due"), ordering="due_on")
    def when(self, follow_up: FollowUp) -> str:
        return follow_ups.when(follow_up, on=timezone.localdate())

    @admin.display(description=_("owner"), ordering="owner__username")
    def owner_name(self, follow_up: FollowUp) -> str:
        name = follow_up.owner.get_username()
        return name if follow_up.owner.is_active else _("%(name)s (left)") % {"name": name}

    @admin.display(description=_("done by"))
    def done_by_name(self, follow_up: FollowUp) -> str:
        return follow_up.done_by.get_username() if follow_up.done_by else "–"
