"""The journal: who did what to which reference. Field names, never a value (S95)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.models.append_only import AppendOnlyModel


class JournalKey(models.Model):
    """A check value of the journal's key, so that a wrong one is not taken for a forged line."""

    key_id = models.CharField(max_length=20, unique=True)
    check_value = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("journal key")
        verbose_name_plural = _("journal keys")

    def __str__(self) -> str:
        return self.key_id


class JournalEntry(AppendOnlyModel):
    """One act. Entries outlive their actor and their object, so both are references."""

    number = models.PositiveBigIntegerField(_("number"), unique=True)
    at = models.DateTimeField(_("time"))
    # "user:<pk>" or "system".
    actor = models.CharField(_("actor"), max_length=40)
    verb = models.CharField(_("act"), max_length=60)
    object_type = models.CharField(_("object type"), max_length=100, blank=True)
    object_reference = models.CharField(_("reference"), max_length=60, blank=True, db_index=True)
    # Names of fields and counts; checked on the way in, so that it cannot carry a value.
    facts = models.JSONField(_("facts"), default=dict)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")
        ordering = ("-number",)
        permissions = [("see_values", _("Can see people's data unmasked"))]

    def __str__(self) -> str:
        return f"{self.number} {self.verb}"
