"""Two records that may be one person, and records that became one (S29; Art. 5(1)(d))."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.enums import PairState


class DuplicatePair(models.Model):
    """Two people whom something joins: numbers and codes of reasons, no copy of a value."""

    first = models.ForeignKey(
        "crm.Contact", verbose_name=_("first"), on_delete=models.CASCADE, related_name="+"
    )
    second = models.ForeignKey(
        "crm.Contact", verbose_name=_("second"), on_delete=models.CASCADE, related_name="+"
    )
    score = models.PositiveSmallIntegerField(_("score"))
    # Codes of `PairReason`, with spaces between them.
    reasons = models.CharField(_("reasons"), max_length=60)
    state = models.CharField(_("state"), max_length=10, choices=PairState, default=PairState.OPEN)
    found_at = models.DateTimeField(_("found at"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("duplicates")
        ordering = ("-score", "pk")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="two_people_are_one_pair"),
        ]

    def __str__(self) -> str:
        return f"pair {self.pk}"


class Merge(models.Model):
    """The person who is gone is the person who is kept; an old address leads on by this row."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kept = models.ForeignKey(
        "crm.Contact", verbose_name=_("kept"), on_delete=models.CASCADE, related_name="merges"
    )
    gone = models.OneToOneField(
        "crm.Contact",
        verbose_name=_("merged away"),
        on_delete=models.CASCADE,
        related_name="merged_into",
    )
    merged_at = models.DateTimeField(_("merged at"), default=timezone.now)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("merged by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return str(self.reference)


class MergeUndo(models.Model):
    """What a merge changed, for thirty days: it goes with the person, or with its time."""

    # By reference alone: neither waits for the other when their person goes.
    reference = models.UUIDField(unique=True, editable=False)
    kept = models.ForeignKey("crm.Contact", on_delete=models.CASCADE, related_name="+")
    before = models.JSONField()
    stored_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("undo of a merge")
        verbose_name_plural = _("undos of merges")

    def __str__(self) -> str:
        return f"undo {self.pk}"
