"""What was said between the firm and a person."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.enums import Channel, Direction


class Interaction(models.Model):
    """One message, call or meeting, in free text. Deleted, never pseudonymised."""

    uuid = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    contact = models.ForeignKey(
        "crm.Contact",
        verbose_name=_("contact"),
        on_delete=models.CASCADE,
        related_name="interactions",
    )
    engagement = models.ForeignKey(
        "crm.Engagement",
        verbose_name=_("engagement"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="interactions",
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    occurred_at = models.DateTimeField(_("time"))
    summary = models.CharField(_("summary"), max_length=200)
    body = models.TextField(_("text"), blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recorded by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        ordering = ("-occurred_at", "-pk")
        indexes = [
            # What restarts a clock: everything but our own outbound messages.
            models.Index(
                fields=["contact", "occurred_at"],
                condition=~Q(direction="outbound"),
                name="qualifying_interactions",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)
