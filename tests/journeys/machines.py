"""A PostgreSQL cluster and a Redis server of a test's own, which it may kill; never the machine's."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
import redis

# Patience with a machine that does other things as well, in seconds.
PATIENCE = 90
OWNER = "lethe"
INSTALLED = Path("/usr/lib/postgresql")


def until(
    condition: Callable[[], object],
    *,
    every: float = 0.02,
    what: str = "it",
    patience: float = PATIENCE,
) -> None:
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen in time"
        time.sleep(every)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def binaries() -> tuple[Path, str]:
    """The folder of initdb and postgres, and redis-server; a sentence where they are missing."""
    found = sorted(INSTALLED.glob("*/bin/initdb"), key=lambda path: path.parts[-3])
    initdb = str(found[-1]) if found else shutil.which("initdb")
    server = shutil.which("redis-server")
    if initdb and server:
        return Path(initdb).parent, server
    sentence = (
        "This test starts servers of its own: install PostgreSQL's and Redis's on this host."
    )
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{sentence} REQUIRE_SERVICES=1 demands them.", pytrace=False)
    # A developer's machine without servers; CI demands them above.
    pytest.skip(sentence)


def children(parent: int) -> list[int]:
    """The processes that this one started, by their id."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            state, above = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:2]
        except (OSError, ValueError, IndexError):
            continue
        if entry.name.isdigit() and int(above) == parent and state != "Z":
            found.append(int(entry.name))
    return found


class Cluster:
    """PostgreSQL with fsync on; refuses to run as root, so root lends it the user postgres."""

    def __init__(self, folder: Path) -> None:
        self.bin, _redis = binaries()
        self.data = folder / "data"
        self.log = folder / "log"
        self.port = free_port()
        self.as_user: dict[str, str] = {}
        if os.geteuid() == 0:
            self.as_user = {"user": "postgres", "group": "postgres"}
            shutil.chown(folder, **self.as_user)
        self._run(
            *("initdb", "--no-sync", "--auth", "trust", "--username", OWNER),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--pgdata", str(self.data)),
        )
        self.process: subprocess.Popen | None = None
        self.start()

    def _run(self, name: str, *arguments: str) -> None:
        command = [str(self.bin / name), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **self.as_user)

    def _launch(self) -> None:
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.data,
            "fsync": "on",
            "shared_buffers": "32MB",
            # A session whose client was killed is noticed although it waits.
            "client_connection_check_interval": "200ms",
        }
        command = [str(self.bin / "postgres"), "-D", str(self.data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd="/", start_new_session=True, **self.as_user
            )

    def start(self) -> None:
        """Start, or start again after a crash; returns when it answers."""
        # What a killed test had asked of the server goes with it.
        (self.data / "postgresql.auto.conf").write_text("")
        self._launch()
        until(self._answers, every=0.05, what="the cluster's start")

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            # The memory of the killed one was not released yet.
            self._launch()
        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def connect(self) -> "psycopg2.extensions.connection":
        opened = psycopg2.connect(
            host="127.0.0.1", port=self.port, user=OWNER, dbname="postgres", connect_timeout=5
        )
        opened.autocommit = True
        return opened

    def kill(self) -> None:
        """SIGKILL to the postmaster and all its sessions, as when the machine stops."""
        sessions = children(self.process.pid)
        for pid in [self.process.pid, *sessions]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()

    def stop_at_once(self) -> None:
        """`pg_ctl stop -m immediate`: sessions are cut off, the next start recovers."""
        self._run("pg_ctl", "-D", str(self.data), "stop", "-m", "immediate")
        self.process.wait()


class Broker:
    """Redis that keeps nothing on disk: whoever kills it loses every message."""

    def __init__(self, folder: Path) -> None:
        _postgresql, self.binary = binaries()
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        options = f"--port {self.port} --bind 127.0.0.1 --appendonly no --dir {self.folder}"
        self.process = subprocess.Popen(
            [self.binary, *options.split(), "--save", ""],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        until(self._answers, every=0.02, what="the broker's start")

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return client.ping()
        except redis.RedisError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def servers() -> Iterator[tuple[Cluster, Broker, Path]]:
    """Both, in a folder that the user postgres can reach, gone without trace afterwards."""
    binaries()
    with tempfile.TemporaryDirectory(prefix="lethe-servers-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        place.chmod(0o711)
        folders = [place / part for part in ("postgresql", "redis", "var")]
        for folder in folders:
            folder.mkdir(mode=0o700)
        cluster = Cluster(folders[0])
        try:
            broker = Broker(folders[1])
            try:
                yield cluster, broker, folders[2]
            finally:
                broker.kill()
        finally:
            cluster.kill()
