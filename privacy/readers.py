"""How a stored file is read for the residue search: bytes in, the texts that they hold out.

A file that is not what it seems is read as plain text instead; nothing here raises for content.
Pictures and PDF are not read.
"""

import email
import email.policy
import io
import zipfile
from collections.abc import Callable, Iterator

Reader = Callable[[bytes], Iterator[str]]

# A member of an office document that unpacks to more is read up to here.
MOST_BYTES = 20 * 1024 * 1024
# What Django's file-based mail backend writes between two messages.
BETWEEN_MESSAGES = b"\n" + b"-" * 79 + b"\n"


def texts(content: bytes) -> Iterator[str]:
    """Plain text in UTF-8 or UTF-16, and the members of an office document."""
    if content.startswith(b"PK\x03\x04"):
        try:
            yield from _members(content)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
            pass
        else:
            return
    yield _decoded(content)


def messages(content: bytes) -> Iterator[str]:
    """The headers and bodies of e-mail messages, decoded."""
    for raw in content.split(BETWEEN_MESSAGES):
        message = email.message_from_bytes(raw, policy=email.policy.default)
        yield "\n".join(str(value) for value in message.values())
        for part in message.walk():
            if not part.is_multipart():
                payload = part.get_payload(decode=True)
                yield from texts(payload if isinstance(payload, bytes) else b"")


def _members(content: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            with archive.open(member) as file:
                yield _decoded(file.read(MOST_BYTES))


def _decoded(content: bytes) -> str:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", "replace")
    if content[1:200:2].count(0) > len(content[1:200:2]) // 2:
        return content.decode("utf-16-le", "replace")
    if content[0:200:2].count(0) > len(content[0:200:2]) // 2:
        return content.decode("utf-16-be", "replace")
    return content.decode("utf-8", "replace")
