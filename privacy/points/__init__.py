"""Contact points: their normal forms, fixed and versioned, and the points that a text holds.

One spelling for every way of writing the same e-mail address, telephone number or profile link
(DESIGN 7; law P4). What is stored is one point and its form; what is asked of the suppression
file is every form that can be found, so that nobody comes back in another dress (S64, S110).
A changed rule is a new version, and what older entries say is still asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from django.utils.translation import gettext as _

from privacy.enums import PointKind
from privacy.points import addresses, links, telephones

# The version of the forms of each kind that are stored and entered today.
VERSIONS = {PointKind.EMAIL: 1, PointKind.PHONE: 1, PointKind.LINK: 2}
# No value is longer; what goes on is not read.
LONGEST = 320


@dataclass(frozen=True, slots=True)
class Point:
    """A contact point as somebody wrote it; `country` helps to read a telephone number."""

    kind: str
    value: str
    country: str = ""


def normal_form(point: Point) -> str:
    """The one form that is stored and compared for equality; "" where nothing is left of it."""
    return _normal_form(point.kind, point.value, point.country)


# As many as a part of an import or a sweep has in hand.
@lru_cache(maxsize=4_000)
def normal_forms(point: Point) -> tuple[str, ...]:
    """Every form of the point and of whatever else stands in its text. All are asked."""
    text, found = point.value[: 4 * LONGEST], _held(point)
    one = found if len(found) == 1 else ()
    match point.kind:
        case PointKind.EMAIL:
            forms = [form for value in (*one, text) for form in addresses.asked_forms(value)]
        case PointKind.PHONE:
            forms = [
                form
                for value in (*one, text, *found)
                for form in telephones.asked_forms(value, point.country)
            ]
        case PointKind.LINK:
            forms = [links.link_form(value) for value in (*one, text, *found)]
        case _:
            raise ValueError("A contact point is an e-mail address, a telephone number or a link.")
    return tuple(dict.fromkeys(filter(None, forms)))


def entered_forms(point: Point) -> tuple[str, ...]:
    """Every reading of each point that this text holds: what a suppression enters."""
    match point.kind:
        case PointKind.EMAIL:
            forms: Iterable[str] = map(addresses.email_form, _held(point))
        case PointKind.PHONE:
            forms = chain.from_iterable(
                telephones.phone_forms(value, point.country) for value in _held(point)
            )
        case _:
            forms = map(links.link_form, _held(point))
    return tuple(dict.fromkeys(forms)) or normal_forms(point)[:1]


# As many as a part of an import or a sweep has in hand.
@lru_cache(maxsize=4_000)
def _normal_form(kind: str, value: str, country: str) -> str:
    point = Point(kind, value, country)
    held = _held(point)
    if len(held) == 1 and kind == PointKind.EMAIL:
        return addresses.email_form(held[0])
    forms = entered_forms(point) if len(held) == 1 else normal_forms(point)
    return forms[0] if forms else ""


def versioned_forms(point: Point) -> tuple[tuple[int, str], ...]:
    """(version, form) of every form under which the suppression file may know this point."""
    forms = [(VERSIONS[PointKind(point.kind)], form) for form in normal_forms(point)]
    if point.kind == PointKind.LINK:
        values = (point.value[: 4 * LONGEST], *_held(point))
        forms += [(1, form) for value in values if (form := links.link_form_1(value))]
    return tuple(dict.fromkeys(forms))


def points_in(point: Point) -> list[Point]:
    """Each point that this text holds, as it is to be stored; none where it holds none."""
    return [Point(point.kind, value, point.country) for value in _held(point)]


def problem_of(point: Point) -> str:
    """Why this text is not one contact point, in words for whoever wrote it; "" where it is."""
    if len(point.value) > LONGEST:
        return _("a contact point is too long")
    found = _held(point)
    if len(found) > 1:
        return _("several in one field; write each one on its own")
    if found:
        return ""
    if point.kind == PointKind.PHONE and telephones.is_shortened(point.value):
        return _("shortened by a spreadsheet, digits are lost; format its column as text")
    return {
        PointKind.EMAIL: _("not an e-mail address"),
        PointKind.PHONE: _("not a telephone number"),
        PointKind.LINK: _("not a link"),
    }[PointKind(point.kind)]


@lru_cache(maxsize=4_000)
def _held(point: Point) -> tuple[str, ...]:
    text = point.value[: 4 * LONGEST]
    match point.kind:
        case PointKind.EMAIL:
            found = addresses.addresses_in(text)
        case PointKind.PHONE:
            found = telephones.numbers_in(text, point.country)
        case PointKind.LINK:
            found = links.links_in(text)
        case _:
            found = []
    return tuple(value for value in found if len(value) <= LONGEST)
