"""People who stand in the office twice, and two who only look like it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from crm import contacts, duplicates, merge
from crm.contacts import Entry, SourceFacts
from crm.demo import reserved
from crm.enums import Channel, PairState, RoleKind, SourceType
from crm.models import Contact, DuplicatePair
from crm.names import Names
from privacy.enums import PointKind
from privacy.suppression import Point

FIRM = "Example Harbour Ltd"
# What becomes of a pair besides those that wait.
MERGED = "merged"
BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Double:
    """Two records, what they share, and what was decided about them."""

    one: Names
    other: Names
    shares: tuple[str, ...] = ()
    decision: str = ""
    firms: tuple[str, str] = field(default=(FIRM, FIRM))


HAN, LATIN = Names("方", "曉晴"), Names("", "", "Fong", "Hiu Ching")
DOUBLES = (
    # Across scripts: no name agrees, the address does.
    Double(HAN, LATIN, (PointKind.EMAIL,)),
    Double(
        Names("", "", "Żółkiewska", "Ewa"), Names("", "", "Zolkiewska", "Ewa"), (PointKind.PHONE,)
    ),
    Double(Names("", "", "Simões", "Rui"), Names("", "", "Rui", "Simões")),
    Double(Names("鍾", "俊"), Names("鍾", "俊傑"), (PointKind.LINK,), PairState.LATER),
    # A married name: no search finds it, somebody knew.
    Double(
        Names("", "", "Lindqvist", "Karin"),
        Names("", "", "Ashworth", "Karin"),
        decision=BY_HAND,
        firms=(FIRM, "Example Müller GmbH"),
    ),
    # Father and son on one line.
    Double(
        Names("", "", "Ashdown", "Peter"),
        Names("", "", "Ashdown", "Paul"),
        (PointKind.PHONE,),
        PairState.DISTINCT,
    ),
    Double(
        Names("", "", "Brandt", "Heike"),
        Names("", "", "Brandt", "Heike"),
        (PointKind.EMAIL,),
        MERGED,
        (FIRM, "Example Müller GmbH"),
    ),
)


def write(*, first: int, on: date, by: Any, officer: Any) -> list[Contact]:
    """Both records of each pair, the search for pairs, and what somebody decided."""
    source = SourceFacts(SourceType.CARD, on - timedelta(days=120), "Invented Fair", by)
    entries = [
        entry
        for place, double in enumerate(DOUBLES)
        for entry in _entries(double, first + 2 * place, on)
    ]
    people = contacts.write(entries, source=source, by=by, came_by=Channel.MEETING)
    duplicates.refresh()
    for double, one, other in zip(DOUBLES, people[::2], people[1::2], strict=True):
        if double.decision in PairState.values:
            pair = DuplicatePair.objects.get(first=one, second=other)
            duplicates.decide(pair, PairState(double.decision), by=officer)
        elif double.decision == BY_HAND:
            # Undecided it would go with the next search.
            pair = duplicates.pair_up(one, other, by=officer)
            duplicates.decide(pair, PairState.LATER, by=officer)
        elif double.decision == MERGED:
            merge.merge(one, other, by=officer)
    return people


def _entries(double: Double, n: int, on: date) -> Sequence[Entry]:
    return [
        Entry(
            names=names,
            country="HK",
            points=[Point(kind, _value(kind, n)) for kind in double.shares]
            + [Point(PointKind.EMAIL, reserved.mailbox("double", n + k))]
            * bool(k or not double.shares),
            role=RoleKind.PROSPECT,
            organisation=firm,
            started_on=on - timedelta(days=110),
        )
        for k, (names, firm) in enumerate(
            zip((double.one, double.other), double.firms, strict=True)
        )
    ]


def _value(kind: str, n: int) -> str:
    match kind:
        case PointKind.EMAIL:
            return reserved.mailbox("shared", n)
        case PointKind.PHONE:
            return reserved.telephone(n)
    return reserved.profile("shared", n)
