"""Exports of contacts: who chose whom, for what, and who holds the file since.

An export keeps no copy of what was written. Which people went is a row each: whose data a holder
has received is a disclosure to be told of (Art. 15(1)(c), Art. 19; s.23).
"""

import uuid

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.enums import WITHOUT_HOLDER, Destination, ExportFormat, ExportReason, ExportState
from privacy.enums import Announcement


class ContactExport(models.Model):
    """One file about a set of people; its terms are facts of closed lists, and a number."""

    uuid = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=ExportState, default=ExportState.CHOSEN
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("requested at"), default=timezone.now)
    format = models.CharField(_("file"), max_length=10, choices=ExportFormat, blank=True)
    columns = models.JSONField(_("columns"), default=list, blank=True)
    reason = models.CharField(_("reason"), max_length=15, choices=ExportReason, blank=True)
    matter = models.CharField(
        _("matter"),
        max_length=30,
        blank=True,
        help_text=_("The matter's number, e.g. HCA-2026-0017: capitals, digits, - and / only."),
        validators=[
            RegexValidator(
                r"^(?=.*\d)[A-Z0-9][A-Z0-9/-]*\Z", _("A matter is a number, not a name.")
            )
        ],
    )
    # Key of a purpose of the privacy office; blank where nobody is written to.
    purpose = models.SlugField(_("purpose"), max_length=40, blank=True)
    channel = models.CharField(_("channel"), max_length=10, blank=True)
    destination = models.CharField(
        _("destination"), max_length=15, choices=Destination, blank=True
    )
    holder = models.ForeignKey(
        "crm.Organisation",
        verbose_name=_("holder"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    # Where the file goes: the holder's country on that day (S89).
    country = models.CharField(_("country"), max_length=2, blank=True)
    masked = models.BooleanField(_("values masked"), default=False)
    chosen = models.PositiveIntegerField(_("people chosen"), default=0)
    rows = models.PositiveIntegerField(_("people"), default=0)
    # How many were left out, by the reason.
    left_out = models.JSONField(_("left out"), default=dict, blank=True)
    # Until then the file may be fetched, and a holder outside may keep it (DESIGN 19).
    expires_on = models.DateField(_("until"), null=True, blank=True)
    downloads = models.PositiveSmallIntegerField(_("downloads"), default=0)
    # Of the last file that was written to its end.
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True)
    deleted_on = models.DateField(_("deletion confirmed on"), null=True, blank=True)
    deletion_noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("deletion noted by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready")
                | (
                    ~Q(reason="")
                    & ~Q(format="")
                    & ~Q(destination="")
                    & Q(expires_on__isnull=False)
                ),
                name="a_ready_export_says_what_for",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready")
                | Q(destination__in=[str(place) for place in WITHOUT_HOLDER])
                | Q(holder__isnull=False),
                name="an_export_to_the_outside_names_its_holder",
            ),
        ]
        permissions = [
            ("export_many_contacts", _("Can export more than fifty contacts at a time")),
            ("see_every_export", _("Can see everybody's exports")),
            ("hear_of_exports", _("Is told of large exports by mail")),
            ("note_deletion", _("Can note that a holder deleted an export")),
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def is_outside(self) -> bool:
        return bool(self.destination) and self.destination not in WITHOUT_HOLDER


class ExportSelection(models.Model):
    """Whom somebody chose, by number, until the export's days are over."""

    # By reference alone: neither waits for the other when its time is over.
    reference = models.UUIDField(unique=True, editable=False)
    people = models.JSONField()
    chosen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("selection for an export")
        verbose_name_plural = _("selections for exports")

    def __str__(self) -> str:
        return f"selection {self.pk}"


class ExportedContact(models.Model):
    """This person's data went out in this file."""

    # Without a constraint: on the last night of both, either may go first.
    export = models.ForeignKey(
        ContactExport, on_delete=models.CASCADE, related_name="given", db_constraint=False
    )
    contact = models.ForeignKey("crm.Contact", on_delete=models.PROTECT, related_name="exports")
    given_at = models.DateTimeField(_("given at"), default=timezone.now)

    class Meta:
        verbose_name = _("person in an export")
        verbose_name_plural = _("people in exports")
        constraints = [
            models.UniqueConstraint(fields=["export", "contact"], name="once_in_an_export"),
        ]

    def __str__(self) -> str:
        return f"person {self.pk} of an export"


class HolderNotice(models.Model):
    """A holder outside is to be told that this person in their file said “no” since."""

    # Without a constraint: on the last night of both, either may go first.
    export = models.ForeignKey(
        ContactExport,
        verbose_name=_("export"),
        on_delete=models.CASCADE,
        related_name="notices",
        db_constraint=False,
    )
    contact = models.ForeignKey(
        "crm.Contact",
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="holder_notices",
    )
    arose_at = models.DateTimeField(_("arose at"), default=timezone.now)
    told_at = models.DateTimeField(_("told at"), null=True, blank=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("noted by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    how = models.CharField(_("told by"), max_length=10, choices=Announcement, blank=True)

    class Meta:
        verbose_name = _("holder to be told")
        verbose_name_plural = _("holders to be told")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = [("tell_holder", _("Can tell a holder of a person's no"))]

    def __str__(self) -> str:
        return f"holder notice {self.pk}"
