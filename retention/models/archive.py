"""What a statute keeps after the business has forgotten a person, sealed (Art. 17(3)(b); S108)."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class ArchiveKey(models.Model):
    """A check value per key id, so that a wrong or absent key is noticed before it is needed."""

    key_id = models.CharField(max_length=20, unique=True)
    check_value = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("archive key")
        verbose_name_plural = _("archive keys")

    def __str__(self) -> str:
        return self.key_id


class ArchivedRecord(models.Model):
    """One sealed remainder and its clock.

    Nothing beside the payload leads to a person: no reference of theirs, no day of the transaction
    or of the archiving. Its number is random, as one in sequence would follow the disposals.
    """

    reference = models.UUIDField(
        _("reference"), primary_key=True, default=uuid.uuid4, editable=False
    )
    # The table and the law in code, e.g. "app.Model:keep".
    rule = models.CharField(_("rule"), max_length=100)
    statute = models.CharField(_("statute"), max_length=200)
    key_id = models.CharField(max_length=20)
    payload = models.TextField()
    # Keyed digest of the number by which the row is found; empty where there is none.
    digest = models.CharField(max_length=64, blank=True, db_index=True)
    due_on = models.DateField(_("due on"), db_index=True)

    class Meta:
        verbose_name = _("archived record")
        verbose_name_plural = _("archive")
        ordering = ("due_on", "reference")
        permissions = [("read_archive", _("Can read records of the archive"))]

    def __str__(self) -> str:
        return str(self.reference)


class ArchiveNote(models.Model):
    """That the archive keeps something of a person disposed of, and until when; never what.

    The day is that of a whole financial year, so that it does not say which record.
    """

    person = models.UUIDField(_("person"))
    rule = models.CharField(_("rule"), max_length=100)
    statute = models.CharField(_("statute"), max_length=200)
    until = models.DateField(_("until"))

    class Meta:
        verbose_name = _("note of archiving")
        verbose_name_plural = _("notes of archiving")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "rule", "until"], name="one_note_of_archiving_per_day"
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)
