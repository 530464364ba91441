"""Columns: what may be written, under which heading, and how little of it is offered at first.

The headings are those that an import knows again, the same in every language. A purpose narrows
them to the kinds of data that it needs (s.35C(2)(b)), its channel to the addresses it reaches.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from crm.enums import ExportColumn
from crm.exports.formulas import unparted
from crm.exports.points import link, telephone
from crm.exports.rows import POINTS, Person
from privacy.enums import Channel, Kind, PointKind

# Between several values of one cell, as Google writes them and an import reads them.
BETWEEN = " ::: "
Cells = Callable[[Person], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Column:
    """One choice of the operator: its headings, its cells, and of which kind its data are."""

    kind: Kind
    headings: tuple[str, ...]
    cells: Cells


def _several(values: Sequence[str]) -> str:
    return BETWEEN.join(map(unparted, values))


def _points(kind: PointKind, written: Callable[[str], str] = str) -> Cells:
    return lambda person: (_several([written(v) for v in person.points.get(kind, ())]),)


COLUMNS = {
    ExportColumn.NAMES: Column(
        Kind.IDENTITY,
        ("Native family name", "Native given name", "Last name", "First name"),
        lambda person: (
            unparted(person.native_family_name),
            unparted(person.native_given_name),
            unparted(person.latin_family_name),
            unparted(person.latin_given_name),
        ),
    ),
    ExportColumn.ORGANISATION: Column(
        Kind.PROFESSIONAL, ("Company",), lambda person: (_several(person.organisations),)
    ),
    ExportColumn.ROLE: Column(
        Kind.PROFESSIONAL, ("Role",), lambda person: (_several(person.roles),)
    ),
    ExportColumn.EMAIL: Column(Kind.CONTACT, ("E-mail",), _points(PointKind.EMAIL)),
    ExportColumn.PHONE: Column(Kind.CONTACT, ("Phone",), _points(PointKind.PHONE, telephone)),
    ExportColumn.JOB_TITLE: Column(
        Kind.PROFESSIONAL, ("Job title",), lambda person: (_several(person.job_titles),)
    ),
    ExportColumn.LINK: Column(Kind.CONTACT, ("Profile url",), _points(PointKind.LINK, link)),
    ExportColumn.ADDRESS: Column(
        Kind.CONTACT,
        ("Street", "City", "Region", "Postal code", "Address country"),
        lambda person: tuple(
            person.address.get(name, "")
            for name in ("lines", "city", "region", "postcode", "country")
        ),
    ),
    ExportColumn.COUNTRY: Column(Kind.DEMOGRAPHIC, ("Country",), lambda person: (person.country,)),
    ExportColumn.LANGUAGE: Column(
        Kind.DEMOGRAPHIC, ("Language",), lambda person: (person.language,)
    ),
    ExportColumn.REFERENCE: Column(
        Kind.IDENTITY, ("Reference",), lambda person: (str(person.reference),)
    ),
    ExportColumn.SOURCE: Column(
        Kind.PROVENANCE,
        ("Source", "Obtained on"),
        lambda person: (person.source, _day(person.obtained_on)),
    ),
    ExportColumn.CLASS: Column(
        Kind.DEALING, ("Retention class",), lambda person: (person.retention_class,)
    ),
    ExportColumn.BORN_ON: Column(
        Kind.DEMOGRAPHIC, ("Birthday",), lambda person: (_day(person.born_on),)
    ),
    ExportColumn.GENDER: Column(Kind.DEMOGRAPHIC, ("Gender",), lambda person: (person.gender,)),
}
# What most work needs; everything else is asked for by name.
DEFAULT = (
    ExportColumn.NAMES,
    ExportColumn.ORGANISATION,
    ExportColumn.ROLE,
    ExportColumn.EMAIL,
    ExportColumn.PHONE,
)
# What says something to whoever sees values masked.
DEFAULT_MASKED = (
    ExportColumn.REFERENCE,
    ExportColumn.ORGANISATION,
    ExportColumn.ROLE,
    ExportColumn.SOURCE,
    ExportColumn.CLASS,
)
DEMOGRAPHIC = (ExportColumn.BORN_ON, ExportColumn.GENDER)
SEES_DEMOGRAPHICS = "crm.view_demographics"
REACHES = {
    Channel.EMAIL: ExportColumn.EMAIL,
    Channel.SMS: ExportColumn.PHONE,
    Channel.PHONE: ExportColumn.PHONE,
}


def _day(day: Any) -> str:
    return day.isoformat() if day else ""


def offered_to(user: Any) -> list[ExportColumn]:
    """The columns that this operator may choose."""
    sees = user.has_perm(SEES_DEMOGRAPHICS)
    return [column for column in ExportColumn if sees or column not in DEMOGRAPHIC]


def narrowed(columns: Collection[str], *, purpose: Any = None, channel: str = "") -> list[str]:
    """Those of the columns that the purpose needs and its channel reaches, in their order."""
    kept = [column for column in ExportColumn if column in columns]
    if purpose is not None and purpose.is_marketing:
        kept = [column for column in kept if COLUMNS[column].kind in purpose.kinds]
    if channel:
        reached = REACHES[Channel(channel)]
        kept = [column for column in kept if column not in POINTS or column == reached]
    return [str(column) for column in kept]


def header(columns: Collection[str]) -> list[str]:
    """The headings of these columns."""
    return [heading for c in ExportColumn if c in columns for heading in COLUMNS[c].headings]


def cells(person: Person, columns: Collection[str]) -> list[str]:
    """What stands under them about one person."""
    return [cell for c in ExportColumn if c in columns for cell in COLUMNS[c].cells(person)]
