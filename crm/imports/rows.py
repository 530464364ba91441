"""A row of the file: its cells read into an entry, or the reason why it cannot be one.

Nothing is asked of the database here; who the row is about, `verdicts` says.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext as _

from crm import countries, names
from crm.contacts import NAMES, Entry
from crm.enums import RoleKind
from crm.exports.formulas import restored, unparted
from crm.imports import address_sets, births, labels, optouts
from crm.imports.aliases import NAMED_BY, Columns
from crm.imports.blanks import is_blank, trimmed
from crm.models import Contact, Organisation, PostalAddress, Role
from crm.names import Names, name_key
from privacy.enums import PointKind
from privacy.points import Point, normal_form, points_in, problem_of
from privacy.points.telephones import EXTENSION

MULTIPLE = ":::"


class Verdict(models.TextChoices):
    """What becomes of a row."""

    CREATE = "create"
    UPDATE = "update"
    SAME = "same"
    CONFLICT = "conflict"
    INVALID = "invalid"
    REFUSED = "refused"


GOES_IN = (Verdict.CREATE, Verdict.UPDATE, Verdict.SAME)


@dataclass(slots=True)
class Row:
    """One row of the file with what is decided about it."""

    number: int
    cells: list[str]
    entry: Entry = field(default_factory=lambda: Entry(names=Names()))
    verdict: Verdict | None = None
    reason: str = ""
    # What was left out of a row that goes in; said beside its verdict.
    notes: list[str] = field(default_factory=list)
    under_age: bool = False
    # Of a child nothing goes in: names and points alone, to know them among the people on file.
    child: Entry | None = None
    # The cells of points as they stand: the suppression file is asked about whatever is in them.
    asked: list[Point] = field(default_factory=list)
    # What it lacks to enter or change anybody; it may still say again what is on file.
    lacks: str = ""
    # By which an export called the person. Whoever has no other link to one may make it up, so
    # that it recognises and never changes.
    reference: UUID | None = None
    # Form of a telephone number read with the row's country -> its form without.
    elsewhere: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    # What contradicts goes in all the same, because somebody decided so.
    overwrites: bool = False

    def decide(self, verdict: Verdict, reason: str = "") -> None:
        self.verdict, self.reason = verdict, reason


def form_of(point: Point) -> tuple[str, str]:
    return str(point.kind), normal_form(point)


def understand(
    row: Row,
    columns: Columns,
    *,
    header: tuple[str, ...],
    role: str,
    on: date,
    dates: str = "",
) -> None:
    """Read the cells into an entry; a row that cannot be one is decided here."""
    while len(row.cells) > len(header) and is_blank(row.cells[-1]):
        row.cells.pop()
    if len(row.cells) > len(header):
        row.decide(Verdict.INVALID, _("more cells than the header has"))
        return
    cells = {
        name: cells_of(row.cells, positions, of_names=name in NAMED_BY)
        for name, positions in columns.items()
    }

    def first(name: str) -> str:
        return next(iter(cells.get(name, ())), "")

    if problem := first("problem"):
        row.decide(Verdict.INVALID, problem)
        return
    birth = births.read(cells, order=dates, on=on)
    problem = birth.problem
    country = countries.code_of(first("country"))
    address, said_of_it = _address(row.cells, columns, header)
    points, unread = _points(row, columns, header, country or address.get("country", ""))
    if birth.is_minor:
        row.under_age = True
        row.child = Entry(names=_names(first), points=points)
        row.decide(Verdict.REFUSED, _("under 16"))
        return
    if country is None:
        said = _("unknown country of residence; write two letters, e.g. HK")
        problem = problem or f"{header[columns['country'][0]]}: {said}"
    entry = Entry(
        names=_names(first),
        language=_language(first("language")),
        country=country or "",
        points=points,
        address=address if address.keys() - {"country"} else {},
        born_on=birth.day,
        role=role,
        organisation=first("organisation"),
        job_title="" if names.is_title(first("job_title")) else first("job_title"),
        opt_outs=optouts.refused(cells),
        roles_told=_roles_told(row.cells, columns, header, role),
    )
    row.reference = _reference(row.cells, header)
    row.entry = entry
    if optouts.is_true(first("deleted")):
        problem = _("deleted where the file comes from")
    if problem := problem or _problem_of(entry):
        row.decide(Verdict.INVALID, problem)
    else:
        row.lacks = _lack_of(entry, unread)
        row.notes += [*([birth.note] if birth.note else ()), *unread, *said_of_it]
        row.notes += filter(None, [_aside(row.cells, header, "Reading note")])


def _aside(cells: Sequence[str], header: tuple[str, ...], heading: str) -> str:
    """What stands under a heading of our own, which is no column that is read for values."""
    at = header.index(heading) if heading in header else len(cells)
    return cells[at].strip() if at < len(cells) else ""


def _reference(cells: Sequence[str], header: tuple[str, ...]) -> UUID | None:
    text = _aside(cells, header, "Reference").casefold().removeprefix("urn:uuid:")
    try:
        return UUID(text)
    except ValueError:
        return None


@cache
def _kinds_by_word() -> dict[str, str]:
    """Each kind of role by its words, in every language in which an export may have been made."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found |= {str(kind.label).casefold(): str(kind.value) for kind in RoleKind}
    return found


def _roles_told(
    cells: Sequence[str], columns: Columns, header: tuple[str, ...], role: str
) -> frozenset[tuple[str, str]]:
    """The roles that the row itself names: every kind of it, with every firm of it."""
    words = _aside(cells, header, "Role").split(MULTIPLE)
    kinds = {_kinds_by_word().get(restored(word).strip().casefold(), role) for word in words}
    firms = {
        name_key(way(part.strip()))
        for at in columns.get("organisation", ())
        if at < len(cells)
        for cell in (cells[at], restored(cells[at]))
        for part in cell.split(MULTIPLE)
        # As it stands too: an apostrophe in front may be part of the name.
        for way in (str, trimmed)
    }
    return frozenset((kind, firm) for kind in kinds | {role} if kind for firm in firms or {""})


def _address(
    cells: Sequence[str], columns: Columns, header: tuple[str, ...]
) -> tuple[dict[str, str], list[str]]:
    """The one address of a row, and what is said of what is left out."""
    found, others = address_sets.chosen(cells, columns, header)
    if not found:
        return {}, []
    notes = []
    country = countries.code_of(found.get("address_country", ""))
    if country is None:
        notes.append(_("unknown country of the address; left out"))
    if others:
        notes.append(_("another address is left out: %s") % ", ".join(others))
    if labels.refused(found.get("region", ""), among_labels=True):
        # A column of states that says “unsubscribed” is none of places.
        del found["region"]
    if found.keys() == {"address_country"}:
        return {"country": country or ""}, notes
    places = {name: found.get(name, "") for name in ADDRESS}
    if not any((found.get("street"), *places.values())):
        return {}, notes
    return {"lines": found.get("street", ""), **places, "country": country or ""}, notes


def cells_of(
    cells: Sequence[str], positions: Iterable[int], *, of_names: bool = False
) -> list[str]:
    """What stands in these columns; a Google cell may hold several values."""
    found: list[str] = []
    for position in positions:
        if position < len(cells):
            parts = map(trimmed, restored(cells[position]).split(MULTIPLE))
            found += [part for part in parts if not is_blank(part, of_a_name=of_names)]
    return found


def _names(first: Callable[[str], str]) -> Names:
    given = " ".join(filter(None, (first("given"), first("middle"))))
    split = names.split(family=first("family"), given=given, full=first("full"))
    return Names(
        first("native_family") or split.native_family_name,
        first("native_given") or split.native_given_name,
        split.latin_family_name or first("latin_family"),
        split.latin_given_name or first("latin_given"),
    )


def _language(text: str) -> str:
    wanted = text.strip().casefold()
    return next((code for code, _name in settings.LANGUAGES if code.casefold() == wanted), "")


KINDS = {"email": PointKind.EMAIL, "phone": PointKind.PHONE, "link": PointKind.LINK}


def _points(
    row: Row, columns: Columns, header: tuple[str, ...], country: str
) -> tuple[list[Point], list[str]]:
    """Every point of the row, each cleaned and each once; and what could not be read, by column.

    The suppression file is asked about the cells as they stand (`row.asked`).
    """
    found: dict[tuple[str, str], Point] = {}
    unread: dict[str, None] = {}
    for name, kind in KINDS.items():
        for position in columns.get(name, ()):
            for value in cells_of(row.cells, [position]):
                at_home = kind == PointKind.PHONE and value[0] != "+"
                written = Point(kind, value, country if at_home else "")
                row.asked.append(written)
                read = points_in(written)
                if not read:
                    unread[f"{header[position]}: {problem_of(written)}"] = None
                for point in read:
                    dialled = _with_code(point)
                    found.setdefault(form_of(dialled), dialled)
                    row.elsewhere[form_of(dialled)] = form_of(Point(kind, point.value))
    return list(found.values()), list(unread)


def _with_code(point: Point) -> Point:
    """A telephone number as it is dialled from anywhere, where the row's country told its code."""
    if point.kind != PointKind.PHONE or not point.country or point.value.startswith(("+", "00")):
        return Point(point.kind, point.value)
    number, mark, extension = point.value.partition(EXTENSION)
    form = normal_form(Point(point.kind, number, point.country))
    return Point(point.kind, f"{form or number}{mark}{extension}")


ADDRESS = ("city", "region", "postcode")
LENGTH = {
    (model, name): model._meta.get_field(name).max_length
    for model, columns in ((Contact, NAMES), (PostalAddress, ADDRESS))
    for name in columns
}
ORGANISATION, JOB_TITLE = (
    model._meta.get_field(name).max_length
    for model, name in ((Organisation, "name"), (Role, "job_title"))
)


def is_usable(point: Point) -> bool:
    """Whether this is one address, number or link."""
    return not problem_of(point)


def _lack_of(entry: Entry, unread: Sequence[str]) -> str:
    if not entry.names:
        return _("no name")
    if names.is_no_person(entry.names):
        return _("the name is a firm's or a function's, not a person's")
    if unread and not entry.points:
        return "; ".join(unread)
    if not entry.points:
        return _("no e-mail address, telephone number or profile link to know the person by")
    return ""


def read_again(stored: Names) -> Names:
    """A name on file as it comes back from a table that we wrote: titles and the like go."""
    written = {
        "native_family": stored.native_family_name,
        "native_given": stored.native_given_name,
        "family": stored.latin_family_name,
        "given": stored.latin_given_name,
    }
    read = {name: cells_of([unparted(text)], [0], of_names=True) for name, text in written.items()}
    return _names(lambda name: next(iter(read.get(name, ())), ""))


def _problem_of(entry: Entry) -> str:
    too_long = (
        any(len(getattr(entry.names, n)) > LENGTH[Contact, n] for n in NAMES)
        or any(len(entry.address.get(n, "")) > LENGTH[PostalAddress, n] for n in ADDRESS)
        or len(entry.organisation) > ORGANISATION
        or len(entry.job_title) > JOB_TITLE
    )
    return _("a cell is too long") if too_long else ""
