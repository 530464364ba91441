"""What disposal leaves behind: its evidence, the files still to unlink, and its permit."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.enums import DisposalCause
from privacy.models.append_only import AppendOnlyModel


class Disposal(AppendOnlyModel):
    """One person disposed of, by immutable uuid: the database's half of the ledger."""

    # The uuid of the ledger's `intend` line: an open intent whose uuid stands here was done.
    intent = models.UUIDField(_("intent"), db_index=True)
    subject_reference = models.UUIDField(_("person"), db_index=True)
    cause = models.CharField(_("cause"), max_length=20, choices=DisposalCause)
    # The name of the keep that decided, e.g. "app.Model:client".
    keep = models.CharField(_("rule"), max_length=100, blank=True)
    disposed_at = models.DateTimeField(_("disposed of at"))

    class Meta:
        verbose_name = _("disposal")
        verbose_name_plural = _("disposals")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return str(self.subject_reference)


class FileRemoval(models.Model):
    """A file to unlink: named inside the transaction, removed after it, retried until gone."""

    # An alias of settings.STORAGES and the random name that the storage gave.
    storage = models.CharField(_("storage"), max_length=40)
    name = models.CharField(_("name"), max_length=255)
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    # Written down before the file is unlinked: from then on it may be gone.
    begun_at = models.DateTimeField(_("begun at"), null=True, blank=True)

    class Meta:
        verbose_name = _("file to remove")
        verbose_name_plural = _("files to remove")
        constraints = [
            models.UniqueConstraint(fields=["storage", "name"], name="one_removal_per_file"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Permit(models.Model):
    """Leave to delete from append-only tables: inserted and deleted in one transaction."""

    token = models.UUIDField(unique=True)

    class Meta:
        db_table = "privacy_permit"
        verbose_name = _("permit")
        verbose_name_plural = _("permits")

    def __str__(self) -> str:
        return str(self.pk)
