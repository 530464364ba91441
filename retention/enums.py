"""The words of the nightly sweep."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mode(models.TextChoices):
    """What a run does with what it selects."""

    REHEARSE = "rehearse", _("rehearsal, rolled back")
    APPLY = "apply", _("application")


class RunState(models.TextChoices):
    """Where a run stands."""

    PLANNED = "planned", _("planned")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    HALTED = "halted", _("halted by its cap")
    FAILED = "failed", _("partly failed")


class BatchState(models.TextChoices):
    """Where a batch stands."""

    WAITING = "waiting", _("waiting")
    TAKEN = "taken", _("taken by a worker")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class RuleState(models.TextChoices):
    """Where a rule stands on a day."""

    PROPOSED = "proposed", _("proposed")
    APPROVED = "approved", _("approved for a later day")
    EFFECTIVE = "effective", _("in effect")
    SUPERSEDED = "superseded", _("superseded")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ReadReason(models.TextChoices):
    """Why a record of the archive is read: a closed list, as the journal takes no sentence."""

    TAX = "tax", _("inquiry or return of tax")
    AUDIT = "audit", _("audit of the accounts")
    CLAIM = "claim", _("claim for or against the firm")
    REQUEST = "request", _("request of the person")


class NoticeKind(models.TextChoices):
    """Why the officers get a message about a night."""

    REPORT = "report", _("what was decided")
    ALERT = "alert", _("a halt or a failure")
    MISSED = "missed", _("a night without a run")
    CLOCK = "clock", _("a day that nobody has confirmed")
