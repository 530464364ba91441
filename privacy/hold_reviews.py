"""Reviews of holds: a hold is looked at again on its day, and its owner is told in time.

A hold without a review would keep people for ever (Art. 5(1)(e)). The reminder goes out once for
each review date and names the hold's reference, nobody; setting a new date asks for another one.
"""

import logging
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from privacy import journal
from privacy.errors import TransitionRefused
from privacy.models import LegalHold

log = logging.getLogger(__name__)

# How long before its review date a hold counts as one to review.
NEAR = timedelta(days=14)
# Whoever may end a hold is told where its owner cannot be.
DEPUTIES = "privacy.release_hold"


def to_review(*, on: date) -> QuerySet[LegalHold]:
    """Holds in force whose review date is over or near on this day."""
    return LegalHold.objects.filter(released_at__isnull=True, review_on__lte=on + NEAR)


@transaction.atomic
def set_date(hold: LegalHold, *, review_on: date, by: Any, on: date | None = None) -> LegalHold:
    """Say when this hold is looked at next; refused for a past day and for a hold that ended."""
    hold = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if hold.released_at:
        raise TransitionRefused(_("This hold has been released already."))
    if review_on <= (on or timezone.localdate()):
        raise TransitionRefused(_("A review date lies in the future; choose a later day."))
    before, hold.review_on = hold.review_on, review_on
    hold.save(update_fields=["review_on"])
    facts = {"before": before.isoformat(), "review_on": review_on.isoformat()}
    journal.record("hold.review", by=by, on=hold, facts=facts)
    return hold


def remind(*, on: date) -> int:
    """Mail the owner of each hold to review, once for each review date; returns how many.

    A date is claimed before its mail is sent, so that two workers send one; what could not be
    sent is given back, and tried again the next night.
    """
    sent = 0
    for hold in to_review(on=on).exclude(reminded_for=F("review_on")).select_related("owner"):
        told = _addresses(hold)
        if not told:
            log.warning("Nobody has an address to be reminded of hold %s.", hold.reference)
            continue
        mail = _mail(hold, told, late=hold.review_on <= on)
        if not _claim(hold):
            continue
        try:
            mail.send()
        except (OSError, ValueError) as error:
            # SMTP's errors are OSErrors, a bad address is a ValueError; either may quote it.
            LegalHold.objects.filter(pk=hold.pk).update(reminded_for=hold.reminded_for)
            log.error("No mail about hold %s: %s.", hold.reference, type(error).__name__)  # noqa: TRY400
            continue
        facts = {"review_on": hold.review_on.isoformat(), "mails": len(told)}
        journal.record("hold.remind", by=None, on=hold, facts=facts)
        sent += 1
    return sent


def _claim(hold: LegalHold) -> bool:
    """Note that this review date has had its reminder; False where somebody else did."""
    same = LegalHold.objects.filter(pk=hold.pk, review_on=hold.review_on, released_at__isnull=True)
    unclaimed = same.exclude(reminded_for=F("review_on"))
    return bool(unclaimed.update(reminded_for=hold.review_on))


def _addresses(hold: LegalHold) -> list[str]:
    """The owner's, or those of whoever may end the hold where the owner has none or has left."""
    if hold.owner.is_active and hold.owner.email:
        return [hold.owner.email]
    deputies = get_user_model()._default_manager.with_perm(
        DEPUTIES,
        backend="django.contrib.auth.backends.ModelBackend",
        include_superusers=False,
    )
    reachable = deputies.filter(is_active=True).exclude(email="")
    return sorted(reachable.values_list("email", flat=True))


def _mail(hold: LegalHold, told: list[str], *, late: bool) -> EmailMessage:
    page = reverse("admin:privacy_legalhold_change", args=[hold.reference])
    facts = {
        "reference": hold.reference,
        "review_on": hold.review_on,
        "late": late,
        "page": settings.PRIVACY_CONSOLE_URL.rstrip("/") + page,
    }
    with translation.override(settings.LANGUAGE_CODE):
        subject = render_to_string("privacy/mail/hold_review_subject.txt", facts)
        body = render_to_string("privacy/mail/hold_review.txt", facts)
    # Blind: of several officers none need see another's address.
    return EmailMessage(" ".join(subject.split()), body, bcc=told)
