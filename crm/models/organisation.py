"""Organisations that people act for."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from privacy.enums import PointKind
from privacy.points.fields import MailboxField
from privacy.suppression import Guard, GuardedManager, GuardedModel


class Organisation(GuardedModel):
    """A company or authority. Its switchboard may be a person's number too, hence the guard."""

    uuid = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    name_key = models.CharField(max_length=200, editable=False, db_index=True, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    sector = models.CharField(_("sector"), max_length=80, blank=True)
    website = models.URLField(_("website"), blank=True)
    email = MailboxField(_("general e-mail address"), blank=True)
    email_form = models.CharField(max_length=320, editable=False, blank=True, db_index=True)
    phone = models.CharField(_("switchboard"), max_length=40, blank=True)
    phone_form = models.CharField(max_length=40, editable=False, blank=True, db_index=True)

    guards: ClassVar = (
        Guard(value="email", form="email_form", kind=PointKind.EMAIL),
        Guard(value="phone", form="phone_form", kind=PointKind.PHONE, country="country"),
    )
    objects = GuardedManager()
    history = HistoricalRecords(excluded_fields=["name_key"])

    class Meta(GuardedModel.Meta):
        abstract = False
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name
