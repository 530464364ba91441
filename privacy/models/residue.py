"""What must not be where it is: where, never what (DESIGN 7, 11)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.enums import FindingCause, Needle


class Finding(models.Model):
    """Something that must not be there: residue of a disposed person, or a suppressed point.

    Residue is a needle of theirs in a row that is not theirs, or in a file; a suppressed point
    is on file because raw SQL let it in, or because its person has not been disposed of yet.
    """

    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
    cause = models.CharField(
        _("cause"), max_length=10, choices=FindingCause, default=FindingCause.RESIDUE
    )
    # The immutable uuid of whom it concerns; their tombstone may be gone when somebody looks.
    # Empty for a suppressed point: whose it is the row itself says.
    subject_reference = models.UUIDField(_("person"), db_index=True, null=True)
    # "table.column" or the name of a store; never a file's own name.
    place = models.CharField(_("place"), max_length=150)
    row_reference = models.CharField(_("row"), max_length=60, blank=True)
    needle_kind = models.CharField(
        _("kind of identifier"), max_length=20, choices=Needle, blank=True
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("residue finding")
        verbose_name_plural = _("residue findings")
        ordering = ("-found_at", "-pk")
        permissions = [("settle_finding", _("Can settle a finding"))]

    def __str__(self) -> str:
        return f"{self.place} {self.row_reference}".strip()
