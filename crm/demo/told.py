"""Who of the invented people was told of the notice, how and when; a few have not been yet."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from crm.demo.people import Pairs
from crm.enums import SourceType
from privacy import informing, notices
from privacy.changes import Changes
from privacy.enums import Extent, Told, Way

# How people from elsewhere were told.
HOWS = (Told.EMAIL, Told.LETTER, Told.EMAIL, Told.ORAL, Told.IMPORT)
# So long after we had their data.
AFTER = timedelta(days=12)
# One of so many is still to be told; of as many others a law lays the obtaining down.
FEW = 30
ASSESSMENT = "DEMO-2026-1"
# From when on the proposed version would hold.
AHEAD = timedelta(days=60)


def write(pairs: Pairs, *, on: date, by: Any) -> None:
    """Each told once, by the door of the privacy office; those of one day and way at once."""
    told: dict[tuple[date, Told], list[int]] = defaultdict(list)
    for n, (life, person) in enumerate(pairs):
        is_own = person.source.type == SourceType.PERSON
        day = life.met_on if is_own else min(life.met_on + AFTER, on)
        how = Told.FORM if is_own else HOWS[n % len(HOWS)]
        if not is_own and n % FEW == 0:
            continue
        told[day, Told.LAW if not is_own and n % FEW == 1 else how].append(person.pk)
    for (day, how), people in sorted(told.items()):
        notice = notices.in_force(on=day)
        if notice is None:
            continue
        number = ASSESSMENT if how == Told.LAW else ""
        informing.told(people, notice, how=how, at=_noon(day), by=by, assessment=number)


def propose(*, on: date, officers: Sequence[Any]) -> None:
    """A version to come, which uses data for more than before: its people are to be told."""
    one, two = officers
    notice = notices.propose(
        version="demo 3",
        text_en="An invented notice of the year to come: we form profiles of interests.",
        text_zh_hant="來年的虛構通知：我們會建立興趣分析。",
        # As of the day on which it is really approved: people are told before.
        effective_from=max(on, timezone.localdate()) + AHEAD,
        changed=Changes(
            Extent.CONTENT,
            changed=frozenset(["profiling"]),
            periods=True,
            ways={"profiling": Way.TOLD},
        ),
        by=one,
    )
    notices.approve(notice, by=two)


def _noon(day: date) -> datetime:
    return min(timezone.make_aware(datetime.combine(day, time(12))), timezone.now())
