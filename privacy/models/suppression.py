"""The suppression file: keyed digests of points that must not come back (S64, S65, S110)."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.enums import Channel, PointKind, SuppressionScope


class SuppressionKey(models.Model):
    """A check value per key id, so that a wrong or absent key is noticed at the start."""

    key_id = models.CharField(max_length=20, unique=True)
    check_value = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("suppression key")
        verbose_name_plural = _("suppression keys")

    def __str__(self) -> str:
        return self.key_id


class SuppressionEntry(models.Model):
    """One digest under one scope. Personal data with a basis of its own, never called erased."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Random, shared by all entries of one case: a lift ends them together.
    case = models.UUIDField(_("case"), db_index=True)
    kind = models.CharField(_("type"), max_length=10, choices=PointKind)
    scope = models.CharField(_("scope"), max_length=20, choices=SuppressionScope)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, blank=True)
    # A shared point (a switchboard) warns; it refuses nobody.
    advisory = models.BooleanField(_("advisory"), default=False)
    key_id = models.CharField(max_length=20)
    norm_version = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)
    since = models.DateTimeField(_("since"), auto_now_add=True)
    review_on = models.DateField(_("review date"))
    ended_at = models.DateTimeField(_("lifted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("suppression entry")
        verbose_name_plural = _("suppression")
        ordering = ("-since", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="no_marketing") | Q(channel=""),
                name="only_marketing_entries_have_a_channel",
            ),
        ]
        indexes = [models.Index(fields=["digest"], name="suppression_by_digest")]
        permissions = [
            ("suppress", _("Can suppress contact points")),
            ("lift_suppression", _("Can lift a suppression case")),
            ("see_suppression", _("Can see causes of suppression")),
        ]

    def __str__(self) -> str:
        return str(self.reference)
