"""The verdict on each row: create, update, same, conflict, invalid or refused.

A person is known again by an e-mail address or link, or by a telephone number and a name that
agrees; never by the name alone, for many people share one. A blank cell never overwrites, and a
cell that contradicts what is stored is a conflict for a human, not a change.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext as _

from crm import age, countries, names
from crm.contacts import NAMES, Entry
from crm.enums import ImportStrategy
from crm.imports.aliases import Columns
from crm.models import Contact, ContactPoint, Organisation, PostalAddress, Role
from crm.names import Names, name_key
from privacy.enums import Channel as Marketing
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
    under_age: bool = False
    # What contradicts goes in all the same, because somebody decided so.
    overwrites: bool = False

    def decide(self, verdict: Verdict, reason: str = "") -> None:
        self.verdict, self.reason = verdict, reason


@dataclass(slots=True)
class Known:
    """A person as stored, or as an earlier row of this file will store them."""

    entry: Entry
    pk: int | None = None
    is_new: bool = False
    forms: set[tuple[str, str]] = field(default_factory=set)
    roles: set[tuple[str, str]] = field(default_factory=set)
    new_roles: list[Entry] = field(default_factory=list)


def form_of(point: Point) -> tuple[str, str]:
    return str(point.kind), normal_form(point)


def understand(row: Row, columns: Columns, *, width: int, role: str, on: date) -> None:
    """Read the cells into an entry; a row that cannot be one is decided here."""
    if len(row.cells) > width:
        row.decide(Verdict.INVALID, _("more cells than the header has"))
        return
    cells = {name: _cells(row.cells, positions) for name, positions in columns.items()}

    def first(name: str) -> str:
        return next(iter(cells.get(name, ())), "")

    if problem := first("problem"):
        row.decide(Verdict.INVALID, problem)
        return
    born_on, is_minor, problem = _born(first("born_on"), first("age"), on=on)
    if is_minor:
        row.under_age = True
        row.decide(Verdict.REFUSED, _("under 16"))
        return
    country, lives_at = countries.code_of(first("country")), first("address_country")
    address_country = countries.code_of(lives_at)
    if country is None or address_country is None:
        problem = problem or _("unknown country; write two letters, e.g. HK")
    entry = Entry(
        names=_names(first),
        language=_language(first("language")),
        country=country or "",
        points=_points(cells, country or address_country or ""),
        born_on=born_on,
        role=role,
        organisation=first("organisation"),
        job_title=first("job_title"),
        opt_outs=_opt_outs(cells),
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
    if _is_true(first("deleted")):
        problem = _("deleted where the file comes from")
    if problem := problem or _problem_of(entry):
        row.decide(Verdict.INVALID, problem)


def judge(
    row: Row, candidates: Sequence[Known], strategy: str = ImportStrategy.SKIP
) -> Known | None:
    """Decide about a row that may go in; returns the person whom it is about, if known."""
    entry = row.entry
    people = meant_by(entry, candidates)
    if not people:
        row.decide(Verdict.CREATE)
        return None
    if len(people) > 1:
        row.decide(Verdict.CONFLICT, _("its contact points belong to several people"))
        return None
    known = people[0]
    if differing := _contradictions(entry, known.entry):
        if strategy == ImportStrategy.SKIP:
            reason = _("differs from what is stored: %s") % ", ".join(differing)
            row.decide(Verdict.CONFLICT, reason)
            return None
        row.overwrites = strategy == ImportStrategy.OVERWRITE
        said = _("overwritten: %s") if row.overwrites else _("kept as stored: %s")
        row.reason = said % ", ".join(differing)
    goes_in = row.overwrites or _adds(entry, known)
    row.decide(Verdict.UPDATE if goes_in else Verdict.SAME, row.reason)
    return known


def meant_by(entry: Entry, candidates: Sequence[Known]) -> list[Known]:
    """Those whom this entry is about; who shares a telephone alone has to bear the name too."""
    own = {form_of(point) for point in entry.points}
    return [
        known
        for known in candidates
        if any(kind != PointKind.PHONE for kind, _form in own & known.forms)
        or names.agree(entry.names, known.entry.names)
    ]


def role_of(entry: Entry) -> tuple[str, str]:
    return str(entry.role), name_key(entry.organisation)


def _adds(entry: Entry, known: Known) -> bool:
    stored = known.entry
    return (
        bool({form_of(point) for point in entry.points} - known.forms)
        or bool(new_names(entry, stored))
        or any(
            getattr(entry, name) and not getattr(stored, name)
            for name in ("language", "country", "born_on", "address")
        )
        or is_new_role(entry, known)
    )


def is_new_role(entry: Entry, known: Known) -> bool:
    """A row that names no firm adds no second role of a kind."""
    kind, firm = role_of(entry)
    if not firm:
        return bool(kind) and all(kind != other for other, _firm in known.roles)
    return bool(kind) and (kind, firm) not in known.roles


def new_names(entry: Entry, stored: Entry, *, overwrite: bool = False) -> list[str]:
    """Name columns to fill: a script's pair only where the person has no name in that script."""
    found = []
    for script in ("native", "latin"):
        pair = (f"{script}_family_name", f"{script}_given_name")
        if overwrite or not any(getattr(stored.names, name) for name in pair):
            found += [name for name in pair if getattr(entry.names, name)]
    return found


def _contradictions(entry: Entry, stored: Entry) -> list[str]:
    found = [] if names.agree(entry.names, stored.names) else [str(_("name"))]
    for name, label in (("country", _("country")), ("born_on", _("date of birth"))):
        mine, theirs = getattr(entry, name), getattr(stored, name)
        if mine and theirs and mine != theirs:
            found.append(str(label))
    return found


def _cells(cells: Sequence[str], positions: Iterable[int]) -> list[str]:
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


# What means "no" in a column that asks whether somebody opted out; all else means "yes".
NO_WORDS = frozenset("0 false no n nein non off none 否 無 没有 沒有".split())


def _is_true(text: str) -> bool:
    return bool(text) and text.casefold() not in NO_WORDS


def _opt_outs(cells: dict[str, list[str]]) -> frozenset[str]:
    """The channels on which any cell of this row says that the person wants nothing."""
    if any(map(_is_true, cells.get("opt_out", ()))):
        return frozenset(Marketing.values)
    return frozenset(
        channel.value
        for channel in Marketing
        if any(map(_is_true, cells.get(f"opt_out_{channel.value}", ())))
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


def _born(text: str, years: str, *, on: date) -> tuple[date | None, bool, str]:
    """(birth date, under sixteen by any reading, problem)."""
    if years.isdigit() and int(years) < age.LEAST:
        return None, True, ""
    readings = []
    if text and not text.startswith("--") and text != "0/0/00":
        for pattern in ("%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y"):
            try:
                readings.append(datetime.strptime(text, pattern).date())  # noqa: DTZ007 - a day
            except ValueError:
                continue
        if any(age.is_under_age(day, on=on) for day in readings):
            return None, True, ""
        if len(set(readings)) != 1:
            return None, False, _("date of birth: write it as YYYY-MM-DD")
    return (readings[0] if readings else None), False, ""


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


def _problem_of(entry: Entry) -> str:  # noqa: PLR0911 - one reason a return
    if not entry.names:
        return _("no name")
    if not entry.points:
        return _("no e-mail address, telephone number or profile link to know the person by")
    for point in entry.points:
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
        elif not form:
            return _("not a link")
    too_long = (
        any(len(getattr(entry.names, n)) > LENGTH[Contact, n] for n in NAMES)
        or any(len(entry.address.get(n, "")) > LENGTH[PostalAddress, n] for n in ADDRESS)
        or len(entry.organisation) > ORGANISATION
        or len(entry.job_title) > JOB_TITLE
    )
    return _("a cell is too long") if too_long else ""
