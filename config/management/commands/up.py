"""Web, two workers and beat as one foreground command: Ctrl-C ends them all."""

import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config import startup
from config.celery import heartbeat
from privacy.errors import PrivacyError

STOP_WITHIN = 30  # seconds; a worker finishes the batch in hand
RESTART_AFTER = 1.0


class Command(BaseCommand):
    """Start the four processes, restart one that dies, stop all of them together."""

    help = "Run web, worker and beat in the foreground. PORT chooses the port."

    def handle(self, *args: Any, **options: Any) -> None:
        port = self._free_port()
        call_command("migrate", verbosity=0)
        # Triggers, raw tables, encoding: what can only be asked of the database itself.
        call_command("check", databases=["default"], verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        try:
            startup.prepare_to_work()
        except PrivacyError as error:
            raise CommandError(str(error)) from error
        # The health page must not take the last run's heartbeats for this one's.
        for name in ("worker", "urgent", "beat"):
            heartbeat(name).unlink(missing_ok=True)
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self.children = {
            name: self._start(command) for name, command in self._commands(port).items()
        }
        self.stdout.write(f"Lethe listens on http://127.0.0.1:{port}/ (Ctrl-C stops it)")
        try:
            self._watch(port)
        finally:
            self._end()

    def _free_port(self) -> int:
        try:
            port = int(os.environ.get("PORT", "8000"))
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except (ValueError, OverflowError):
            raise CommandError("PORT must be a number, e.g. PORT=8080 make run.") from None
        except OSError:
            raise CommandError(
                f"Port {port} is taken; choose another, e.g. PORT={port + 1} make run."
            ) from None
        return port

    def _commands(self, port: int) -> dict[str, list[str]]:
        celery = [sys.executable, "-m", "celery", "--quiet", "--app", "config"]
        return {
            "web": [
                *(sys.executable, "-m", "gunicorn", "config.wsgi"),
                *("--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "4"),
                *("--no-control-socket", "--log-level", "warning"),
            ],
            "worker": [
                *(*celery, "worker", "--concurrency", "1", "--loglevel", "warning"),
                *("--queues", "default,night"),
            ],
            # What somebody waits for has a worker of its own.
            "urgent": [
                *(*celery, "worker", "--concurrency", "1", "--loglevel", "warning"),
                *("--queues", "urgent", "--hostname", "urgent@%h"),
            ],
            "beat": [
                *(*celery, "beat", "--loglevel", "warning", "--pidfile="),
            ],
        }

    def _start(self, command: list[str]) -> subprocess.Popen:
        # A session of its own: the terminal's Ctrl-C reaches this process alone, which then
        # stops the group, grandchildren included.
        return subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True)

    def _watch(self, port: int) -> None:
        while not self.stopping:
            time.sleep(RESTART_AFTER)
            for name, child in self.children.items():
                if self.stopping or child.poll() is None:
                    continue
                self.stderr.write(f"{name} ended with code {child.returncode}; starting it again")
                self._end_group(child)
                self.children[name] = self._start(self._commands(port)[name])

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _end(self) -> None:
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_WITHIN
        for child in self.children.values():
            try:
                child.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            self._end_group(child)
            child.wait()

    def _end_group(self, child: subprocess.Popen) -> None:
        """Whatever a child left behind in its group goes too."""
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
