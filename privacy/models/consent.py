"""The consent ledger: what each person said about each purpose, one event after the other."""

import uuid

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.enums import Channel, ConsentKind, ConsentMethod, Language
from privacy.models.append_only import AppendOnlyModel


class ConsentEvent(AppendOnlyModel):
    """One purpose × channel (× topic) each; the state of any day follows from the events (S75).

    Consent without wording, notice and evidence is refused by the doors of `privacy.consent`
    (Art. 7(1)). Nothing here is ever changed: a withdrawal is another event, so that what was
    lawful before it stays provable (S59).
    """

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    subject = models.ForeignKey(
        settings.PRIVACY_SUBJECT_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="consent_events",
    )
    purpose = models.ForeignKey(
        "privacy.Purpose",
        verbose_name=_("purpose"),
        on_delete=models.PROTECT,
        related_name="events",
    )
    # With which company of the group it was agreed (S2); a “no” is said to all of them.
    entity = models.ForeignKey(
        "privacy.LegalEntity",
        verbose_name=_("company"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    # Blank for a purpose that sends no message.
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, blank=True)
    # Blank: about every topic of the purpose (S48).
    topic = models.SlugField(_("topic"), max_length=40, blank=True)
    kind = models.CharField(_("said"), max_length=15, choices=ConsentKind)
    method = models.CharField(_("how"), max_length=10, choices=ConsentMethod)
    occurred_at = models.DateTimeField(_("said at"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recorded by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    notice = models.ForeignKey(
        "privacy.Notice",
        verbose_name=_("notice"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    wording = models.ForeignKey(
        "privacy.Wording",
        verbose_name=_("wording"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    # Where no form or script has a wording of its own: what was said or written, in its words.
    wording_text = models.TextField(_("words"), blank=True)
    language = models.CharField(_("language"), max_length=10, choices=Language, blank=True)
    # Message-ID, shelf mark of a scan, form and request number, recording: never the thing itself.
    evidence = models.CharField(_("evidence"), max_length=200, blank=True)
    # Keyed digest of the one address for which it holds (S16); blank: every address.
    address_digest = models.CharField(max_length=64, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    # For giving data to others alone: to which classes of persons, and whether for gain (s.35J).
    recipients = models.CharField(_("classes of recipients"), max_length=200, blank=True)
    for_gain = models.BooleanField(_("for gain"), null=True, blank=True)
    # Kinds of data and classes of what is offered that it permits (s.35C, s.35E): as the purpose
    # had them when the person agreed.
    kinds = models.JSONField(_("kinds of data"), default=list, blank=True)
    marketed = models.CharField(_("what is offered"), max_length=200, blank=True)
    # SHA-256 of the proof where it lies: the mail, the scan, the recording.
    evidence_digest = models.CharField(
        _("SHA-256 of the evidence"),
        max_length=64,
        blank=True,
        validators=[RegexValidator(r"\A[0-9a-f]{64}\Z", _("A SHA-256 has 64 digits, 0 to f."))],
    )
    # Before they agreed (Art. 7(3)).
    withdrawal_told = models.BooleanField(_("told how it ends"), default=False)
    utc_offset = models.SmallIntegerField(_("minutes from UTC"), default=0)
    source_system = models.SlugField(_("written down by"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("consent event")
        verbose_name_plural = _("consent")
        ordering = ("-occurred_at", "-pk")
        indexes = [
            models.Index(
                fields=["subject", "purpose", "channel", "occurred_at"], name="consent_of_a_person"
            ),
        ]
        permissions = [("record_consent", _("Can record a consent, a refusal or a withdrawal"))]

    def __str__(self) -> str:
        return str(self.reference)
