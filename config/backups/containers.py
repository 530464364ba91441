"""The file of a backup: a tar archive inside age's encryption, written and read as a stream.

age authenticates every piece and the end, so that a file that was cut or altered is noticed; it is
read whole once before anything is changed. The archive itself is never on disk in clear.
"""

import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyrage
from django.utils.translation import gettext as _
from pyrage import DecryptError, x25519

from config.backups import key
from config.backups.errors import BackupRefused

# A member's name and its content.
Member = tuple[str, bytes]


def write(path: Path, members: Iterable[Member]) -> None:
    """Write the whole file or none; readable by its owner alone."""
    recipient = key.identity().to_public()
    part = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            with _piped(lambda end: _pack(end, members)) as clear:
                pyrage.encrypt_io(clear, target, [recipient])
            target.flush()
            os.fsync(target.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def opened(path: Path) -> Iterator[Iterator[Member]]:
    """The members, in their order; BackupRefused where the file is not whole or not ours."""
    identity = key.identity()
    try:
        source = path.open("rb")
    except OSError as error:
        raise BackupRefused(
            _("The backup cannot be read: %s.") % (error.strerror or type(error).__name__)
        ) from None
    with source:
        try:
            with _piped(lambda end: _decrypt(source, end, identity)) as clear:
                yield _unpack(clear)
        except tarfile.TarError:
            raise BackupRefused(_("This is no backup of Lethe.")) from None


def _decrypt(source: IO[bytes], end: IO[bytes], identity: x25519.Identity) -> None:
    sink = _Sink(end)
    try:
        pyrage.decrypt_io(source, sink, [identity])
    except DecryptError:
        raise BackupRefused(
            _("BACKUP_KEY does not open this file: it is another office's, or no backup.")
        ) from None
    except OSError:
        if not sink.closed_early:
            raise BackupRefused(
                _("The backup was cut or altered; take another copy of it.")
            ) from None


class _Sink:
    """A pipe's end that remembers whether its reader went away before the end."""

    def __init__(self, end: IO[bytes]) -> None:
        self.end = end
        self.closed_early = False

    def write(self, content: bytes) -> int:
        try:
            return self.end.write(content)
        except BrokenPipeError:
            self.closed_early = True
            raise

    def flush(self) -> None:
        self.end.flush()


@contextmanager
def _piped(fill: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """The reading end of a pipe that a thread fills; what fails there is raised here."""
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with os.fdopen(writing, "wb") as end:
                fill(end)
        except BrokenPipeError:
            # The reader had enough, and says itself why.
            pass
        except BaseException as error:  # noqa: BLE001 - raised again in the reader's thread
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        with os.fdopen(reading, "rb") as clear:
            yield clear
    except Exception:
        thread.join()
        if failed:
            # The reader fell over what was missing; this is why it was.
            raise failed[0] from None
        raise
    thread.join()
    if failed:
        raise failed[0]


def _pack(end: IO[bytes], members: Iterable[Member]) -> None:
    with tarfile.open(fileobj=end, mode="w|") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o600
            archive.addfile(info, io.BytesIO(content))


def _unpack(clear: IO[bytes]) -> Iterator[Member]:
    with tarfile.open(fileobj=clear, mode="r|") as archive:
        for info in archive:
            file = archive.extractfile(info)
            yield info.name, file.read() if file else b""
    # age proves the end of the file only when it is read.
    while clear.read(1024 * 1024):
        pass
