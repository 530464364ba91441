"""What web, worker and supervisor do before they serve: refuse wrong keys, close open intents."""

from typing import Any

from celery.signals import worker_init

from privacy import ledger, suppression
from privacy.errors import PrivacyError
from retention import archive_keys


def prepare() -> None:
    """Raise a PrivacyError, which says what to do, where Lethe must not start."""
    suppression.verify_keys()
    archive_keys.verified()
    ledger.close_open_intents()


@worker_init.connect
def _prepare_worker(**_kwargs: Any) -> None:
    try:
        prepare()
    except PrivacyError as error:
        # Celery logs what a receiver raises and goes on; this alone ends the process.
        raise SystemExit(str(error)) from error
