"""What each night did, sealed: a chain of certificates, and who was told of them."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.triggers import AppendOnlyModel
from retention.enums import NoticeKind
from retention.models.run import SweepRun


class Certificate(AppendOnlyModel):
    """One closing of a run: counts, rules and code, linked to the certificate before it.

    A run whose halted rule is released closes a second time, and has a second certificate.
    """

    number = models.PositiveBigIntegerField(_("number"), unique=True)
    uuid = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(
        SweepRun, verbose_name=_("run"), on_delete=models.PROTECT, related_name="certificates"
    )
    issued_at = models.DateTimeField(_("issued at"))
    # Counts by rule and table, references and digests; see `retention.certificate`.
    content = models.JSONField(_("content"))
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ("-number",)

    def __str__(self) -> str:
        return str(self.uuid)


class NightNotice(models.Model):
    """That the officers were told of a night, or of its failure; once each."""

    night = models.DateField(_("night"))
    kind = models.CharField(_("kind"), max_length=10, choices=NoticeKind)
    # Taken by a worker; without a time of sending it is taken again by another one later.
    claimed_at = models.DateTimeField(_("taken at"))
    sent_at = models.DateTimeField(_("sent at"), null=True)

    class Meta:
        verbose_name = _("notice of a night")
        verbose_name_plural = _("notices of nights")
        ordering = ("-night", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["night", "kind"], name="one_notice_per_night_and_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.night} {self.kind}"
