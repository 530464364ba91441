"""People who go, and who stay out and why: asked for sets, and anew for each file.

Only people whom staff may work with, and whom this operator sees; where messages are meant, only
whom the gate lets be used; to an outside holder nobody whose source forbids it (S30, DESIGN 14).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from crm.enums import CLIENT_KINDS, STAFF_KINDS, Destination, LeftOut, RestrictionKind, RoleKind
from crm.exports import addresses
from crm.models import Contact, ContactExport, SourceRestriction
from crm.sight import seen_by
from privacy import gate
from privacy.gate import Answer

# So many people at once, so that memory does not grow with the file.
PART = 1_000
# Who may not see everybody may see some, by what they are to the firm.
KINDS = {
    "crm.view_client": CLIENT_KINDS,
    "crm.view_supplier": (RoleKind.SUPPLIER,),
    "crm.view_staff": STAFF_KINDS,
}


def pool(by: Any) -> QuerySet:
    """The people whom this operator's lists show."""
    people: Any = seen_by(by, Contact.objects.usable())
    if by.has_perm("crm.view_contact"):
        return people
    kinds = [
        kind for permission, kinds in KINDS.items() if by.has_perm(permission) for kind in kinds
    ]
    return people.with_role(tuple(kinds))


def parts(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    """The people in pieces, in their order."""
    for first in range(0, len(pks), PART):
        yield pks[first : first + PART]


def sift(
    export: ContactExport, pks: Sequence[int], *, by: Any, on: date
) -> tuple[dict[int, Answer | None], Counter[str]]:
    """Those of a part who go, with the gate's answer if it was asked; the others by reason."""
    out: Counter[str] = Counter()
    living = _among(Contact.objects.living(), pks)
    usable = _among(Contact.objects.usable(), pks)
    seen = _among(pool(by), pks)
    forbidden = _kept_back(pks, on=on) if _is_onward(export) else set()
    going: list[int] = []
    for pk in pks:
        if pk not in living:
            out[LeftOut.GONE] += 1
        elif pk not in usable:
            out[LeftOut.RESTRICTED] += 1
        elif pk not in seen:
            out[LeftOut.UNSEEN] += 1
        elif pk in forbidden:
            out[LeftOut.SOURCE] += 1
        else:
            going.append(pk)
    if not export.purpose or not going:
        return dict.fromkeys(going), out
    answers = gate.ask(going, purpose=export.purpose, channel=export.channel, on=on)
    out.update(str(answer.verdict) for answer in answers.values() if not answer.is_yes)
    return {pk: answers[pk] for pk in going if answers[pk].is_yes}, out


def count(
    export: ContactExport, pks: Sequence[int], *, by: Any, on: date
) -> tuple[int, dict[str, int]]:
    """How many go, and how many stay out for which reason."""
    rows, out = 0, Counter[str]()
    for part in parts(pks):
        going, left = sift(export, part, by=by, on=on)
        rows += len(going)
        out += left
        if stay := len(addresses.kept_back(export, list(going))):
            out[LeftOut.ADDRESSES] += stay
    return rows, {str(reason): number for reason, number in sorted(out.items())}


def _among(people: QuerySet, pks: Sequence[int]) -> set[int]:
    return set(people.filter(pk__in=pks).order_by().values_list("pk", flat=True))


def _is_onward(export: ContactExport) -> bool:
    """A duty to disclose is no choice of ours."""
    return export.is_outside and export.destination != Destination.AUTHORITY


def _kept_back(pks: Sequence[int], *, on: date) -> set[int]:
    """Whose source forbids that anybody else receives them."""
    limits = SourceRestriction.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=on),
        kind=RestrictionKind.DISCLOSURE,
        source__contact__in=pks,
    )
    return set(limits.values_list("source__contact", flat=True))
