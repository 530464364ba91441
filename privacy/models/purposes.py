"""Purposes: why the firm may use people's data, each on exactly one basis (S8, S37)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from privacy.enums import Basis, Nature, Outcome
from privacy.models.append_only import SealedModel


class Purpose(models.Model):
    """One purpose. The program declares the policy's own; an office adds what its notice names."""

    key = models.SlugField(_("key"), max_length=40, unique=True)
    title_en = models.CharField(_("English name"), max_length=120)
    title_zh_hant = models.CharField(_("Chinese name"), max_length=120)
    nature = models.CharField(_("nature"), max_length=10, choices=Nature)
    basis = models.CharField(_("legal basis"), max_length=25, choices=Basis)
    # Statute and section, for a legal obligation alone (S39).
    statute = models.CharField(_("statute and section"), max_length=120, blank=True)
    # Values of privacy.enums.Channel on which its messages go; none for an internal purpose.
    channels = models.JSONField(_("channels"), default=list, blank=True)
    # Values of privacy.enums.Kind that it needs (s.35C: permitted kinds of personal data).
    kinds = models.JSONField(_("kinds of data"), default=list, blank=True)
    # Values of privacy.enums.RecipientClass to whom data may go for it (Art. 13(1)(e)).
    recipients = models.JSONField(_("recipients"), default=list, blank=True)
    # 0: for as long as the firm processes contacts at all.
    months = models.PositiveSmallIntegerField(_("period in months"), default=0)
    clause = models.CharField(_("clauses of the policy"), max_length=40, blank=True)
    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    # Since when interests were found overridden, or nobody needs it any more (S61).
    off_since = models.DateField(_("switched off since"), null=True, blank=True)
    review_on = models.DateField(_("review date"), null=True, blank=True)

    class Meta:
        verbose_name = _("purpose")
        verbose_name_plural = _("purposes")
        ordering = ("nature", "key")
        constraints = [
            models.CheckConstraint(condition=~Q(basis=""), name="a_purpose_has_a_basis"),
            models.CheckConstraint(
                condition=~Q(basis="legal_obligation") | ~Q(statute=""),
                name="a_legal_obligation_cites_its_statute",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def title(self) -> str:
        """Its name in the reader's language."""
        is_chinese = (get_language() or "").lower().startswith("zh")
        return self.title_zh_hant if is_chinese else self.title_en

    @property
    def is_marketing(self) -> bool:
        return self.nature in {Nature.MARKETING, Nature.PROVISION}


class Assessment(SealedModel):
    """One weighing of the firm's interests against those of the people concerned (S60).

    Never changed once a second person approved it: another look is another row, so that it stays
    known what was weighed when.
    """

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    purpose = models.ForeignKey(
        Purpose, verbose_name=_("purpose"), on_delete=models.PROTECT, related_name="assessments"
    )
    interest = models.TextField(_("interest"))
    necessity = models.TextField(_("necessity"))
    impact = models.TextField(_("impact on people, good and bad"))
    safeguards = models.TextField(_("safeguards"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    assessed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assessed by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    assessed_at = models.DateTimeField(_("assessed at"), auto_now_add=True)
    # None until a second person looked, also of before there was a second look: no ground yet.
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

    review_on = models.DateField(_("review date"))

    class Meta:
        verbose_name = _("balancing assessment")
        verbose_name_plural = _("balancing assessments")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("assessed_by")),
                name="a_second_person_approves_an_assessment",
            ),
        ]

    def __str__(self) -> str:
        return str(self.reference)
