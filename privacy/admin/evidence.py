"""Journal, findings and disposals: evidence is looked at, not edited."""

from django.contrib import admin

from privacy.models import Disposal, Finding, JournalEntry
from privacy.operations import ViewOnlyAdmin


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
class FindingAdmin(ViewOnlyAdmin):
    """Where a disposed person's identifier was seen again; never what it was."""

    list_display = ("found_at", "place", "row_reference", "needle_kind", "settled_at")
    list_filter = ("needle_kind", ("settled_at", admin.EmptyFieldListFilter))


@admin.register(Disposal)
class DisposalAdmin(ViewOnlyAdmin):
    """Who was disposed of, by reference, when and why."""

    list_display = ("disposed_at", "subject_reference", "cause", "keep")
    list_filter = ("cause",)
    search_fields = ("subject_reference__exact",)
