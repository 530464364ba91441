"""The nights, as the console shows them: planned, running, done; counts and references only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from privacy.operations import ViewOnlyAdmin
from retention.models import SweepBatch, SweepRun


class BatchInline(TabularInline):
    model = SweepBatch
    extra = 0
    fields = ("number", "rule", "state", "attempts", "held", "counts")
    readonly_fields = fields
    can_delete = False
    per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(SweepRun)
class RunAdmin(ViewOnlyAdmin):
    """One night: its state, what each rule selected and took, and its batches."""

    list_display = ("night", "mode", "state", "due", "held", "started_at", "finished_at")
    list_filter = ("mode", "state")
    date_hierarchy = "night"
    fields = (
        ("night", "mode", "state"),
        ("started_at", "finished_at"),
        "by_rule",
        "uuid",
        "rule_set",
    )
    readonly_fields = ("uuid", "by_rule")
    inlines = (BatchInline,)

    @admin.display(description=_("due"))
    def due(self, run: SweepRun) -> int:
        return total(run, "due")

    @admin.display(description=_("held"))
    def held(self, run: SweepRun) -> int:
        return total(run, "held")

    @admin.display(description=_("by rule"))
    def by_rule(self, run: SweepRun) -> str:
        return render_to_string("retention/run/_rules.html", {"counts": run.counts})


def total(run: SweepRun, what: str) -> int:
    """The sum over all rules of a run."""
    return sum(int(counts.get(what, 0)) for counts in run.counts.values())
