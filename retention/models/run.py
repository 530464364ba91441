"""Runs of the nightly sweep and their batches, as rows, so that work survives its worker."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from retention.enums import BatchState, Mode, RunState


class SweepRun(models.Model):
    """One night under one set of rules. References and counts only."""

    uuid = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    night = models.DateField(_("night"))
    # Digest of the keeps in code: another set of rules is another run.
    rule_set = models.CharField(_("rule set"), max_length=64)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode)
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.PLANNED)
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    # Empty where the timetable started it. Who started a run does not release its rules.
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("started by"),
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    finished_at = models.DateTimeField(_("finished at"), null=True)
    # By rule: how many were due, held and disposed of, by table, and whether its cap halted it.
    counts = models.JSONField(_("counts"), default=dict)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["night", "rule_set"],
                condition=Q(mode="apply"),
                name="one_application_per_night_and_rule_set",
            ),
        ]
        permissions = [
            ("start_run", _("Can rehearse and start a run")),
            ("release_rule", _("Can release a rule that its cap halted")),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class SweepBatch(models.Model):
    """A piece of a run that one worker takes by a conditional update, with a lease."""

    run = models.ForeignKey(SweepRun, on_delete=models.CASCADE, related_name="batches")
    number = models.PositiveIntegerField(_("number"))
    # The keep that decided, e.g. "crm.Contact:client" or "crm.WebActivity:activity".
    rule = models.CharField(_("rule"), max_length=100)
    # Row numbers of the rule's table: they say nothing about a person once the rows are gone.
    rows = models.JSONField(_("rows"), default=list)
    # Where others mention these people, without the words; emptied when the batch is done.
    mentions = models.JSONField(_("mentions"), default=list)
    state = models.CharField(
        _("state"), max_length=10, choices=BatchState, default=BatchState.WAITING
    )
    lease_until = models.DateTimeField(_("lease until"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    counts = models.JSONField(_("counts"), default=dict)
    held = models.PositiveIntegerField(_("held"), default=0)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ("run", "number")
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="one_batch_per_number"),
        ]

    def __str__(self) -> str:
        return f"batch {self.number}"


class SweepRelease(models.Model):
    """A halted rule that somebody let run after all: neither who started nor who proposed it."""

    run = models.ForeignKey(SweepRun, on_delete=models.CASCADE, related_name="releases")
    rule = models.CharField(_("rule"), max_length=100)
    # Copied from the run and from the rule, so that the database itself can compare.
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("released by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    released_at = models.DateTimeField(_("released at"), auto_now_add=True)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["run", "rule"], name="a_rule_is_released_once_a_run"),
            models.CheckConstraint(
                condition=Q(started_by__isnull=True) | ~Q(released_by=F("started_by")),
                name="a_second_person_releases_what_one_started",
            ),
            models.CheckConstraint(
                condition=Q(proposed_by__isnull=True) | ~Q(released_by=F("proposed_by")),
                name="a_second_person_releases_what_one_proposed",
            ),
        ]

    def __str__(self) -> str:
        return self.rule
