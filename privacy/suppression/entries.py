"""The entries of the suppression file, and the questions that are asked of them in sets."""

import hmac
from collections.abc import Sequence

from django.conf import settings
from django.db.models import Q, QuerySet

from privacy.enums import Channel, SuppressionScope
from privacy.models import SuppressionEntry
from privacy.points import Point, versioned_forms
from privacy.suppression.keys import enter_keys, parse_keys

# SQLite's and PostgreSQL's limits on parameters are above this.
CHUNK = 10_000


def digest_of(key: bytes, kind: str, version: int, form: str) -> str:
    message = b"\0".join((kind.encode(), str(version).encode(), form.encode()))
    return hmac.digest(key, message, "sha256").hex()


def digests_of(point: Point) -> list[str]:
    """Every digest under which the file may know this point: each key, version and form."""
    keys = parse_keys(settings.PRIVACY_SUPPRESSION_KEYS).values()
    forms = versioned_forms(point)
    return [digest_of(key, point.kind, *form) for key in keys for form in forms]


def locks(point: Point) -> list[str]:
    """The keyed digests by which a consent names the one address for which it holds (S16).

    The newest key's first; no digest of the suppression file is among them.
    """
    keys = parse_keys(settings.PRIVACY_SUPPRESSION_KEYS).values()
    return [
        digest_of(key, f"lock:{point.kind}", *form)
        for key in keys
        for form in versioned_forms(point)
    ]


def lock(point: Point) -> str:
    """The digest by which a row that is stored now names this address, under the newest key.

    From then on the database knows that key.
    """
    enter_keys(next(iter(parse_keys(settings.PRIVACY_SUPPRESSION_KEYS))))
    return locks(point)[0]


def refused(points: Sequence[Point]) -> list[bool]:
    """Which of these points may not be entered; one question for the whole set."""
    return _matched(
        points, SuppressionEntry.objects.filter(scope=SuppressionScope.NO_REENTRY, advisory=False)
    )


def advised(points: Sequence[Point]) -> list[bool]:
    """Which of these points a suppressed person shared: a hint for a human, no refusal."""
    return _matched(
        points, SuppressionEntry.objects.filter(scope=SuppressionScope.NO_REENTRY, advisory=True)
    )


def marketing_refused(points: Sequence[Point], channel: Channel) -> list[bool]:
    """Which of these points may not be used for marketing on this channel."""
    return _matched(
        points,
        SuppressionEntry.objects.filter(
            Q(scope=SuppressionScope.NO_REENTRY)
            | Q(scope=SuppressionScope.NO_MARKETING, channel__in=("", channel))
        ),
    )


def _matched(points: Sequence[Point], entries: QuerySet) -> list[bool]:
    asked: dict[str, list[int]] = {}
    for position, point in enumerate(points):
        for digest in digests_of(point):
            asked.setdefault(digest, []).append(position)
    answer = [False] * len(points)
    digests = list(asked)
    live = entries.filter(ended_at__isnull=True)
    for start in range(0, len(digests), CHUNK):
        part = digests[start : start + CHUNK]
        for digest in live.filter(digest__in=part).values_list("digest", flat=True):
            for position in asked[digest]:
                answer[position] = True
    return answer
