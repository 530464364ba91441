"""What the ledger outside the database is still to be told."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WaitingLine(models.Model):
    """One line of the ledger, made with the fact that it carries and gone once it is on disk."""

    line = models.UUIDField(_("line"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("type"), max_length=30)
    facts = models.JSONField(_("facts"), default=dict)
    made_at = models.DateTimeField(_("made at"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("line that waits")
        verbose_name_plural = _("lines that wait")
        ordering = ("pk",)
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.line)
