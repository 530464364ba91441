"""The night's proof that journal and ledger are what Lethe wrote (Art. 5(2), S95)."""

import logging
from typing import Any

from django.utils import timezone

from privacy import holds, journal, ledger, protections
from privacy.enums import FindingCause
from privacy.errors import JournalBroken, LedgerUnreadable
from privacy.models import Finding, JournalEntry

log = logging.getLogger(__name__)

# The journal's verb for "each fact that protects has its line in the ledger".
COMPLETE = "ledger.complete"
# Places of proofs; each has one finding, as long as it fails.
PLACES = ("journal", "ledger", "ledger lines")


def prove() -> bool:
    """Walk both chains and anchor the ledger in the journal; a broken one is a finding, once.

    Nothing is anchored to a broken chain. Intents that a lost connection left open are closed. A
    fact that protects and has no line is given one, and is a finding until it has it. A finding is
    settled when its proof passes.
    """
    broken = []
    for place, verify in (("journal", journal.verify), ("ledger", _prove_ledger)):
        try:
            verify()
        except (JournalBroken, LedgerUnreadable) as fault:
            log.error("%s", fault)  # noqa: TRY400 - its sentence names a number and no person
            broken.append(place)
    if "ledger" not in broken and not complete():
        broken.append("ledger lines")
    for place in PLACES:
        # Of lines nothing is known where the file itself is broken.
        if place != "ledger lines" or "ledger" not in broken:
            note(place, broken=place in broken)
    if not broken:
        ledger.close_open_intents()
        ledger.anchor()
    return not broken


def _prove_ledger() -> None:
    ledger.verify()
    ledger.refuse_unfit()
    ledger.refuse_late()


def complete() -> bool:
    """Give each fact that protects and has no line its line; whether each had one.

    The first time in an office it is no fault: older versions told the ledger of fewer kinds. In a
    new one there is nothing to say yet.
    """
    is_first = not JournalEntry.objects.filter(verb=COMPLETE).exists()
    if is_first:
        holds.cover_everybody()
    missing = list(protections.untold())
    for protection, facts in missing:
        log.warning("%s facts had no line in the ledger: %s.", len(facts), protection.name)
        protections.tell_again(facts)
    if is_first and (missing or journal.head()):
        journal.record(COMPLETE, facts={"lines": sum(len(facts) for _one, facts in missing)})
    return is_first or not missing


def begin() -> None:
    """At a start: write what waits, and refuse a ledger that is not this database's.

    LedgerUnreadable where it is cut, absent or another's, or cannot be written; of a database that
    was never anchored, where it lacks what the database knows.
    """
    ledger.refuse_unfit()
    ledger.write_waiting()
    ledger.refuse_late()
    if not JournalEntry.objects.filter(verb=COMPLETE).exists():
        anchored = JournalEntry.objects.filter(verb=ledger.ANCHOR).exists()
        older = [
            one for one, _facts in protections.untold() if one.name in protections.ALWAYS_TOLD
        ]
        if older and not anchored:
            raise LedgerUnreadable(protections.LACKING)
        complete()


def note(place: str, *, row: str = "", broken: bool) -> None:
    """Keep one open finding of what is not as Lethe wrote it; settle it once it is again."""
    facts: dict[str, Any] = {
        "cause": FindingCause.BROKEN,
        "place": place,
        "row_reference": row,
    }
    if broken:
        Finding.objects.get_or_create(**facts, settled_at=None, subject_reference=None)
    else:
        settled = Finding.objects.filter(**facts, settled_at__isnull=True)
        settled.update(settled_at=timezone.now())
