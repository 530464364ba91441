"""What a backup says of itself: versions, counts, and values by which keys are known again.

No key is in it, and neither is the ledger: that one must be newer than every backup.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext as _

from config.backups.errors import BackupRefused
from privacy import ledger, seals
from privacy.suppression import keys
from retention import archive_keys

# Grows with every change to what a backup holds and how.
FORMAT = 1
CHECK_CONSTANT = b"lethe backup key check"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The first thing in a backup, and all that is read of it before anything is changed."""

    format: int
    version: str
    made_at: datetime
    vendor: str
    migrations: tuple[str, ...]
    # Setting -> name of a key -> value derived from it.
    keys: Mapping[str, Mapping[str, str]]
    ledger_lines: int
    ledger_head: str
    # Rows by table, and files.
    rows: Mapping[str, int]
    documents: int

    def text(self) -> bytes:
        """As the backup holds it."""
        return json.dumps({**asdict(self), "made_at": self.made_at.isoformat()}, indent=1).encode()


def describe(*, rows: Mapping[str, int], documents: int, ledger_at: tuple[int, str]) -> Manifest:
    """The manifest of a backup that is made now of this database."""
    applied = MigrationRecorder(connection).applied_migrations()
    return Manifest(
        format=FORMAT,
        version=settings.VERSION,
        made_at=timezone.now(),
        vendor=connection.vendor,
        migrations=tuple(sorted(".".join(name) for name in applied)),
        keys=_check_values(),
        ledger_lines=ledger_at[0],
        ledger_head=ledger_at[1],
        rows=rows,
        documents=documents,
    )


def read(content: bytes) -> Manifest:
    """A manifest out of a backup; refused where a newer version of Lethe wrote it."""
    try:
        facts: dict[str, Any] = json.loads(content)
        newer = facts["format"] > FORMAT
        if not newer:
            facts["made_at"] = datetime.fromisoformat(facts["made_at"])
            facts["migrations"] = tuple(facts["migrations"])
            return Manifest(**facts)
    except (ValueError, TypeError, KeyError):
        raise BackupRefused(_("This is no backup of Lethe.")) from None
    raise _newer(facts.get("version", ""))


def refuse_unfit(manifest: Manifest) -> None:
    """Refuse a backup that this version, this server, these keys or this ledger do not fit."""
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    if set(manifest.migrations) - {".".join(name) for name in known}:
        raise _newer(manifest.version)
    if manifest.vendor != connection.vendor:
        raise BackupRefused(
            _("The backup was made on %(made)s; DATABASE_URL names %(here)s.")
            % {"made": manifest.vendor, "here": connection.vendor}
        )
    here = _check_values()
    for setting, values in manifest.keys.items():
        for name, value in values.items():
            if not hmac.compare_digest(here.get(setting, {}).get(name, ""), value):
                raise BackupRefused(
                    _("%(setting)s lacks the backup's key %(name)r; add it from the escrow copy.")
                    % {"setting": setting, "name": name}
                )
    if not ledger.reaches(manifest.ledger_lines, manifest.ledger_head):
        raise BackupRefused(
            _(
                "The ledger at PRIVACY_LEDGER_FILE is older than the backup, or another office's; "
                "put the newest copy there: without it nobody would be forgotten again."
            )
        )


def _newer(version: str) -> BackupRefused:
    return BackupRefused(
        _("A newer version of Lethe wrote this backup (%s); install that one or a later.")
        % version[:20]
    )


def _check_values() -> dict[str, dict[str, str]]:
    journal_key = bytes.fromhex(settings.PRIVACY_JOURNAL_KEY)
    return {
        "PRIVACY_SUPPRESSION_KEYS": {
            name: keys.check_value_of(key)
            for name, key in keys.parse_keys(settings.PRIVACY_SUPPRESSION_KEYS).items()
        },
        "PRIVACY_JOURNAL_KEY": {
            "journal": hmac.new(journal_key, CHECK_CONSTANT, hashlib.sha256).hexdigest()
        },
        "PRIVACY_SEAL_KEYS": {name: key.check_value for name, key in seals.ring().items()},
        "RETENTION_ARCHIVE_KEYS": {
            name: key.check_value
            for name, key in archive_keys.parse(settings.RETENTION_ARCHIVE_KEYS).items()
        },
    }
