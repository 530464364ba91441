"""The archive's keys are there and used for nothing else; the sweep's settings make sense."""

from typing import Any

from django.conf import settings
from django.core import checks

from retention import archive_keys
from retention.errors import ArchiveKeyInvalid

HINT = (
    "Set RETENTION_ARCHIVE_KEYS: id:hex, newest first; "
    'python -c "import secrets; print(secrets.token_hex(32))".'
)


@checks.register("retention")
def check_archive_keys(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """E001: a malformed key, or one of another purpose; W001: none. The text quotes no key."""
    try:
        keys = archive_keys.parse(settings.RETENTION_ARCHIVE_KEYS)
    except ArchiveKeyInvalid as refusal:
        return [checks.Error(str(refusal), hint=HINT, id="retention.E001")]
    others = {entry.partition(":")[2].lower() for entry in settings.PRIVACY_SUPPRESSION_KEYS}
    others.add(settings.PRIVACY_JOURNAL_KEY.lower())
    if any(key.secret.hex() in others for key in keys.values()):
        return [
            checks.Error(
                "RETENTION_ARCHIVE_KEYS holds a key that serves another purpose too.",
                hint=HINT,
                id="retention.E001",
            )
        ]
    if not keys:
        return [
            checks.Warning(
                "RETENTION_ARCHIVE_KEYS is empty: people with business records cannot go.",
                hint=HINT,
                id="retention.W001",
            )
        ]
    return []


@checks.register("retention")
def check_clock(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """E002: with no day to spare every night would wait for somebody to confirm it."""
    if settings.RETENTION_CLOCK_JUMP_DAYS > 0:
        return []
    return [
        checks.Error(
            "RETENTION_CLOCK_JUMP_DAYS must be a positive number of days.",
            hint="Leave it out of the environment for 14.",
            id="retention.E002",
        )
    ]
