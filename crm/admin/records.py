"""Organisations, engagements, interactions and documents."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from crm import clients_data, dealings, documents, organisations, supplier_reviews
from crm.admin.contacts import seen_by
from crm.admin.past import PastAdmin
from crm.admin.saved_views import SavedViewsMixin
from crm.forms import FirmRoleForm, OrganisationForm, SupplierReviewForm
from crm.models import (
    Document,
    Engagement,
    Interaction,
    Organisation,
    Participation,
    Role,
    SupplierReview,
)
from privacy import looks, seals
from privacy.editing import EditedTogether
from privacy.enums import Look
from privacy.errors import SealBroken, SealKeyInvalid
from privacy.operations import Operation, OperationsMixin, RecordAdmin, ViewOnlyAdmin

ROLE_OF_FIRM = Operation(
    "whose_data",
    _("Say whose data it is"),
    "privacy.name_role",
    clients_data.name_role,
    FirmRoleForm,
    explanation=_(
        "As a controller the firm answers people's requests itself; as a processor it forwards"
        " them to the client and tells the person (S145)."
    ),
)


@admin.register(Organisation)
class OrganisationAdmin(OperationsMixin, SavedViewsMixin, EditedTogether, PastAdmin, RecordAdmin):
    """Firms and authorities, with the people who act for them, as far as the user may see them."""

    change_form_before_template = "crm/organisation/people.html"
    operations = (
        Operation(
            "review",
            _("Review as a supplier of data"),
            "crm.review_supplier",
            supplier_reviews.review,
            SupplierReviewForm,
            explanation=_(
                "Their data protection policy and their way of asking for consent, under both laws"
                " (S36). Without a review that holds, none of their files is imported and none"
                " goes to them."
            ),
        ),
        ROLE_OF_FIRM,
    )

    form = OrganisationForm
    list_display = ("name", "country", "sector", "website")
    list_filter = ("country", "sector")
    search_fields = ("name", "name_key")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        firm = kwargs.get("obj")
        if firm is not None and request.user.has_perm("crm.view_contact"):
            context["people"], more = organisations.people_of(firm, user=request.user)
            here = {role.contact_id for role in context["people"]}
            looks.note(here, by=request.user, how=Look.LIST, shown=[Role])
            if more:
                everybody = reverse("admin:crm_contact_changelist")
                context["all_url"] = f"{everybody}?organisation={firm.pk}"
        if firm is not None and request.user.has_perm("crm.view_engagement"):
            context["work"] = firm.engagements.order_by("-opened_on", "-pk")[: organisations.SHOWN]
        return super().render_change_form(request, context, *args, **kwargs)


class ReviewDue(admin.SimpleListFilter):
    """Whom somebody has to look at again."""

    title = _("next review")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("soon", _("due within 30 days, or over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() != "soon":
            return queryset
        due = supplier_reviews.due(on=timezone.localdate())
        return queryset.filter(pk__in=due.values("pk"))


@admin.register(SupplierReview)
class SupplierReviewAdmin(ViewOnlyAdmin):
    """Who was reviewed as a supplier of data, what was found, and when it is looked at again."""

    list_display = ("organisation", "gdpr", "pdpo", "reviewed_on", "next_due_on", "reviewed_by")
    list_filter = (ReviewDue, "gdpr", "pdpo")
    list_select_related = ("organisation", "reviewed_by")
    search_fields = ("organisation__name",)
    fields = (
        "organisation",
        ("gdpr", "pdpo"),
        "evidence",
        ("reviewed_on", "next_due_on"),
        ("reviewed_by", "recorded_at"),
    )


class ParticipantInline(TabularInline):
    """Those who take part, as far as the reader sees them; a restricted person is not shown."""

    model = Participation
    extra = 0
    fields = ("contact", "part")
    autocomplete_fields = ("contact",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return seen_by(request.user, super().get_queryset(request), path="contact__")


@admin.register(Engagement)
class EngagementAdmin(OperationsMixin, EditedTogether, PastAdmin, RecordAdmin):
    """Enquiries, consultations and contracts; their start and end move people's clocks."""

    list_display = ("code", "title", "organisation", "state", "opened_on", "closed_on")
    list_filter = ("state",)
    list_select_related = ("organisation",)
    search_fields = ("code", "title")
    autocomplete_fields = ("organisation",)
    inlines = (ParticipantInline,)
    operations = (ROLE_OF_FIRM,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        # Whoever takes part no longer has a clock of their own again.
        before = dealings.people_of([form.instance.pk])
        super().save_related(request, form, formsets, change)
        dealings.refresh(before | dealings.people_of([form.instance.pk]))


@admin.register(Interaction)
class InteractionAdmin(EditedTogether, RecordAdmin):
    """What was said; everything but our own outbound message restarts the person's clock."""

    list_display = ("occurred_at", "contact", "channel", "direction", "summary")
    list_display_links = ("occurred_at",)
    list_filter = ("channel", "direction")
    list_select_related = ("contact",)
    search_fields = ("summary",)
    autocomplete_fields = ("contact", "engagement")
    fields = (
        ("contact", "engagement"),
        ("channel", "direction"),
        "occurred_at",
        "summary",
        "body",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return seen_by(request.user, super().get_queryset(request), path="contact__")

    def save_model(self, request: HttpRequest, obj: Interaction, form: Any, change: bool) -> None:
        if not change:
            obj.recorded_by = request.user
        super().save_model(request, obj, form, change)
        # Also of the person from whom it was moved away.
        dealings.refresh({obj.contact_id, form.initial.get("contact", obj.contact_id)})


class DocumentForm(forms.ModelForm):
    """A file whose type is read from its content and whose size is capped."""

    class Meta:
        model = Document
        fields = ("contact", "engagement", "title", "file")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if "file" in self.changed_data:
            self.instance.content_type = documents.content_type_of(file)
            self.instance.size = file.size
        return file


@admin.register(Document)
class DocumentAdmin(EditedTogether, RecordAdmin):
    """Files about a person: they have no address, and leave through `download` alone."""

    form = DocumentForm
    list_display = ("title", "contact", "content_type", "size", "uploaded_at", "link")
    list_select_related = ("contact",)
    search_fields = ("title",)
    autocomplete_fields = ("contact", "engagement")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return seen_by(request.user, super().get_queryset(request), path="contact__")

    def get_fields(self, request: HttpRequest, obj: Document | None = None) -> tuple[str, ...]:
        shown = ("contact", "engagement", "title")
        return (*shown, "file") if obj is None else (*shown, "link")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Document | None = None
    ) -> tuple[str, ...]:
        return () if obj is None else ("contact", "link")

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:pk>/download/",
                self.admin_site.admin_view(self.download),
                name="crm_document_download",
            ),
            *super().get_urls(),
        ]

    def download(self, request: HttpRequest, pk: int) -> FileResponse | HttpResponseRedirect:
        """Hand the file out under its reference, never inline, to whoever may see its person."""
        if not (request.user.has_perm("crm.view_document") and self._sees_values(request)):
            raise PermissionDenied
        document = self.get_object(request, str(pk))
        if document is None:
            raise Http404
        if getattr(document, "is_covered", False):
            # What the file says waits for the privacy officer's decision (S27).
            raise PermissionDenied
        try:
            file = document.file.open("rb")
            seals.prove(file)
        except (SealBroken, SealKeyInvalid) as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:crm_document_change", args=[pk]))
        return FileResponse(
            file,
            as_attachment=True,
            filename=str(document.uuid),
            content_type=document.content_type,
            headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
        )

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        if not change:
            obj.uploaded_by = request.user
        super().save_model(request, obj, form, change)

    @admin.display(description=_("file"))
    def link(self, document: Document) -> str:
        address = reverse("admin:crm_document_download", args=[document.pk])
        return render_to_string("crm/document/_link.html", {"address": address})
