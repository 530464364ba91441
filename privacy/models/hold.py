"""Legal holds: written reasons why data must not be destroyed yet (S45, Art. 17(3)(e))."""

import uuid

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.enums import HoldReason, HoldScope


class LegalHold(models.Model):
    """One matter, one scope. Several holds may cover one person; each must be released."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scope = models.CharField(_("scope"), max_length=15, choices=HoldScope)
    subject = models.ForeignKey(
        settings.PRIVACY_SUBJECT_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="legal_holds",
    )
    # The organisation's or engagement's uuid; whoever ever fell under it is covered.
    scope_reference = models.UUIDField(_("scope reference"), null=True, blank=True)
    matter = models.CharField(
        _("matter"),
        max_length=30,
        help_text=_("The matter's number, e.g. HCA-2026-0017: capitals, digits, - and / only."),
        validators=[
            RegexValidator(r"^[A-Z0-9][A-Z0-9/-]*\Z", _("A matter is a number, not a name."))
        ],
    )
    reason = models.CharField(_("reason"), max_length=15, choices=HoldReason)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("placed by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    placed_at = models.DateTimeField(_("placed at"), auto_now_add=True)
    review_on = models.DateField(_("review date"))
    # The review date of which the owner was last reminded: once for each.
    reminded_for = models.DateField(_("reminded for"), null=True, blank=True, editable=False)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("released by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ("review_on", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="person", subject__isnull=False, scope_reference__isnull=True)
                | (~Q(scope="person") & Q(subject__isnull=True, scope_reference__isnull=False)),
                name="a_hold_names_what_its_scope_says",
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False),
                name="a_release_has_a_time_and_a_name",
            ),
        ]
        permissions = [
            ("place_hold", _("Can place a hold")),
            ("release_hold", _("Can release a hold")),
        ]

    def __str__(self) -> str:
        return str(self.reference)


class HoldCover(models.Model):
    """One person who fell under a hold on an organisation or engagement since it was placed.

    An ordinary edit of roles or work takes nobody out of it: the hold's release alone does.
    """

    hold = models.ForeignKey(LegalHold, on_delete=models.PROTECT, related_name="covers")
    subject = models.ForeignKey(
        settings.PRIVACY_SUBJECT_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="hold_covers",
    )
    since = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("person under a hold")
        verbose_name_plural = _("people under a hold")
        ordering = ("pk",)
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["hold", "subject"], name="one_cover_for_each_person"),
        ]

    def __str__(self) -> str:
        return f"cover {self.pk}"
