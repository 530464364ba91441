"""Suppliers of data: reviewed under both laws, and refused without a review that holds (S36).

A review holds until the day on which the next one is due. While a supplier has none, no file of
theirs is imported, no file about people goes to them, and whom they supplied is not marketed to.
Serves Art. 5(2), 24 and 28(1) GDPR, DPP2(3) and s.35D(2) PDPO.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.enums import Destination, ReviewOutcome, SourceType
from crm.errors import ReviewRefused
from crm.models import Organisation, SupplierReview
from privacy import journal, ledger, protections
from privacy.protections import Line, Protection

# The kind of line by which the ledger carries that a supplier failed; another review ends it.
FAILED = "review.failed"
# From whom data is taken, and to whom it is given, on a review alone.
SOURCES = (SourceType.BROKER, SourceType.PARTNER)
DESTINATIONS = (Destination.PROCESSOR, Destination.SUPPLIER, Destination.PARTNER)
# A review is looked at again after two years at the latest (house rule).
LONGEST = relativedelta(years=2)
SOON = timedelta(days=30)


@transaction.atomic
def review(
    organisation: Organisation,
    *,
    gdpr: str,
    pdpo: str,
    evidence: str,
    reviewed_on: date,
    next_due_on: date,
    by: Any,
) -> SupplierReview:
    """Write down what a review found; refused in the future, without evidence, for too long."""
    if reviewed_on > timezone.localdate():
        raise ReviewRefused(_("The day of the review is in the future; take the day it was done."))
    if not evidence.strip():
        raise ReviewRefused(_("Say where what you looked at is filed."))
    if not reviewed_on < next_due_on <= reviewed_on + LONGEST:
        raise ReviewRefused(_("The next review is due within two years of this one."))
    made = SupplierReview(
        organisation=organisation,
        gdpr=gdpr,
        pdpo=pdpo,
        evidence=evidence.strip(),
        reviewed_on=reviewed_on,
        next_due_on=next_due_on,
        reviewed_by=by,
    )
    made.full_clean()
    made.save()
    if not _is_pass(made):
        ledger.record(FAILED, **_said_in(made))
    facts = {"gdpr": str(gdpr), "pdpo": str(pdpo), "next_due_on": next_due_on.isoformat()}
    journal.record("supplier.review", by=by, on=made, facts=facts)
    return made


def passed(*, on: date) -> QuerySet[SupplierReview]:
    """Each supplier's latest review, where it is a pass under both laws and not over."""
    latest = (
        SupplierReview.objects.filter(organisation=OuterRef("organisation"), reviewed_on__lte=on)
        .order_by("-reviewed_on", "-pk")
        .values("pk")[:1]
    )
    return SupplierReview.objects.filter(
        pk=Subquery(latest),
        gdpr=ReviewOutcome.PASSED,
        pdpo=ReviewOutcome.PASSED,
        next_due_on__gt=on,
    )


def refuse_unreviewed(organisation: Organisation | None, *, on: date) -> None:
    """ReviewRefused for a supplier without a review that holds on this day, or for nobody."""
    if organisation is None:
        raise ReviewRefused(_("Say which organisation supplied it; enter it if it is new."))
    if not passed(on=on).filter(organisation=organisation).exists():
        raise ReviewRefused(
            _(
                "This organisation has no current review of its data protection; ask a privacy"
                " officer to review it on its page."
            )
        )


def due(*, on: date) -> QuerySet[SupplierReview]:
    """The latest reviews of suppliers that end within 30 days, or have ended."""
    latest = (
        SupplierReview.objects.filter(organisation=OuterRef("organisation"))
        .order_by("-reviewed_on", "-pk")
        .values("pk")[:1]
    )
    return SupplierReview.objects.filter(pk=Subquery(latest), next_due_on__lte=on + SOON)


# --- what the ledger carries --------------------------------------------------------------------


def _is_pass(review: SupplierReview) -> bool:
    return review.gdpr == review.pdpo == ReviewOutcome.PASSED


def _said_in(review: SupplierReview) -> dict[str, Any]:
    return {
        "reference": str(review.uuid),
        "organisation": str(review.organisation.uuid),
        "gdpr": str(review.gdpr),
        "pdpo": str(review.pdpo),
        "reviewed_on": review.reviewed_on.isoformat(),
        "next_due_on": review.next_due_on.isoformat(),
        "by": review.reviewed_by_id,
    }


def told() -> Iterator[tuple[str, Line]]:
    """Each review that was not passed, as the ledger's line says it."""
    for row in SupplierReview.objects.select_related("organisation").order_by("pk").iterator():
        if not _is_pass(row):
            yield FAILED, _said_in(row)


def lost(lines: Sequence[Line]) -> list[Line]:
    """The failed reviews that this database lacks, of suppliers whom it knows."""
    wanted = {line["reference"]: line for line in lines if line["kind"] == FAILED}
    known = SupplierReview.objects.filter(uuid__in=list(wanted)).values_list("uuid", flat=True)
    missing = [line for ref, line in wanted.items() if ref not in {str(one) for one in known}]
    firms = Organisation.objects.filter(uuid__in={line["organisation"] for line in missing})
    here = {str(one) for one in firms.values_list("uuid", flat=True)}
    return [line for line in missing if line["organisation"] in here]


def bring_back(found: Sequence[Line]) -> int:
    """Enter these again; who reviewed, where a restore lost them, is the first operator here."""
    firms = {
        str(one.uuid): one
        for one in Organisation.objects.filter(uuid__in={line["organisation"] for line in found})
    }
    for line in found:
        by = protections.account(line["by"])
        SupplierReview.objects.create(
            uuid=line["reference"],
            organisation=firms[line["organisation"]],
            gdpr=line["gdpr"],
            pdpo=line["pdpo"],
            evidence="ledger",
            reviewed_on=date.fromisoformat(line["reviewed_on"]),
            next_due_on=date.fromisoformat(line["next_due_on"]),
            reviewed_by_id=by,
        )
    return len(found)


PROTECTION = Protection("reviews", (FAILED,), lost, bring_back, told, order=8)
