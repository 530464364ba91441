"""A real office as its own processes: `manage.py up` on a folder and an address of its own."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from django.conf import settings

from tests.journeys.machines import free_port, until

# Keys that open nothing; the suite's own settings stay outside.
KEYS = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DJANGO_READ_DOT_ENV": "False",
    "DJANGO_SECRET_KEY": "only-for-the-browser-" + "x" * 40,
    "PRIVACY_SUPPRESSION_KEYS": "t1:" + "11" * 32,
    "PRIVACY_JOURNAL_KEY": "22" * 32,
    "RETENTION_ARCHIVE_KEYS": "a1:" + "55" * 32,
    "PRIVACY_SEAL_KEYS": "s1:" + "88" * 32,
    "LETHE_HTTPS": "False",
}
TELL = "import django, json; django.setup(); from tests.browser import office;"
LEFT_TO_THEIR_DEFAULTS = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DEBUG", "BACKUP_KEY")


class Server:
    """The office at `url`, its files below `var`."""

    def __init__(self, folder: Path) -> None:
        self.var = folder / "var"
        self.url = f"http://127.0.0.1:{free_port()}"
        kept = {k: v for k, v in os.environ.items() if k not in LEFT_TO_THEIR_DEFAULTS}
        self.env = {
            **kept,
            **KEYS,
            "LETHE_VAR": str(self.var),
            "PORT": self.url.rpartition(":")[2],
            "PRIVACY_CONSOLE_URL": self.url,
        }
        self.log = (folder / "log").open("w+")
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=settings.BASE_DIR,
            env=self.env,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        until(self._answers, every=0.2, what="the first answer")

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.said()
        try:
            # Any answer will do: worker and beat may still be on their way.
            urllib.request.urlopen(f"{self.url}/admin/login/", timeout=5).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)
        self.log.close()

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read()[-4000:]

    def tell(self, act: str) -> dict:
        """Do one of the acts of `tests.browser.office` in this office; returns what it says."""
        done = subprocess.run(
            [sys.executable, "-c", f"{TELL} print(json.dumps(office.{act}()))"],
            cwd=settings.BASE_DIR,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout)

    def outbox(self, *, to: str) -> str:
        """The newest message to this address, once it has been written."""

        def newest() -> str | None:
            files = sorted((self.var / "outbox").glob("*.log"), reverse=True)
            return next((f.read_text() for f in files if f"To: {to}" in f.read_text()), None)

        end = time.monotonic() + 20
        while (text := newest()) is None:
            assert time.monotonic() < end, "no mail came"
            time.sleep(0.1)
        return text
