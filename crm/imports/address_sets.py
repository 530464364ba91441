"""Columns of postal addresses belong to sets: work, home, other, numbered. One set is one address.

The first set of a row with a street or a city is taken whole; what another one holds is named, and
never fills a gap of the first.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from crm.exports.formulas import restored
from crm.imports.aliases import Columns, plain
from crm.imports.blanks import is_blank

FIELDS = ("street", "city", "region", "postcode", "address_country")
PLACES = {
    "work": re.compile(
        r"\b(work|business|office|company|firma|geschäftlich|dienstlich|beruflich|"
        r"bureau|professionnel\w*|trabajo|travail)\b|商務|商务|公司|辦公|办公|工作|單位|单位|会社"
    ),
    "home": re.compile(
        r"\b(home|private|privat|personal|residential|domicile|casa|particular|zuhause)\b"
        r"|住家|住宅|家庭|家用|私人|自宅"
    ),
    "other": re.compile(
        r"\b(other|alt|alternate|alternative|second|secondary|weitere\w*|andere\w*|sonstige\w*|autre|otro)\b|其他|其它|另"
    ),
    "billing": re.compile(r"\b(billing|invoice|rechnungs?\w*|facturation)\b|帳單|账单|發票"),
    "shipping": re.compile(
        r"\b(shipping|delivery|liefer\w*|versand\w*|livraison)\b|送貨|送货|收貨|配送"
    ),
    "mailing": re.compile(
        r"\b(mailing|postal|post|primary|main|haupt\w*)\b(?! ?code)|郵寄|邮寄|主要"
    ),
}
NUMBER = re.compile(r"\d+")
# “Business Street 2” is the second line of the street at work.
LINE = re.compile(
    r"(street|line|str(?:aße|asse)?|zeile|rue|calle|街道?|地址)\W*(\d+)\W*\Z", re.IGNORECASE
)


@lru_cache(maxsize=64)
def sets_of(header: tuple[str, ...]) -> tuple[str, ...]:
    """To which address each column belongs, by its heading."""
    numbered = {
        number[0]
        for heading in header
        if not LINE.search(heading)
        for number in [NUMBER.search(heading)]
        if number
    }
    return tuple(_set_of(heading, numbered) for heading in header)


def _set_of(heading: str, numbered: Collection[str]) -> str:
    words = plain(heading)
    found = [place for place, pattern in PLACES.items() if pattern.search(words)]
    line = LINE.search(heading)
    if line and line[2] not in numbered:
        heading = heading[: line.start()]
    number = NUMBER.search(heading)
    return " ".join([*found[:1], *([str(int(number[0]))] if number else [])])


def chosen(
    cells: Sequence[str], columns: Columns, header: tuple[str, ...]
) -> tuple[dict[str, str], list[str]]:
    """The parts of the one address that is taken, and the headings of what is left out."""
    fields = {at: field for field in FIELDS for at in columns.get(field, ())}
    if not fields:
        return {}, []
    places = sets_of(header)
    sets: dict[str, dict[str, list[str]]] = {}
    left: dict[str, list[str]] = {}
    for at in sorted(fields):
        if at < len(cells) and not is_blank(cells[at]):
            name = places[at] if at < len(places) else ""
            sets.setdefault(name, {}).setdefault(fields[at], []).append(
                restored(cells[at]).strip()
            )
            left.setdefault(name, []).append(header[at] if at < len(header) else str(at + 1))
    with_place = (name for name, parts in sets.items() if parts.keys() & {"street", "city"})
    taken = next(with_place, next(iter(sets), None))
    if taken is None:
        return {}, []
    parts = {
        field: "\n".join(dict.fromkeys(values)) if field == "street" else values[0]
        for field, values in sets.pop(taken).items()
    }
    return parts, [heading for name in sets for heading in left[name]]
