"""Seals: what lies in a file is encrypted under keys outside the database (S91, Art. 32(1)(a)).

From a key of PRIVACY_SEAL_KEYS comes one for each file of each store; a file that was cut,
altered, put together anew or moved to another store does not open. What an older release wrote in
clear is read as it is, until `manage.py seal_files`. It defends against a stolen disk or backup,
not against whoever has the keys too.
"""

from privacy.seals.files import (
    PART,
    is_sealed,
    is_under_way,
    open_stream,
    opened,
    prove,
    read,
    remove,
    seal_in_place,
    sealed_under,
    write,
    writing,
)
from privacy.seals.keys import Key, enter, newest, parse, refuse_shared, ring, verified
from privacy.seals.storage import SealedStorage

__all__ = [
    "PART",
    "Key",
    "SealedStorage",
    "enter",
    "is_sealed",
    "is_under_way",
    "newest",
    "open_stream",
    "opened",
    "parse",
    "prove",
    "read",
    "refuse_shared",
    "remove",
    "ring",
    "seal_in_place",
    "sealed_under",
    "verified",
    "write",
    "writing",
]
