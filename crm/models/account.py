"""Operators and their teams."""

import uuid

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
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

    class Meta(AbstractUser.Meta):
        permissions = [("give_roles", _("Can give roles to another operator"))]

    def __str__(self) -> str:
        return f"user {self.pk}"
