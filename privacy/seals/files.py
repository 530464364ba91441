"""Sealed files on disk: written whole or not at all, and opened whatever release wrote them."""

import io
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from privacy.seals import keys, streams

# What stands beside a file while its sealed successor is written.
PART = ".sealing"
CHUNK = 1024 * 1024
LEFT_AFTER = 3600  # seconds


def opened(path: Path, *, store: str) -> IO[bytes]:
    """A file of this store, to be read and sought; SealBroken, SealKeyInvalid or OSError else."""
    source = path.open("rb")
    try:
        return open_stream(source, store=store)
    except BaseException:
        source.close()
        raise


def open_stream(source: IO[bytes], *, store: str) -> IO[bytes]:
    """The same of an open file, which is closed with it; one in clear is given back as it is."""
    head = streams.read_head(source)
    if head is None:
        return source
    source.seek(0)
    raw = streams.Opened(source, keys=keys.ring(), store=store)
    return cast("IO[bytes]", io.BufferedReader(raw, buffer_size=streams.SEGMENT))


def read(path: Path, *, store: str) -> bytes:
    """The whole content of a file."""
    with opened(path, store=store) as file:
        return file.read()


def prove(file: IO[bytes]) -> None:
    """Read an opened file to its end and go back to its beginning; one not whole is closed."""
    try:
        while file.read(CHUNK):
            pass
    except BaseException:
        file.close()
        raise
    file.seek(0)


def is_sealed(path: Path) -> bool:
    """Whether the file has a seal's head; whether it opens is not asked."""
    with path.open("rb") as file:
        return file.read(len(streams.MAGIC)) == streams.MAGIC


def sealed_under(path: Path) -> str:
    """The id of the key under which the file was sealed; empty where it lies in clear."""
    with path.open("rb") as file:
        head = streams.read_head(file)
    return head.key_id if head else ""


def write(path: Path, chunks: Iterable[bytes], *, store: str) -> None:
    """Seal a file under the newest key, in place of what may lie there; whole or not at all."""
    with writing(path, store=store) as file:
        for chunk in chunks:
            file.write(chunk)


@contextmanager
def writing(path: Path, *, store: str) -> Iterator[IO[bytes]]:
    """The same as a file to write into: it takes its place when the block ends without fault."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART}")
    with _part(part, store=store) as clear:
        yield cast("IO[bytes]", clear)
        clear.finish()
        part.replace(path)
    _sync_folder(path.parent)


def seal_in_place(path: Path, *, store: str) -> None:
    """Seal what lies there, in clear or under an older key, under the newest; its age stays.

    Killed at any moment it leaves the old file or the new one, and at most a part beside it, which
    the next call overwrites. FileNotFoundError where the file went meanwhile.
    """
    part = part_of(path)
    before = path.stat()
    with opened(path, store=store) as old, _part(part, store=store) as clear:
        while chunk := old.read(CHUNK):
            clear.write(chunk)
        clear.finish()
        with opened(part, store=store) as new:
            prove(new)
        os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
        if not os.path.samestat(path.stat(), before):
            raise FileNotFoundError
        part.replace(path)
    _sync_folder(path.parent)


def remove(path: Path) -> None:
    """Delete a file, and what an interrupted sealing left beside it."""
    path.unlink(missing_ok=True)
    part_of(path).unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """What stands beside this file while it is sealed in place."""
    return path.with_name(f".{path.name}{PART}")


def is_under_way(path: Path) -> bool:
    """Whether this is a sealed file, not yet whole, that will take the place of its name.

    One that nobody has touched for an hour was left by a kill, and counts as any other file.
    """
    if not (path.name.startswith(".") and path.name.endswith(PART)):
        return False
    try:
        age = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return True
    return age < LEFT_AFTER or path.with_name(path.name[1 : -len(PART)]).is_file()


@contextmanager
def _part(part: Path, *, store: str) -> Iterator["_Sealing"]:
    """A file to seal into; it is gone afterwards, unless it was moved to its place."""
    key = keys.newest()
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as target:
            yield _Sealing(target, key=key, store=store)
    finally:
        part.unlink(missing_ok=True)


class _Sealing(io.RawIOBase):
    """Seals what is written into it; without `finish` the file has no end and never opens."""

    def __init__(self, target: IO[bytes], *, key: keys.Key, store: str) -> None:
        self._target = target
        self._writer = streams.Writer(key=key, store=store)
        target.write(self._writer.head)

    def writable(self) -> bool:
        return True

    def write(self, content) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001 - any buffer
        clear = bytes(content)
        self._target.write(self._writer.take(clear))
        return len(clear)

    def finish(self) -> None:
        """Write the end, and see all of it on disk."""
        self._target.write(self._writer.end())
        self._target.flush()
        os.fsync(self._target.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
