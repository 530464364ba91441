"""A row of the file: its cells read into an entry, or the reason why it cannot be one.

Nothing is asked of the database here; who the row is about, `verdicts` says.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext as _

from crm import countries, names
from crm.contacts import NAMES, Entry
from crm.imports import births, optouts
from crm.imports.aliases import Columns
from crm.models import Contact, ContactPoint, Organisation, PostalAddress, Role
from crm.names import Names
from privacy.enums import PointKind
from privacy.suppression import Point, normal_form

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
    # What contradicts goes in all the same, because somebody decided so.
    overwrites: bool = False

    def decide(self, verdict: Verdict, reason: str = "") -> None:
        self.verdict, self.reason = verdict, reason


def form_of(point: Point) -> tuple[str, str]:
    return str(point.kind), normal_form(point)


def understand(
    row: Row, columns: Columns, *, width: int, role: str, on: date, dates: str = ""
) -> None:
    """Read the cells into an entry; a row that cannot be one is decided here."""
    if len(row.cells) > width:
        row.decide(Verdict.INVALID, _("more cells than the header has"))
        return
    cells = {name: cells_of(row.cells, positions) for name, positions in columns.items()}

    def first(name: str) -> str:
        return next(iter(cells.get(name, ())), "")

    if problem := first("problem"):
        row.decide(Verdict.INVALID, problem)
        return
    birth = births.read(cells, order=dates, on=on)
    problem = birth.problem
    if birth.is_minor:
        row.under_age = True
        row.child = Entry(names=_names(first), points=_points(cells, ""))
        row.decide(Verdict.REFUSED, _("under 16"))
        return
    if birth.note:
        row.notes.append(birth.note)
    country, lives_at = countries.code_of(first("country")), first("address_country")
    address_country = countries.code_of(lives_at)
    if country is None or address_country is None:
        problem = problem or _("unknown country; write two letters, e.g. HK")
    entry = Entry(
        names=_names(first),
        language=_language(first("language")),
        country=country or "",
        points=_points(cells, country or address_country or ""),
        born_on=birth.day,
        role=role,
        organisation=first("organisation"),
        job_title="" if names.is_title(first("job_title")) else first("job_title"),
        opt_outs=optouts.refused(cells),
    )
    if any(first(name) for name in ("street", "city", "region", "postcode")):
        entry.address = {
            "lines": first("street"),
            "city": first("city"),
            "region": first("region"),
            "postcode": first("postcode"),
            "country": address_country or "",
        }
    row.entry = entry
    if optouts.is_true(first("deleted")):
        problem = _("deleted where the file comes from")
    if problem := problem or _problem_of(entry):
        row.decide(Verdict.INVALID, problem)


def cells_of(cells: Sequence[str], positions: Iterable[int]) -> list[str]:
    """The values of these columns; a Google cell may hold several."""
    found: list[str] = []
    for position in positions:
        if position < len(cells):
            found += [part.strip() for part in cells[position].split(MULTIPLE) if part.strip()]
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


def _points(cells: dict[str, list[str]], country: str) -> list[Point]:
    found: dict[tuple[str, str], Point] = {}
    for name, kind in (
        ("email", PointKind.EMAIL), ("phone", PointKind.PHONE), ("link", PointKind.LINK)
    ):  # fmt: skip
        for value in cells.get(name, ()):
            point = Point(kind, value)
            if kind == PointKind.PHONE and country and not value.startswith(("+", "00")):
                point = Point(kind, normal_form(Point(kind, value, country)) or value)
            found.setdefault(form_of(point), point)
    return list(found.values())


ADDRESS = ("city", "region", "postcode")
LENGTH = {
    (model, name): model._meta.get_field(name).max_length
    for model, columns in ((Contact, NAMES), (PostalAddress, ADDRESS))
    for name in columns
}
ORGANISATION, JOB_TITLE, POINT = (
    model._meta.get_field(name).max_length
    for model, name in ((Organisation, "name"), (Role, "job_title"), (ContactPoint, "value"))
)


def is_usable(point: Point) -> bool:
    """Whether this can be an address, a number or a link at all."""
    return not _problem_of_point(point)


def _problem_of_point(point: Point) -> str:
    form = normal_form(point)
    if len(point.value) > POINT or len(form) > POINT:
        return _("a contact point is too long")
    if point.kind == PointKind.EMAIL:
        try:
            validate_email(form)
        except ValidationError:
            return _("not an e-mail address")
    elif point.kind == PointKind.PHONE and len(form) < 5:
        return _("not a telephone number")
    return "" if form else _("not a link")


def _problem_of(entry: Entry) -> str:
    if not entry.names:
        return _("no name")
    if not entry.points:
        return _("no e-mail address, telephone number or profile link to know the person by")
    for problem in map(_problem_of_point, entry.points):
        if problem:
            return problem
    too_long = (
        any(len(getattr(entry.names, n)) > LENGTH[Contact, n] for n in NAMES)
        or any(len(entry.address.get(n, "")) > LENGTH[PostalAddress, n] for n in ADDRESS)
        or len(entry.organisation) > ORGANISATION
        or len(entry.job_title) > JOB_TITLE
    )
    return _("a cell is too long") if too_long else ""
