"""The journal's oldest entries go in their time, and what stays is still proved whole."""

from datetime import timedelta

import pytest
from django.utils import timezone

from privacy import disposal, journal, ledger
from privacy.errors import JournalBroken
from privacy.models import JournalEntry, Permit
from retention import sweep
from retention.enums import Mode, RunState
from tests.factories.crm import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

RULE = "privacy.JournalEntry:journal"


@pytest.fixture
def written(monkeypatch):
    """Entries of this many days ago, the oldest first."""

    def write(*ages):
        for age in ages:
            at = timezone.now() - timedelta(days=age)
            with monkeypatch.context() as patch:
                patch.setattr(journal.timezone, "now", lambda at=at: at)
                journal.record("test.act", facts={"people": age})

    return write


def numbers():
    return list(JournalEntry.objects.order_by("number").values_list("number", flat=True))


def test_what_is_six_years_old_goes_and_the_rest_is_a_whole_chain(written):
    written(2300, 2250, 2200, 2000, 10)

    night = sweep.run(on=timezone.localdate(), mode=Mode.APPLY)

    assert night.state == RunState.DONE
    assert night.counts[RULE]["disposed"] == 3
    assert numbers()[0] == 4
    assert journal.verify() == len(numbers())
    cut = JournalEntry.objects.get(verb=journal.CUT)
    assert cut.facts["entries"] == 3


def test_a_second_night_cuts_from_there(written):
    written(2250, 2190, 10)
    sweep.run(on=timezone.localdate(), mode=Mode.APPLY)
    assert numbers()[0] == 2

    sweep.run(on=timezone.localdate() + timedelta(days=3), mode=Mode.APPLY)

    assert numbers()[0] == 3
    assert journal.verify() == len(numbers())


def test_small_batches_leave_a_whole_chain_after_each(written):
    written(2250, 2249, 2248, 2247, 2246, 10)
    night = sweep.start(on=timezone.localdate(), batch_size=2)

    for batch in night.batches.order_by("number"):
        sweep.work_batch(night, number=batch.number)
        journal.verify()

    assert numbers()[0] == 6


def test_an_old_entry_behind_a_young_one_waits_for_it(written):
    written(2250, 10, 2250, 5)

    sweep.run(on=timezone.localdate(), mode=Mode.APPLY)

    assert numbers()[:2] == [2, 3]
    journal.verify()


def test_a_rehearsal_counts_them_and_leaves_them(written):
    written(2250, 2249, 10)

    night = sweep.run(on=timezone.localdate(), mode=Mode.REHEARSE)

    assert night.counts[RULE]["disposed"] == 2
    assert numbers() == [1, 2, 3]


def test_the_newest_entry_stays_even_alone(written):
    written(2250, 2249)

    disposal.shorten_journal(list(JournalEntry.objects.values_list("pk", flat=True)), by=None)

    assert numbers() == [2, 3]
    journal.verify()


def test_somebody_who_cuts_more_than_the_journal_says_is_noticed(written):
    written(2250, 2249, 20, 10)
    sweep.run(on=timezone.localdate(), mode=Mode.APPLY)
    permit = Permit.objects.create(token="0" * 32)
    with_permit = JournalEntry.objects.filter(number=3)
    with_permit._raw_delete(with_permit.db)
    permit.delete()

    with pytest.raises(JournalBroken, match="entry 3"):
        journal.verify()


def test_somebody_who_takes_the_cut_itself_is_noticed(written):
    written(2250, 10)
    sweep.run(on=timezone.localdate(), mode=Mode.APPLY)
    permit = Permit.objects.create(token="0" * 32)
    cut = JournalEntry.objects.filter(verb=journal.CUT)
    cut._raw_delete(cut.db)
    permit.delete()

    with pytest.raises(JournalBroken):
        journal.verify()


def test_the_ledgers_younger_anchors_still_hold(written):
    written(2250)
    ledger.done(ledger.intend([], cause="erasure"))
    ledger.anchor()

    sweep.run(on=timezone.localdate(), mode=Mode.APPLY)

    assert ledger.verify() == 2


def test_more_than_its_cap_waits_for_a_named_release(written, settings):
    settings.RETENTION_CAP_ROWS, settings.RETENTION_CAP_SHARE = 2, 0.0
    written(2300, 2250, 2200, 10)

    night = sweep.run(on=timezone.localdate(), mode=Mode.APPLY)

    assert night.state == RunState.HALTED
    assert numbers()[0] == 1
    sweep.work(sweep.release(night, rule=RULE, by=UserFactory()))
    assert numbers()[0] == 4
    journal.verify()
