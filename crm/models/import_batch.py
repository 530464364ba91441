"""Imports: a batch with its file's facts, the verdict on each row, and what can be undone.

Neither batch nor row holds a value of the file: the file itself lies under the batch's reference
until the import is done (DESIGN 17).
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.enums import DateOrder, ImportedTable, ImportState, ImportStrategy, RoleKind, SourceType
from privacy.enums import Basis


class ImportBatch(models.Model):
    """One file on its way in; source, role, basis and notice are mandatory (S29, S31, Art. 14)."""

    uuid = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState, default=ImportState.UPLOADED
    )
    failure = models.TextField(_("why it stopped"), blank=True)
    stopped_at = models.CharField(max_length=10, choices=ImportState, blank=True)

    source_type = models.CharField(_("source"), max_length=15, choices=SourceType)
    source_detail = models.CharField(_("detail of the source"), max_length=300, blank=True)
    supplier = models.ForeignKey(
        "crm.Organisation",
        verbose_name=_("supplier"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    obtained_on = models.DateField(_("obtained on"))
    role = models.CharField(_("role"), max_length=10, choices=RoleKind)
    basis = models.CharField(_("legal basis"), max_length=20, choices=Basis)
    notice = models.CharField(_("notice"), max_length=40)
    evidence = models.CharField(_("licence or contract"), max_length=200, blank=True)
    expires_on = models.DateField(_("use allowed until"), null=True, blank=True)

    kind = models.CharField(_("file"), max_length=10, blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=5, blank=True)
    has_header = models.BooleanField(_("the first row names the columns"), null=True)
    # Its place in the workbook, counted from 1; 0 is the first that has rows.
    sheet = models.PositiveSmallIntegerField(_("sheet"), default=0)
    # Somebody looked at what is doubtful in it, and said to go on.
    despite_doubts = models.BooleanField(_("goes on despite doubts"), default=False)
    dates = models.CharField(_("dates"), max_length=3, choices=DateOrder, blank=True)
    mapping = models.JSONField(_("columns"), default=dict, blank=True)
    strategy = models.CharField(
        _("conflicts"), max_length=10, choices=ImportStrategy, default=ImportStrategy.SKIP
    )
    file_digest = models.CharField(max_length=64, db_index=True)

    rows = models.PositiveIntegerField(_("rows"), default=0)
    done_up_to = models.PositiveIntegerField(_("done up to row"), default=0)
    counts = models.JSONField(_("verdicts"), default=dict, blank=True)
    undone = models.JSONField(_("undone"), default=dict, blank=True)

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    # Whoever may only propose an import needs another person to confirm it.
    needs_second = models.BooleanField(_("a second person confirms"), default=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("confirmed by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    queued_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(needs_second=False)
                | Q(confirmed_by__isnull=True)
                | ~Q(confirmed_by=F("created_by")),
                name="a_second_person_confirms_a_proposed_import",
            ),
        ]
        permissions = [("propose_import", _("Can prepare an import that another confirms"))]

    def __str__(self) -> str:
        return str(self.uuid)


class ImportRow(models.Model):
    """The verdict on one row of the file, by its number alone."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="verdicts")
    number = models.PositiveIntegerField(_("row"))
    verdict = models.CharField(_("verdict"), max_length=10)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    choice = models.CharField(_("decision"), max_length=10, choices=ImportStrategy, blank=True)
    checked_at = models.DateTimeField()

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="one_verdict_per_row"),
        ]
        indexes = [models.Index(fields=["batch", "verdict"], name="rows_by_verdict")]

    def __str__(self) -> str:
        return f"row {self.number}"


class ImportChange(models.Model):
    """One thing that an import wrote about a person, so that it can be undone for 30 days."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="changes")
    contact = models.ForeignKey("crm.Contact", on_delete=models.CASCADE, related_name="+")
    table = models.CharField(max_length=20, choices=ImportedTable)
    row = models.BigIntegerField()
    # Blank: the whole row was added.
    column = models.CharField(max_length=40, blank=True)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("change by an import")
        verbose_name_plural = _("changes by imports")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"change {self.pk}"
