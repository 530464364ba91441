"""What an operator means to do about a person, and by which day."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class FollowUp(models.Model):
    """One thing to do about a person, in free text. Deleted with them, never pseudonymised."""

    uuid = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    contact = models.ForeignKey(
        "crm.Contact",
        verbose_name=_("contact"),
        on_delete=models.CASCADE,
        related_name="follow_ups",
    )
    what = models.CharField(_("what to do"), max_length=200)
    due_on = models.DateField(_("due on"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    # By its reference alone: an interaction may go before what came of it.
    came_of_reference = models.UUIDField(
        _("came of the interaction"), null=True, blank=True, editable=False
    )
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("done by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        ordering = ("due_on", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=False) | Q(done_by__isnull=True),
                name="only_a_follow_up_that_is_done_has_a_doer",
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner", "due_on"],
                condition=Q(done_at__isnull=True),
                name="open_follow_ups_by_owner",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)
