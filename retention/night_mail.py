"""What Lethe decided tonight, told to the officers by mail: counts and references, once a night.

A halt, a failure, a missed night and a clock that jumped are told too. A mail server that refuses
loses nothing: the notice is sent again until it was taken. Nothing here holds up the sweep.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from smtplib import SMTPException

from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from retention import clock, sweep
from retention.enums import Mode, NoticeKind, RunState
from retention.errors import DayUnconfirmed
from retention.models import NightNotice, SweepRun

log = logging.getLogger(__name__)

# Older nights are looked up in the console: an office that starts to send mail is not flooded.
LOOK_BACK = timedelta(days=3)
# A worker that died while it was sending is given up after this long.
CLAIM_LASTS = timedelta(minutes=10)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell about one night."""

    night: date
    kind: NoticeKind
    run: SweepRun | None = None


def send_due(*, at: datetime) -> int:
    """Tell the officers whatever they were not told yet; returns how many messages went out."""
    return sum(_send_once(notice, at=at) for notice in _pending(at))


def _pending(at: datetime) -> Iterator[Notice]:
    closed = SweepRun.objects.filter(
        mode=Mode.APPLY, finished_at__gte=at - LOOK_BACK, state__in=_TOLD
    )
    for run in closed.order_by("pk"):
        yield Notice(run.night, NoticeKind.REPORT, run)
        if run.state != RunState.DONE:
            yield Notice(run.night, NoticeKind.ALERT, run)
    today = timezone.localdate(at)
    if not clock.is_credible(today):
        yield Notice(today, NoticeKind.CLOCK)
    elif sweep.is_missed(at=at):
        yield Notice(today, NoticeKind.MISSED)


_TOLD = (RunState.DONE, RunState.HALTED, RunState.FAILED)


def _send_once(notice: Notice, *, at: datetime) -> bool:
    addresses = _readers()
    if not addresses or not _claim(notice, at=at):
        return False
    mine = NightNotice.objects.filter(night=notice.night, kind=notice.kind, claimed_at=at)
    try:
        _message(notice, addresses).send()
    except (SMTPException, OSError) as error:
        log.warning("the notice of a night was not taken: %s", type(error).__name__)
        mine.delete()
        return False
    mine.update(sent_at=timezone.now())
    return True


def _claim(notice: Notice, *, at: datetime) -> bool:
    """Whether this worker is the one to send it: a row says so, before anything is sent."""
    stale = Q(sent_at__isnull=True, claimed_at__lt=at - CLAIM_LASTS)
    known = NightNotice.objects.filter(night=notice.night, kind=notice.kind)
    if known.filter(stale).update(claimed_at=at):
        return True
    try:
        with transaction.atomic():
            NightNotice.objects.create(night=notice.night, kind=notice.kind, claimed_at=at)
    except IntegrityError:
        return False
    return True


def _readers() -> list[str]:
    """Whoever may release a rule."""
    officers = get_user_model().objects.with_perm(
        "retention.release_rule", include_superusers=False, backend=BACKEND
    )
    return list(officers.exclude(email="").order_by("email").values_list("email", flat=True))


def _message(notice: Notice, addresses: list[str]) -> EmailMultiAlternatives:
    """Two languages in one message, as the officers of one office read either."""
    run = notice.run
    certificate = run.certificates.first() if run else None
    texts, pages = [], []
    for language in ("en", "zh-hant"):
        with translation.override(language):
            facts = {
                "lang": language,
                "heading": _heading(notice),
                "run": run,
                "kind": notice.kind,
                "refusal": DayUnconfirmed(notice.night),
                "state": run.get_state_display() if run else "",
                "people": certificate.content["people"] if certificate else 0,
                "number": certificate.number if certificate else "",
                "rules": _rules(run),
            }
            texts.append(render_to_string("retention/night/message.txt", facts))
            pages.append(render_to_string("retention/night/_part.html", facts))
    message = EmailMultiAlternatives(_heading(notice), "\n\n".join(texts), bcc=addresses)
    html = render_to_string("retention/night/message.html", {"pages": pages})
    message.attach_alternative(html, "text/html")
    return message


def _heading(notice: Notice) -> str:
    night = formats.date_format(notice.night, "DATE_FORMAT")
    match notice.kind:
        case NoticeKind.REPORT:
            return _("What Lethe decided on the night of %(night)s") % {"night": night}
        case NoticeKind.ALERT:
            return _("Lethe needs you: the night of %(night)s") % {"night": night}
        case NoticeKind.CLOCK:
            return _("Lethe disposes of nothing: is today %(night)s?") % {"night": night}
    return _("Lethe missed the night of %(night)s") % {"night": night}


def _rules(run: SweepRun | None) -> list[dict[str, object]]:
    return [{"name": name, **counts} for name, counts in run.counts.items()] if run else []
