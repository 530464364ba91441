"""Journal, findings and disposals: evidence is looked at, not edited."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from privacy import residue
from privacy.models import Disposal, Finding, JournalEntry
from privacy.operations import Operation, OperationsMixin, ViewOnlyAdmin


@admin.register(JournalEntry)
class JournalAdmin(ViewOnlyAdmin):
    """Who did what to which reference."""

    list_display = ("number", "at", "actor", "verb", "object_type", "object_reference")
    list_filter = ("verb", "object_type")
    search_fields = ("object_reference__startswith", "actor")
    fields = (
        "number",
        "at",
        "actor",
        "verb",
        "object_type",
        "object_reference",
        "facts",
        "previous_digest",
        "digest",
    )


@admin.register(Finding)
class FindingAdmin(OperationsMixin, ViewOnlyAdmin):
    """Where something was seen that must not be there; never what it was."""

    list_display = ("found_at", "cause", "place", "row_reference", "needle_kind", "settled_at")
    list_filter = ("cause", "needle_kind", ("settled_at", admin.EmptyFieldListFilter))
    search_fields = ("subject_reference__exact",)
    operations = (
        Operation(
            "settle",
            _("Settle"),
            "privacy.settle_finding",
            residue.settle,
            explanation=_("You have looked at the place and done what was to do there."),
            applies=lambda finding: finding.settled_at is None,
        ),
    )


@admin.register(Disposal)
class DisposalAdmin(ViewOnlyAdmin):
    """Who was disposed of, by reference, when and why."""

    list_display = ("disposed_at", "subject_reference", "cause", "keep")
    list_filter = ("cause",)
    search_fields = ("subject_reference__exact",)
