"""Rows go through the real write path in parts of 1,000; a plan is the same, rolled back.

Good rows go in, bad ones come back with their number and a reason. A plan is one transaction. An
import is one a part, each with its verdicts and its place in the file, so that whatever breaks
goes on where it stopped and nothing is done twice (`crm.imports.work`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import age
from crm.contacts import Entry, SourceFacts
from crm.enums import Channel, ImportStrategy
from crm.errors import ImportRefused
from crm.imports import noes, verdicts, writing
from crm.imports.known import Form, Imagined, Known, fetch
from crm.imports.reading import Table
from crm.imports.report import Report, Said
from crm.imports.rows import GOES_IN, Row, Verdict, form_of, understand
from crm.imports.verdicts import is_meant
from crm.imports.writing import Written
from crm.models import Contact
from privacy import consent, journal, removals, suppression
from privacy.enums import ConsentMethod
from privacy.errors import IdentifierSuppressed
from privacy.suppression import normal_form

# A part has a fixed cost of some thirty statements; what a worker loses is less than a second.
CHUNK = 1000


def run(
    table: Table,
    *,
    source: SourceFacts,
    role: str,
    by: Any = None,
    apply: bool = False,
    strategy: str = ImportStrategy.SKIP,
    told: Callable[[int], None] | None = None,
    every: bool = False,
) -> Report:
    """Import a table in one transaction, or with `apply` false do the same and roll it back.

    `every`: the report has the verdict on each row, not on those alone of which something is said.
    """
    engine = Engine(table, source=source, role=role, by=by, strategy=strategy, applies=apply)
    report = Report(applied=apply, verdicts=[] if every else None)
    with refusals(), transaction.atomic():
        for rows in engine.parts():
            engine.take(rows)
            engine.forget()
            report.add(Said(row.number, row.verdict, row.reason) for row in rows if row.verdict)
            if told:
                told(report.counts.total())
        for rows in engine.left_over():
            noes.refuse_for_nobody(rows, by=by)
        if apply:
            facts = {str(verdict): report.counts[verdict] for verdict in Verdict}
            journal.record("contacts.import", by=by, facts=facts)
        else:
            transaction.set_rollback(True)
    return report


@contextmanager
def refusals() -> Iterator[None]:
    """What database and suppression file refuse, as one sentence without a value."""
    try:
        yield
    except IdentifierSuppressed:
        raise ImportRefused(
            _("Suppression changed while the file was read; nothing was imported, try again.")
        ) from None
    except DatabaseError as error:
        raise ImportRefused(
            _("The database refused the batch (%s); nothing was imported.") % type(error).__name__
        ) from None


class Engine:
    """Takes rows in parts: the verdict on each, then the writing of those that go in."""

    def __init__(
        self,
        table: Table,
        *,
        source: SourceFacts,
        role: str,
        by: Any,
        strategy: str = ImportStrategy.SKIP,
        applies: bool = True,
        speak: Callable[[], None] = lambda: None,
    ) -> None:
        # A “no” reaches the ledger outside the database: a plan, rolled back, says none.
        self.applies = applies
        self.table, self.source, self.role, self.by = table, source, role, by
        self.strategy = strategy
        self.on = timezone.localdate()
        self.noes = noes.of(table, speak=speak)
        # What somebody decided about single rows, by their number.
        self.choices: dict[int, str] = {}
        # What the part at hand wrote.
        self.written: list[Written] = []
        # The people whom this part is about, by contact point.
        self.by_form: dict[Form, list[Known]] = {}
        # The same people by the reference that an export gave them.
        self.by_reference: dict[UUID, Known] = {}
        # Those whom earlier parts of a check brought.
        self.imagined = Imagined()

    def parts(self, *, after: int = 0) -> Iterator[list[Row]]:
        """The rows below this number, 1,000 at a time."""
        rows = (Row(n, cells) for n, cells in self.table.rows() if n > after)
        while part := list(islice(rows, CHUNK)):
            yield part

    def forget(self) -> None:
        """What was written stands in the database: the next part asks it, and memory is flat."""
        self.by_form, self.by_reference, self.written = {}, {}, []

    def imagine(self) -> None:
        """What was written is rolled back: whoever it changed is kept in mind all the same.

        The numbers of new people are given out again, so that nobody is known by one.
        """
        people = {id(k): k for people in self.by_form.values() for k in people}.values()
        touched = [known for known in people if known.is_new or known.is_touched]
        for known in touched:
            known.pk = None if known.is_new else known.pk
        self.imagined.keep(touched)
        self.forget()

    def left_over(self) -> Iterator[list[Row]]:
        """When the file is in: the rows whose no counts also where nobody went in, in parts."""
        if self.applies and self.noes.channels:
            yield from noes.parts(self.table)

    def take(self, rows: list[Row]) -> None:
        """Decide about these rows and write what goes in."""
        for row in rows:
            understand(
                row,
                self.table.columns,
                header=self.table.header,
                role=self.role,
                on=self.on,
                dates=self.table.dates,
            )
            row.entry.opt_outs = self.noes.about(row.entry)
        self._refuse_suppressed([row for row in rows if row.verdict is None])
        # Who says "no" is looked for whatever becomes of their row.
        self._meet([row for row in rows if row.verdict is None or row.entry.opt_outs])
        made: list[Known] = []
        changed: dict[int, Known] = {}
        about: dict[int, Known] = {}
        for row in rows:
            if row.verdict is not None:
                continue
            strategy = self.choices.get(row.number) or self.strategy
            candidates = self._candidates(row)
            if row.lacks and row.reference in self.by_reference:
                candidates.append(self.by_reference[row.reference])
            known = verdicts.judge(row, candidates, strategy)
            if row.verdict == Verdict.CREATE:
                known = Known(entry=replace(row.entry, points=list(row.entry.points)), is_new=True)
                made.append(known)
                self._learn(known, row.entry)
            elif row.verdict == Verdict.UPDATE:
                known.is_touched = True
                if known.pk is not None:
                    changed[known.pk] = known
                self._grow(known, row)
            if known is not None:
                about[row.number] = known
        self._name_contradictions(rows)
        self.written = writing.create(made, source=self.source, by=self.by)
        self.written += writing.update(changed, by=self.by)
        self._refuse_marketing(rows, about)
        if minors := [row for row in rows if row.under_age]:
            age.count_refusals(Channel.IMPORT, on=self.on, count=len(minors))
            self._propose_removal(minors)

    def _propose_removal(self, minors: Sequence[Row]) -> None:
        """Whom the file says to be under sixteen does not stay, where they are on file (S114).

        Known by a point and by the name: a child may share the address of a parent.
        """
        points = [point for row in minors if row.child for point in row.child.points]
        for known in fetch({normal_form(point) for point in points}, but=()):
            for row in minors:
                if row.child is None or not is_meant(row.child, known):
                    continue
                row.reason = _("under 16; on file, and to be removed")
                if self.applies:
                    removals.propose(Contact(pk=known.pk), by=self.by)

    def _candidates(self, row: Row) -> list[Known]:
        """Everybody who has one of the row's points."""
        forms = [form_of(point) for point in row.entry.points]
        # Read without the country of the row, a number may be one that is on file.
        forms += row.elsewhere.values()
        return list({id(k): k for form in forms for k in self.by_form.get(form, ())}.values())

    def _name_contradictions(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if others := self.noes.against.get(row.number):
                numbers = ", ".join(map(str, others))
                said = _("about marketing rows %s say otherwise; the no counts") % numbers
                row.reason = f"{row.reason}; {said}" if row.reason else said
            if row.notes and row.verdict in GOES_IN:
                row.reason = "; ".join(filter(None, (row.reason, *row.notes)))

    def _refuse_marketing(self, rows: Iterable[Row], about: Mapping[int, Known]) -> None:
        """A “no” learned from the file counts at once; a “yes” in it is no consent (S76).

        It counts for whomever the row means, also where the row itself stays out.
        """
        if not self.applies:
            return
        refused: dict[frozenset[str], set[int]] = {}
        for row in rows:
            if not row.entry.opt_outs:
                continue
            known = about.get(row.number)
            meant = [known] if known else verdicts.meant_by(row.entry, self._candidates(row))
            pks = {person.pk for person in meant if person.pk is not None}
            refused.setdefault(row.entry.opt_outs, set()).update(pks)
        for channels, people in refused.items():
            consent.refuse(
                people, method=ConsentMethod.IMPORT, by=self.by, channels=sorted(channels)
            )

    def _refuse_suppressed(self, rows: list[Row]) -> None:
        """Ask the suppression file once for all points of these rows."""
        asked = [(row, point) for row in rows for point in row.asked]
        hits = suppression.refused([point for _row, point in asked])
        for (row, _point), hit in zip(asked, hits, strict=True):
            if hit:
                row.decide(Verdict.REFUSED, str(IdentifierSuppressed()))

    def _meet(self, rows: list[Row]) -> None:
        """Learn of everybody who has one of these points, in a handful of statements."""
        forms = {form_of(point) for row in rows for point in row.entry.points}
        forms |= {form for row in rows for form in row.elsewhere.values()}
        people = self.imagined.meet(forms)
        pks = {known.pk for known in people if known.pk is not None}
        references = {row.reference for row in rows if row.lacks and row.reference}
        people += fetch({form for _kind, form in forms}, but=pks, references=references)
        for known in people:
            if known.uuid in references:
                self.by_reference[known.uuid] = known
            for form in known.forms:
                self.by_form.setdefault(form, []).append(known)

    def _learn(self, known: Known, entry: Entry) -> None:
        for point in entry.points:
            form = form_of(point)
            if form not in known.forms:
                known.forms.add(form)
                self.by_form.setdefault(form, []).append(known)
        if entry.role:
            known.roles.add(verdicts.role_of(entry))

    def _grow(self, known: Known, row: Row) -> None:
        """Add what the row knows more; a blank never overwrites."""
        entry, stored = row.entry, known.entry
        names_known = verdicts.new_names(entry, stored, overwrite=row.overwrites)
        fill = {name: getattr(entry.names, name) for name in names_known}
        stored.names = replace(stored.names, **fill)
        for name in ("language", "country", "born_on", "address"):
            mine, theirs = getattr(entry, name), getattr(stored, name)
            over = row.overwrites and name != "address"
            setattr(stored, name, (mine or theirs) if over else (theirs or mine))
        stored.points += [p for p in entry.points if form_of(p) not in known.forms]
        if verdicts.is_new_role(entry, known):
            known.new_roles.append(entry)
        self._learn(known, entry)
