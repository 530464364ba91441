"""The settings keep what the inventory promises."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from privacy import seals
from privacy.errors import SealKeyInvalid, SuppressionKeyInvalid
from privacy.inventory import registry
from privacy.suppression import parse_keys


@register("privacy")
def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E010: keys, the ledger's place, the root model and the sizes of the sweep."""
    return list(bad_settings())


def bad_settings() -> Iterator[Error]:
    """Each setting that would make a promise hollow; the text never quotes a key."""
    keys = settings.PRIVACY_SUPPRESSION_KEYS
    try:
        parse_keys(keys)
    except SuppressionKeyInvalid:
        yield _bad_setting(
            "PRIVACY_SUPPRESSION_KEYS",
            "must list id:hex, each with a name of its own and 64 hexadecimal digits",
            'python -c "import secrets; print(secrets.token_hex(32))", newest key first',
        )
    yield from _bad_seal_keys()
    if not re.fullmatch(r"[0-9a-fA-F]{64}", settings.PRIVACY_JOURNAL_KEY):
        yield _bad_setting(
            "PRIVACY_JOURNAL_KEY",
            "must be 64 hexadecimal digits",
            'python -c "import secrets; print(secrets.token_hex(32))"',
        )
    elif any(settings.PRIVACY_JOURNAL_KEY in key for key in keys):
        yield _bad_setting(
            "PRIVACY_JOURNAL_KEY", "must not be a suppression key too", "a key of its own"
        )
    if not Path(settings.PRIVACY_LEDGER_FILE).is_absolute():
        yield _bad_setting(
            "PRIVACY_LEDGER_FILE", "must be an absolute path", "/srv/lethe/ledger/ledger.jsonl"
        )
    try:
        root = registry.holding(apps.get_model(settings.PRIVACY_SUBJECT_MODEL))
    except Exception:  # noqa: BLE001 - no such model, or not declared
        root = None
    if root is None or root.path != "pk":
        yield _bad_setting(
            "PRIVACY_SUBJECT_MODEL", "must name a declared root model", "app_label.Model"
        )
    yield from _bad_address()
    if not 1 <= settings.FINANCIAL_YEAR_ENDS_IN <= 12:
        yield _bad_setting("FINANCIAL_YEAR_ENDS_IN", "must be a month from 1 to 12", "3")
    if not 1 <= settings.RETENTION_BATCH_SIZE <= 500:
        yield _bad_setting("RETENTION_BATCH_SIZE", "must be between 1 and 500", "500")
    if not 0 <= settings.RETENTION_CAP_SHARE <= 1 or settings.RETENTION_CAP_ROWS < 0:
        yield _bad_setting(
            "RETENTION_CAP_SHARE and RETENTION_CAP_ROWS",
            "must be a share and a number",
            "0.05, 50",
        )


def _bad_seal_keys() -> Iterator[Error]:
    try:
        seals.refuse_shared(seals.ring())
    except SealKeyInvalid as refusal:
        yield Error(
            str(refusal),
            hint='Set PRIVACY_SEAL_KEYS: id:hex, newest first; python -c "import secrets; '
            'print(secrets.token_hex(32))".',
            id="privacy.E010",
        )


def _bad_address() -> Iterator[Error]:
    if not re.fullmatch(r"https?://[^/?#\s]+/?", settings.PRIVACY_CONSOLE_URL):
        yield _bad_setting(
            "PRIVACY_CONSOLE_URL",
            "must be the console's address without a path",
            "https://lethe.example",
        )


def _bad_setting(name: str, fault: str, what: str) -> Error:
    return Error(f"{name} {fault}.", hint=f"Set {name}: {what}.", id="privacy.E010")
