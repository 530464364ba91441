"""A list's filters under a name, for the operator who saved them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """One name, one list, its filters as an address has them; never what was searched for."""

    LONGEST_NAME: ClassVar = 40
    LONGEST_QUERY: ClassVar = 500

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    listing = models.CharField(_("list"), max_length=60)
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    query = models.CharField(_("filters"), max_length=LONGEST_QUERY)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=["user", "listing", "name"], name="one_saved_view_per_name"
            ),
        ]

    def __str__(self) -> str:
        return f"view {self.pk}"
