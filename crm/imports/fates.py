"""What became of each column of a file, or of each property of its cards: one answer for each.

It names headings and reasons, never a value.
"""

from dataclasses import dataclass

from crm.imports import address_sets, aliases, properties, reading
from crm.imports.aliases import Why
from crm.imports.reading import Table

# Read for the age gate or for a no, whatever the field is called.
FOR_THE_GATE = ("age", "birth")
FOR_A_NO = ("opt_label", "opt_cell")
DROPPED = frozenset({Why.SENSITIVE, Why.EXCESS, Why.UNKNOWN, Why.HAND, Why.BLANK})
# Of cards: one property, several columns.
ANY_OF = {"full": aliases.NAMED_BY, "address": frozenset(address_sets.FIELDS)}


@dataclass(frozen=True, slots=True)
class Fate:
    """A heading, with the field that it became or the reason for which it is not stored."""

    heading: str
    # An age has a field and is not stored all the same.
    meaning: str | None = None
    why: str = ""

    @property
    def reason(self) -> str:
        return str(Why(self.why).label) if self.why else ""

    @property
    def is_stored(self) -> bool:
        return not self.why

    @property
    def is_dropped(self) -> bool:
        """Whether nobody reads it for anything."""
        return self.why in DROPPED


def of(table: Table) -> list[Fate]:
    """One for each column of the header, blank ones too, or for each property that is held."""
    if table.kind == reading.VCARD:
        return [_of_property(table, name) for name in table.properties]
    fields: dict[int, list[str]] = {}
    for field, positions in table.columns.items():
        for at in positions:
            fields.setdefault(at, []).append(field)
    by_hand = _given_up(table)
    return [
        _of_column(heading, fields.get(at, []), by_hand=at in by_hand)
        for at, heading in enumerate(table.header)
    ]


def _of_column(heading: str, fields: list[str], *, by_hand: bool) -> Fate:
    meaning = next((field for field in fields if field in aliases.ALIASES), None)
    if meaning and meaning not in FOR_THE_GATE:
        return Fate(heading, meaning)
    if any(field.startswith(FOR_THE_GATE) for field in fields):
        return Fate(heading, meaning, Why.GATE)
    if any(field.startswith(FOR_A_NO) for field in fields):
        return Fate(heading, None, Why.NO)
    if not heading.strip():
        return Fate(heading, None, Why.BLANK)
    return Fate(heading, None, Why.HAND if by_hand else aliases.why_dropped(heading))


def _given_up(table: Table) -> set[int]:
    """The columns that have a meaning of their own and were given none by hand."""
    if not aliases.is_header(table.columns):
        # Nobody has said anything yet.
        return set()
    if not table.has_header:
        return set(range(len(table.header)))
    known = aliases.columns_of(table.header)
    return {at for positions in known.values() for at in positions}


def _of_property(table: Table, name: str) -> Fate:
    meaning = properties.meaning_of(name)
    if meaning is None:
        return Fate(name, None, properties.why_dropped(name))
    if not ANY_OF.get(meaning, {meaning}) & table.columns.keys():
        return Fate(name, None, Why.HAND)
    return Fate(name, meaning)
