"""The storage of Django's that seals what it takes and opens what it gives."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage

from privacy.seals import files, keys, streams


class SealedStorage(FileSystemStorage):
    """Files of one store: sealed on disk, as they were for whoever reads them.

    `path` leads to the sealed file; sizes are those of the clear one.
    """

    def __init__(self, *, store: str = "documents", **options: Any) -> None:
        super().__init__(**options)
        self.store = store

    def size(self, name: str) -> int:
        """How long the file is for its reader."""
        with files.opened(Path(self.path(name)), store=self.store) as file:
            return file.seek(0, io.SEEK_END)

    def delete(self, name: str) -> None:
        """Delete the file, and what an interrupted sealing left beside it."""
        super().delete(name)
        files.part_of(Path(self.path(name))).unlink(missing_ok=True)

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError("A sealed file is read, or saved anew.")
        return File(files.opened(Path(self.path(name)), store=self.store), name)

    def _save(self, name: str, content: File) -> str:
        return super()._save(name, _Sealed(content, key=keys.newest(), store=self.store))  # type: ignore[misc]


class _Sealed(ContentFile):
    """An upload, sealed as its pieces are asked for: nothing of it is written in clear."""

    def __init__(self, content: File, *, key: keys.Key, store: str) -> None:
        super().__init__(b"", name=content.name)
        self._content, self._key, self._store = content, key, store

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        pieces = (
            piece.encode() if isinstance(piece, str) else piece
            for piece in self._content.chunks(chunk_size)
        )
        return streams.sealed(pieces, key=self._key, store=self._store)
