"""Rules that operators wrote: periods shorter than the ceilings in code, and ended purposes."""

import uuid
from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from retention.enums import RuleState


def withdrawn(on: date) -> Q:
    """The rules whose withdrawal has come by this day; one that lies ahead ends nothing yet."""
    return Q(withdrawn_on__isnull=False, withdrawn_on__lte=on)


class RuleQuerySet(models.QuerySet):
    """Which rules count on which day."""

    def effective(self, on: date) -> "RuleQuerySet":
        """Approved by a second person, begun, not withdrawn, not superseded by this day.

        A withdrawal counts from its day on. Once that has come, no earlier night that is caught
        up takes anything by the rule either.
        """
        begun = self.filter(approved_at__isnull=False, effective_on__lte=on)
        return begun.exclude(withdrawn(max(on, timezone.localdate()))).exclude(
            self._superseded(on)
        )

    def from_day(self, on: date) -> models.QuerySet:
        """Approved, not withdrawn, in effect on this day or later; each until `superseded_on`,
        the day on which another version takes over or its own withdrawal counts.
        """
        begins = self._later().order_by("effective_on").values("effective_on")
        approved = self.filter(approved_at__isnull=False).exclude(withdrawn(on))
        withdrawn_first = Q(withdrawn_on__lte=F("another_on")) | Q(another_on__isnull=True)
        until = approved.annotate(
            another_on=Subquery(begins[:1]),
            superseded_on=Case(
                When(withdrawn_first, then=F("withdrawn_on")),
                default=F("another_on"),
                output_field=models.DateField(),
            ),
        )
        return until.filter(Q(superseded_on__isnull=True) | Q(superseded_on__gt=on))

    def with_state(self, on: date) -> "RuleQuerySet":
        """Each rule with its `state` on this day."""
        return self.annotate(
            state=Case(
                When(withdrawn(on), then=Value(RuleState.WITHDRAWN)),
                When(approved_at__isnull=True, then=Value(RuleState.PROPOSED)),
                When(self._superseded(on), then=Value(RuleState.SUPERSEDED)),
                When(effective_on__gt=on, then=Value(RuleState.APPROVED)),
                default=Value(RuleState.EFFECTIVE),
                output_field=models.CharField(),
            )
        )

    def _superseded(self, on: date) -> Exists:
        """A later version has begun."""
        return Exists(self._later().filter(effective_on__lte=on))

    def _later(self) -> models.QuerySet:
        """Approved versions after this one; one withdrawn before its day never begins.

        One withdrawn later still supersedes: what it replaced does not come back unseen.
        """
        begins = Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gte=F("effective_on"))
        later = self.model._default_manager.filter(begins, supersedes=OuterRef("pk"))
        return later.filter(approved_at__isnull=False)


class RetentionRule(models.Model):
    """One keep with a shorter period, or one activity whose purpose ended. Never edited.

    Prepared by one person, approved by a second after the impact preview; another period is
    another version (S102).
    """

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    # The keep that is shortened, e.g. "crm.Contact:lead"; or the activity that ended (S97).
    keep = models.CharField(_("period"), max_length=100, blank=True)
    activity = models.CharField(_("ended purpose"), max_length=60, blank=True)
    years = models.PositiveSmallIntegerField(_("years"), default=0)
    months = models.PositiveSmallIntegerField(_("months"), default=0)
    days = models.PositiveSmallIntegerField(_("days"), default=0)
    # Declared scope -> the values within which the rule applies; all scopes must hold.
    scope = models.JSONField(_("within"), default=dict, blank=True)
    cap_rows = models.PositiveIntegerField(_("rows that always pass"), null=True, blank=True)
    cap_share = models.FloatField(
        _("share of the table"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    decision = models.CharField(
        _("decision"),
        max_length=30,
        help_text=_("Its number, e.g. DEC-2026-0017: capitals, digits, - and / only."),
        validators=[
            RegexValidator(r"^[A-Z0-9][A-Z0-9/-]*\Z", _("A decision is a number, not a name."))
        ],
    )
    effective_on = models.DateField(_("takes effect on"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    supersedes = models.ForeignKey(
        "self",
        verbose_name=_("supersedes"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="versions",
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
    # What the approver saw: how much more goes on the first night, by class, and its digest.
    impact = models.JSONField(_("impact at approval"), default=dict, blank=True)
    impact_digest = models.CharField(max_length=64, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("withdrawn by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("prepared_by")),
                name="a_second_person_approves_a_rule",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="an_approval_of_a_rule_has_a_time_and_a_name",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_by__isnull=True, withdrawn_on__isnull=True)
                | Q(withdrawn_by__isnull=False, withdrawn_on__isnull=False),
                name="a_withdrawal_has_a_day_and_a_name",
            ),
            models.CheckConstraint(
                condition=Q(keep="") ^ Q(activity=""),
                name="a_rule_shortens_a_period_or_ends_a_purpose",
            ),
            models.UniqueConstraint(
                fields=["supersedes"],
                condition=Q(approved_at__isnull=False, withdrawn_on__isnull=True),
                name="a_rule_is_superseded_once",
            ),
        ]
        permissions = [
            ("propose_rule", _("Can propose a rule")),
            ("approve_rule", _("Can approve a rule that another proposed")),
            ("withdraw_rule", _("Can withdraw a rule")),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """The short form of the reference, by which batches and evidence name the rule."""
        return self.reference.hex[:8]

    def is_withdrawn(self, on: date) -> bool:
        """Whether its withdrawal has come by this day."""
        return self.withdrawn_on is not None and self.withdrawn_on <= on

    @property
    def nothing_stays(self) -> bool:
        """A period of nothing, or no purpose at all: everything within it is due."""
        return not (self.years or self.months or self.days)
