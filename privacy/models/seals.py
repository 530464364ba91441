"""The keys outside the database that seal stored files, as far as it has to know them (S91)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SealKey(models.Model):
    """A check value per key that ever sealed, so that a wrong or absent one is noticed at once."""

    key_id = models.CharField(max_length=20, unique=True)
    check_value = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("seal key")
        verbose_name_plural = _("seal keys")

    def __str__(self) -> str:
        return self.key_id
