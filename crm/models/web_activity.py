"""Web and mobile activity, personal data as soon as a link row names a person (S21, S22)."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.enums import LinkBasis


class Visitor(models.Model):
    """One browser or device, by a random key; nobody's until it is linked."""

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    first_seen_at = models.DateTimeField(_("first seen at"))

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")

    def __str__(self) -> str:
        return str(self.key)


class VisitorLink(models.Model):
    """Says that a visitor is a person: who linked them, when and why."""

    visitor = models.OneToOneField(Visitor, on_delete=models.CASCADE, related_name="link")
    contact = models.ForeignKey("crm.Contact", on_delete=models.CASCADE, related_name="visitors")
    basis = models.CharField(_("basis"), max_length=12, choices=LinkBasis)
    linked_at = models.DateTimeField(_("linked at"), auto_now_add=True)
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("linked by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("link of a visitor")
        verbose_name_plural = _("links of visitors")

    def __str__(self) -> str:
        return f"link {self.pk}"


class WebActivity(models.Model):
    """One event: a page viewed, searched for or downloaded (S18, S20)."""

    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="activity")
    happened_at = models.DateTimeField(_("time"), db_index=True)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    path = models.CharField(_("page"), max_length=300, blank=True)
    search_terms = models.CharField(_("search terms"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("web activity")
        verbose_name_plural = _("web activity")

    def __str__(self) -> str:
        return f"activity {self.pk}"
