"""What a file says no to, wherever it says it: known before its first row goes in.

A no counts for its person in every row of the file, before it and behind it, also where its own
row stays out: the most restrictive wins, and the rows that contradict each other are named. Whose
no it is, and nobody of theirs goes in, leaves an entry for the address alone (S64).
"""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.utils import timezone

from crm.contacts import Entry
from crm.imports import known, optouts, verdicts
from crm.imports.aliases import Columns
from crm.imports.reading import Table
from crm.imports.rows import Row, cells_of, form_of, is_usable, understand
from privacy import suppression
from privacy.enums import Channel, PointKind
from privacy.folding import fold
from privacy.points import Point, points_in

Key = tuple[str, ...]
PART = 500
REACHES = {
    Channel.EMAIL: PointKind.EMAIL,
    Channel.SMS: PointKind.PHONE,
    Channel.PHONE: PointKind.PHONE,
}


@dataclass(slots=True)
class Noes:
    """The noes of a file, by what a person is known again by."""

    channels: dict[Key, frozenset[str]] = field(default_factory=dict)
    # Of a row that contradicts others about marketing: their numbers.
    against: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def about(self, entry: Entry) -> frozenset[str]:
        """The channels that the file refuses anywhere for the person of this entry."""
        if not self.channels:
            return entry.opt_outs
        found = (self.channels.get(key, frozenset()) for key in keys_of(entry))
        return entry.opt_outs.union(*found)


def of(table: Table, *, speak: Callable[[], None]) -> Noes:
    """Pass through the file twice: for its noes, and for what contradicts them.

    Where it says very many, `speak` is called now and then: whoever waits hears that it goes on.
    """
    found = Noes()
    columns = {name: places for name, places in table.columns.items() if name.startswith("opt_")}
    if not columns:
        return found
    said_by: dict[Key, list[int]] = {}
    for count, row in enumerate(_saying_no(table), start=1):
        if count % PART == 0:
            speak()
        for key in keys_of(row.entry):
            before = found.channels.get(key, frozenset())
            found.channels[key] = before | row.entry.opt_outs
            said_by.setdefault(key, []).append(row.number)
    if found.channels:
        found.against = _contradictions(table, columns, found, said_by)
    return found


def _contradictions(
    table: Table, columns: Columns, found: Noes, said_by: Mapping[Key, list[int]]
) -> dict[int, tuple[int, ...]]:
    """The rows that plainly say yes for an address of which another row says no; and those."""
    against: dict[int, set[int]] = {}
    for number, cells in table.rows():
        yeses = optouts.allowed({name: cells_of(cells, at) for name, at in columns.items()})
        for key in _addresses(table.columns, cells) if yeses else ():
            if yeses & found.channels.get(key, frozenset()):
                for other in said_by[key][:MOST_NAMED]:
                    if other != number:
                        against.setdefault(number, set()).add(other)
                        against.setdefault(other, set()).add(number)
    return {number: tuple(sorted(others)[:MOST_NAMED]) for number, others in against.items()}


def _addresses(columns: Columns, cells: Sequence[str]) -> Iterator[Key]:
    for kind in (PointKind.EMAIL, PointKind.LINK):
        for value in cells_of(cells, columns.get(kind.value, ())):
            yield from map(form_of, points_in(Point(kind, value)))


def unread(table: Table) -> tuple[str, ...]:
    """A sentence for each dropped column of which cells may say no: somebody has to look first."""
    return table.unread


# So many rows are named beside another.
MOST_NAMED = 10


def keys_of(entry: Entry) -> set[Key]:
    """An address or link alone; a telephone, which people share, with the words of the name."""
    found: set[Key] = set()
    for point in entry.points:
        form: Key = form_of(point)
        if point.kind == PointKind.PHONE:
            names = entry.names
            for name in (
                names.native_family_name + names.native_given_name,
                f"{names.latin_given_name} {names.latin_family_name}",
            ):
                if words := " ".join(sorted(re.split(r"\s+", fold(name).strip()))):
                    found.add((*form, words))
        else:
            found.add(form)
    return found


def _saying_no(table: Table) -> Iterator[Row]:
    """The rows that say no, understood; what they lack besides does not matter here."""
    columns = {name: places for name, places in table.columns.items() if name.startswith("opt_")}
    for number, cells in table.rows():
        if not optouts.refused({name: cells_of(cells, at) for name, at in columns.items()}):
            continue
        row = Row(number, cells)
        understand(
            row,
            table.columns,
            header=table.header,
            role="",
            on=timezone.localdate(),
            dates=table.dates,
        )
        yield row


def parts(table: Table) -> Iterator[list[Row]]:
    """The rows that say no and may leave it with an address, 500 at a time."""
    rows = (row for row in _saying_no(table) if row.entry.opt_outs and not row.under_age)
    while part := list(islice(rows, PART)):
        yield part


def refuse_for_nobody(rows: Sequence[Row], *, by: Any) -> int:
    """Enter the addresses of those who said no and of whom nobody went in; doing it again is none.

    Called when the file is in, so that a later row has had its chance to enter them.
    """
    entries, here = 0, _whose(rows)
    for channel in Channel:
        points = [
            point
            for row in rows
            if row.number not in here and channel in row.entry.opt_outs
            for point in row.entry.points
            if point.kind == REACHES[channel] and is_usable(point)
        ]
        said = suppression.marketing_refused(points, channel)
        new = [point for point, before in zip(points, said, strict=True) if not before]
        if new:
            entries += suppression.refuse_marketing(
                {uuid.uuid4(): ([point], [channel]) for point in new}, by=by
            )
    return entries


def _whose(rows: Sequence[Row]) -> set[int]:
    """The rows whose person is on file."""
    forms = {form_of(point)[1] for row in rows for point in row.entry.points}
    by_form: dict[known.Form, list[known.Known]] = {}
    for person in known.fetch(forms, but=()):
        for form in person.forms:
            by_form.setdefault(form, []).append(person)
    found = set()
    for row in rows:
        own = [form_of(point) for point in row.entry.points]
        candidates = list({id(k): k for form in own for k in by_form.get(form, ())}.values())
        if verdicts.meant_by(row.entry, candidates):
            found.add(row.number)
    return found
