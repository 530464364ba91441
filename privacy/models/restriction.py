"""Restriction of processing: the data stay, and nobody works with them (Art. 18 GDPR)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from privacy.enums import Announcement, LiftGround, RestrictionGround


class Restriction(models.Model):
    """One ground on which one person's data are restricted, from its receipt to its end."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    subject = models.ForeignKey(
        settings.PRIVACY_SUBJECT_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="restrictions",
    )
    ground = models.CharField(_("ground"), max_length=15, choices=RestrictionGround)
    received_on = models.DateField(_("received on"))
    placed_at = models.DateTimeField(_("placed at"), auto_now_add=True)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("placed by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    # The person is told before it is lifted (Art. 18(3)): how, and from which day on.
    announced_at = models.DateTimeField(_("announced at"), null=True, blank=True)
    announced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("announced by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    announced_how = models.CharField(_("told by"), max_length=10, choices=Announcement, blank=True)
    ends_on = models.DateField(_("to be lifted on"), null=True, blank=True)
    lift_ground = models.CharField(
        _("why it is lifted"), max_length=15, choices=LiftGround, blank=True
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("lifted by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("restriction of processing")
        verbose_name_plural = _("restrictions of processing")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "ground"],
                condition=Q(lifted_at__isnull=True),
                name="one_restriction_in_force_per_person_and_ground",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True)
                | Q(announced_at__isnull=False, announced_at__lte=F("lifted_at")),
                name="a_person_is_told_before_a_restriction_is_lifted",
            ),
            models.CheckConstraint(
                condition=Q(announced_at__isnull=True, announced_how="", lift_ground="")
                | (
                    Q(announced_at__isnull=False, ends_on__isnull=False)
                    & ~Q(announced_how="")
                    & ~Q(lift_ground="")
                ),
                name="an_announcement_says_how_why_and_from_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["subject"],
                condition=Q(lifted_at__isnull=True),
                name="restricted_people",
            ),
        ]
        permissions = [
            ("restrict_processing", _("Can restrict the processing of a person's data")),
            ("lift_restriction", _("Can announce and lift a restriction of processing")),
        ]

    def __str__(self) -> str:
        return str(self.reference)
