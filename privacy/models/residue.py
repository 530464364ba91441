"""What the residue search found elsewhere: where, never what (DESIGN 11)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.enums import Needle


class Finding(models.Model):
    """A needle of a disposed person was seen in a row that is not theirs, or in a file."""

    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
    # The person's immutable uuid; the tombstone may be gone by the time somebody looks.
    subject_reference = models.UUIDField(_("person"), db_index=True)
    # "table.column" or the name of a store; never a file's own name.
    place = models.CharField(_("place"), max_length=150)
    row_reference = models.CharField(_("row"), max_length=60, blank=True)
    needle_kind = models.CharField(_("kind of identifier"), max_length=20, choices=Needle)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("residue finding")
        verbose_name_plural = _("residue findings")
        ordering = ("-found_at", "-pk")

    def __str__(self) -> str:
        return f"{self.place} {self.row_reference}".strip()
