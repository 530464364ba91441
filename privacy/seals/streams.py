"""The format of a sealed file: a head, then segments whose order and end are authenticated.

STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): AES-256-GCM for each segment, with its number
and whether it is the last in the nonce, and the whole head as associated data. Each file has a
key of its own, so that no nonce is ever used twice. Neither end needs more memory than a segment.

    head     MAGIC | length of the key's id | the key's id | salt of 16 bytes
    segment  up to 64 KiB, and 16 bytes of tag; only the last is shorter, and only of an empty
             file is it empty
"""

import io
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privacy.errors import SealBroken, SealKeyAbsent
from privacy.seals.keys import KEY_ID, Key

# No text in any encoding begins so; the last byte is the version of the format.
MAGIC = b"\x93lethe\x00\x01"
SALT = 16
SEGMENT = 64 * 1024
TAG = 16


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the segments, in clear."""

    key_id: str
    salt: bytes

    def __bytes__(self) -> bytes:
        name = self.key_id.encode()
        return MAGIC + bytes([len(name)]) + name + self.salt


def read_head(source: IO[bytes]) -> Head | None:
    """The head at the beginning of a file; None, and nothing was read, where it lies in clear."""
    start = source.tell()
    if source.read(len(MAGIC)) != MAGIC:
        source.seek(start)
        return None
    length = source.read(1)
    name = source.read(length[0]).decode("ascii", "replace") if length else ""
    salt = source.read(SALT)
    if len(salt) != SALT or not KEY_ID.match(name):
        raise SealBroken
    return Head(name, salt)


class Writer:
    """Seals one file, piece by piece; without `end` it has none, and never opens."""

    def __init__(self, *, key: Key, store: str) -> None:
        head = Head(key.name, os.urandom(SALT))
        self.head = bytes(head)
        self._segments = _Segments(key, store, head)
        self._waiting, self._number = bytearray(), 0

    def take(self, clear: bytes) -> bytes:
        """What can be written once these bytes have come, too."""
        self._waiting += clear
        pieces = []
        # The last segment is known as such only when nothing comes after it.
        while len(self._waiting) > SEGMENT:
            segment = bytes(self._waiting[:SEGMENT])
            pieces.append(self._segments.seal(segment, self._number, last=False))
            del self._waiting[:SEGMENT]
            self._number += 1
        return b"".join(pieces)

    def end(self) -> bytes:
        """The last segment."""
        return self._segments.seal(bytes(self._waiting), self._number, last=True)


def sealed(chunks: Iterable[bytes], *, key: Key, store: str) -> Iterator[bytes]:
    """The pieces of a sealed file, as the clear ones come."""
    writer = Writer(key=key, store=store)
    yield writer.head
    for chunk in chunks:
        yield writer.take(chunk)
    yield writer.end()


class Opened(io.RawIOBase):
    """A sealed file as the clear one that it holds: read and sought like any other.

    It has no descriptor of its own: a server that sends files by theirs would send the sealed
    bytes.
    """

    def __init__(self, source: IO[bytes], *, keys: Mapping[str, Key], store: str) -> None:
        head = read_head(source)
        if head is None:
            raise SealBroken
        if head.key_id not in keys:
            raise SealKeyAbsent(head.key_id)
        self.source = source
        self._segments = _Segments(keys[head.key_id], store, head)
        self._start = source.tell()
        body = source.seek(0, io.SEEK_END) - self._start
        self._count, self.size = _measured(body)
        self._at = 0
        self._open_at, self._open = -1, b""
        # The end first: a file that was cut is refused before its beginning is used.
        self._segment(self._count - 1)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001 - any buffer
        if self._at >= self.size:
            return 0
        number, begin = divmod(self._at, SEGMENT)
        part = self._segment(number)[begin : begin + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self.source.close()
            self._open = b""
        super().close()

    def _segment(self, number: int) -> bytes:
        """One segment, in clear; the one that was read last is at hand."""
        if number != self._open_at:
            self.source.seek(self._start + number * (SEGMENT + TAG))
            last = number == self._count - 1
            self._open = self._segments.open(self.source.read(SEGMENT + TAG), number, last=last)
            self._open_at = number
        return self._open


class _Segments:
    """Seals and opens the segments of one file by their numbers."""

    def __init__(self, key: Key, store: str, head: Head) -> None:
        self._cipher = AESGCM(key.of_store(store, head.salt))
        self._head = bytes(head)

    def seal(self, clear: bytes, number: int, *, last: bool) -> bytes:
        return self._cipher.encrypt(_nonce(number, last=last), clear, self._head)

    def open(self, content: bytes, number: int, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(number, last=last), content, self._head)
        except InvalidTag:
            raise SealBroken from None


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _measured(body: int) -> tuple[int, int]:
    """How many segments so many bytes are, and how long the clear file is."""
    whole, rest = divmod(body, SEGMENT + TAG)
    count = whole + bool(rest)
    if not count or 0 < rest < TAG or (rest == TAG and whole):
        raise SealBroken
    return count, body - count * TAG
