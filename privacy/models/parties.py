"""The firm itself: its legal entities, and whether this is a real office or an invented one."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.points.fields import MailboxField


class LegalEntity(models.Model):
    """A company of the firm: the controller whom people write to (Art. 13(1)(a); PDPO DPP1(3))."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200, unique=True)
    address = models.TextField(_("address"))
    country = models.CharField(_("country"), max_length=2)
    registration_number = models.CharField(_("registration number"), max_length=60)
    # As letters and records name them, where there is one (Art. 27, 37; C12).
    representative = models.CharField(_("EU representative"), max_length=200, blank=True)
    protection_officer = models.CharField(_("data protection officer"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("legal entity")
        verbose_name_plural = _("legal entities")
        ordering = ("name",)

    def __str__(self) -> str:
        return f"legal entity {self.pk}"


class Office(models.Model):
    """The one office of this database."""

    # When the invented people were written; whoever was entered later is not one of them.
    invented_at = models.DateTimeField(null=True, blank=True, editable=False)
    opened_at = models.DateTimeField(null=True, blank=True, editable=False)
    privacy_contact = MailboxField(_("privacy contact"), blank=True)

    class Meta:
        verbose_name = _("office")
        default_permissions = ()
        permissions = [
            ("read_outbox", "Can read what lies in the outbox"),
            ("send_test_mail", "Can send a test message to themselves"),
        ]
        constraints = [models.CheckConstraint(condition=Q(id=1), name="there_is_one_office")]

    def __str__(self) -> str:
        return "office"
