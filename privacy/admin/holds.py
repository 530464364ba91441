"""Legal holds: placed and released by an operation, never edited (S45; Art. 17(3)(e))."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy import hold_reviews, holds
from privacy.enums import HoldReason, HoldScope
from privacy.models import LegalHold
from privacy.operations import (
    DayInput,
    Operation,
    OperationForm,
    OperationsMixin,
    ViewOnlyAdmin,
)


class HoldForm(OperationForm):
    """Why, under which matter, and when somebody must look again."""

    matter = forms.CharField(
        label=_("Matter"),
        max_length=30,
        help_text=LegalHold._meta.get_field("matter").help_text,
        validators=LegalHold._meta.get_field("matter").validators,
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=HoldReason)
    review_on = forms.DateField(label=_("Review date"), widget=DayInput)


class WideHoldForm(HoldForm):
    """A hold on everybody who falls under an organisation or an engagement."""

    field_order = ("scope", "scope_reference")
    scope = forms.ChoiceField(
        label=_("Scope"), choices=[c for c in HoldScope.choices if c[0] != HoldScope.PERSON]
    )
    scope_reference = forms.UUIDField(
        label=_("Reference"), help_text=_("Of the organisation or engagement; see its page.")
    )


class ReviewForm(OperationForm):
    """When somebody looks again."""

    review_on = forms.DateField(label=_("Review date"), widget=DayInput)


class ReviewFilter(admin.SimpleListFilter):
    """The holds at which somebody must look again: the day is near, or over."""

    title = _("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("near", _("near or over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() != "near":
            return queryset
        near = hold_reviews.to_review(on=timezone.localdate())
        return queryset.filter(pk__in=near.values("pk"))


def place(subject: Any = None, *, reason: str, by: Any, **facts: Any) -> LegalHold:
    """Place a hold that its placer owns."""
    facts["scope"] = HoldScope(facts.get("scope", HoldScope.PERSON))
    return holds.place(subject, reason=HoldReason(reason), owner=by, by=by, **facts)


@admin.register(LegalHold)
class HoldAdmin(OperationsMixin, ViewOnlyAdmin):
    """Every hold, in force or released; the person on hold is named by reference."""

    list_display = (
        "matter",
        "scope",
        "person",
        "reason",
        "owner_name",
        "placed_at",
        "review_on",
        "released_at",
    )
    list_filter = (ReviewFilter, "scope", "reason", ("released_at", admin.EmptyFieldListFilter))
    list_select_related = ("subject", "owner")
    search_fields = ("matter",)
    fields = (
        ("matter", "reason"),
        ("scope", "person", "scope_reference"),
        ("owner_name", "placed_at"),
        "review_on",
        "released_at",
    )
    readonly_fields = ("person", "owner_name")
    operations = (
        Operation(
            "place",
            _("Place a hold on an organisation or engagement"),
            "privacy.place_hold",
            place,
            WideHoldForm,
            on_list=True,
        ),
        Operation(
            "review",
            _("Set a new review date"),
            "privacy.place_hold",
            hold_reviews.set_date,
            ReviewForm,
            explanation=_("The hold stays in force; its owner is reminded before the new date."),
            applies=lambda hold: hold.released_at is None,
        ),
        Operation(
            "release",
            _("Release"),
            "privacy.release_hold",
            holds.release,
            explanation=_("The next nightly run looks at the people under this hold again."),
            applies=lambda hold: hold.released_at is None,
        ),
    )

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> LegalHold | None:
        """A hold's page also answers to its reference, which is all that mails and lists name."""
        try:
            reference = uuid.UUID(object_id)
        except ValueError:
            return super().get_object(request, object_id, from_field)
        return self.get_queryset(request).filter(reference=reference).first()

    @admin.display(description=_("person"))
    def person(self, hold: LegalHold) -> str:
        return str(hold.subject.uuid) if hold.subject else "–"

    @admin.display(description=_("owner"))
    def owner_name(self, hold: LegalHold) -> str:
        return hold.owner.get_username()
