"""Rows go through the real write path in parts of 500; a plan is the same, rolled back.

Good rows go in, bad ones come back with their number and a reason. The command's import is one
transaction. The console's is one a part, each with its verdicts and its place in the file, so
that whatever breaks goes on where it stopped and nothing is done twice (`crm.imports.work`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import age, contacts, dealings, organisations
from crm.contacts import Entry, SourceFacts
from crm.enums import Channel, ImportedTable, ImportStrategy
from crm.errors import ImportRefused
from crm.imports import verdicts
from crm.imports.reading import Table
from crm.imports.verdicts import GOES_IN, Known, Row, Verdict
from crm.models import Contact, ContactPoint, Demographics, PostalAddress, Role
from crm.names import Names, name_key
from privacy import consent, journal, suppression
from privacy.enums import ConsentMethod
from privacy.errors import IdentifierSuppressed

CHUNK = 500


@dataclass(slots=True)
class Report:
    """What came of each row; the numbers add up to the rows of the file."""

    applied: bool
    counts: Counter = field(default_factory=Counter)
    rejects: list[Row] = field(default_factory=list)


def run(
    table: Table,
    *,
    source: SourceFacts,
    role: str,
    by: Any = None,
    apply: bool = False,
    strategy: str = ImportStrategy.SKIP,
) -> Report:
    """Import a table in one transaction, or with `apply` false do the same and roll it back."""
    engine = Engine(table, source=source, role=role, by=by, strategy=strategy, applies=apply)
    report = Report(applied=apply)
    with refusals(), transaction.atomic():
        for rows in engine.parts():
            engine.take(rows)
            engine.written = []
            engine.forget()
            report.counts.update(row.verdict for row in rows)
            report.rejects += [row for row in rows if row.verdict not in GOES_IN]
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


@dataclass(frozen=True, slots=True)
class Written:
    """One thing that was written about a person: a row, or one column of a row."""

    contact: int
    table: ImportedTable
    row: int
    column: str = ""
    before: str = ""
    after: str = ""


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
    ) -> None:
        # A “no” reaches the ledger outside the database: a plan, rolled back, says none.
        self.applies = applies
        self.table, self.source, self.role, self.by = table, source, role, by
        self.strategy = strategy
        self.on = timezone.localdate()
        # What somebody decided about single rows, by their number.
        self.choices: dict[int, str] = {}
        # What was written since somebody last took the list.
        self.written: list[Written] = []
        # The people whom the file has touched, by primary key and by contact point.
        self.by_pk: dict[int, Known] = {}
        self.by_form: dict[tuple[str, str], list[Known]] = {}

    def parts(self, *, after: int = 0) -> Iterator[list[Row]]:
        """The rows below this number, 500 at a time."""
        rows = (Row(n, cells) for n, cells in self.table.rows() if n > after)
        while part := list(islice(rows, CHUNK)):
            yield part

    def forget(self) -> None:
        """What was written stands in the database: the next part asks it, and memory is flat."""
        self.by_pk, self.by_form = {}, {}

    def imagine(self) -> None:
        """What was written is rolled back: whoever was new is known to the next part all the same.

        Their numbers are given out again, so that nobody is known by one.
        """
        self.written = []
        for known in {id(k): k for people in self.by_form.values() for k in people}.values():
            if known.is_new:
                self.by_pk.pop(known.pk or 0, None)
                known.pk = None
            known.entry.points, known.new_roles = [], []

    def take(self, rows: list[Row]) -> None:
        """Decide about these rows and write what goes in."""
        for row in rows:
            verdicts.understand(
                row, self.table.columns, width=len(self.table.header), role=self.role, on=self.on
            )
        open_rows = [row for row in rows if row.verdict is None]
        self._refuse_suppressed(open_rows)
        open_rows = [row for row in open_rows if row.verdict is None]
        # Who says "no" is looked for whatever becomes of their row.
        self._fetch([row for row in rows if row.verdict is None or row.entry.opt_outs])
        made: list[Known] = []
        changed: dict[int, Known] = {}
        about: dict[int, Known] = {}
        for row in open_rows:
            strategy = self.choices.get(row.number) or self.strategy
            known = verdicts.judge(row, self._candidates(row), strategy)
            if row.verdict == Verdict.CREATE:
                known = Known(entry=replace(row.entry, points=list(row.entry.points)), is_new=True)
                made.append(known)
                self._learn(known, row.entry)
            elif row.verdict == Verdict.UPDATE:
                if known.pk is not None:
                    changed[known.pk] = known
                self._grow(known, row)
            if known is not None:
                about[row.number] = known
        self._create(made)
        self._update(changed)
        self._refuse_marketing(rows, about)
        if minors := sum(row.under_age for row in rows):
            age.count_refusals(Channel.IMPORT, on=self.on, count=minors)

    def _candidates(self, row: Row) -> list[Known]:
        """Everybody who has one of the row's points."""
        forms = [verdicts.form_of(point) for point in row.entry.points]
        return list({id(k): k for form in forms for k in self.by_form.get(form, ())}.values())

    def _refuse_marketing(self, rows: Iterable[Row], about: Mapping[int, Known]) -> None:
        """A “no” learned from the file counts at once; a “yes” in it is no consent (S76).

        It counts for whomever the row means, also where the row itself stays out.
        """
        if not self.applies:
            return
        noes: dict[frozenset[str], set[int]] = {}
        for row in rows:
            if not row.entry.opt_outs:
                continue
            known = about.get(row.number)
            meant = [known] if known else verdicts.meant_by(row.entry, self._candidates(row))
            pks = {person.pk for person in meant if person.pk is not None}
            noes.setdefault(row.entry.opt_outs, set()).update(pks)
        for channels, people in noes.items():
            consent.refuse(
                people, method=ConsentMethod.IMPORT, by=self.by, channels=sorted(channels)
            )

    def _refuse_suppressed(self, rows: list[Row]) -> None:
        """Ask the suppression file once for all points of these rows."""
        asked = [(row, point) for row in rows for point in row.entry.points]
        hits = suppression.refused([point for _row, point in asked])
        for (row, _point), hit in zip(asked, hits, strict=True):
            if hit:
                row.decide(Verdict.REFUSED, str(IdentifierSuppressed()))

    def _fetch(self, rows: list[Row]) -> None:
        """Learn of everybody who has one of these points, in a handful of statements."""
        forms = {verdicts.form_of(point)[1] for row in rows for point in row.entry.points}
        points = ContactPoint.objects.filter(
            normal_form__in=forms, contact__disposed_at__isnull=True
        )
        pks = set(points.values_list("contact", flat=True)) - set(self.by_pk)
        people = Contact.objects.filter(pk__in=pks).prefetch_related(
            "points", "roles__organisation", "addresses", "demographics"
        )
        for person in people:
            known = Known(entry=_entry_of(person), pk=person.pk)
            self.by_pk[person.pk] = known
            for role in person.roles.all():
                firm = role.organisation.name if role.organisation else ""
                known.roles.add((role.kind, name_key(firm)))
            for point in person.points.all():
                self._reach(known, (point.kind, point.normal_form))

    def _learn(self, known: Known, entry: Entry) -> None:
        for point in entry.points:
            self._reach(known, verdicts.form_of(point))
        if entry.role:
            known.roles.add(verdicts.role_of(entry))

    def _reach(self, known: Known, form: tuple[str, str]) -> None:
        if form not in known.forms:
            known.forms.add(form)
            self.by_form.setdefault(form, []).append(known)

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
        stored.points += [p for p in entry.points if verdicts.form_of(p) not in known.forms]
        if verdicts.is_new_role(entry, known):
            known.new_roles.append(entry)
        self._learn(known, entry)

    def _create(self, made: list[Known]) -> None:
        if not made:
            return
        people = contacts.write(
            [known.entry for known in made], source=self.source, by=self.by, came_by=Channel.IMPORT
        )
        for known, person in zip(made, people, strict=True):
            known.pk = person.pk
            self.by_pk[person.pk] = known
            # From now on an entry holds what is yet to be stored.
            known.entry.points = []
            self.written.append(Written(person.pk, ImportedTable.CONTACT, person.pk))
        self._update({known.pk: known for known in made if known.new_roles})

    def _update(self, changed: dict[int, Known]) -> None:
        if not changed:
            return
        people = list(Contact.objects.select_for_update().filter(pk__in=changed).order_by("pk"))
        firms = organisations.find_or_create(
            [new.organisation for known in changed.values() for new in known.new_roles], by=self.by
        )
        addresses = PostalAddress.objects.filter(contact__in=changed)
        housed = set(addresses.values_list("contact", flat=True))
        births = {row.contact_id: row for row in Demographics.objects.filter(contact__in=changed)}
        moved, born_anew = [], []
        added: dict[type[Model], list[Any]] = {
            model: [] for model in (ContactPoint, Role, PostalAddress, Demographics)
        }
        for person in people:
            entry = changed[person.pk].entry
            if filled := _fill(person, entry):
                moved.append(person)
                self.written += filled
            added[ContactPoint] += contacts.points_of(person, entry, Channel.IMPORT)
            added[Role] += [
                Role(
                    contact=person,
                    kind=new.role,
                    organisation=firms.get(name_key(new.organisation)),
                    job_title=new.job_title,
                )
                for new in changed[person.pk].new_roles
            ]
            if entry.address and person.pk not in housed:
                added[PostalAddress].append(PostalAddress(contact=person, **entry.address))
            birth = births.get(person.pk)
            if entry.born_on and birth is None:
                added[Demographics].append(
                    Demographics(contact=person, date_of_birth=entry.born_on)
                )
            elif birth is not None and not birth.date_of_birth_declined and _differs(birth, entry):
                self.written.append(_rewritten(birth, entry.born_on))
                birth.date_of_birth = entry.born_on
                born_anew.append(birth)
            entry.points, changed[person.pk].new_roles = [], []
        contacts.change(moved, by=self.by)
        contacts.change_births(born_anew, by=self.by)
        for model, rows in added.items():
            contacts.create_rows(model, rows, by=self.by)
            table = ImportedTable(model._meta.label_lower)
            self.written += [Written(row.contact_id, table, row.pk) for row in rows]
        contacts.index(changed)
        dealings.refresh(changed)


def _entry_of(person: Contact) -> Entry:
    """A stored person; points stay empty: they hold what is yet to be stored."""
    births = getattr(person, "demographics", None)
    return Entry(
        names=Names(*(getattr(person, name) for name in contacts.NAMES)),
        language=person.language,
        country=person.residence_country,
        address={"lines": "stored"} if person.addresses.all() else {},
        born_on=births.date_of_birth if births else None,
    )


def _fill(person: Contact, entry: Entry) -> list[Written]:
    """Give the person what the entry says; returns what differed."""
    wanted = {name: getattr(entry.names, name) for name in contacts.NAMES}
    wanted |= {"language": entry.language, "residence_country": entry.country}
    found = []
    for name, value in wanted.items():
        if (before := getattr(person, name)) != value:
            setattr(person, name, value)
            table = ImportedTable.CONTACT
            found.append(Written(person.pk, table, person.pk, name, before, value))
    return found


def _differs(birth: Demographics, entry: Entry) -> bool:
    return birth.date_of_birth != entry.born_on


def _rewritten(birth: Demographics, day: date | None) -> Written:
    before, after = (str(value or "") for value in (birth.date_of_birth, day))
    table = ImportedTable.DEMOGRAPHICS
    return Written(birth.contact_id, table, birth.pk, "date_of_birth", before, after)


# A spreadsheet takes such a cell for a formula, unless it is a number.
FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d\s().-]*\Z)")


def reject_lines(table: Table, rows: Iterable[Row]) -> Iterator[list[str]]:
    """The file's own rows with number, verdict and reason before them, to be corrected.

    A row that is refused for good comes back as number and reason: whoever must not be stored is
    not stored here either. What a spreadsheet would run as a formula is made text.
    """
    yield ["row", "verdict", "reason", *table.header]
    for row in rows:
        cells = [] if row.verdict == Verdict.REFUSED else row.cells
        plain = ["'" + cell if FORMULA.match(cell) else cell for cell in cells]
        yield [str(row.number), str(row.verdict), row.reason, *plain]
