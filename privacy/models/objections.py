"""Objections to legitimate interests, while they are weighed and what came of it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.enums import Announcement, CounterGround, ObjectionGround, ObjectionOutcome


class Objection(models.Model):
    """One person's objection to one purpose (Art. 21(1)); the purpose rests for them meanwhile."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    subject = models.ForeignKey(
        settings.PRIVACY_SUBJECT_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="objections",
    )
    purpose = models.ForeignKey(
        "privacy.Purpose", verbose_name=_("purpose"), on_delete=models.PROTECT, related_name="+"
    )
    ground = models.CharField(_("ground"), max_length=15, choices=ObjectionGround)
    # The person's particular situation, in their words; it goes with their record.
    situation = models.TextField(_("their situation"), blank=True)
    received_on = models.DateField(_("received on"))
    due_on = models.DateField(_("answer due"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recorded by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=10, choices=ObjectionOutcome, blank=True)
    counter_ground = models.CharField(
        _("our ground"), max_length=12, choices=CounterGround, blank=True
    )
    # Of the firm's own grounds; what is written freely goes with its person all the same.
    reasons = models.TextField(_("our reasons"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("approved by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    told_how = models.CharField(_("told by"), max_length=10, choices=Announcement, blank=True)
    told_at = models.DateTimeField(_("told at"), null=True, blank=True)
    # The number of their last word in the consent ledger when they were told: what they say after
    # it counts anew, whatever the clock says.
    told_after = models.BigIntegerField(null=True, blank=True, editable=False)
    # From then on the purpose is used again; only where our grounds override.
    resumes_on = models.DateField(_("used again from"), null=True, blank=True)

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = [("weigh_objection", _("Can weigh an objection, or approve a weighing"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("decided_by")),
                name="a_second_person_approves_a_weighing",
            ),
            # An objection that is upheld has no such day: the door refuses it.
            models.CheckConstraint(
                condition=~Q(outcome="overridden")
                | Q(resumes_on__isnull=True)
                | (Q(approved_by__isnull=False) & Q(told_at__isnull=False)),
                name="nothing_resumes_unapproved_and_untold",
            ),
        ]

    def __str__(self) -> str:
        return str(self.reference)
