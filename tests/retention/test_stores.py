"""What lies outside the database leaves with the same night: old messages, leftover uploads."""

import os
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from retention import sweep
from retention.enums import Mode
from retention.models import SweepBatch

pytestmark = [pytest.mark.django_db, pytest.mark.both]
WRITTEN = date(2026, 3, 1)
DAY = timedelta(days=1)


@pytest.fixture(params=[("outbox", 30), ("uploads", 1)], ids=lambda param: param[0])
def leftover(request, settings):
    store, days = request.param
    path = settings.VAR / store / "left-over"
    path.write_text("Zephyrine")
    noon = timezone.make_aware(datetime.combine(WRITTEN, time(12))).timestamp()
    os.utime(path, (noon, noon))
    yield store, path, WRITTEN + timedelta(days=days)
    path.unlink(missing_ok=True)


def test_a_file_goes_on_the_day_that_its_store_allows_and_not_before(leftover):
    store, path, end = leftover

    sweep.run(on=end - DAY, mode=Mode.APPLY)
    assert path.exists()
    night = sweep.run(on=end, mode=Mode.APPLY)

    assert not path.exists()
    assert night.counts[f"store:{store}"]["disposed"] == 1
    assert SweepBatch.objects.get(run=night, rule=f"store:{store}").counts["disposed"] == 1


def test_a_rehearsal_counts_the_file_and_leaves_it(leftover):
    store, path, end = leftover

    night = sweep.run(on=end, mode=Mode.REHEARSE)

    assert path.exists()
    assert night.counts[f"store:{store}"]["disposed"] == 1
