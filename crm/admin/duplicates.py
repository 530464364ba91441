"""The queue of possible duplicates: pairs of two records, and what was decided about each."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm import duplicates
from crm.admin import merging
from crm.enums import PairState
from crm.models import Contact, DuplicatePair, Merge
from crm.sight import seen_by
from privacy import masking
from privacy.operations import Operation, OperationForm, OperationsMixin, ViewOnlyAdmin


def later(pair: DuplicatePair, *, by: Any) -> None:
    duplicates.decide(pair, PairState.LATER, by=by)


def distinct(pair: DuplicatePair, *, by: Any) -> None:
    duplicates.decide(pair, PairState.DISTINCT, by=by)


class QueueFilter(admin.SimpleListFilter):
    """The undecided first; what was told apart is shown on demand."""

    title = _("decided")
    parameter_name = "decided"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("distinct", _("not duplicates"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "distinct":
            return queryset.filter(state=PairState.DISTINCT)
        # The list alone is narrowed: a pair's own page opens whatever was decided.
        return queryset.exclude(state=PairState.DISTINCT)


@admin.register(DuplicatePair)
class DuplicateAdmin(OperationsMixin, ViewOnlyAdmin):
    """Pairs of two people both of whom the operator sees, best score first."""

    list_display = ("score", "one", "other", "why", "state", "found_at")
    list_filter = (QueueFilter, "state")
    list_select_related = ("first", "second")
    fields = (("score", "state", "found_at"), "why", "comparison")
    readonly_fields = ("why", "comparison")
    operations = (
        Operation(
            "merge",
            _("Merge"),
            "crm.merge_contact",
            merging.merge_pair,
            merging.MergeForm,
            dangerous=True,
            opens=True,
        ),
        Operation(
            "distinct",
            _("Not duplicates"),
            "crm.merge_contact",
            distinct,
            explanation=_("The pair is remembered as two people and not offered again."),
            applies=lambda pair: pair.state != PairState.DISTINCT,
        ),
        Operation(
            "later",
            _("Later"),
            "crm.view_duplicatepair",
            later,
            explanation=_("The pair stays in the queue, marked for later."),
            applies=lambda pair: pair.state == PairState.OPEN,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        pairs = super().get_queryset(request).select_related("first", "second")
        usable = Contact.objects.usable()
        for side in ("first", "second"):
            pairs = seen_by(request.user, pairs, path=f"{side}__")
            pairs = pairs.filter(**{f"{side}__in": usable})
        return pairs

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody compares what they see masked."""
        sees = request.user.has_perm(masking.PERMISSION)
        return sees and super().has_view_permission(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Side by side both their roles are shown."""
        if (pair := kwargs.get("obj")) is not None:
            merging.note_look(pair, by=request.user)
        return super().render_change_form(request, context, *args, **kwargs)

    def page_of(self, obj: Any) -> str:
        if isinstance(obj, Merge):
            return reverse("admin:crm_contact_change", args=[obj.kept_id])
        return super().page_of(obj)

    @admin.display(description=_("one"), ordering="first__name_key")
    def one(self, pair: DuplicatePair) -> str:
        return pair.first.display_name

    @admin.display(description=_("other"), ordering="second__name_key")
    def other(self, pair: DuplicatePair) -> str:
        return pair.second.display_name

    @admin.display(description=_("reasons"))
    def why(self, pair: DuplicatePair) -> str:
        return ", ".join(duplicates.reasons_of(pair))

    @admin.display(description=_("side by side"))
    def comparison(self, pair: DuplicatePair) -> str:
        rows = merging.compared(pair)
        return render_to_string("crm/duplicate/_side_by_side.html", {"rows": rows})

    def _ask(
        self,
        request: HttpRequest,
        operation: Operation,
        obj: Any,
        form: OperationForm,
        shown: list[tuple[Any, Any]] | None = None,
    ) -> TemplateResponse:
        """A merge is asked on three pages of its own."""
        response = super()._ask(request, operation, obj, form, shown)
        if isinstance(form, merging.MergeForm):
            response.template_name = "crm/duplicate/merge.html"
            response.context_data = {**(response.context_data or {}), **form.context()}
        return response
