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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy import disposal, inventory, journal, ledger, protections, residue, subjects
from privacy.enums import DisposalCause
from privacy.errors import BehindLedger, LedgerUnreadable
from privacy.models import Disposal

Line = dict[str, Any]

# What the command says of a replay; each protection has its place.
SENTENCE = gettext_lazy(
    "Brought back: %(suppressions)s suppression entries, %(lifts)s lifts, %(refusals)s refusals, "
    "withdrawals and objections, %(restrictions)s restrictions, %(holds)s holds and releases, "
    "%(limits)s restrictions by a source, %(purposes)s purposes switched off or on, %(reviews)s "
    "failed reviews of suppliers, %(accounts)s accounts disabled or enabled, "
    "%(removals)s removals that wait. Made again: "
    "%(merges)s merges and undos of merges. Disposed of again: %(people)s people. "
    "Intents that nobody closed: %(open_intents)s."
)


@dataclass
class Account:
    """What the ledger says must be so."""

    # Every line that a protection handles, by its kind.
    lines: dict[str, list[Line]] = field(default_factory=dict)
    # Intent to the people it named; whom a later `done` or `void` of the same intent settles.
    intended: dict[str, list[str]] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    intents: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)

    def intend(self, line: Line) -> None:
        self.intended[line["intent"]] = line["subjects"]
        self.intents.add(line["intent"])

    def done(self, line: Line) -> None:
        self.gone.update(dict.fromkeys(self.intended.pop(line["intent"], [])))

    def void(self, line: Line) -> None:
        self.intended.pop(line["intent"], None)

    def keep(self, line: Line) -> None:
        self.lines.setdefault(line["kind"], []).append(line)


# The kinds of lines about disposals. A kind that neither is here nor belongs to a protection stops
# the replay: it is a "no" of which this version knows nothing, and to pass over it would break it.
DISPOSALS: dict[str, Callable[[Account, Line], None]] = {
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
    holds: int
    limits: int
    purposes: int
    reviews: int
    accounts: int
    removals: int
    merges: int
    people: int

    def __bool__(self) -> bool:
        return any(asdict(self).values())


@dataclass(frozen=True, slots=True)
class Outcome(Outstanding):
    """What a replay brought back, whom it disposed of again, and which intents stay open."""

    open_intents: int

    def facts(self) -> dict[str, int]:
        return asdict(self)


def outstanding() -> Outstanding:
    """What the ledger knows and this database does not."""
    account = _account()
    counts = {name: len(found) for name, found in _lost(account)}
    return Outstanding(**counts, people=sum(len(pks) for _root, pks in _alive(account)))


def _lost(account: Account) -> Iterator[tuple[str, Sequence[Any]]]:
    """What this database lacks of each protection."""
    for one in protections.registered():
        yield one.name, one.lost(protections.lines_for(one, account.lines))


def refuse_if_behind() -> None:
    """BehindLedger while the ledger has not been replayed to this database."""
    if outstanding():
        raise BehindLedger


@transaction.atomic
def _bring_back(account: Account) -> dict[str, int]:
    """Bring every protection back, in one transaction; returns how many of each."""
    return {
        one.name: one.bring_back(one.lost(protections.lines_for(one, account.lines)))
        for one in protections.registered()
    }


def replay(*, by: Any = None) -> Outcome:
    """Bring this database up to its ledger; doing it twice changes nothing.

    Refused before anything is written where the ledger is cut, older than the database, or has a
    line of a kind that this version does not know.
    """
    ledger.verify()
    account = _account()
    _refuse_older_ledger(account)
    counts = _bring_back(account)
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
    outcome = Outcome(**counts, people=people, open_intents=len(account.intended))
    if people or any(counts.values()):
        journal.record("ledger.replay", by=by, facts=outcome.facts())
    return outcome


def _account() -> Account:
    """The whole ledger, read once; nothing of the database is asked yet."""
    account, known = Account(), protections.kinds()
    for number, line in enumerate(ledger.entries()):
        # A line that was told twice changes nothing.
        if (told := line.get("line")) and told in account.told:
            continue
        account.told.add(told or "")
        if line["kind"] in DISPOSALS:
            DISPOSALS[line["kind"]](account, line)
        elif line["kind"] in known:
            account.keep({**line, "number": number})
        else:
            raise LedgerUnreadable(
                _(
                    "The ledger has lines of a kind that this version of Lethe does not know;"
                    " install the version that wrote them."
                )
            )
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
            _(
                "The ledger lacks disposals that this database knows: it is an old copy or another"
                " database's; put the newest copy at PRIVACY_LEDGER_FILE."
            )
        )
