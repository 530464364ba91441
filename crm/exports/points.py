"""Telephone numbers and links as an export writes them: each is read again as the one on file."""

import re
from urllib.parse import quote

from crm.exports.formulas import dialled
from privacy.enums import PointKind
from privacy.points import Point, normal_form, points_in
from privacy.points.telephones import EXTENSION

# Of a link only these are left as they are, where it would be read as something else.
PLAIN = "/:?#@=&%+~-_."
AT_THE_END = re.compile(r"[-._~:]+\Z")


def telephone(value: str) -> str:
    """The number as it can be dialled, with its extension as people write it."""
    number, mark, extension = value.partition(EXTENSION)
    written = f"{dialled(number)}{mark}{extension}"
    return written if is_read(PointKind.PHONE, written, value) else value


def uri(value: str) -> str:
    """The number as a URI (RFC 3966); "" of one that is no global number."""
    number, _mark, extension = value.partition(EXTENSION)
    digits = "".join(c for c in dialled(number) if c in "+0123456789")
    if not digits.startswith("+") or not is_read(PointKind.PHONE, digits, value):
        return ""
    return f"tel:{digits};ext={extension}" if extension else f"tel:{digits}"


def link(value: str) -> str:
    """The link; signs at which a reader would part it are encoded."""
    if ":::" not in value and is_read(PointKind.LINK, value, value):
        return value
    plain = quote("".join(value.split()), safe=PLAIN).replace(":::", "%3A%3A%3A")
    encoded = AT_THE_END.sub(lambda m: "".join(f"%{ord(c):02X}" for c in m[0]), plain)
    return encoded if is_read(PointKind.LINK, encoded, value) else value


def is_read(kind: PointKind, written: str, stored: str) -> bool:
    """Whether a reader finds this one point, and nothing else, in what is written."""
    found = [normal_form(point) for point in points_in(Point(kind, written))]
    return found == [normal_form(Point(kind, stored))]
