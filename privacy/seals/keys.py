"""The key ring: PRIVACY_SEAL_KEYS, newest first, outside the database and its backups.

The database keeps a check value of each key that ever sealed, and of no other: a key enters with
the first file that it seals, never by a look.
"""

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from privacy.errors import SealKeyInvalid
from privacy.models import SealKey

KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,20}\Z")
SECRET = re.compile(r"[0-9a-fA-F]{64}\Z")
# The digits in which an age identity (BACKUP_KEY) is written, five bits each; six are its sum.
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


@dataclass(frozen=True, slots=True)
class Key:
    """256 bits, from which one is derived for each file and one for the proof."""

    name: str
    secret: bytes = field(repr=False)

    def of_store(self, store: str, salt: bytes) -> bytes:
        """The key of one file in this store."""
        return self._derived(b"lethe seal store\0" + store.encode(), salt)

    @property
    def check_value(self) -> str:
        """By which the key is known again; it cannot be computed from it."""
        return self._derived(b"lethe seal check", None).hex()

    def _derived(self, purpose: bytes, salt: bytes | None) -> bytes:
        return HKDF(SHA256(), length=32, salt=salt, info=purpose).derive(self.secret)


def parse(entries: Sequence[str]) -> dict[str, Key]:
    """Read "id:hex" settings, newest first; a short, malformed or repeated key is refused."""
    keys: dict[str, Key] = {}
    for entry in entries:
        name, _colon, text = entry.strip().partition(":")
        if not KEY_ID.match(name) or not SECRET.match(text):
            raise SealKeyInvalid(
                _(
                    "PRIVACY_SEAL_KEYS must be a list of id:hex with 64 hex digits each; restore "
                    "it from the escrow copy."
                )
            )
        key = Key(name, bytes.fromhex(text))
        if name in keys or key.secret in {other.secret for other in keys.values()}:
            raise SealKeyInvalid(_("PRIVACY_SEAL_KEYS names one key id or one key twice."))
        keys[name] = key
    if not keys:
        raise SealKeyInvalid(
            _(
                "PRIVACY_SEAL_KEYS is empty: restore it from the escrow copy, or type make setup "
                "where there never was one."
            )
        )
    return keys


def ring() -> dict[str, Key]:
    """The keys that the environment has, newest first; the database is not asked."""
    return parse(settings.PRIVACY_SEAL_KEYS)


def refuse_shared(keys: Mapping[str, Key]) -> None:
    """Refuse a key that is another secret of this environment too: one purpose, one key."""
    for setting, others in _other_secrets():
        if any(key.secret in others for key in keys.values()):
            raise SealKeyInvalid(
                _("PRIVACY_SEAL_KEYS holds a key that is in %s too; give each its own.") % setting
            )


def verified() -> dict[str, Key]:
    """All keys, newest first; refused where one is absent, shared, or not this database's own."""
    keys = ring()
    refuse_shared(keys)
    for name, check_value in SealKey.objects.values_list("key_id", "check_value"):
        if name not in keys:
            raise SealKeyInvalid(
                _(
                    "The seal key %r of this database is not in PRIVACY_SEAL_KEYS; add it from "
                    "the escrow copy (old keys stay, to read)."
                )
                % name
            )
        if not hmac.compare_digest(check_value, keys[name].check_value):
            raise SealKeyInvalid(
                _(
                    "The seal key %r is not the one that this database was made with; restore it "
                    "from the escrow copy."
                )
                % name
            )
    return keys


def newest() -> Key:
    """The key that seals, which this database knows from now on."""
    key = next(iter(verified().values()))
    enter(key)
    return key


def enter(key: Key) -> None:
    """Keep the check value of a key that seals."""
    if not SealKey.objects.filter(key_id=key.name).exists():
        SealKey.objects.bulk_create(
            [SealKey(key_id=key.name, check_value=key.check_value)], ignore_conflicts=True
        )


def _other_secrets() -> Iterator[tuple[str, set[bytes]]]:
    """Each setting that holds secrets, and every reading of them as bytes."""
    for setting, values in (
        ("DJANGO_SECRET_KEY", [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]),
        ("PRIVACY_SUPPRESSION_KEYS", settings.PRIVACY_SUPPRESSION_KEYS),
        ("PRIVACY_JOURNAL_KEY", [settings.PRIVACY_JOURNAL_KEY]),
        ("RETENTION_ARCHIVE_KEYS", settings.RETENTION_ARCHIVE_KEYS),
        ("PRIVACY_SMS_KEY", [settings.PRIVACY_SMS_KEY]),
    ):
        yield setting, {_bytes_of(value.strip().rpartition(":")[2]) for value in values}
    yield "BACKUP_KEY", {bytes_of_identity(settings.BACKUP_KEY)}


def _bytes_of(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode()


def bytes_of_identity(text: str) -> bytes:
    """The 256 bits of an age identity (BACKUP_KEY)."""
    digits = text.strip().lower().rpartition("1")[2][:-6]
    bits = "".join(f"{BECH32.find(digit) & 31:05b}" for digit in digits)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) // 8 * 8, 8))
