"""A batch of rows goes through the real write path; a plan is the same, rolled back.

Good rows go in, bad ones come back with their number and a reason. All is one transaction:
whatever breaks, nothing is half-done.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import age, contacts, dealings, organisations
from crm.contacts import Entry, SourceFacts
from crm.enums import Channel
from crm.errors import ImportRefused
from crm.imports import verdicts
from crm.imports.reading import Table
from crm.imports.verdicts import GOES_IN, Known, Row, Verdict
from crm.models import Contact, ContactPoint, Demographics, PostalAddress, Role
from crm.names import Names, name_key
from privacy import journal, suppression
from privacy.errors import IdentifierSuppressed

CHUNK = 500


@dataclass(slots=True)
class Report:
    """What came of each row; the numbers add up to the rows of the file."""

    applied: bool
    counts: Counter = field(default_factory=Counter)
    rejects: list[Row] = field(default_factory=list)


def run(
    table: Table, *, source: SourceFacts, role: str, by: Any = None, apply: bool = False
) -> Report:
    """Import a table, or with `apply` false do the same and roll it back."""
    batch = _Batch(table, source=source, role=role, by=by)
    try:
        with transaction.atomic():
            report = batch.run(applied=apply)
            if apply:
                counts = {str(verdict): report.counts[verdict] for verdict in Verdict}
                journal.record("contacts.import", by=by, facts=counts)
            else:
                transaction.set_rollback(True)
    except IdentifierSuppressed:
        raise ImportRefused(
            _("Suppression changed while the file was read; nothing was imported, try again.")
        ) from None
    except DatabaseError as error:
        raise ImportRefused(
            _("The database refused the batch (%s); nothing was imported.") % type(error).__name__
        ) from None
    return report


class _Batch:
    """The people whom this file has touched so far, by primary key and by contact point."""

    def __init__(self, table: Table, *, source: SourceFacts, role: str, by: Any) -> None:
        self.table, self.source, self.role, self.by = table, source, role, by
        self.on = timezone.localdate()
        self.by_pk: dict[int, Known] = {}
        self.by_form: dict[tuple[str, str], list[Known]] = {}

    def run(self, *, applied: bool) -> Report:
        report = Report(applied=applied)
        for rows in self._chunks():
            self._decide(rows)
            report.counts.update(row.verdict for row in rows)
            report.rejects += [row for row in rows if row.verdict not in GOES_IN]
            if minors := sum(row.under_age for row in rows):
                age.count_refusals(Channel.IMPORT, on=self.on, count=minors)
        return report

    def _chunks(self) -> Iterator[list[Row]]:
        rows = (Row(number, cells) for number, cells in self.table.rows())
        while chunk := list(islice(rows, CHUNK)):
            yield chunk

    def _decide(self, rows: list[Row]) -> None:
        for row in rows:
            verdicts.understand(
                row, self.table.columns, width=len(self.table.header), role=self.role, on=self.on
            )
        open_rows = [row for row in rows if row.verdict is None]
        self._refuse_suppressed(open_rows)
        open_rows = [row for row in open_rows if row.verdict is None]
        self._fetch(open_rows)
        made: list[Known] = []
        changed: dict[int, Known] = {}
        for row in open_rows:
            forms = [verdicts.form_of(point) for point in row.entry.points]
            candidates = {id(k): k for form in forms for k in self.by_form.get(form, ())}
            known = verdicts.judge(row, list(candidates.values()))
            if row.verdict == Verdict.CREATE:
                known = Known(entry=replace(row.entry, points=list(row.entry.points)))
                made.append(known)
                self._learn(known, row.entry)
            elif row.verdict == Verdict.UPDATE:
                if known.pk is not None:
                    changed[known.pk] = known
                self._grow(known, row.entry)
        self._create(made)
        self._update(changed)

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

    def _grow(self, known: Known, entry: Entry) -> None:
        """Add what the row knows more; a blank never overwrites."""
        stored = known.entry
        fill = {name: getattr(entry.names, name) for name in verdicts.new_names(entry, stored)}
        stored.names = replace(stored.names, **fill)
        for name in ("language", "country", "born_on", "address"):
            setattr(stored, name, getattr(stored, name) or getattr(entry, name))
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
        self._update({known.pk: known for known in made if known.new_roles})

    def _update(self, changed: dict[int, Known]) -> None:
        if not changed:
            return
        people = list(Contact.objects.select_for_update().filter(pk__in=changed).order_by("pk"))
        firms = organisations.find_or_create(
            [new.organisation for known in changed.values() for new in known.new_roles], by=self.by
        )
        housed, born = (
            set(model.objects.filter(contact__in=changed).values_list("contact", flat=True))
            for model in (PostalAddress, Demographics)
        )
        moved, points, roles, addresses, births = [], [], [], [], []
        for person in people:
            entry = changed[person.pk].entry
            if _fill(person, entry):
                moved.append(person)
            points += contacts.points_of(person, entry, Channel.IMPORT)
            roles += [
                Role(
                    contact=person,
                    kind=new.role,
                    organisation=firms.get(name_key(new.organisation)),
                    job_title=new.job_title,
                )
                for new in changed[person.pk].new_roles
            ]
            if entry.address and person.pk not in housed:
                addresses.append(PostalAddress(contact=person, **entry.address))
            if entry.born_on and person.pk not in born:
                births.append(Demographics(contact=person, date_of_birth=entry.born_on))
            entry.points, changed[person.pk].new_roles = [], []
        contacts.change(moved, by=self.by)
        for model, rows in (
            (ContactPoint, points), (Role, roles), (PostalAddress, addresses),
            (Demographics, births),
        ):  # fmt: skip
            contacts.create_rows(model, rows, by=self.by)
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


def _fill(person: Contact, entry: Entry) -> bool:
    wanted = {name: getattr(entry.names, name) for name in contacts.NAMES}
    wanted |= {"language": entry.language, "residence_country": entry.country}
    differing = {name: v for name, v in wanted.items() if getattr(person, name) != v}
    for name, value in differing.items():
        setattr(person, name, value)
    return bool(differing)


def reject_lines(table: Table, rows: Iterable[Row]) -> Iterator[list[str]]:
    """The file's own rows with number, verdict and reason before them."""
    yield ["row", "verdict", "reason", *table.header]
    for row in rows:
        yield [str(row.number), str(row.verdict), row.reason, *row.cells]
