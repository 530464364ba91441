"""The archive's own keys: outside the database, proved at each start, old ones kept to read.

The database keeps a check value of each key that ever sealed a record, and of no other.
"""

import base64
import hmac
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from retention.errors import ArchiveKeyInvalid
from retention.models import ArchivedRecord, ArchiveKey


@dataclass(frozen=True, slots=True)
class Key:
    """One key, from which those for sealing, for finding and for its proof are derived."""

    name: str
    secret: bytes

    def seal(self, text: str) -> str:
        """Encrypt and authenticate. A token tells its time, which would tell whose it is: none."""
        return self._fernet().encrypt_at_time(text.encode(), current_time=0).decode()

    def open(self, token: str) -> str:
        """The sealed text; ArchiveKeyInvalid where this key did not seal it."""
        try:
            return self._fernet().decrypt(token.encode()).decode()
        except InvalidToken:
            raise ArchiveKeyInvalid(
                _(
                    "The archive key %(name)r does not open this record; restore the key or the "
                    "record from the backup."
                )
                % {"name": self.name}
            ) from None

    def digest(self, number: str) -> str:
        """By which a record is found: the same for every spelling of a number."""
        form = unicodedata.normalize("NFKC", number).casefold().strip()
        return hmac.digest(self._derived(b"lethe archive find"), form.encode(), "sha256").hex()

    @property
    def check_value(self) -> str:
        return self._derived(b"lethe archive check").hex()

    def _fernet(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self._derived(b"lethe archive seal")))

    def _derived(self, purpose: bytes) -> bytes:
        return HKDF(SHA256(), length=32, salt=None, info=purpose).derive(self.secret)


def parse(entries: Sequence[str]) -> dict[str, Key]:
    """Read "id:hex" settings, newest first; a short or malformed key is refused."""
    keys: dict[str, Key] = {}
    for entry in entries:
        name, colon, text = entry.strip().partition(":")
        try:
            secret = bytes.fromhex(text)
        except ValueError:
            secret = b""
        if not colon or not name or len(name) > 20 or len(secret) < 32:
            raise ArchiveKeyInvalid(
                _(
                    "RETENTION_ARCHIVE_KEYS must be a list of id:hex with at least 64 hex digits "
                    "each; restore it from the escrow copy."
                )
            )
        if name in keys:
            raise ArchiveKeyInvalid(_("RETENTION_ARCHIVE_KEYS names one key id twice."))
        keys[name] = Key(name, secret)
    return keys


def verified() -> dict[str, Key]:
    """All keys, newest first; refused where one is absent or not this database's own."""
    keys = parse(settings.RETENTION_ARCHIVE_KEYS)
    known = dict(ArchiveKey.objects.values_list("key_id", "check_value"))
    for name, check_value in known.items():
        if name not in keys:
            raise ArchiveKeyInvalid(
                _(
                    "The archive key %(name)r of this database is not in "
                    "RETENTION_ARCHIVE_KEYS; add it from the escrow copy (old keys stay, to read)."
                )
                % {"name": name}
            )
        if not hmac.compare_digest(check_value, keys[name].check_value):
            raise ArchiveKeyInvalid(
                _(
                    "The archive key %(name)r is not the one that this database was made with; "
                    "restore it from the escrow copy."
                )
                % {"name": name}
            )
    unknown = keys.keys() - known.keys()
    used = ArchivedRecord.objects.order_by().filter(key_id__in=unknown)
    if unknown and (lost := used.values_list("key_id", flat=True).first()):
        raise ArchiveKeyInvalid(
            _(
                "This database has lost the check value of its archive key %(name)r; restore its "
                "table of archive keys from the backup."
            )
            % {"name": lost}
        )
    return keys


def enter(key: Key) -> None:
    """Keep the check value of a key, in the transaction that stores its first record."""
    if not ArchiveKey.objects.filter(key_id=key.name).exists():
        ArchiveKey.objects.bulk_create(
            [ArchiveKey(key_id=key.name, check_value=key.check_value)], ignore_conflicts=True
        )


def newest() -> Key:
    """The key that seals; refused where there is none."""
    for key in verified().values():
        return key
    raise ArchiveKeyInvalid(
        _(
            "RETENTION_ARCHIVE_KEYS is empty, so nothing can be archived; set it, as "
            "“How to keep the finance archive” says."
        )
    )
