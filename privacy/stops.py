"""STOP by SMS: the same “no” as a link in a mail (S139; Art. 21(3) GDPR, s.35G PDPO, Cap 593).

Whoever has the number on file objects to marketing by SMS at the moment of the message; a number
that nobody has is suppressed all the same. A message that asks for nothing of the kind changes
nothing. Twice is once.
"""

import re
import unicodedata
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from privacy import consent, opt_outs, subjects, suppression
from privacy.enums import Channel, ConsentMethod, OptOutWay, PointKind
from privacy.points import Point, normal_forms

WORDS = frozenset(
    {
        *("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "remove"),
        *("停止", "取消", "取消訂閱", "退訂", "停止接收", "取消订阅", "退订"),
    }
)


def asks_to_stop(text: str) -> bool:
    """Whether a message is one of the words, in whatever spelling, and nothing more."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "", folded) in WORDS


@transaction.atomic
def stop(
    number: str,
    *,
    original: dict[str, str],
    at: datetime | None = None,
    evidence: str,
    by: Any = None,
) -> bool:
    """End marketing by SMS to this number; False where it is no telephone number.

    What arrived is kept as it is, sealed (Cap 593 s.9(3)).
    """
    point = Point(PointKind.PHONE, number)
    if not normal_forms(point):
        return False
    opt_outs.keep(OptOutWay.SMS, original, about=[point])
    people = subjects.root_model()._base_manager.filter(
        pk__in=subjects.adapter().search([point]), disposed_at__isnull=True
    )
    for person in people.order_by("pk"):
        consent.object_to(
            person,
            channels=[Channel.SMS],
            method=ConsentMethod.SMS,
            at=at,
            evidence=evidence,
            by=by,
        )
    if not suppression.marketing_refused([point], Channel.SMS)[0]:
        suppression.refuse_marketing({uuid.uuid4(): ([point], [Channel.SMS])}, by=by)
    return True
