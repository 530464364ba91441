"""Mail that came in and that nobody understood: that it waits, never what it says."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.enums import LeftCause


class LeftMail(models.Model):
    """One message that lies flagged in the mailbox until somebody has read it there."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    seen_at = models.DateTimeField(_("came in"), auto_now_add=True)
    cause = models.CharField(_("why"), max_length=10, choices=LeftCause)
    size = models.PositiveIntegerField(_("bytes"), default=0)
    # Keyed digest of the message: the same again is the same.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("read by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("mail to read")
        verbose_name_plural = _("mail to read")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = [("settle_mail", _("Can note that a mail was read"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(read_at__isnull=True, read_by__isnull=True)
                | Q(read_at__isnull=False, read_by__isnull=False),
                name="a_reading_has_a_time_and_a_name",
            ),
        ]

    def __str__(self) -> str:
        return str(self.reference)
