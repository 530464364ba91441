"""Disposal: what is due leaves for good, on sets, and leaves evidence that says nothing.

A bug here does irreversible harm. The order is: lock the people, ask the holds inside the lock,
write `intend` to the ledger outside the database, name the files, delete children before their
parents and history right after its rows, blank what survives, read what is left of the person's
rows raw, record the disposal, note where others mention the person, prove the constraints; after
the commit unlink the files and write `done`. Nothing is read object by object.
The person becomes a tombstone, to which evidence may point. Serves Art. 5(1)(e) and 17 GDPR,
s.26 PDPO, policy S99 and S109.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.db.models import Model, QuerySet
from django.db.models.functions import TruncYear
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import (
    dependants,
    files,
    holds,
    inventory,
    journal,
    ledger,
    residue,
    statutes,
    subjects,
)
from privacy.enums import Becomes, DisposalCause
from privacy.inventory import Holding, Keep
from privacy.models import Disposal, JournalEntry, Permit
from privacy.models.append_only import AppendOnlyModel
from privacy.residue import Mention
from privacy.residue.needles import Read

log = logging.getLogger(__name__)

# Parameters per statement: below every limit of both databases.
CHUNK = 5_000
# 128 random bits in hexadecimal, another for each row.
RANDOM = {
    "postgresql": "replace(gen_random_uuid()::text, '-', '')",
    "sqlite": "lower(hex(randomblob(16)))",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who was disposed of, who was held and by what, and how many rows of which table changed."""

    disposed: tuple[int, ...] = ()
    held: Mapping[int, Sequence[str]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    # The uuid of the ledger's two lines; None where nobody was disposed of, or in a rehearsal.
    intent: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a preview: what happens to the rows of one table, and by which law some stay.

    `archived`: what is kept leaves for the archive, and the rows themselves go.
    """

    holding: Holding
    deleted: int
    blanked: int
    kept: int
    law: str = ""
    until: date | None = None
    archived: bool = False


# --- the plan -----------------------------------------------------------------------------------


def plan(subject_pks: Collection[int], *, on: date, root: str | None = None) -> list[Line]:
    """What disposal would do with these people's rows on this day; writes nothing."""
    lines = []
    for holding in inventory.registry.about_subjects(root):
        rows = holding.rows_about(subject_pks)
        total = rows.count()
        if not total:
            continue
        statute = statutes.under_statute(holding, rows, on=on)
        kept = sum(len(pks) for _keep, pks in statute)
        keep = statute[0][0] if statute else None
        until = statutes.last_end(holding, statute)
        lines.append(
            Line(
                holding,
                deleted=0 if holding.survives else total - kept,
                blanked=total if holding.survives else 0,
                kept=kept,
                law=keep.citation if keep else "",
                until=until,
                archived=bool(kept) and statutes.archiver_for(holding) is not None,
            )
        )
    return lines


# The named hook: whoever keeps an archive registers here.
on_archive = statutes.on_archive


# --- people -------------------------------------------------------------------------------------


def dispose(
    subject_pks: Collection[int],
    *,
    cause: DisposalCause,
    by: Any,
    on: date,
    keep: str = "",
    rehearse: bool = False,
    root: str | None = None,
    mentions: Iterable[Mention] | None = None,
) -> Outcome:
    """Dispose of these people, except those on hold; a rehearsal is rolled back to the row.

    Who is disposed of already is passed over, so that doing it twice changes nothing. ResidueFound
    where a row about one of them would still identify them. `mentions` is what `residue.mentions`
    found of them elsewhere; without it, it is sought here.
    """
    intent: uuid.UUID | None = None
    committed = False
    # What is read of a point before the lock is read of it within: it depends on nothing else.
    read: Read = {}
    if mentions is None:
        mentions = () if rehearse else residue.mentions(subject_pks, root=root, read=read)

    def note_commit() -> None:
        nonlocal committed
        committed = True

    try:
        with transaction.atomic():
            free, held = _lock(subject_pks, on=on, root=root, cause=cause)
            if not free:
                return Outcome(held=held)
            people = {**free, **_merged_into(free, root=root)}
            if not rehearse:
                intent = ledger.intend(people.values(), cause=str(cause))
                # In the transaction, so that no failure after the commit may leave it unsaid.
                ledger.record("done", intent=str(intent))
                transaction.on_commit(note_commit)
            counts = _remove(people, on=on, root=root, read=read)
            if not rehearse:
                found = residue.note(mentions, free)
                _record(people, intent=intent, cause=cause, keep=keep, by=by, found=found)
                # A copy of the ledger from before this is no longer the newest.
                ledger.anchor()
            _prove_constraints(rehearse=rehearse)
            if rehearse:
                transaction.set_rollback(True)
            else:
                transaction.on_commit(settle)
    except Exception as error:
        # After the commit the people are gone, whatever failed then: never void. And where the
        # connection was lost, perhaps while it committed, whoever closes open intents asks the
        # database.
        in_doubt = committed or isinstance(error, OperationalError | InterfaceError)
        if intent is not None and not in_doubt:
            ledger.void(intent)
        raise
    return Outcome(tuple(free), held, counts, intent)


def _lock(
    subject_pks: Collection[int], *, on: date, root: str | None, cause: DisposalCause
) -> tuple[dict[int, uuid.UUID], dict[int, list[str]]]:
    """Lock the living among these people, then ask the holds; primary key to immutable uuid.

    A replay asks none: they were asked when the disposal that it repeats was committed.
    """
    model = subjects.root_model(root)
    living = model._base_manager.filter(pk__in=subject_pks, disposed_at__isnull=True)
    rows = living.select_for_update().order_by("pk")
    found = dict(rows.values_list("pk", "uuid"))
    asks = model is subjects.root_model() and cause is not DisposalCause.REPLAY
    held = holds.in_force(list(found), on=on) if asks else {}
    # A law keeps what nobody can take now: the person waits, and nothing is lost.
    waiting = statutes.without_archive(found.keys() - held.keys(), on=on, root=root)
    held = {**held, **waiting}
    # Nor does anybody go at whose rows something points that stays.
    kept = dependants.people_waiting(found.keys() - held.keys(), on=on, root=root)
    held |= {pk: [_("Something points at this person's rows that may not go yet.")] for pk in kept}
    return {pk: uid for pk, uid in found.items() if not held.get(pk)}, held


def _merged_into(free: Mapping[int, uuid.UUID], *, root: str | None) -> Mapping[int, uuid.UUID]:
    """Rows merged into these people: the ledger names them, lest a restore bring them back."""
    if subjects.root_model(root) is not subjects.root_model():
        return {}
    return subjects.adapter().merged_into(list(free))


def _remove(
    people: Mapping[int, uuid.UUID], *, on: date, root: str | None, read: Read
) -> dict[str, int]:
    """Every row about these people goes, is blanked, or is archived under its statute.

    Without an archive what a statute keeps stays, blanked but for its remainder.
    """
    subject_pks = list(people)
    holdings = list(inventory.registry.about_subjects(root))
    needles = residue.gather(subject_pks, root=root, read=read)
    # All rows are found before the first one goes: paths run through rows that go too.
    owners = {
        holding.model: dict(holding.rows_about(subject_pks).values_list("pk", holding.path))
        for holding in holdings
    }
    counts: dict[str, int] = {}
    stays: dict[str, dict[Any, Collection[str]]] = {}
    with _permit(holdings):
        for holding in _children_first(holdings):
            pks = list(owners[holding.model])
            if not pks:
                continue
            statute: list[tuple[Keep, list[int]]] = []
            for chunk in _chunks(pks):
                table = holding.model_class._base_manager.filter(pk__in=chunk)
                statute += statutes.under_statute(holding, table, on=on)
            if statute and (archiver := statutes.archiver_for(holding)):
                whose = {pk: people[owner] for pk, owner in owners[holding.model].items()}
                taken = statutes.hand_over(archiver, holding, statute, owners=whose, on=on)
                counts |= {table: counts.get(table, 0) + n for table, n in taken.items()}
                statute = []
            kept = {pk: keep.remainder for keep, some in statute for pk in some}
            gone = [pk for pk in pks if pk not in kept]
            if holding.survives:
                counts[holding.model] = _blank(holding, gone)
            else:
                counts[holding.model] = _delete(holding, gone)
            for keep, some in statute:
                _blank(holding, some, except_for=keep.remainder)
            stays[holding.model] = kept
    for holding in holdings:
        for chunk in _chunks(list(owners[holding.model])):
            residue.refuse_if_left(
                needles,
                holding,
                {pk: owners[holding.model][pk] for pk in chunk},
                remainder=stays.get(holding.model, {}),
            )
    return counts


def _record(
    free: Mapping[int, uuid.UUID],
    *,
    intent: uuid.UUID | None,
    cause: DisposalCause,
    keep: str,
    by: Any,
    found: int,
) -> None:
    now = timezone.now()
    Disposal.objects.bulk_create(
        Disposal(
            intent=intent, subject_reference=reference, cause=cause, keep=keep, disposed_at=now
        )
        for reference in free.values()
    )
    journal.record(
        "disposal.dispose",
        by=by,
        reference=str(intent),
        facts={
            "people": len(free),
            "cause": str(cause),
            "rule": keep.lower(),
            "findings": found,
        },
    )


def settle() -> bool:
    """Leave no old value in SQLite's write-ahead log; PostgreSQL's is its operator's to keep.

    False where a reader still needs the log: a job asks again every ten minutes.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return True
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (busy, *_pages) = cursor.fetchone()
    if busy:
        log.warning("the write-ahead log is in use; it is emptied later")
    return not busy


# --- single rows --------------------------------------------------------------------------------


def dispose_rows(
    model: type[Model], pks: Collection[Any], *, by: Any, keep: str, rehearse: bool = False
) -> Outcome:
    """Delete rows whose own period is over, their history and files; the person stays.

    The caller has locked the people and asked the holds (the sweep does).
    """
    holding = inventory.holding(model)
    wanted = list(pks)
    if not wanted:
        return Outcome()
    with transaction.atomic():
        with _permit([holding]):
            counts = {holding.model: _delete(holding, wanted)}
            for other in inventory.registry.holdings.values():
                if other.history_of.lower() == holding.model.lower():
                    history = other.model_class._base_manager
                    numbers: list[Any] = []
                    for chunk in _chunks(wanted):
                        numbers += history.filter(id__in=chunk).values_list("pk", flat=True)
                    counts[other.model] = _delete(other, numbers)
        _prove_constraints(rehearse=rehearse)
        if rehearse:
            transaction.set_rollback(True)
        else:
            journal.record(
                "disposal.rows", by=by, facts={"rows": len(wanted), "rule": keep.lower()}
            )
            transaction.on_commit(settle)
    return Outcome(tuple(wanted), {}, counts)


# --- operators ----------------------------------------------------------------------------------


def make_artificial(
    pks: Collection[Any], *, on: date, by: Any, keep: Keep, rehearse: bool = False
) -> Outcome:
    """Let these accounts name nobody any more; the rows stay, as evidence points at them.

    What goes with an account goes: second factors, roles, saved views, attempts to sign in.
    """
    holding = inventory.holding(get_user_model())
    wanted = list(pks)
    if not wanted:
        return Outcome()
    with transaction.atomic():
        counts: dict[str, int] = {}
        names = _names_of(wanted)
        going = [one for one in inventory.registry.holdings.values() if _goes_with_account(one)]
        for other in _children_first(going):
            rows = other.model_class._base_manager.filter(_of_accounts(other, wanted, names))
            if gone := list(rows.values_list("pk", flat=True)):
                counts[other.model] = _delete(other, gone)
        counts[holding.model] = _blank(holding, wanted)
        for chunk in _chunks(wanted):
            QuerySet(holding.model_class).filter(pk__in=chunk).update(**{keep.marks: on})
        residue.settle_rows(holding.model_class, wanted)
        _prove_constraints(rehearse=rehearse)
        if rehearse:
            transaction.set_rollback(True)
        else:
            rule = f"{holding.model}:{keep.name}".lower()
            facts = {"rows": len(wanted), "rule": rule}
            journal.record("disposal.accounts", by=by, facts=facts)
            transaction.on_commit(settle)
    return Outcome(tuple(wanted), {}, counts)


def _goes_with_account(holding: Holding) -> bool:
    return bool(holding.account or holding.account_name)


def _names_of(pks: Sequence[Any]) -> set[str]:
    """What these operators may have typed to sign in."""
    accounts = get_user_model()._base_manager.filter(pk__in=pks)
    return {name for pair in accounts.values_list("username", "email") for name in pair if name}


def _of_accounts(holding: Holding, pks: Sequence[Any], names: Iterable[str]) -> models.Q:
    """The rows of a table that go with these accounts."""
    if holding.account:
        return models.Q(**{f"{holding.account}__in": pks})
    found = models.Q(pk__in=())
    for name in names:
        found |= models.Q(**{f"{holding.account_name}__iexact": name})
    return found


# --- tombstones ---------------------------------------------------------------------------------


def bare_tombstones(root: str | None = None) -> QuerySet:
    """What is left of people disposed of, at whom no row of any table points any more."""
    model = subjects.root_model(root)
    rows = model._base_manager.filter(disposed_at__isnull=False)
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and relation.related_model:
            pointing = relation.related_model._base_manager.filter(
                **{relation.field.name: models.OuterRef("pk")}
            )
            rows = rows.exclude(models.Exists(pointing))
    return rows


def remove_tombstones(
    pks: Collection[int], *, by: Any, keep: str, rehearse: bool = False, root: str | None = None
) -> Outcome:
    """Delete tombstones that are bare, with the rows to which they alone point.

    One at which evidence points in the meantime stays.
    """
    holding = inventory.holding(subjects.root_model(root))
    with transaction.atomic():
        bare = bare_tombstones(root).filter(pk__in=pks).select_for_update(of=("self",))
        gone = list(bare.order_by("pk").values_list("pk", flat=True))
        if not gone:
            return Outcome()
        followers = {
            field.related_model: list(
                bare.exclude(**{field.name: None}).values_list(field.attname, flat=True)
            )
            for field in holding.model_class._meta.concrete_fields
            if field.one_to_one
        }
        counts = {holding.model: _delete(holding, gone)}
        for model, rows in followers.items():
            other = inventory.holding(model)
            counts[other.model] = _delete(other, rows)
        _prove_constraints(rehearse=rehearse)
        if rehearse:
            transaction.set_rollback(True)
        else:
            facts = {"rows": len(gone), "rule": keep.lower()}
            journal.record("disposal.tombstones", by=by, facts=facts)
    return Outcome(tuple(gone), {}, counts)


# --- the journal --------------------------------------------------------------------------------


def shorten_journal(pks: Collection[int], *, by: Any, rehearse: bool = False) -> Outcome:
    """Delete those of these entries before which none stays; the rest is still a whole chain.

    The newest entry of all stays in any case: the next one is chained to it.
    """
    holding = inventory.holding(JournalEntry)
    with transaction.atomic():
        others = JournalEntry.objects.exclude(pk__in=pks)
        stays = others.order_by("number").first() or journal.head()
        going = JournalEntry.objects.filter(pk__in=pks).select_for_update().order_by("number")
        gone = list(going.filter(number__lt=stays.number)) if stays else []
        if not gone:
            return Outcome()
        with _permit([holding]):
            counts = {holding.model: _delete(holding, [entry.pk for entry in gone])}
        if rehearse:
            transaction.set_rollback(True)
        else:
            journal.cut(gone[-1], by=by)
            transaction.on_commit(settle)
    return Outcome(tuple(entry.pk for entry in gone), {}, counts)


# --- evidence -----------------------------------------------------------------------------------


def disposed_on(reference: uuid.UUID) -> datetime | None:
    """When the person of this reference was disposed of; the evidence outlives the tombstone."""
    evidence = Disposal.objects.filter(subject_reference=reference)
    return evidence.values_list("disposed_at", flat=True).first()


def evidence_of(intents: Collection[str]) -> tuple[int, int]:
    """How many people were disposed of under these intents: by the database, by the ledger."""
    database, written = evidence()
    return sum(database[i] for i in set(intents)), sum(written[i] for i in set(intents))


def evidence() -> tuple[Counter[str], Counter[str]]:
    """How many people were disposed of under each intent: by the database, by the ledger."""
    said: Counter[str] = Counter()
    done: set[str] = set()
    for entry in ledger.entries():
        if entry["kind"] == "intend":
            said[entry["intent"]] = len(set(entry["subjects"]))
        elif entry["kind"] == "done":
            done.add(entry["intent"])
    counted = Disposal.objects.values_list("intent").annotate(people=models.Count("pk")).order_by()
    database = Counter({str(intent): people for intent, people in counted})
    return database, Counter({intent: said[intent] for intent in done if intent in said})


def sample(intents: Collection[str], *, size: int) -> list[str]:
    """Some references of people disposed of under these intents, to look into."""
    gone = Disposal.objects.filter(intent__in=list(intents)).order_by("pk")
    return [str(uid) for uid in gone.values_list("subject_reference", flat=True)[:size]]


# --- steps --------------------------------------------------------------------------------------


def _prove_constraints(*, rehearse: bool) -> None:
    """No row points at one that is gone; raised here, or by SQLite at the COMMIT.

    SQLite can only prove it by reading the whole database, where its COMMIT knows it already: it
    is asked before a rollback alone.
    """
    if rehearse or connection.vendor != "sqlite":
        connection.check_constraints()


def _delete(holding: Holding, pks: Sequence[Any]) -> int:
    """One raw statement per chunk, past every manager; files are named first.

    What goes along with these rows goes before them, uncounted.
    """
    model = holding.model_class
    for chunk in _chunks(pks):
        for key in dependants.followers(model):
            along = key.model._base_manager.filter(**{f"{key.name}__pk__in": chunk})
            if key.model is not model and (rows := list(along.values_list("pk", flat=True))):
                _delete(inventory.holding(key.model), rows)
        table = QuerySet(model).filter(pk__in=chunk)
        for column, storage in holding.files.items():
            files.name(storage, table.values_list(column, flat=True))
        table._raw_delete(table.db)
    return len(pks)


def _blank(holding: Holding, pks: Sequence[Any], *, except_for: Collection[str] = ()) -> int:
    """One statement per chunk: each datum becomes what its declaration says."""
    model = holding.model_class
    values: dict[str, Any] = {}
    for column, datum in holding.data.items():
        if column in except_for or datum.becomes is Becomes.STAYS:
            continue
        values[column] = _remains(model._meta.get_field(column), datum.becomes)
    if holding.path == "pk":
        values["disposed_at"] = timezone.now()
    for chunk in _chunks(pks):
        table = QuerySet(model).filter(pk__in=chunk)
        for column in set(holding.files) & set(values):
            files.name(holding.files[column], table.values_list(column, flat=True))
        if values:
            table.update(**values)
    return len(pks)


def _remains(column: models.Field, becomes: Becomes) -> Any:
    """What a column holds afterwards: nothing, its year, or a fresh identifier at random."""
    if becomes is Becomes.PSEUDONYM:
        return models.Func(template=RANDOM[connection.vendor], output_field=models.CharField())
    if becomes is Becomes.GENERALISED:
        return TruncYear(column.name)
    if column.null:
        return None
    if isinstance(column, models.JSONField):
        return {}
    return column.get_default() if column.has_default() else column.get_prep_value("")


@contextmanager
def _permit(holdings: Iterable[Holding]) -> Iterator[None]:
    """Leave to touch append-only tables, for these statements alone."""
    if not any(issubclass(holding.model_class, AppendOnlyModel) for holding in holdings):
        yield
        return
    permit = Permit.objects.create(token=uuid.uuid4())
    yield
    permit.delete()


def _children_first(holdings: Sequence[Holding]) -> list[Holding]:
    """Rows that point at others go before them; history goes right after its rows."""
    by_label = {h.model.lower(): h for h in holdings if not h.history_of}
    ordered: list[Holding] = []
    visiting: set[str] = set()

    def visit(holding: Holding) -> None:
        label = holding.model.lower()
        if holding in ordered or label in visiting:
            return
        visiting.add(label)
        for relation in holding.model_class._meta.get_fields(include_hidden=True):
            pointing = relation.auto_created and not relation.concrete and relation.related_model
            child = by_label.get(pointing._meta.label_lower) if pointing else None
            if child is not None and child is not holding:
                visit(child)
        ordered.append(holding)

    for holding in by_label.values():
        visit(holding)
    histories = {h.history_of.lower(): h for h in holdings if h.history_of}
    result = []
    for holding in ordered:
        result.append(holding)
        if history := histories.pop(holding.model.lower(), None):
            result.append(history)
    return [*result, *histories.values()]


def _chunks(pks: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(pks), CHUNK):
        yield pks[start : start + CHUNK]
