"""What protects a person or forbids a use, and how the ledger carries it on (DESIGN 8).

Each kind of such rows registers here: by which lines it begins and ends, what of them a restored
database lacks, how it is brought back, and which facts of this database must have their line. The
declarations name the kinds (`Holding.protects`); a check refuses one that nobody registered.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy import ledger, subjects
from privacy.errors import PrivacyError
from privacy.models import WaitingLine

Line = Mapping[str, Any]
CHUNK = 5_000
# A kind of line, and the reference of what it says.
Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Protection:
    """One kind of rows; `name` is its place in what a replay counts and says."""

    name: str
    begins: tuple[str, ...]
    # What of the ledger's lines this database lacks, and it brought back; returns how many. The
    # lines are those of its own kinds and, for who became one person, of merges.
    lost: Callable[[Sequence[Line]], Sequence[Any]]
    bring_back: Callable[[Sequence[Any]], int]
    # Each fact of this database, and the line that says it.
    told: Callable[[], Iterable[tuple[str, Mapping[str, Any]]]]
    # None where nothing ends it but its own day, or its person's end.
    ends: tuple[str, ...] = ()
    # What a line's reference is called.
    key: str = "reference"
    # Those with a lower number come back first.
    order: int = 0

    @property
    def kinds(self) -> tuple[str, ...]:
        return self.begins + self.ends


# What every version has told the ledger.
ALWAYS_TOLD = frozenset({"suppressions", "lifts"})
LACKING = gettext_lazy(
    "The ledger lacks what this database knows: it is cut, an old copy or another database's; put"
    " the newest copy at PRIVACY_LEDGER_FILE."
)

_registered: dict[str, Protection] = {}
# A person who became another, and two again: every protection may have to follow them.
MERGES = ("merge", "unmerge")


def register(protection: Protection) -> None:
    """Take one kind of rows; the last one under a name wins."""
    _registered[protection.name] = protection


def registered() -> list[Protection]:
    """Every kind, in the order in which they come back."""
    return sorted(_registered.values(), key=lambda one: (one.order, one.name))


def kinds() -> set[str]:
    """The kinds of lines that something handles."""
    return {kind for one in _registered.values() for kind in one.kinds}


def people_of(references: set[str], merges: Collection[Line]) -> dict[str, int]:
    """The living row of each of these people, theirs or the one that is theirs by a merge."""
    found = _living(references)
    if missing := references - found.keys():
        found |= subjects.adapter().kept_of(sorted(missing))
    if (missing := references - found.keys()) and merges:
        parted = {line["reference"] for line in merges if line["kind"] == "unmerge"}
        gone_into: dict[str, list[str]] = {}
        for line in merges:
            if line["kind"] == "merge" and line["reference"] not in parted:
                gone_into.setdefault(line["kept"], []).append(line["gone"])
        living = _living({gone for those in gone_into.values() for gone in those})
        for reference in missing & gone_into.keys():
            if (pk := _stands_in(reference, gone_into, living)) is not None:
                found[reference] = pk
    return found


def _stands_in(
    reference: str, gone_into: Mapping[str, list[str]], living: Mapping[str, int]
) -> int | None:
    """Who was merged, over however many steps, into a person whom this database never had."""
    waiting, seen = list(gone_into[reference]), {reference}
    while waiting:
        gone = waiting.pop(0)
        if gone in living:
            return living[gone]
        if gone not in seen:
            seen.add(gone)
            waiting += gone_into.get(gone, [])
    return None


def _living(references: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    wanted = sorted(references)
    for first in range(0, len(wanted), CHUNK):
        part = wanted[first : first + CHUNK]
        living = subjects.root_model()._base_manager.filter(
            uuid__in=part, disposed_at__isnull=True
        )
        found |= {str(uid): pk for uid, pk in living.values_list("uuid", "pk")}
    return found


def account(pk: int | None) -> int:
    """The operator of this number; where a restore lost them, the first who is here."""
    users = get_user_model()._default_manager.order_by("pk")
    known = users.filter(pk=pk) if pk is not None else users.none()
    found = (
        known.values_list("pk", flat=True).first()
        or users.filter(is_active=True).values_list("pk", flat=True).first()
    )
    if found is None:
        raise PrivacyError(_("Nobody has an account here yet: make one, then replay the ledger."))
    return found


def lines_for(protection: Protection, lines: Mapping[str, Sequence[Line]]) -> list[Line]:
    """The ledger's lines that this kind of rows is to look at, oldest first."""
    wanted = dict.fromkeys((*protection.kinds, *MERGES))
    found = [line for kind in wanted for line in lines.get(kind, ())]
    return sorted(found, key=lambda line: line["number"])


def untold() -> Iterator[tuple[Protection, list[tuple[str, Mapping[str, Any]]]]]:
    """The facts of this database of which neither the ledger nor a waiting line tells.

    Read once, whole: for the night and for a start, never for a page.
    """
    told: set[Fact] = set()
    keys = {kind: one.key for one in _registered.values() for kind in one.kinds}
    for line in ledger.entries():
        if (key := keys.get(line["kind"])) and key in line:
            told.add((line["kind"], str(line[key])))
    for kind, facts in WaitingLine.objects.values_list("kind", "facts"):
        if (key := keys.get(kind)) and key in facts:
            told.add((kind, str(facts[key])))
    for protection in registered():
        missing = [
            (kind, facts)
            for kind, facts in protection.told()
            if (kind, str(facts[protection.key])) not in told
        ]
        if missing:
            yield protection, missing


def tell_again(missing: Collection[tuple[str, Mapping[str, Any]]]) -> None:
    """Give these facts their lines."""
    ledger.record_all(missing)
