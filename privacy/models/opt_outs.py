"""Opt-outs as they arrived: kept sealed for as long as the law wants to see them."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.enums import OptOutWay


class OptOut(models.Model):
    """One unsubscribe message in its original form, sealed (Cap 593 s.9(3); C8)."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    way = models.CharField(_("way"), max_length=12, choices=OptOutWay)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    key_id = models.CharField(_("key"), max_length=40)
    # Ciphertext under a key outside the database.
    sealed = models.TextField()
    # Keyed digests of the addresses that it is about, by which it is found; separated by spaces.
    digests = models.TextField(blank=True)

    class Meta:
        verbose_name = _("opt-out as it arrived")
        verbose_name_plural = _("opt-outs as they arrived")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = [("read_opt_out", _("Can read an opt-out as it arrived"))]

    def __str__(self) -> str:
        return str(self.reference)
