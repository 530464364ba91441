"""The mailbox to which reports and requests come back, read by IMAP.

Set up by PRIVACY_MAILBOX_URL, as in imaps://name:password@mail.example.com/INBOX; without it
nothing is fetched. What was understood is deleted there, as it names people; what was not is
flagged, listed in the console, and waits for a person. A connection that breaks loses nothing: an
unread message is read again, and doing it twice changes nothing.
"""

import imaplib
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from django.conf import settings

from privacy import left_mail, replay, returned_mail
from privacy.errors import MailboxUnreachable
from privacy.returned_mail import LARGEST, Read

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SECONDS = 30
# So that a turn ends; the next one goes on.
AT_ONCE = 500


def is_set_up() -> bool:
    """Whether a mailbox is named in the settings."""
    return bool(settings.PRIVACY_MAILBOX_URL)


def fetch() -> Counter[str]:
    """Read what is new; returns how many messages were taken for what.

    MailboxUnreachable, in words without a name or address, where nobody answers, the password is
    wrong, or the connection breaks. BehindLedger while a restored database waits for its ledger.
    """
    replay.refuse_if_behind()
    counts: Counter[str] = Counter()
    if not is_set_up():
        return counts
    try:
        with _opened() as box:
            for number in _new(box)[:AT_ONCE]:
                counts[str(_handle(box, number))] += 1
            box.expunge()
    except (OSError, imaplib.IMAP4.error) as error:
        # Its text may quote the account.
        raise MailboxUnreachable(type(error).__name__) from None
    return counts


def _handle(box: imaplib.IMAP4, number: bytes) -> Read:
    text = number.decode()
    size = _size(box, text)
    read, raw = Read.LEFT, f"{text} {size}".encode()
    if size <= LARGEST:
        _ok, found = box.fetch(text, "(BODY.PEEK[])")
        raw = next((part[1] for part in found if isinstance(part, tuple)), b"")
        read = returned_mail.take(raw)
    if read is Read.LEFT:
        left_mail.note(raw, size=size)
    # Seen and flagged waits for a person.
    flags = r"(\Seen \Flagged)" if read is Read.LEFT else r"(\Seen \Deleted)"
    box.store(text, "+FLAGS", flags)
    return read


def _new(box: imaplib.IMAP4) -> list[bytes]:
    _ok, found = box.search(None, "UNSEEN")
    return found[0].split() if found and found[0] else []


def _size(box: imaplib.IMAP4, number: str) -> int:
    _ok, found = box.fetch(number, "(RFC822.SIZE)")
    line = found[0] if found and isinstance(found[0], bytes) else b""
    digits = line.upper().partition(b"RFC822.SIZE")[2].strip(b" )")
    return int(digits) if digits.isdigit() else LARGEST + 1


@contextmanager
def _opened() -> Iterator[imaplib.IMAP4]:
    try:
        url = urlsplit(settings.PRIVACY_MAILBOX_URL)
        host, port, folder = url.hostname or "", url.port, url.path.strip("/") or "INBOX"
    except ValueError:
        # Its text may quote the password.
        raise MailboxUnreachable("PRIVACY_MAILBOX_URL") from None
    box: imaplib.IMAP4
    if url.scheme == "imaps":
        box = imaplib.IMAP4_SSL(
            host, port or 993, ssl_context=ssl.create_default_context(), timeout=SECONDS
        )
    elif url.scheme == "imap" and host in LOOPBACK:
        box = imaplib.IMAP4(host, port or 143, timeout=SECONDS)
    else:
        raise MailboxUnreachable("PRIVACY_MAILBOX_URL")
    try:
        box.login(unquote(url.username or ""), unquote(url.password or ""))
        box.select(folder)
        yield box
    finally:
        try:
            box.logout()
        except (OSError, imaplib.IMAP4.error):
            box.shutdown()
