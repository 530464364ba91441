"""The inventory: what each app holds about people, declared once, as facts (DESIGN 1).

Access, erasure, retention, the record of processing and the residue search are computed from
these declarations. A declaration says what a datum is, whom it concerns, where it came from and
what it becomes; never which right it serves. What nobody declared is an Error of `manage.py
check`. Serves Art. 5(2), 15, 17, 20 and 30 GDPR and sections 18 and 26 PDPO.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.conf import settings
from django.db.models import DateTimeField, Model, Q, QuerySet
from django.utils import timezone

from privacy import numbers, readers
from privacy.enums import About, Becomes, Criterion, Kind, Origin
from privacy.errors import InventoryIncomplete
from privacy.readers import Reader

# The row number that Django gives every table, for the `technical` part of a holding.
ROW = {"id": "number of the row, assigned by the database"}


@dataclass(frozen=True, slots=True)
class Activity:
    """One processing activity of the record of processing (Art. 30(1)(b))."""

    name: str
    purpose: str
    basis: str


@dataclass(frozen=True, slots=True)
class Datum:
    """One column that says something about a person."""

    kind: Kind
    origin: Origin = Origin.PROVIDED
    # Directly identifying: gives the residue search its needles.
    identifies: bool = False
    becomes: Becomes = Becomes.GOES
    # An e-mail address, phone or link by which somebody is reached: needs a guarded manager.
    point: bool = False


@dataclass(frozen=True, slots=True)
class Keep:
    """How long rows stay, and why: a ceiling in code, cited (DESIGN 12; law 5).

    `when` narrows the rows to which it applies (ORM look-ups on the model). The clock runs from
    the date or time in `anchor`; a null anchor means that it has not started. `statute` marks a
    period that a named law demands: it outlives the person's disposal and narrows erasure
    (Art. 17(3)(b)), for the columns in `remainder` alone. An anchor may lie on the person, as in
    "subject__disposed_at".

    `year_ends_in` is the month with whose last day the firm's financial year ends, for a law that
    counts whole years of accounts: the clock then runs from the first day of the next year.
    """

    name: str
    anchor: str
    citation: str
    years: int = 0
    months: int = 0
    days: int = 0
    when: Mapping[str, Any] = field(default_factory=dict)
    statute: bool = False
    remainder: tuple[str, ...] = ()
    # Names of declared scopes within which a rule may shorten the period.
    scopes: tuple[str, ...] = ()
    year_ends_in: int = 0
    # What the policy weighed to arrive at this period (S103 to S107).
    criterion: Criterion = Criterion.NATURE
    # The column of the remainder by which an archived row is found again.
    found_by: str = ""
    # Over what disposal left of the root model: rows go once no evidence points at them.
    tombstones: bool = False
    # Over the links of a chain: only its beginning goes, and the rest says that it went.
    chain: bool = False
    # Over evidence: the sweep's cap halts it, although its rows are about no subject.
    capped: bool = False
    # Over operators' accounts, at which evidence points: the row stays, becomes artificial, and
    # this column says since when.
    marks: str = ""

    def ends_on(self, anchor: date) -> date:
        """The first day on which the rows are due: same day and month, 29 Feb becoming 28 Feb."""
        if self.year_ends_in:
            year = anchor - relativedelta(months=self.year_ends_in)
            anchor = date(year.year, 1, 1) + relativedelta(months=12 + self.year_ends_in)
        return anchor + relativedelta(years=self.years, months=self.months, days=self.days)

    def cutoff(self, on: date) -> date:
        """The latest anchor whose rows are due on this day; the inverse of `ends_on` on sets."""
        guess = on - relativedelta(years=self.years, months=self.months, days=self.days)
        # Clamping maps several anchors to one end (29 to 31 August to 28 February): take the last.
        while self.ends_on(guess + relativedelta(days=1)) <= on:
            guess += relativedelta(days=1)
        while self.ends_on(guess) > on:
            guess -= relativedelta(days=1)
        return guess


@dataclass(frozen=True, slots=True)
class Holding:
    """One table: whom it is about, every column's meaning, how long its rows stay.

    `path` is the ORM look-up from a row to the primary key of the root model ("pk" for the root
    itself). `data` and `technical` together name every concrete column; `technical` gives the
    reason why a column says nothing about a person. `survives`: disposal keeps the row (the
    root's tombstone; evidence) and does to each datum what its `becomes` says; otherwise the row
    is deleted.
    """

    model: str
    about: About
    activity: str
    path: str = ""
    data: Mapping[str, Datum] = field(default_factory=dict)
    technical: Mapping[str, str] = field(default_factory=dict)
    keeps: tuple[Keep, ...] = ()
    survives: bool = False
    # Evidence that points at the person and that a tombstone must wait for.
    evidence: bool = False
    # The label of the model whose history this table is; disposed of right after it.
    history_of: str = ""
    # Columns that hold the name of a stored file, with the alias of their storage.
    files: Mapping[str, str] = field(default_factory=dict)
    # Columns that spell a whole name when they are read one after the other; a needle each.
    names: tuple[tuple[str, ...], ...] = ()
    # Whether its rows protect a person or forbid a use, and by which kinds of lines the ledger
    # carries them past a restore, begun and ended; () where they do neither. None is no answer.
    protects: tuple[str, ...] | None = None
    # The look-up from a row to the operator's account with which it goes; or to the name under
    # which the operator signs in, where no key leads there.
    account: str = ""
    account_name: str = ""
    # Each look at a row leaves an entry, where these look-ups find it; None where none does.
    watched: Mapping[str, Any] | None = None

    @property
    def model_class(self) -> type[Model]:
        return apps.get_model(self.model)

    @property
    def columns(self) -> set[str]:
        """The names of the table's own columns, as the model spells them."""
        return {column.name for column in self.model_class._meta.local_concrete_fields}

    def anchor_of(self, keep: Keep) -> Any:
        """The column from which a period runs: the table's own, or one of the person's."""
        *path, name = keep.anchor.split("__")
        model: Any = self.model_class
        for step in path:
            model = model._meta.get_field(step).related_model
        return model._meta.get_field(name)

    def is_over(self, keep: Keep, *, on: date) -> Q:
        """The rows whose period under this keep is over on this day; a null anchor never is.

        A day ends at midnight in the firm's time zone, and what expires in the course of the day
        itself, as a session does, has not expired yet.
        """
        latest: date | datetime = keep.cutoff(on)
        if isinstance(self.anchor_of(keep), DateTimeField):
            end, today = datetime.combine(latest, time.max), datetime.combine(on, time.min)
            latest = timezone.make_aware(min(end, today))
        return Q(**{f"{keep.anchor}__isnull": False, f"{keep.anchor}__lte": latest})

    def rows_about(self, subject_pks: Iterable[int]) -> QuerySet:
        """The rows of this table about these subjects, unfiltered by any manager."""
        if self.about is not About.SUBJECT or not self.path:
            return self.model_class._base_manager.none()
        wanted = numbers.sought(subject_pks)
        return self.model_class._base_manager.filter(**{f"{self.path}__in": wanted})


@dataclass(frozen=True, slots=True)
class Scope:
    """A fact about a person by which a rule may narrow a keep (S102, S104, S106, S107).

    `covers(values, on)` finds the rows of the root model for which one of the values holds on this
    day. The values are those of a closed list, `words`, or such as are in use.
    """

    name: str
    label: Any
    root: str
    criterion: Criterion
    covers: Callable[[Sequence[str], date], Q]
    words: Mapping[str, Any] = field(default_factory=dict)
    in_use: Callable[[], Iterable[str]] | None = None

    def choices(self) -> dict[str, Any]:
        """The values that a rule may name now, with their words."""
        if self.in_use is None:
            return dict(self.words)
        return {value: value for value in self.in_use()}


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table that no model describes: declared by name, with the reason why it may exist."""

    table: str
    about: About
    reason: str


@dataclass(frozen=True, slots=True)
class Store:
    """A place outside the database where Lethe writes, below settings.VAR.

    `purge` says when it is emptied: by the nightly sweep, where a file may grow `days` old and no
    older; `reader` takes a file's bytes to the texts that it holds; `sealed` says that its files
    lie encrypted (privacy.seals). `searched` is False where nobody can stand in it by
    construction, for the reason `unsearched`: the residue search then opens no file of it.
    """

    name: str
    about: About
    folder: str
    reason: str
    purge: str
    days: int | None = None
    reader: Reader = readers.texts
    searched: bool = True
    unsearched: str = ""
    sealed: bool = False


class Inventory:
    """All declarations. One per process: `privacy.inventory.registry`."""

    def __init__(self) -> None:
        self.holdings: dict[str, Holding] = {}
        self.activities: dict[str, Activity] = {}
        self.raw_tables: dict[str, RawTable] = {}
        self.stores: dict[str, Store] = {}
        self.scopes: dict[str, Scope] = {}

    def declare(self, *facts: Holding | Activity | RawTable | Store | Scope) -> None:
        """Take declarations; the same thing declared twice is refused."""
        for fact in facts:
            match fact:
                case Holding():
                    shelf: dict[str, Any] = self.holdings
                    name = fact.model.lower()
                case Activity():
                    shelf, name = self.activities, fact.name
                case RawTable():
                    shelf, name = self.raw_tables, fact.table
                case Store():
                    shelf, name = self.stores, fact.name
                case Scope():
                    shelf, name = self.scopes, fact.name
            if name in shelf:
                raise InventoryIncomplete(f"{name} is declared twice.")
            shelf[name] = fact

    def holding(self, model: type[Model] | str) -> Holding:
        """The declaration of a model; InventoryIncomplete where nobody declared it."""
        label = model if isinstance(model, str) else model._meta.label
        try:
            return self.holdings[label.lower()]
        except KeyError:
            raise InventoryIncomplete(
                f"{label} is not declared in any personal_data.py."
            ) from None

    def about_subjects(self, root: str | None = None) -> Iterator[Holding]:
        """Holdings about data subjects whose path leads to this root model."""
        root_label = (root or settings.PRIVACY_SUBJECT_MODEL).lower()
        for holding in self.holdings.values():
            if holding.about is About.SUBJECT and root_of(holding).lower() == root_label:
                yield holding


def root_of(holding: Holding) -> str:
    """The label of the root model at the end of a holding's path."""
    if holding.path == "pk":
        return holding.model
    model = holding.model_class
    if holding.history_of and holding.path == "id":
        return holding.history_of
    for step in holding.path.split("__"):
        related = model._meta.get_field(step).related_model
        if related is None:
            raise InventoryIncomplete(
                f"{holding.model}: path {holding.path!r} ends before a root."
            )
        model = related
    return model._meta.label


registry = Inventory()
declare = registry.declare
holding = registry.holding

# Periods under which rows of a keep go on a day, each with the rows that it covers.
Periods = Sequence[tuple[Keep, Q]]
_shortened: list[Callable[[Holding, Keep, date], Periods]] = []


def on_effective_period(answer: Callable[[Holding, Keep, date], Periods]) -> None:
    """Register the app that shortens periods; the last one wins."""
    _shortened.append(answer)


def effective_period(holding: Holding, keep: Keep, *, on: date) -> Periods:
    """The periods in effect on this day: the ceiling in code first, then what shortens it."""
    ceiling = (keep, Q(**keep.when))
    return (ceiling, *(_shortened[-1](holding, keep, on) if _shortened else ()))


def history(
    of: type[Model],
    *,
    path: str,
    activity: str,
    data: Mapping[str, Datum],
    technical: Mapping[str, str],
    names: tuple[tuple[str, ...], ...] = (),
    watched: Mapping[str, Any] | None = None,
) -> Holding:
    """The holding of a model's history table: the same columns, and who changed them when.

    A row of history goes at the earlier of its own period and its person's disposal (DESIGN 3).
    """
    model = of.history.model  # type: ignore[attr-defined]
    return Holding(
        model=model._meta.label,
        about=About.SUBJECT if path else About.NOBODY,
        activity=activity,
        path=path,
        data={
            **{name: Datum(d.kind, d.origin, d.identifies) for name, d in data.items()},
        },
        technical={
            **technical,
            "history_id": "number of the row, assigned by the database",
            "history_date": "when the row changed",
            "history_change_reason": "never written by Lethe",
            "history_type": "created, changed or deleted",
            "history_user": "the operator who changed it",
        },
        keeps=(
            Keep(
                "history", anchor="history_date", years=6, citation="policy S98: up to six years"
            ),
        ),
        history_of=of._meta.label,
        names=names,
        protects=(),
        watched=watched,
    )
