"""Work the firm does, or was asked about, and the people who take part in it."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm.enums import EngagementState


class Engagement(models.Model):
    """An enquiry, consultation or contract with an organisation or a person (S38, S106)."""

    uuid = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(_("number"), max_length=30, unique=True)
    title = models.CharField(_("title"), max_length=200)
    organisation = models.ForeignKey(
        "crm.Organisation",
        verbose_name=_("organisation"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="engagements",
    )
    state = models.CharField(_("state"), max_length=15, choices=EngagementState)
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    participants = models.ManyToManyField(
        "crm.Contact", through="crm.Participation", related_name="engagements"
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("engagement")
        verbose_name_plural = _("engagements")
        ordering = ("-opened_on", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="an_engagement_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Participation(models.Model):
    """A person takes part in an engagement."""

    engagement = models.ForeignKey(
        Engagement, on_delete=models.PROTECT, related_name="participations"
    )
    contact = models.ForeignKey(
        "crm.Contact", on_delete=models.CASCADE, related_name="participations"
    )
    part = models.CharField(_("part"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "contact"], name="a_person_takes_part_once"
            ),
        ]

    def __str__(self) -> str:
        return f"participation {self.pk}"


class InvoiceReference(models.Model):
    """The number of an invoice made out to a person, and the name on it; never an amount.

    Business records stay seven years after the transaction (Cap 112 s.51C), accounting records
    seven years after its financial year (Cap 622 s.377).
    """

    engagement = models.ForeignKey(
        Engagement, on_delete=models.PROTECT, related_name="invoice_references"
    )
    contact = models.ForeignKey(
        "crm.Contact", on_delete=models.PROTECT, related_name="invoice_references"
    )
    number = models.SlugField(_("number"), max_length=40, unique=True)
    billed_to = models.CharField(_("billed to"), max_length=300)
    issued_on = models.DateField(_("issued on"))

    class Meta:
        verbose_name = _("invoice reference")
        verbose_name_plural = _("invoice references")

    def __str__(self) -> str:
        return self.number
