"""Tags: the office's own words for groups of people, a short list that it keeps."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Tag(models.Model):
    """One word of the office's list; about nobody by itself."""

    name = models.CharField(_("name"), max_length=40)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("name",)
        constraints = [models.UniqueConstraint(Lower("name"), name="one_tag_per_name")]

    def __str__(self) -> str:
        return self.name


class ContactTag(models.Model):
    """A tag that somebody put on a person."""

    contact = models.ForeignKey("crm.Contact", on_delete=models.CASCADE, related_name="tags")
    tag = models.ForeignKey(
        "crm.Tag", verbose_name=_("tag"), on_delete=models.PROTECT, related_name="people"
    )
    tagged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("tagged by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    tagged_at = models.DateTimeField(_("tagged at"), auto_now_add=True)

    class Meta:
        verbose_name = _("tag of a contact")
        verbose_name_plural = _("tags of contacts")
        constraints = [
            models.UniqueConstraint(fields=["contact", "tag"], name="a_tag_is_put_once"),
        ]

    def __str__(self) -> str:
        return f"tag {self.tag_id}"
