"""The log of disclosures; what a duty demands waits here for a second person (S83, S87)."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from privacy import disclosures
from privacy.enums import DisclosureState, Kind
from privacy.models import Disclosure
from privacy.operations import Operation, OperationsMixin, ViewOnlyAdmin

RECORDS, APPROVES = "privacy.record_disclosure", "privacy.approve_disclosure"


def described(disclosure: Disclosure) -> list[tuple[Any, Any]]:
    """What would go to whom, about how many, at whose demand."""
    return [
        (_("Recipient"), f"{disclosure.recipient} ({disclosure.country})"),
        (_("Occasion"), disclosure.get_kind_display()),
        (_("Authority"), f"{disclosure.authority} {disclosure.matter}".strip()),
        (_("Basis of the recipient"), disclosure.get_basis_display()),
        (_("Purpose"), disclosure.purpose.title),
        (_("Kinds of data"), kinds_of(disclosure)),
        (_("Day"), date_format(disclosure.disclosed_on)),
        (_("People"), disclosure.people.count()),
    ]


def kinds_of(disclosure: Disclosure) -> str:
    """The kinds of data, in words."""
    return ", ".join(str(Kind(kind).label) for kind in disclosure.kinds)


def _waits(disclosure: Disclosure) -> bool:
    return disclosure.state == DisclosureState.PREPARED


@admin.register(Disclosure)
class DisclosureAdmin(OperationsMixin, ViewOnlyAdmin):
    """Every disclosure: to whom, why, on whose basis, of how many people; never of whom."""

    list_display = (
        "disclosed_on", "recipient", "recipient_class", "country", "kind", "people", "state",
    )  # fmt: skip
    list_filter = ("state", "kind", "recipient_class", "basis")
    list_select_related = ("purpose", "prepared_by", "approved_by")
    search_fields = ("recipient", "matter__exact")
    fields = (
        ("reference", "state"),
        ("recipient", "recipient_class", "country"),
        ("kind", "basis"),
        ("purpose_name", "kind_names"),
        ("disclosed_on", "people"),
        ("authority", "matter"),
        ("prepared", "prepared_at"),
        ("approved", "approved_at"),
    )
    readonly_fields = ("purpose_name", "kind_names", "people", "prepared", "approved")
    operations = (
        Operation(
            "approve",
            _("Approve"),
            APPROVES,
            disclosures.approve,
            preview=described,
            explanation=_("The data may go now: each person is asked about once more."),
            applies=_waits,
        ),
        Operation(
            "discard",
            _("Discard"),
            RECORDS,
            disclosures.discard,
            preview=described,
            explanation=_("Nothing goes; that it was prepared stays on record."),
            applies=_waits,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(of_people=Count("people"))

    @admin.display(description=_("people"))
    def people(self, disclosure: Any) -> int:
        return disclosure.of_people

    @admin.display(description=_("purpose"))
    def purpose_name(self, disclosure: Disclosure) -> str:
        return disclosure.purpose.title

    @admin.display(description=_("kinds of data"))
    def kind_names(self, disclosure: Disclosure) -> str:
        return kinds_of(disclosure)

    @admin.display(description=_("prepared by"))
    def prepared(self, disclosure: Disclosure) -> str:
        return disclosure.prepared_by.get_username()

    @admin.display(description=_("approved by"))
    def approved(self, disclosure: Disclosure) -> str:
        return disclosure.approved_by.get_username() if disclosure.approved_by else "–"
