"""Cookies and similar technologies: what this program sets, and what the firm's sites do (S78).

What Lethe itself leaves in a browser is declared here, and a test fails on anything else. Public
pages set one cookie, and only where there is a form (S82). Serves Art. 5(3) of Directive 2002/58,
policy S19, S78, S80 to S82.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.enums import TrackerUse
from privacy.models import Tracker


@dataclass(frozen=True, slots=True)
class Own:
    """One thing that Lethe leaves in a browser."""

    name: str
    use: TrackerUse
    # What it is for, in words.
    purpose: Any
    # 0: until the browser is closed, or for good where it is no cookie.
    days: int
    is_public: bool = False
    is_cookie: bool = True


OWN = (
    Own(
        "csrftoken",
        TrackerUse.SECURITY,
        _("makes sure that a form was sent from our own page"),
        364,
        is_public=True,
    ),
    Own("sessionid", TrackerUse.SIGN_IN, _("keeps a colleague signed in to the console"), 1),
    Own(
        "adminTheme",
        TrackerUse.STORED,
        _("light or dark, as a colleague chose it for the console"),
        0,
        is_cookie=False,
    ),
    Own(
        "sidebarDesktopOpen",
        TrackerUse.STORED,
        _("whether a colleague folded the menu of the console"),
        0,
        is_cookie=False,
    ),
)


def in_use(*, on: date | None = None) -> QuerySet[Tracker]:
    """What the firm's other sites use on this day."""
    on = on or timezone.localdate()
    return Tracker.objects.filter(Q(until__isnull=True) | Q(until__gte=on), since__lte=on)


def public() -> list[Own]:
    """What a visitor of the public pages may find in their browser."""
    return [own for own in OWN if own.is_public]
