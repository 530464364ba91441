"""What web, worker and supervisor do before they serve: refuse wrong keys, close open intents."""

from typing import Any

from celery.signals import worker_init

from privacy import ledger, suppression


def prepare() -> None:
    """Raise a PrivacyError, whose text says what to do, where Lethe must not start (DESIGN 7, 8)."""
    suppression.verify_keys()
    ledger.close_open_intents()


@worker_init.connect
def _prepare_worker(**_kwargs: Any) -> None:
    prepare()
