"""Files about a person, in private storage under random names."""

import uuid

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.utils.translation import gettext_lazy as _


def document_storage() -> Storage:
    """The storage without a URL."""
    return storages["documents"]


def random_name(document: "Document", filename: str) -> str:
    """A file's own name may name a person; its path never does."""
    name = uuid.uuid4().hex
    return f"{name[:2]}/{name}"


class Document(models.Model):
    """One file: its type is read from its content, its size is capped (crm.documents)."""

    uuid = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    contact = models.ForeignKey(
        "crm.Contact",
        verbose_name=_("contact"),
        on_delete=models.CASCADE,
        related_name="documents",
    )
    engagement = models.ForeignKey(
        "crm.Engagement",
        verbose_name=_("engagement"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
    )
    title = models.CharField(_("title"), max_length=200)
    file = models.FileField(_("file"), storage=document_storage, upload_to=random_name)
    content_type = models.CharField(_("type"), max_length=100, editable=False)
    size = models.PositiveIntegerField(_("size in bytes"), editable=False)
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ("-uploaded_at", "-pk")

    def __str__(self) -> str:
        return str(self.uuid)
