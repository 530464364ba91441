"""Operators and their teams."""

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

    class Meta(AbstractUser.Meta):
        permissions = [("give_roles", _("Can give roles to another operator"))]

    def __str__(self) -> str:
        return f"user {self.pk}"
