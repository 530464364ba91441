"""What somebody typed to be entered, sealed until they confirm that the mailbox is theirs."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PendingSignUp(models.Model):
    """One sign-up that waits, for 48 hours at most (DESIGN 18)."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Ciphertext of everything that was typed; empty once it is confirmed.
    sealed = models.TextField(blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pending sign-up")
        verbose_name_plural = _("pending sign-ups")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.reference)
