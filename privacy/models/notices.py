"""What the firm tells people: versions of its notices, and the exact wording of each question."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from privacy.enums import Language
from privacy.models.append_only import AppendOnlyModel, SealedModel


class Notice(SealedModel):
    """One version of one notice, in two languages; never changed once it is approved (S1)."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    name = models.SlugField(_("notice"), max_length=40, default="policy")
    version = models.CharField(_("version"), max_length=20)
    text_en = models.TextField(_("English text"))
    text_zh_hant = models.TextField(_("Chinese text"))
    # SHA-256 over both texts: what a consent or a reply points to is what was shown.
    digest = models.CharField(_("SHA-256"), max_length=64)
    effective_from = models.DateField(_("effective from"))
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("prepared by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    prepared_at = models.DateTimeField(_("prepared at"), auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("approved by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)

    sealed_by = "approved_at"

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-effective_from", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="one_text_per_version"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("prepared_by")),
                name="a_second_person_approves_a_notice",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="an_approval_of_a_notice_has_a_time_and_a_name",
            ),
        ]
        permissions = [
            ("propose_notice", _("Can propose a notice")),
            ("approve_notice", _("Can approve a notice that another proposed")),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Wording(AppendOnlyModel):
    """The exact words of a question, as a form or a script puts it; the same for everybody."""

    key = models.SlugField(_("form or script"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=10, choices=Language)
    text = models.TextField(_("text"))
    digest = models.CharField(_("SHA-256"), max_length=64, unique=True)
    since = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        ordering = ("key", "language", "-version")
        constraints = [
            models.UniqueConstraint(
                fields=["key", "language", "version"], name="one_wording_per_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.language} {self.version}"
