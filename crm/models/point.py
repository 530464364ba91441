"""Contact points: the ways to reach one person (S13, S14)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm.enums import Channel, GivenFor, Usage
from privacy.enums import PointKind
from privacy.suppression import Guard, GuardedManager, GuardedModel


class ContactPoint(GuardedModel):
    """One e-mail address, telephone number or profile link."""

    contact = models.ForeignKey("crm.Contact", on_delete=models.CASCADE, related_name="points")
    kind = models.CharField(_("type"), max_length=10, choices=PointKind)
    value = models.CharField(_("value"), max_length=320)
    normal_form = models.CharField(max_length=320, editable=False, db_index=True)
    usage = models.CharField(_("use"), max_length=10, choices=Usage, default=Usage.UNKNOWN)
    came_by = models.CharField(_("came by"), max_length=10, choices=Channel, default=Channel.OTHER)
    # Given for an order or enquiry: nothing else is sent there, unless the person agrees for this
    # very address (S49, S51). It is never widened by hand.
    given_for = models.CharField(_("given for"), max_length=10, choices=GivenFor, blank=True)
    is_preferred = models.BooleanField(_("preferred"), default=False)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    bounced_at = models.DateTimeField(_("bounced at"), null=True, blank=True)
    # How many deliveries in a row found the mailbox full.
    times_full = models.PositiveSmallIntegerField(_("times full"), default=0, editable=False)
    # A link only: no content is taken from the profile.
    retrieved_on = models.DateField(_("retrieved on"), null=True, blank=True)

    guards: ClassVar = (
        Guard(
            value="value",
            form="normal_form",
            kind="@kind",
            resets={"verified_at": None, "bounced_at": None, "times_full": 0},
        ),
    )
    objects = GuardedManager()
    history = HistoricalRecords()

    class Meta(GuardedModel.Meta):
        abstract = False
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "kind", "normal_form"], name="one_row_per_contact_point"
            ),
        ]

    def __str__(self) -> str:
        return f"contact point {self.pk}"
