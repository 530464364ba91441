"""What web, worker and supervisor do before they serve: refuse wrong keys, close open intents."""

from typing import Any

from celery.signals import worker_init

from config.awaiting_replay import state
from privacy import (
    evidence,
    installation,
    journal,
    ledger,
    seals,
    suppression,
)
from privacy.errors import BehindLedger, PrivacyError
from retention import archive_keys


def prepare() -> None:
    """Raise a PrivacyError, which says what to do, where Lethe must not start.

    On a restored database pages answer 503 and intents stay open: what it does not know of was
    not therefore undone.
    """
    suppression.verify_keys()
    journal.verify_key()
    archive_keys.verified()
    seals.verified()
    installation.verify()
    ledger.refuse_unfit()
    if not state.look():
        evidence.begin()
        ledger.close_open_intents()


def prepare_to_work() -> None:
    """As `prepare`, for what sends, sweeps or takes in: it does not start before the replay."""
    prepare()
    if state.behind:
        raise BehindLedger


@worker_init.connect
def _prepare_worker(**_kwargs: Any) -> None:
    try:
        prepare_to_work()
    except PrivacyError as error:
        # Celery logs what a receiver raises and goes on; this alone ends the process.
        raise SystemExit(str(error)) from error
