"""The mail that brings somebody the link to their choices, at the address that asked for it."""

import logging
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

from privacy import links, replay, subjects, suppression
from privacy.enums import PointKind
from privacy.links import Act
from privacy.points import normal_forms

log = logging.getLogger(__name__)


def send(subject_pks: Collection[int], lock: str) -> int:
    """Mail a link for each of these living people, to their address of this digest.

    Returns how many mails left. One mailbox gets one mail, whoever's records it stands in: with a
    link for each. It answers what the person asked for: neither a “no” to marketing nor a
    restriction stops it. An address that they have no more since gets none.
    """
    replay.refuse_if_behind()
    people: Any = subjects.root_model()._base_manager.filter(
        pk__in=subject_pks, disposed_at__isnull=True
    )
    points = suppression.points_about(subject_pks)
    facts = subjects.adapter().facts(subject_pks)
    meant: dict[str, list[Any]] = {}
    for person in people.order_by("pk"):
        wanted = [
            point
            for point in points[person.pk]
            if point.kind == PointKind.EMAIL and lock in suppression.locks(point)
        ]
        for point in wanted[:1]:
            meant.setdefault(normal_forms(point)[0], []).append((person, point))
    return sum(
        _send(
            [person for person, _point in theirs],
            theirs[0][1].value,
            language=facts[theirs[0][0].pk].language,
        )
        for theirs in meant.values()
    )


def _send(people: Sequence[Any], address: str, *, language: str) -> bool:
    is_chinese = language.lower().startswith("zh")
    with translation.override("zh-hant" if is_chinese else "en"):
        written = {
            "links": [links.link(Act.PREFERENCES, person.uuid) for person in people],
            "days": links.LIVES[Act.PREFERENCES].days,
        }
        subject = render_to_string("privacy/mail/preferences_link_subject.txt", written)
        body = render_to_string("privacy/mail/preferences_link.txt", written)
    try:
        EmailMessage(
            " ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [address]
        ).send()
    except (OSError, ValueError) as error:
        # Either may quote the address.
        log.error("No link for %s: %s.", people[0].uuid, type(error).__name__)  # noqa: TRY400
        return False
    return True
