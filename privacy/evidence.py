"""The night's proof that journal and ledger are what Lethe wrote (Art. 5(2), S95)."""

import logging
from typing import Any

from django.utils import timezone

from privacy import journal, ledger
from privacy.enums import FindingCause
from privacy.errors import JournalBroken, LedgerUnreadable
from privacy.models import Finding

log = logging.getLogger(__name__)


def prove() -> bool:
    """Walk both chains and anchor the ledger in the journal; a broken one is a finding, once.

    Nothing is anchored to a broken chain. Intents that a lost connection left open are closed.
    """
    broken = []
    for place, verify in (("journal", journal.verify), ("ledger", ledger.verify)):
        try:
            verify()
        except (JournalBroken, LedgerUnreadable) as fault:
            log.error("%s", fault)  # noqa: TRY400 - its sentence names a number and no person
            broken.append(place)
    for place in broken:
        Finding.objects.get_or_create(
            cause=FindingCause.BROKEN, place=place, settled_at=None, subject_reference=None
        )
    if not broken:
        ledger.close_open_intents()
        ledger.anchor()
    return not broken


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
