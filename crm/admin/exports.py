"""The exports log, the pages of an export, and how people are chosen from a list for one."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from crm.enums import ExportColumn, ExportState
from crm.export_forms import DeletionForm, DescribeForm
from crm.exports import holders, steps
from crm.models import ContactExport, HolderNotice
from privacy import purposes
from privacy.enums import Announcement
from privacy.errors import PrivacyError
from privacy.operations import Operation, OperationForm, OperationsMixin, ViewOnlyAdmin

SEES_ALL = "crm.see_every_export"
# What only whoever asked for an export may do with it.
OWN = ("describe", "download")


def export_people(page: Any, request: HttpRequest, chosen: QuerySet) -> HttpResponse | None:
    """Take the people of a list, or of a selection in it, to an export's first page."""
    if not request.user.has_perm(steps.EXPORTS):
        raise PermissionDenied
    try:
        export = steps.choose(chosen, by=request.user)
    except PrivacyError as refusal:
        page.message_user(request, str(refusal), messages.ERROR)
        return None
    return HttpResponseRedirect(reverse("admin:crm_contactexport_describe", args=[export.pk]))


class ExportsPeople:
    """For a list of people: "Export" among its actions, for whoever may export."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if request.user.has_perm(steps.EXPORTS) and IS_POPUP_VAR not in request.GET:
            actions["export_people"] = (export_people, "export_people", _("Export these people"))
        return actions


def download(export: ContactExport, *, by: Any) -> StreamingHttpResponse:
    """The file, written as it is read."""
    handout = steps.hand_out(export, by=by)
    return StreamingHttpResponse(
        handout.pieces,
        content_type=handout.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{handout.name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def chosen(export: ContactExport) -> list[tuple[Any, Any]]:
    """How many were chosen, before anybody was left out."""
    shown = [(_("People chosen"), export.chosen)]
    if export.masked:
        shown.append((_("Values"), _("masked, as you see them")))
    return shown


def described(export: ContactExport) -> list[tuple[Any, Any]]:
    """What goes to whom, and who stays out; asked anew when the file is written."""
    purpose = purposes.named(export.purpose).title if export.purpose else ""
    names = [str(ExportColumn(name).label) for name in export.columns]
    left = export.downloads, steps.MOST_DOWNLOADS
    said: list[tuple[Any, Any]] = [
        (_("People"), export.rows),
        (_("Left out"), "; ".join(steps.reasons(export)) or _("nobody")),
        (_("Columns"), ", ".join(names)),
        (_("File"), export.get_format_display()),
        (_("Reason"), " ".join(filter(None, (export.get_reason_display(), export.matter)))),
        (_("Purpose"), " · ".join(filter(None, (purpose, export.channel)))),
        (_("Destination"), export.get_destination_display()),
        (_("Holder"), f"{export.holder} ({export.country})" if export.holder else ""),
        (_("Until"), date_format(export.expires_on) if export.expires_on else ""),
        (_("Downloads"), _now("%d of %d") % left),
    ]
    return [(label, value) for label, value in said if value != ""]


@admin.register(ContactExport)
class ExportAdmin(OperationsMixin, ViewOnlyAdmin):
    """Which people left for which file, why, who holds it and who asked for it; counts alone."""

    list_display = (
        "created_at", "state_in_words", "reason", "destination", "holder", "rows", "downloads",
        "requested_by", "expires_on",
    )  # fmt: skip
    list_filter = ("reason", "destination", "format", "masked")
    list_select_related = ("created_by", "holder", "deletion_noted_by")
    change_form_before_template = "crm/export/panel.html"
    fields = (
        ("created_at", "requested_by"),
        ("deleted_on", "noted_by"),
        ("uuid", "digest"),
    )
    readonly_fields = ("uuid", "requested_by", "noted_by")
    operations = (
        Operation(
            "describe",
            _("Describe the export"),
            steps.EXPORTS,
            steps.describe,
            DescribeForm,
            preview=chosen,
            explanation=_(
                "Nothing leaves yet: on the next page you see who goes, and who stays out and why."
            ),
            applies=lambda export: not export.downloads,
            opens=True,
        ),
        Operation(
            "download",
            _("Download the file"),
            steps.EXPORTS,
            download,
            preview=described,
            explanation=_(
                "The file is written now and stored nowhere here; that these people's data left is"
                " on record. Who may go is asked once more."
            ),
            applies=lambda export: export.state == ExportState.READY,
            hands_out=True,
        ),
        Operation(
            "note_deletion",
            _("Note that the holder deleted it"),
            "crm.note_deletion",
            steps.note_deletion,
            DeletionForm,
            explanation=_("The holder's own word, by mail or letter, that no copy is left."),
            applies=lambda export: (
                export.is_outside and export.downloads > 0 and not export.deleted_on
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        exports = super().get_queryset(request)
        if request.user.has_perm(SEES_ALL):
            return exports
        return exports.filter(created_by=request.user)

    def operation_view(
        self, request: HttpRequest, *, operation: Operation, object_id: str | None = None
    ) -> HttpResponse:
        """What is somebody else's export is theirs to describe and to fetch."""
        if operation.name in OWN:
            mine = ContactExport.objects.filter(created_by=request.user.pk)
            if not mine.filter(pk=_number(object_id)).exists():
                raise PermissionDenied
        return super().operation_view(request, operation=operation, object_id=object_id)

    def offered(self, request: HttpRequest, obj: Any = None) -> list[dict[str, Any]]:
        offers = super().offered(request, obj)
        if obj is None or obj.created_by_id == request.user.pk:
            return offers
        return [offer for offer in offers if offer["operation"].name not in OWN]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        export = kwargs["obj"]
        is_ready = export.state == ExportState.READY
        context |= {"export": export, "described": described(export) if is_ready else ()}
        context["chosen"] = chosen(export)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("requested by"))
    def requested_by(self, export: ContactExport) -> str:
        return export.created_by.get_username()

    @admin.display(description=_("deletion noted by"))
    def noted_by(self, export: ContactExport) -> str:
        return export.deletion_noted_by.get_username() if export.deletion_noted_by else "–"

    @admin.display(description=_("state"))
    def state_in_words(self, export: ContactExport) -> Any:
        return _word(export)


def _word(export: ContactExport) -> Any:
    if export.state == ExportState.CHOSEN:
        return _("not described")
    if export.deleted_on:
        return _("deleted by its holder")
    return _("handed out") if export.downloads else _("not fetched")


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


class ToldForm(OperationForm):
    """How the holder was told."""

    how = forms.ChoiceField(label=_("Told by"), choices=Announcement)


@admin.register(HolderNotice)
class HolderNoticeAdmin(OperationsMixin, ViewOnlyAdmin):
    """Holders of exports who are to be told of a “no”, or were."""

    list_display = ("arose_at", "holder", "file", "person", "told_at", "how")
    list_filter = (("told_at", admin.EmptyFieldListFilter),)
    list_select_related = ("export__holder", "contact", "told_by")
    search_fields = ("contact__uuid__exact", "export__uuid__exact")
    fields = (("arose_at", "holder"), ("file", "person"), ("told_at", "how", "told_by"))
    readonly_fields = ("holder", "file", "person")
    operations = (
        Operation(
            "write",
            _("Write to the holder"),
            "crm.tell_holder",
            holders.write,
            explanation=_(
                "One mail about everybody of this file who waits, by the references in it."
            ),
            applies=lambda notice: notice.told_at is None,
        ),
        Operation(
            "note_told",
            _("Note that they were told"),
            "crm.tell_holder",
            holders.note_told,
            ToldForm,
            explanation=_("By letter or telephone, of everybody of this file who waits."),
            applies=lambda notice: notice.told_at is None,
        ),
    )

    @admin.display(description=_("holder"))
    def holder(self, notice: HolderNotice) -> str:
        return str(notice.export.holder or "–")

    @admin.display(description=_("export"))
    def file(self, notice: HolderNotice) -> str:
        return str(notice.export.uuid)

    @admin.display(description=_("person"))
    def person(self, notice: HolderNotice) -> str:
        return str(notice.contact.uuid)
