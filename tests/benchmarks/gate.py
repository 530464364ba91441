"""Ask the gate about everybody at once, and about many of them alone: the same answers, how fast?

    python -m tests.benchmarks.gate [PEOPLE]

Prints queries and seconds for the whole set, how often each answer was given, and how much longer
the same answers take one person at a time (a sample, extrapolated). Ends with 1 where a set and a
person alone are answered differently. Runs on the database that DATABASE_URL names, in a new one
that is dropped afterwards.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

# First: it sets up the program as shipped.
from tests.benchmarks.lists import fill

from django.db import connection  # isort: skip
from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases  # isort: skip
from django.utils import timezone  # isort: skip

from crm.models import Contact  # isort: skip
from privacy import consent, gate, suppression  # isort: skip
from privacy.enums import (  # isort: skip
    Channel,
    ConsentKind,
    ConsentMethod,
    RestrictionGround,
    SuppressionScope,
)
from privacy.models import ConsentEvent, Purpose, Restriction  # isort: skip
from tests.factories.privacy import NoticeFactory, weigh  # isort: skip

SAMPLE = 1_000
SMALL = 100
QUESTIONS = (
    ("newsletter", Channel.EMAIL),
    ("promotion", Channel.SMS),
    ("rights", Channel.EMAIL),
    # On interests that were weighed, and on some that nobody weighed.
    ("accuracy", Channel.EMAIL),
    ("similar-services", Channel.EMAIL),
)


def say(pks: Sequence[int]) -> None:
    """Two in five agreed to the newsletter, one in seven withdrew, some are shut out otherwise."""
    newsletter, now = Purpose.objects.get(key="newsletter"), timezone.now()
    ConsentEvent.objects.bulk_create(
        (
            ConsentEvent(
                subject_id=pk,
                purpose=newsletter,
                channel=Channel.EMAIL,
                kind=ConsentKind.GIVEN,
                method=ConsentMethod.ONLINE,
                occurred_at=now - timedelta(days=9),
            )
            for pk in pks
            if pk % 5 < 2
        ),
        batch_size=2_000,
    )
    consent.refuse(
        [pk for pk in pks if pk % 7 == 0], method=ConsentMethod.IMPORT, by=None, channels=["sms"]
    )
    Restriction.objects.bulk_create(
        Restriction(
            subject_id=pk, ground=RestrictionGround.ACCURACY, received_on=timezone.localdate()
        )
        for pk in pks
        if pk % 100 == 0
    )
    some = suppression.points_about([pk for pk in pks if pk % 50 == 0])
    suppression.suppress(
        [point for points in some.values() for point in points],
        scope=SuppressionScope.NO_MARKETING,
        by=None,
    )


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    answer = act()
    return time.perf_counter() - start, answer


def compare(pks: Sequence[int], purpose: str, channel: str) -> bool:
    """Print what the whole set costs, and whether everybody is answered so in every other set."""
    asked = {"purpose": purpose, "channel": channel}
    with CaptureQueriesContext(connection) as queries:
        took, whole = timed(lambda: gate.ask(pks, **asked))
    verdicts = Counter(str(answer.verdict) for answer in whole.values())
    sample = random.Random(7).sample(pks, min(SAMPLE, len(pks)))
    alone, single = timed(
        lambda: {pk: answer for pk in sample for pk, answer in gate.ask([pk], **asked).items()}
    )
    parts: dict[int, Any] = {}
    for first in range(0, len(pks), SMALL):
        parts |= gate.ask(pks[first : first + SMALL], **asked)
    is_same = parts == whole and all(whole[pk] == answer for pk, answer in single.items())
    ratio = alone / len(sample) * len(pks) / took
    told = ", ".join(f"{verdict} {number}" for verdict, number in verdicts.most_common())
    sys.stdout.write(
        f"{purpose}, {channel}: {len(queries)} queries, {took:.1f} s; alone {ratio:.0f} times as long;"
        f" {'the same answers' if is_same else 'DIFFERENT ANSWERS'}\n  {told}\n"
    )
    return is_same


def main(people: int) -> int:
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        NoticeFactory()
        weigh("accuracy")
        fill(people)
        pks = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
        say(pks)
        sys.stdout.write(f"{people} people on {connection.vendor}\n")
        answered = [compare(pks, *question) for question in QUESTIONS]
        return 0 if all(answered) else 1
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
