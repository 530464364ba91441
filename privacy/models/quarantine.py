"""Texts that seem to hold sensitive data, and what was decided about each (S25 to S27)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from privacy.enums import Condition, FalseAlarm, QuarantineState


class Quarantine(models.Model):
    """One text of one row, by its place alone: what it says stays where it stands."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    subject = models.ForeignKey(
        settings.PRIVACY_SUBJECT_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    # The declared model, the number of the row, and the column.
    model = models.CharField(_("table"), max_length=60)
    row = models.PositiveBigIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=60)
    # Keyed digest of the text as it was found: another text is looked at anew.
    text_digest = models.CharField(max_length=64, editable=False)
    # Names of `SensitiveKind`.
    kinds = models.JSONField(_("seems to hold"), default=list)
    state = models.CharField(
        _("state"), max_length=10, choices=QuarantineState, default=QuarantineState.WAITING
    )
    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("entered by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    decide_by = models.DateField(_("decide by"))
    condition = models.CharField(_("condition"), max_length=10, choices=Condition, blank=True)
    false_alarm = models.CharField(
        _("why a false alarm"), max_length=15, choices=FalseAlarm, blank=True
    )
    purpose = models.ForeignKey(
        "privacy.Purpose",
        verbose_name=_("purpose"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    keep_until = models.DateField(_("keep until"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("sensitive text")
        verbose_name_plural = _("sensitive texts")
        ordering = ("decide_by", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["model", "row", "column"], name="one_quarantine_per_text"
            ),
            models.CheckConstraint(
                condition=~Q(state="kept")
                | (Q(purpose__isnull=False, keep_until__isnull=False) & ~Q(condition="")),
                name="what_is_kept_has_condition_purpose_and_end",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(entered_by__isnull=True)
                | ~Q(decided_by=F("entered_by")),
                name="a_second_person_decides_about_a_text",
            ),
        ]
        indexes = [models.Index(fields=["model", "state"], name="quarantine_of_a_table")]
        permissions = [("decide_sensitive", _("Can read and decide about sensitive texts"))]

    def __str__(self) -> str:
        return str(self.reference)
