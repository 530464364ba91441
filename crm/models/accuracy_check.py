"""Checks of a person's details, by themselves or by a colleague."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.enums import CheckWay


class AccuracyCheck(models.Model):
    """Somebody looked whether a person's details are right, and what they found (S100, S101)."""

    contact = models.ForeignKey(
        "crm.Contact",
        verbose_name=_("contact"),
        on_delete=models.CASCADE,
        related_name="accuracy_checks",
    )
    is_right = models.BooleanField(_("right"))
    way = models.CharField(_("how"), max_length=10, choices=CheckWay)
    checked_at = models.DateTimeField(_("checked at"), default=timezone.now)
    # Nobody of ours: the person said so.
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("checked by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("check of details")
        verbose_name_plural = _("checks of details")
        ordering = ("-checked_at", "-pk")

    def __str__(self) -> str:
        return f"check {self.pk}"
