"""One message to each of many people, and what became of each."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from privacy.enums import Channel, DeliveryState, DispatchKind, DispatchState, Reach


class Dispatch(models.Model):
    """The text of one message in both languages, for one purpose, and who answers for it.

    Approved by a second person, the text is frozen: what people receive is what was approved.
    """

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("type"), max_length=10, choices=DispatchKind)
    state = models.CharField(
        _("state"), max_length=10, choices=DispatchState, default=DispatchState.DRAFT
    )
    purpose = models.ForeignKey(
        "privacy.Purpose", verbose_name=_("purpose"), on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(
        _("channel"), max_length=10, choices=Channel, default=Channel.EMAIL, editable=False
    )
    topic = models.SlugField(_("topic"), max_length=40, blank=True)
    # Kinds of data by which its people were chosen (S53, S54).
    uses = models.JSONField(_("chosen by"), default=list, blank=True)
    # In whose name it is sent (Cap 593 s.8).
    entity = models.ForeignKey(
        "privacy.LegalEntity", verbose_name=_("sender"), on_delete=models.PROTECT, related_name="+"
    )
    notice = models.ForeignKey(
        "privacy.Notice",
        verbose_name=_("notice"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="dispatches",
    )
    # Of a notice: who was chosen to be told, and why these people (S141).
    reach = models.CharField(_("people"), max_length=10, choices=Reach, blank=True)
    reach_reason = models.CharField(_("reason"), max_length=300, blank=True)
    subject_en = models.CharField(_("English subject"), max_length=150)
    body_en = models.TextField(_("English text"))
    subject_zh_hant = models.CharField(_("Chinese subject"), max_length=150)
    body_zh_hant = models.TextField(_("Chinese text"))
    # How many people were left out when they were chosen, by the gate's reason.
    left_out = models.JSONField(_("left out"), default=dict, blank=True)
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
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message to many")
        verbose_name_plural = _("messages to many")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(approved_by=F("prepared_by")),
                name="a_message_to_many_is_approved_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "sending", "paused", "done"])
                | Q(approved_by__isnull=False),
                name="nothing_goes_to_many_unapproved",
            ),
        ]
        permissions = [
            ("prepare_dispatch", _("Can prepare a message to many")),
            ("approve_dispatch", _("Can approve a message to many")),
        ]

    def __str__(self) -> str:
        return str(self.reference)


class Delivery(models.Model):
    """The message to one person: never the address, which is asked for when its turn comes."""

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    dispatch = models.ForeignKey(
        Dispatch, verbose_name=_("message"), on_delete=models.PROTECT, related_name="deliveries"
    )
    subject = models.ForeignKey(
        settings.PRIVACY_SUBJECT_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="deliveries",
    )
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING
    )
    # Why it was not sent: the gate's reason, or the server's reply code.
    verdict = models.CharField(_("reason"), max_length=20, blank=True)
    addressed_at = models.DateTimeField(_("addressed at"), auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    # A server that asked to wait is asked again then.
    again_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["dispatch", "subject"], name="one_message_to_each_person"
            ),
        ]
        indexes = [models.Index(fields=["dispatch", "state", "id"], name="deliveries_by_state")]

    def __str__(self) -> str:
        return str(self.reference)
