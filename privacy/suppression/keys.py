"""The suppression keys: outside the database, proved at each start, old ones kept (P2, P3).

The database keeps a check value of each key under which something is stored, and of no other: a
key that was only tried, by a look or a start, is not demanded ever after.
"""

import hashlib
import hmac
from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from privacy.errors import SuppressionKeyInvalid
from privacy.models import SuppressionEntry, SuppressionKey

CHECK_CONSTANT = b"lethe suppression key check"


def parse_keys(entries: Sequence[str]) -> dict[str, bytes]:
    """Read "id:hex" settings, newest first; a short or malformed key is refused."""
    keys: dict[str, bytes] = {}
    for entry in entries:
        key_id, colon, text = entry.strip().partition(":")
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if not colon or not key_id or len(key) < 32:
            raise SuppressionKeyInvalid(
                _(
                    "PRIVACY_SUPPRESSION_KEYS must be a list of id:hex with at least 64 hex "
                    "digits each; restore it from the escrow copy."
                )
            )
        if key_id in keys:
            raise SuppressionKeyInvalid(_("PRIVACY_SUPPRESSION_KEYS names one key id twice."))
        keys[key_id] = key
    if not keys:
        raise SuppressionKeyInvalid(
            _("PRIVACY_SUPPRESSION_KEYS is empty; restore it from the escrow copy.")
        )
    return keys


def verify_keys() -> None:
    """Refuse to start when a key is absent or is not the one this database was made with."""
    keys = parse_keys(settings.PRIVACY_SUPPRESSION_KEYS)
    known = dict(SuppressionKey.objects.values_list("key_id", "check_value"))
    used = SuppressionEntry.objects.order_by().exclude(key_id__in=known)
    if key_id := used.values_list("key_id", flat=True).first():
        raise SuppressionKeyInvalid(
            _(
                "This database has lost the check value of its suppression key '%(key_id)s'; "
                "restore its table of suppression keys from the backup."
            )
            % {"key_id": key_id}
        )
    for key_id, check_value in known.items():
        if key_id not in keys:
            raise SuppressionKeyInvalid(
                _(
                    "The suppression key '%(key_id)s' of this database is not in "
                    "PRIVACY_SUPPRESSION_KEYS; add it from the escrow copy (old keys stay, to "
                    "verify)."
                )
                % {"key_id": key_id}
            )
        if not hmac.compare_digest(check_value, check_value_of(keys[key_id])):
            raise SuppressionKeyInvalid(
                _(
                    "The suppression key '%(key_id)s' is not the one that this database was made "
                    "with; restore it from the escrow copy."
                )
                % {"key_id": key_id}
            )


def enter_keys(*key_ids: str) -> None:
    """Keep the check values of these keys, in the transaction that stores something under them."""
    keys = parse_keys(settings.PRIVACY_SUPPRESSION_KEYS)
    known = set(SuppressionKey.objects.values_list("key_id", flat=True))
    new = sorted(set(key_ids) & keys.keys() - known)
    if new:
        SuppressionKey.objects.bulk_create(
            [SuppressionKey(key_id=name, check_value=check_value_of(keys[name])) for name in new],
            ignore_conflicts=True,
        )


def check_value_of(key: bytes) -> str:
    """By which a key is known again; it cannot be computed from it."""
    return hmac.new(key, CHECK_CONSTANT, hashlib.sha256).hexdigest()
