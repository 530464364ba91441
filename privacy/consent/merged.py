"""Two rows that became one person's: the ledger says so, and also where they became two again.

What either refused holds for both, after a restore too, when the database has forgotten that
they are one. A line holds references and names of columns, never a value.
"""

import uuid
from collections.abc import Sequence

from privacy import ledger

JOINED, PARTED = "merge", "unmerge"


def joined(
    reference: uuid.UUID, *, kept: uuid.UUID, gone: uuid.UUID, takes: Sequence[str]
) -> None:
    """Say that the second is the first from now on, but for the columns that were taken of it."""
    ledger.record(
        JOINED, reference=str(reference), kept=str(kept), gone=str(gone), takes=list(takes)
    )


def parted(reference: uuid.UUID) -> None:
    """Say that this was a mistake, and was taken back."""
    ledger.record(PARTED, reference=str(reference))
