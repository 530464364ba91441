"""What the firm tells people: versions of its notices, and the exact wording of each question."""

import uuid

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.enums import EXCEPTIONS, Article, Extent, Language, Told
from privacy.models.append_only import AppendOnlyModel, SealedModel


class Notice(SealedModel):
    """One version of one notice, in two languages; never changed once it is approved (S1)."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    name = models.SlugField(_("notice"), max_length=40, default="policy")
    version = models.CharField(_("version"), max_length=20)
    text_en = models.TextField(_("English text"))
    text_zh_hant = models.TextField(_("Chinese text"))
    # SHA-256 over both texts: what a consent or a reply points to is what was shown.
    digest = models.CharField(_("SHA-256"), max_length=64)
    effective_from = models.DateField(_("effective from"))
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

    # What it changes against the version before it, said by whoever prepared it (S142); blank
    # for a first version, which changes nothing.
    extent = models.CharField(_("changes"), max_length=10, choices=Extent, blank=True)
    # Keys of purposes.
    purposes_added = models.JSONField(_("purposes added"), default=list, blank=True)
    purposes_changed = models.JSONField(_("purposes changed"), default=list, blank=True)
    purposes_removed = models.JSONField(_("purposes removed"), default=list, blank=True)
    recipients_changed = models.BooleanField(_("recipients changed"), default=False)
    periods_changed = models.BooleanField(_("periods changed"), default=False)
    # Key of each added or changed purpose -> how data already held come under it.
    ways = models.JSONField(_("data already held"), default=dict, blank=True)
    # Keys of the purposes in use when it was approved: against these the next one is compared.
    purposes = models.JSONField(_("purposes in use"), null=True, blank=True, editable=False)

    sealed_by = "approved_at"

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-effective_from", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="one_text_per_version"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("prepared_by")),
                name="a_second_person_approves_a_notice",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="an_approval_of_a_notice_has_a_time_and_a_name",
            ),
            models.CheckConstraint(
                condition=~Q(extent="wording")
                | Q(recipients_changed=False, periods_changed=False),
                name="other_words_alone_change_no_recipient_and_no_period",
            ),
        ]
        permissions = [
            ("propose_notice", _("Can propose a notice")),
            ("approve_notice", _("Can approve a notice that another proposed")),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class NoticeGiven(AppendOnlyModel):
    """One person was told of one version, or need not be: which, how, when, by whom (S121).

    Never changed and never taken back: whoever is told again has another row.
    """

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    subject = models.ForeignKey(
        settings.PRIVACY_SUBJECT_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="notices_given",
    )
    notice = models.ForeignKey(
        Notice, verbose_name=_("notice"), on_delete=models.PROTECT, related_name="given"
    )
    article = models.CharField(_("article"), max_length=2, choices=Article)
    how = models.CharField(_("how"), max_length=10, choices=Told)
    # Of an exception: the number of the assessment on which it rests.
    assessment = models.CharField(
        _("assessment"),
        max_length=30,
        blank=True,
        help_text=_("Its number, e.g. DEC-2026-0017: capitals, digits, - and / only."),
        validators=[
            RegexValidator(
                r"^(?=.*\d)[A-Z0-9][A-Z0-9/-]*\Z", _("An assessment is a number, not a name.")
            )
        ],
    )
    told_at = models.DateTimeField(_("told at"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recorded by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("notice given")
        verbose_name_plural = _("notices given")
        ordering = ("-told_at", "-pk")
        constraints = [
            models.CheckConstraint(
                # The number of the assessment goes with its person.
                condition=~Q(how__in=[str(ground) for ground in EXCEPTIONS]) | Q(article="14"),
                name="who_gave_their_data_is_told_of_the_notice",
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "notice"], name="notices_of_a_person"),
        ]
        permissions = [("note_notice", _("Can note that people were told of a notice"))]

    def __str__(self) -> str:
        return str(self.reference)


class Wording(AppendOnlyModel):
    """The exact words of a question, as a form or a script puts it; the same for everybody."""

    key = models.SlugField(_("form or script"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=10, choices=Language)
    text = models.TextField(_("text"))
    digest = models.CharField(_("SHA-256"), max_length=64, unique=True)
    since = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        ordering = ("key", "language", "-version")
        constraints = [
            models.UniqueConstraint(
                fields=["key", "language", "version"], name="one_wording_per_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.language} {self.version}"
