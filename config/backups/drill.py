"""A restore that is only tried: a backup, a scratch office, the replay, a report (Art. 32(1)(d)).

The real commands run in processes of their own, on a database and in folders that end with the
drill; the office itself and its ledger are read, never written.
"""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from config.backups.errors import BackupRefused
from privacy import journal

RESTORE, REPLAY, AGAIN, PROOF = "restore", "replay", "replay_again", "verify_journal"


@dataclass
class Report:
    """What the drill saw; seconds by step."""

    backup: str
    made_at: str = ""
    rows: int = 0
    documents: int = 0
    replay: dict[str, int] = field(default_factory=dict)
    replay_again: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every step went through and the second replay found nothing left to do."""
        return PROOF in self.seconds and not self.left

    @property
    def left(self) -> int:
        """How much the second replay still changed; an open intent is nothing that it could."""
        return sum(n for name, n in self.replay_again.items() if name != "open_intents")

    def facts(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed}


def newest() -> Path:
    """The youngest backup of the folder; refused where there is none."""
    found = sorted(settings.BACKUP_FOLDER.glob("*.age"))
    if not found:
        raise BackupRefused(_("There is no backup yet: type manage.py backup first."))
    return found[-1]


def drill(path: Path) -> Report:
    """Restore this backup aside, replay the ledger twice, prove journal and ledger, report.

    BackupRefused names the step that failed and what it said.
    """
    report = Report(path.name)
    with _scratch_office() as environment:
        restored = _step(report, RESTORE, environment, "restore", str(path), "--json")
        report.made_at = restored["made_at"]
        report.rows, report.documents = restored["rows"], restored["documents"]
        report.replay = _step(report, REPLAY, environment, "replay_ledger", "--json")
        report.replay_again = _step(report, AGAIN, environment, "replay_ledger", "--json")
        _step(report, PROOF, environment, "verify_journal")
    facts = {"rows": report.rows, "people": report.replay["people"], "passed": report.passed}
    journal.record("backup.drill", facts=facts)
    return report


def _step(report: Report, name: str, environment: dict[str, str], *command: str) -> dict[str, Any]:
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise BackupRefused(
            _("The drill failed at %(step)s: %(said)s")
            % {"step": command[0], "said": said[-1] if said else done.returncode}
        )
    report.seconds[name] = round(time.monotonic() - begun, 1)
    return json.loads(done.stdout) if "--json" in command else {}


@contextmanager
def _scratch_office() -> Iterator[dict[str, str]]:
    """An office of its own as an environment: the same keys, another database, a copied ledger."""
    uploads = settings.FILE_UPLOAD_TEMP_DIR
    with TemporaryDirectory(dir=uploads) as folder, _scratch_database(folder) as url:
        ledger = Path(folder) / "ledger" / "ledger.jsonl"
        ledger.parent.mkdir(mode=0o700)
        if settings.PRIVACY_LEDGER_FILE.exists():
            copyfile(settings.PRIVACY_LEDGER_FILE, ledger)
        yield {
            **os.environ,
            "DJANGO_READ_DOT_ENV": "False",
            "DJANGO_SECRET_KEY": settings.SECRET_KEY,
            "DJANGO_SECRET_KEY_FALLBACKS": ",".join(settings.SECRET_KEY_FALLBACKS),
            "PRIVACY_SUPPRESSION_KEYS": ",".join(settings.PRIVACY_SUPPRESSION_KEYS),
            "PRIVACY_JOURNAL_KEY": settings.PRIVACY_JOURNAL_KEY,
            "PRIVACY_SEAL_KEYS": ",".join(settings.PRIVACY_SEAL_KEYS),
            "RETENTION_ARCHIVE_KEYS": ",".join(settings.RETENTION_ARCHIVE_KEYS),
            "BACKUP_KEY": settings.BACKUP_KEY,
            "DATABASE_URL": url,
            # Nothing of the drill reaches a worker or a mailbox.
            "REDIS_URL": "",
            "EMAIL_URL": "",
            "LETHE_VAR": folder,
            "PRIVACY_LEDGER_FILE": str(ledger),
        }


@contextmanager
def _scratch_database(folder: str) -> Iterator[str]:
    if connection.vendor == "sqlite":
        # A file in the scratch folder, which goes with it.
        yield f"sqlite:///{folder}/lethe.sqlite3"
        return
    name = f"lethe_drill_{uuid.uuid4().hex[:12]}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
