"""The archive of opt-outs in their original form, for three years (Cap 593 s.9(3); law C8).

The suppression file keeps a digest and no more; the law wants the message itself. It lies here
sealed, under a key of its own that is derived from the suppression key outside the database, found
by the address that somebody names and by nothing else, read on record, and gone with the ordinary
sweep three years after its receipt. An erasure leaves it: a law demands it (Art. 17(3)(b)).
"""

import base64
import hmac
import json
from collections.abc import Collection
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from privacy import journal, suppression
from privacy.enums import OptOutWay
from privacy.errors import PrivacyError
from privacy.models import OptOut
from privacy.points import Point

# No form, reply or mail that is taken in is longer.
LONGEST = 1_000_000


def keep(way: OptOutWay, original: dict[str, str], *, about: Collection[Point]) -> OptOut:
    """Seal what arrived, in the transaction of the “no” that it says."""
    key_id, key = next(iter(suppression.parse_keys(settings.PRIVACY_SUPPRESSION_KEYS).items()))
    suppression.enter_keys(key_id)
    text = json.dumps({name: value[:LONGEST] for name, value in original.items()})
    return OptOut.objects.create(
        way=way,
        key_id=key_id,
        sealed=_fernet(key).encrypt(text.encode()).decode(),
        digests=" ".join(sorted({suppression.locks(point)[0] for point in about})),
    )


def find(point: Point) -> QuerySet[OptOut]:
    """What arrived about this address, the newest first."""
    wanted = Q(pk__in=())
    for digest in suppression.locks(point):
        wanted |= Q(digests__contains=digest)
    return OptOut.objects.filter(wanted)


@transaction.atomic
def read(opt_out: OptOut, *, by: Any) -> dict[str, str]:
    """What arrived, as it arrived; the journal says who read it, before they do."""
    journal.record("opt_out.read", by=by, on=opt_out)
    keys = suppression.parse_keys(settings.PRIVACY_SUPPRESSION_KEYS)
    try:
        key = keys[opt_out.key_id]
        return json.loads(_fernet(key).decrypt(opt_out.sealed.encode()))
    except (KeyError, InvalidToken):
        raise PrivacyError(
            _("Its key is not among the suppression keys; add the old one from the escrow copy.")
        ) from None


def _fernet(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hmac.digest(key, b"lethe opt-out archive", "sha256")))
