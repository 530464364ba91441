"""What a review of a supplier of data found."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.enums import ReviewOutcome


class SupplierReview(models.Model):
    """One look at a supplier's data protection policy and consent process, under both laws (S36).

    Never changed: another look is another row, and the latest one counts.
    """

    uuid = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        "crm.Organisation",
        verbose_name=_("organisation"),
        on_delete=models.PROTECT,
        related_name="supplier_reviews",
    )
    gdpr = models.CharField(_("GDPR"), max_length=10, choices=ReviewOutcome)
    pdpo = models.CharField(_("PDPO"), max_length=10, choices=ReviewOutcome)
    # Where what was looked at is filed: never the thing itself.
    evidence = models.CharField(_("evidence"), max_length=200)
    reviewed_on = models.DateField(_("reviewed on"))
    next_due_on = models.DateField(_("next review due"))
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("reviewed by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("supplier review")
        verbose_name_plural = _("supplier reviews")
        ordering = ("-reviewed_on", "-pk")
        default_permissions = ("view",)
        permissions = [("review_supplier", _("Can review a supplier of data"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_due_on__gt=F("reviewed_on")),
                name="a_supplier_is_reviewed_again_later",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)
