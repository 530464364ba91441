"""The finance-only archive: which law keeps what until when; a record is opened for a reason."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from privacy.operations import Operation, OperationForm, OperationsMixin, ViewOnlyAdmin
from retention import archive
from retention.enums import ReadReason
from retention.models import ArchivedRecord


class ReadForm(OperationForm):
    """Why the record is read; the journal keeps the answer."""

    reason = forms.ChoiceField(label=_("Reason"), choices=ReadReason)


class FindForm(OperationForm):
    """The number on the document; it goes into no address and no log."""

    number = forms.CharField(label=_("Number of the invoice"), max_length=100)


def read(record: ArchivedRecord, *, reason: str, by: Any) -> list[tuple[Any, Any]]:
    """The fields of the record, by the names that their table gives them."""
    fields = archive.read(record, reason=ReadReason(reason), by=by)
    table = archive.table_of(record.rule)
    columns = table._meta.concrete_fields if table else ()
    labels = {column.name: column.verbose_name for column in columns}
    return [(capfirst(labels.get(name, name)), value) for name, value in fields.items()]


@admin.register(ArchivedRecord)
class ArchiveAdmin(OperationsMixin, ViewOnlyAdmin):
    """References, laws and days; what is sealed is shown by an operation alone."""

    list_display = ("reference", "table", "law", "due_on")
    list_filter = ("statute",)
    date_hierarchy = "due_on"
    fields = ("reference", "table", "statute", "due_on")
    readonly_fields = ("reference", "table")
    operations = (
        Operation(
            "read",
            _("Read the record"),
            "retention.read_archive",
            read,
            ReadForm,
            explanation=_(
                "The record is shown once. The journal says that you read it, when and why."
            ),
            shows=True,
        ),
        Operation(
            "find",
            _("Find by number"),
            "retention.read_archive",
            archive.find,
            FindForm,
            explanation=_("The number must be whole; in which letters and width does not matter."),
            on_list=True,
            opens=True,
        ),
    )

    @admin.display(description=_("table"))
    def table(self, record: ArchivedRecord) -> str:
        return archive.named(record.rule)

    @admin.display(description=_("statute"), ordering="statute")
    def law(self, record: ArchivedRecord) -> str:
        """The section alone; what it says stands on the record's page."""
        return record.statute.partition(":")[0]
