"""Operators and their teams."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Team(models.Model):
    """Operators who look after the same people."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """An operator. Some are also contacts: their own record is then found through the link."""

    uuid = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    contact = models.OneToOneField(
        "crm.Contact",
        verbose_name=_("own contact record"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="account",
    )
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
    )
    # Whoever invites asks for roles; a second person gives them.
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("invited by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    proposed_roles = models.ManyToManyField(
        "auth.Group", verbose_name=_("roles asked for"), blank=True, related_name="+"
    )
    # The newest link by mail; every older one is void.
    link_sent_at = models.DateTimeField(_("link sent"), null=True, blank=True, editable=False)

    # The day on which the account ended, from which its period runs; none while it is active.
    disabled_on = models.DateField(_("disabled on"), null=True, blank=True, editable=False)
    # From then on nothing in it names anybody.
    forgotten_on = models.DateField(_("artificial since"), null=True, blank=True, editable=False)

    class Meta(AbstractUser.Meta):
        permissions = [("give_roles", _("Can give roles to another operator"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=False)
                | Q(disabled_on__isnull=True, forgotten_on__isnull=True),
                name="an_active_account_has_not_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"user {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Whoever disables or enables an account writes or clears the day with it."""
        if self.is_active:
            self.disabled_on = None
        elif self.disabled_on is None:
            self.disabled_on = timezone.localdate()
        if "is_active" in (names := kwargs.get("update_fields") or ()):
            kwargs["update_fields"] = {*names, "disabled_on"}
        super().save(*args, **kwargs)
