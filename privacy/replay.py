"""The ledger, told again to a database that was restored (DESIGN 8; law P14).

A restored database has forgotten what happened after its dump: whoever said "no" is off the
suppression file again, whoever was disposed of is alive again. Whether that is so is asked of the
facts themselves, so that no marker can be lost with a database that was copied by hand: while the
ledger knows a "no" or a disposal that the database does not, the database is behind, and nothing
is sent, shown or entered. First the "no"s come back, then whoever had become one person becomes
one again, lest either record go without the other's "no", then everybody whose disposal was
committed is disposed of again, by immutable uuid: a primary key may have another owner since.

No hold stops it. A disposal was committed only after the holds were asked, inside its lock, so a
hold that covers the person in the dump was released before the disposal.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from privacy import disposal, inventory, journal, ledger, residue, restriction, subjects
from privacy.consent import merged, restored
from privacy.enums import DisposalCause
from privacy.errors import BehindLedger, LedgerUnreadable
from privacy.models import Disposal
from privacy.suppression import bringing_back

Line = dict[str, Any]


@dataclass
class Account:
    """What the ledger says must be so."""

    noes: list[Line] = field(default_factory=list)
    lifts: list[Line] = field(default_factory=list)
    refusals: list[Line] = field(default_factory=list)
    restrictions: list[Line] = field(default_factory=list)
    # Two rows that became one, and one that became two again, in that order.
    merges: list[Line] = field(default_factory=list)
    # Intent to the people it named; whom a later `done` or `void` of the same intent settles.
    intended: dict[str, list[str]] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    intents: set[str] = field(default_factory=set)

    def intend(self, line: Line) -> None:
        self.intended[line["intent"]] = line["subjects"]
        self.intents.add(line["intent"])

    def done(self, line: Line) -> None:
        self.gone.update(dict.fromkeys(self.intended.pop(line["intent"], [])))

    def void(self, line: Line) -> None:
        self.intended.pop(line["intent"], None)


# Every kind of line and what becomes of it. A kind that is not here stops the replay: it is a
# "no" of which this version knows nothing, and to pass over it would break it.
HANDLERS: dict[str, Callable[[Account, Line], None]] = {
    "suppression": lambda account, line: account.noes.append(line),
    "lift": lambda account, line: account.lifts.append(line),
    **dict.fromkeys(restored.KINDS, lambda account, line: account.refusals.append(line)),
    **dict.fromkeys(
        (merged.JOINED, merged.PARTED), lambda account, line: account.merges.append(line)
    ),
    **dict.fromkeys(
        (restriction.PLACED, restriction.LIFTED),
        lambda account, line: account.restrictions.append(line),
    ),
    "intend": Account.intend,
    "done": Account.done,
    "void": Account.void,
}


@dataclass(frozen=True, slots=True)
class Outstanding:
    """How far a database is behind its ledger."""

    suppressions: int
    lifts: int
    refusals: int
    restrictions: int
    merges: int
    people: int

    def __bool__(self) -> bool:
        return any(asdict(self).values())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay brought back, whom it disposed of again, and which intents stay open."""

    suppressions: int
    lifts: int
    refusals: int
    restrictions: int
    merges: int
    people: int
    open_intents: int

    def facts(self) -> dict[str, int]:
        return asdict(self)


def outstanding() -> Outstanding:
    """What the ledger knows and this database does not."""
    account = _account()
    return Outstanding(
        suppressions=len(bringing_back.lost(account.noes)),
        lifts=len(bringing_back.still_in_force(account.lifts)),
        refusals=len(restored.lost(account.refusals, account.merges)),
        restrictions=len(restriction.lost(account.restrictions)),
        merges=len(subjects.adapter().lost_merges(account.merges)),
        people=sum(len(pks) for _root, pks in _alive(account)),
    )


def refuse_if_behind() -> None:
    """BehindLedger while the ledger has not been replayed to this database."""
    if outstanding():
        raise BehindLedger


@transaction.atomic
def _bring_back_noes(account: Account) -> tuple[int, int, int, int]:
    entered = bringing_back.enter_again(bringing_back.lost(account.noes))
    lifted = bringing_back.lift_again(bringing_back.still_in_force(account.lifts))
    restricted = restriction.enter_again(restriction.lost(account.restrictions))
    return entered, lifted, _bring_back_refusals(account), restricted


def _bring_back_refusals(account: Account) -> int:
    return restored.enter_again(restored.lost(account.refusals, account.merges))


def replay(*, by: Any = None) -> Outcome:
    """Bring this database up to its ledger; doing it twice changes nothing.

    Refused before anything is written where the ledger is cut, older than the database, or has a
    line of a kind that this version does not know.
    """
    ledger.verify()
    account = _account()
    _refuse_older_ledger(account)
    suppressions, lifts, refusals, restrictions = _bring_back_noes(account)
    merges = subjects.adapter().merge_again(account.merges)
    people = 0
    for root, pks in _alive(account):
        mentions = residue.mentions(pks, root=root)
        for first in range(0, len(pks), settings.RETENTION_BATCH_SIZE):
            done = disposal.dispose(
                pks[first : first + settings.RETENTION_BATCH_SIZE],
                cause=DisposalCause.REPLAY,
                by=by,
                on=timezone.localdate(),
                root=root,
                mentions=mentions,
            )
            people += len(done.disposed)
    outcome = Outcome(
        suppressions, lifts, refusals, restrictions, merges, people, len(account.intended)
    )
    if suppressions or lifts or refusals or restrictions or merges or people:
        journal.record("ledger.replay", by=by, facts=outcome.facts())
    return outcome


def _account() -> Account:
    """The whole ledger, read once; nothing of the database is asked yet."""
    account = Account()
    for line in ledger.entries():
        handler = HANDLERS.get(line["kind"])
        if handler is None:
            raise LedgerUnreadable(
                "The ledger has lines of a kind that this version of Lethe does not know; install "
                "the version that wrote them."
            )
        handler(account, line)
    return account


def _alive(account: Account) -> Iterator[tuple[str, list[int]]]:
    """Root model and primary keys of living people whom the ledger knows to be gone."""
    for holding in inventory.registry.holdings.values():
        if holding.path != "pk":
            continue
        people = subjects.root_model(holding.model)._base_manager.filter(disposed_at__isnull=True)
        references = [uuid.UUID(reference) for reference in account.gone]
        pks: list[int] = []
        for first in range(0, len(references), disposal.CHUNK):
            part = references[first : first + disposal.CHUNK]
            pks += people.filter(uuid__in=part).values_list("pk", flat=True)
        if pks:
            yield holding.model, sorted(pks)


def _refuse_older_ledger(account: Account) -> None:
    """A disposal writes its intent first: one that the ledger lacks says it is not the newest."""
    known = Disposal.objects.order_by().values_list("intent", flat=True).distinct()
    if any(str(intent) not in account.intents for intent in known.iterator()):
        raise LedgerUnreadable(
            "The ledger lacks disposals that this database knows: it is an old copy or another "
            "database's; put the newest copy at PRIVACY_LEDGER_FILE."
        )
