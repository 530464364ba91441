"""The pages of an import: one a step, from the upload to the undo."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.admin import import_panel
from crm.enums import AT_WORK, ImportState, RoleKind
from crm.import_forms import ColumnsForm, ConfirmForm, ConflictForm, ReadForm, UploadForm
from crm.imports import intake, queueing, steps, undo, uploads
from crm.models import ImportBatch
from privacy import journal
from privacy.errors import SealBroken, SealKeyInvalid
from privacy.operations import Operation, OperationsMixin, ViewOnlyAdmin

# A worker that is alive takes a batch at once.
SOON = timedelta(seconds=15)


def check(batch: ImportBatch, *, by: Any) -> None:
    """Check, on a worker."""
    steps.check(batch, by=by)
    queueing.hand_over(batch)


def decide(batch: ImportBatch, *, by: Any, strategy: str, rows: str = "") -> None:
    """Decide about conflicts, and check again."""
    steps.decide(batch, by=by, strategy=strategy, rows=rows)
    queueing.hand_over(batch)


def confirm(batch: ImportBatch, *, by: Any, typed: int | None = None) -> None:
    """Import, on a worker."""
    steps.confirm(batch, by=by, typed=typed)
    queueing.hand_over(batch)


def retry(batch: ImportBatch, *, by: Any) -> None:
    """Go on, on a worker."""
    steps.retry(batch, by=by)
    queueing.hand_over(batch)


def take_back(batch: ImportBatch, *, by: Any) -> None:
    """Undo, on a worker."""
    steps.undo(batch, by=by)
    queueing.hand_over(batch)


def _stands(*states: ImportState) -> Any:
    return lambda batch: batch.state in states


@admin.register(ImportBatch)
class ImportAdmin(OperationsMixin, ViewOnlyAdmin):
    """Imports: what was brought by whom, how far it is, and what became of each row."""

    list_display = ("created_at", "state", "source_type", "role", "rows", "uploaded_by")
    list_filter = ("state", "source_type")
    list_select_related = ("created_by",)
    change_form_before_template = "crm/import/panel.html"
    fields = (
        ("source_type", "source_detail", "obtained_on"),
        "supplier",
        ("role", "basis", "notice"),
        ("evidence", "expires_on"),
        ("strategy", "needs_second"),
        ("uploaded_by", "created_at"),
        ("confirmed_by_whom", "confirmed_at", "finished_at"),
        "uuid",
    )
    readonly_fields = ("uuid", "uploaded_by", "confirmed_by_whom")
    operations = (
        Operation(
            "upload",
            _("Import a file"),
            steps.PREPARES,
            intake.upload,
            UploadForm,
            explanation=_(
                "The file is read and shown; nothing is stored about anybody before it is"
                " checked and confirmed. Columns that nobody needs are dropped."
            ),
            on_list=True,
            opens=True,
        ),
        Operation(
            "read",
            _("Read differently"),
            steps.PREPARES,
            steps.read_as,
            ReadForm,
            explanation=_("Then the columns are mapped and everything is checked again."),
            applies=_stands(*import_panel.SHOWS_FILE, ImportState.CHECKED),
        ),
        Operation(
            "go_on",
            _("Go on all the same"),
            steps.PREPARES,
            steps.go_on,
            explanation=_(
                "What was lost or cannot be told stays so in everything that is imported. Better"
                " read it differently, or ask for the file again."
            ),
            applies=steps.is_in_doubt,
        ),
        Operation(
            "columns",
            _("Map columns"),
            steps.PREPARES,
            steps.assign,
            ColumnsForm,
            explanation=_(
                "What is given no meaning is dropped. Then everything is checked again."
            ),
            applies=_stands(*import_panel.SHOWS_FILE, ImportState.CHECKED),
        ),
        Operation(
            "check",
            _("Check"),
            steps.PREPARES,
            check,
            explanation=_("Each row gets its verdict; nothing is imported."),
            applies=_stands(ImportState.READ, ImportState.MAPPED, ImportState.CHECKED),
        ),
        Operation(
            "decide",
            _("Decide about conflicts"),
            steps.PREPARES,
            decide,
            ConflictForm,
            preview=import_panel.counted,
            explanation=_("Everything is checked again. A blank cell never overwrites."),
            applies=_stands(ImportState.CHECKED),
        ),
        Operation(
            "propose",
            _("Propose"),
            steps.PREPARES,
            steps.propose,
            preview=import_panel.counted,
            explanation=_("A second person confirms it, or discards it."),
            applies=_stands(ImportState.CHECKED),
        ),
        Operation(
            "confirm",
            _("Confirm"),
            steps.CONFIRMS,
            confirm,
            ConfirmForm,
            preview=import_panel.counted,
            explanation=_(
                "A worker imports it, also when you sign out. It can be undone for 30 days."
            ),
            applies=_stands(ImportState.CHECKED, ImportState.PROPOSED),
        ),
        Operation(
            "retry",
            _("Go on"),
            steps.PREPARES,
            retry,
            explanation=_("A worker goes on where the last one stopped."),
            applies=_stands(ImportState.FAILED),
        ),
        Operation(
            "discard",
            _("Discard"),
            steps.PREPARES,
            steps.discard,
            explanation=_("The file is deleted. Nothing of it has gone in."),
            applies=lambda batch: (
                ImportState.DISCARDED in steps.FOLLOWS[batch.state]
                and batch.stopped_at not in (ImportState.RUNNING, ImportState.UNDOING)
            ),
            dangerous=True,
        ),
        Operation(
            "undo",
            _("Undo"),
            steps.CONFIRMS,
            take_back,
            preview=import_panel.counted,
            explanation=_(
                "Whoever it entered is disposed of, what it added or changed is taken back, unless"
                " somebody dealt with them or changed it since. Refusals that were learned stay."
            ),
            applies=steps.is_undoable,
            dangerous=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Whoever only prepares imports sees their own; nobody sees roles they may not give."""
        batches = super().get_queryset(request)
        if not request.user.has_perm(steps.CONFIRMS):
            batches = batches.filter(created_by=request.user)
        kinds = [kind for kind in RoleKind.values if intake.may_give(request.user, kind)]
        return batches.filter(role__in=kinds)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.rejects)
        return [
            path("<int:pk>/rejects/", view, name="crm_importbatch_rejects"),
            *super().get_urls(),
        ]

    def rejects(self, request: HttpRequest, pk: int) -> FileResponse | HttpResponseRedirect:
        """Hand out the rows that stayed out; a day later they are gone."""
        if not request.user.has_perm(steps.PREPARES):
            raise PermissionDenied
        batch = self.get_object(request, str(pk))
        if batch is None or not uploads.rejects_of(batch).is_file():
            raise Http404
        try:
            file = uploads.open_rejects(batch)
        except (SealBroken, SealKeyInvalid) as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:crm_importbatch_change", args=[pk]))
        journal.record("import.rejects", by=request.user, on=batch)
        return FileResponse(
            file,
            as_attachment=True,
            filename=f"{batch.uuid}.csv",
            content_type="text/csv",
            headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        batch = kwargs["obj"]
        context |= {
            "batch": batch,
            "steps": import_panel.steps_of(batch),
            "counted": import_panel.verdicts_of(batch, request),
        }
        at_work = batch.state in AT_WORK
        if at_work:
            late = batch.lease is None and batch.queued_at + SOON < timezone.now()
            context |= {"at_work": True, "no_worker": late}
        elif batch.state in import_panel.SHOWS_FILE:
            context["preview"] = import_panel.preview_of(batch)
        else:
            context |= import_panel.rows_of(batch, request)
        if batch.state in (ImportState.DONE, ImportState.FAILED):
            context["rejects"] = uploads.rejects_of(batch).is_file()
        if batch.state == ImportState.UNDONE:
            context["left"] = undo.left_people(batch)
        answer = super().render_change_form(request, context, *args, **kwargs)
        if at_work:
            # The page shows itself again, without a script.
            answer["Refresh"] = "3"
        return answer

    @admin.display(description=_("uploaded by"))
    def uploaded_by(self, batch: ImportBatch) -> str:
        return batch.created_by.get_username()

    @admin.display(description=_("confirmed by"))
    def confirmed_by_whom(self, batch: ImportBatch) -> str:
        return batch.confirmed_by.get_username() if batch.confirmed_by else "–"
