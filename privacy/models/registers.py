"""Registers that an office keeps beside its own tables: trackers, processors, whose data it is."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from privacy.enums import FirmRole, HoldScope, PartyRole, Safeguard, TrackerUse
from privacy.points.fields import MailboxField


class Tracker(models.Model):
    """A cookie or similar technology of another site of the firm (S78)."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100)
    # The site, or the company whose it is.
    party = models.CharField(_("site or company"), max_length=200)
    is_third_party = models.BooleanField(_("of a third party"), default=False)
    use = models.CharField(_("use"), max_length=15, choices=TrackerUse)
    days = models.PositiveSmallIntegerField(_("days it stays"), default=0)
    needs_consent = models.BooleanField(_("set with consent alone"), default=True)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("cookie or tracker")
        verbose_name_plural = _("cookies and trackers")
        ordering = ("use", "name")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="a_tracker_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Processor(models.Model):
    """Somebody outside whose system holds data of ours, and its terms (Art. 28, 30(1)(d), (e))."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    # A service, never a person.
    service = models.CharField(_("what they do"), max_length=200)
    role = models.CharField(_("they are"), max_length=15, choices=PartyRole)
    country = models.CharField(_("country"), max_length=2)
    # Values of privacy.enums.Kind.
    kinds = models.JSONField(_("kinds of data"), default=list)
    contract_on = models.DateField(_("contract of"), null=True, blank=True)
    contract_reference = models.CharField(_("contract filed at"), max_length=120, blank=True)
    safeguard = models.CharField(_("safeguard of a transfer"), max_length=15, choices=Safeguard)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    review_on = models.DateField(_("review date"))

    class Meta:
        verbose_name = _("processor or third-party system")
        verbose_name_plural = _("processors and third-party systems")
        ordering = ("name", "pk")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(
                condition=~Q(role__in=["processor", "subprocessor"])
                | Q(contract_on__isnull=False),
                name="a_processor_has_a_contract",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="a_processor_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoleOfFirm(models.Model):
    """In which role the firm works with the data of an organisation or engagement (S145)."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    scope = models.CharField(_("scope"), max_length=15, choices=HoldScope)
    scope_reference = models.UUIDField(_("reference of the scope"))
    role = models.CharField(_("our role"), max_length=12, choices=FirmRole)
    # For whom, or with whom: the name of an organisation.
    controller = models.CharField(_("controller"), max_length=200)
    # Whether the person may be told who the client is (C15).
    may_be_named = models.BooleanField(_("the client may be named"), default=False)
    # To which mailbox of theirs a request is forwarded.
    contact = MailboxField(_("their privacy contact"), blank=True)
    kinds = models.JSONField(_("kinds of data"), default=list)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("role of the firm")
        verbose_name_plural = _("roles of the firm")
        ordering = ("-since", "-pk")
        default_permissions = ("view",)
        permissions = [("name_role", _("Can say in which role the firm holds data"))]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "scope_reference"],
                condition=Q(until__isnull=True),
                name="one_role_of_the_firm_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return str(self.reference)
