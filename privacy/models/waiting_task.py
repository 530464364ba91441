"""What a page handed over to the workers, until it is done."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WaitingTask(models.Model):
    """One task with artificial identifiers alone; made with what it is about, gone when done."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    task = models.CharField(_("task"), max_length=60)
    arguments = models.JSONField(_("arguments"), default=list)
    made_at = models.DateTimeField(_("made at"), default=timezone.now, db_index=True)
    # Until when a worker that took it may be at it.
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("task that waits")
        verbose_name_plural = _("tasks that wait")
        ordering = ("pk",)
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.reference)
