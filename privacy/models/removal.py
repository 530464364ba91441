"""People on file who were found to be under sixteen, until a second person removes them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Removal(models.Model):
    """One person who waits to be removed (S114); nothing of their age stands here.

    The row goes with its person: who proposed and who approved stays in the journal.
    """

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    subject = models.OneToOneField(
        settings.PRIVACY_SUBJECT_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="removal",
    )
    # Nobody where a file found it that was imported in nobody's name.
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("proposed by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    prepared_at = models.DateTimeField(_("proposed at"), default=timezone.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("approved by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("person under sixteen to remove")
        verbose_name_plural = _("people under sixteen to remove")
        ordering = ("pk",)
        default_permissions = ("view",)
        permissions = [
            ("propose_removal", _("Can propose to remove somebody under sixteen")),
            ("approve_removal", _("Can approve the removal of somebody under sixteen")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("prepared_by")),
                name="a_second_person_approves_a_removal",
            ),
        ]

    def __str__(self) -> str:
        return str(self.reference)
