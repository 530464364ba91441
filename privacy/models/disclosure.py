"""Disclosures: to whom data of which people went, why, and on whose basis (S83, S87, S88)."""

import uuid

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from privacy.enums import (
    ON_DUTY,
    DisclosureKind,
    DisclosureState,
    RecipientBasis,
    RecipientClass,
)


class Disclosure(models.Model):
    """One giving of data to one recipient, an organisation; its people are rows of their own."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=DisclosureState)
    kind = models.CharField(_("occasion"), max_length=15, choices=DisclosureKind)
    # As the organisation was called on that day, and where it is (S89).
    recipient = models.CharField(_("recipient"), max_length=200)
    recipient_class = models.CharField(_("class"), max_length=10, choices=RecipientClass)
    country = models.CharField(_("country"), max_length=2)
    # By its reference alone: the organisation may go before what it received is forgotten.
    recipient_reference = models.UUIDField(
        _("reference of the recipient"), null=True, blank=True, editable=False
    )
    basis = models.CharField(_("basis of the recipient"), max_length=10, choices=RecipientBasis)
    purpose = models.ForeignKey(
        "privacy.Purpose", verbose_name=_("purpose"), on_delete=models.PROTECT, related_name="+"
    )
    kinds = models.JSONField(_("kinds of data"), default=list)
    disclosed_on = models.DateField(_("day"))
    authority = models.CharField(_("authority"), max_length=200, blank=True)
    matter = models.CharField(
        _("reference of the authority"),
        max_length=30,
        blank=True,
        validators=[
            RegexValidator(
                r"^(?=.*\d)[A-Z0-9][A-Z0-9/-]*\Z", _("A matter is a number, not a name.")
            )
        ],
    )
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

    class Meta:
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosures")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(approved_by=F("prepared_by")),
                name="a_disclosure_is_approved_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[str(kind) for kind in ON_DUTY])
                | (~Q(authority="") & ~Q(matter="")),
                name="a_duty_to_disclose_names_authority_and_reference",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[str(kind) for kind in ON_DUTY])
                | ~Q(state="made")
                | Q(approved_by__isnull=False),
                name="nothing_goes_to_an_authority_unapproved",
            ),
            models.CheckConstraint(
                condition=~Q(state="made") | (~Q(basis="") & ~Q(recipient="") & ~Q(country="")),
                name="a_disclosure_names_recipient_country_and_basis",
            ),
        ]
        permissions = [
            ("record_disclosure", _("Can record that data of people go to somebody else")),
            ("approve_disclosure", _("Can approve a disclosure under a duty")),
        ]

    def __str__(self) -> str:
        return str(self.reference)


class DisclosedPerson(models.Model):
    """This person's data are among those that went to the recipient (Art. 15(1)(c), Art. 19)."""

    # Without a constraint: on the last night of both, either may go first.
    disclosure = models.ForeignKey(
        Disclosure, on_delete=models.CASCADE, related_name="people", db_constraint=False
    )
    subject = models.ForeignKey(
        settings.PRIVACY_SUBJECT_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="disclosures",
    )
    disclosed_on = models.DateField(_("day"))

    class Meta:
        verbose_name = _("person in a disclosure")
        verbose_name_plural = _("people in disclosures")
        constraints = [
            models.UniqueConstraint(fields=["disclosure", "subject"], name="once_in_a_disclosure"),
        ]

    def __str__(self) -> str:
        return f"person {self.pk} of a disclosure"
