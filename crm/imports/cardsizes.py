"""Cards of a size that no person needs: a photograph is passed over, a book comes back as bad.

A card is measured before its lines are read. Pictures, sounds and keys are never wanted and are
taken out unread; a card that is still too large, one that never ends among them, is one bad card.
"""

import re
from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from crm.imports import cards

# Of characters; who has a hundred addresses has fewer.
LONGEST = 200_000
# From here on a card is looked at for its pictures.
MEASURED = 20_000
# Above it nobody looks: no picture of a person has that size.
LARGEST_PICTURED = 10_000_000
BEGINNING = re.compile(r"^[ \t]*begin[ \t]*:[ \t]*vcard[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
UNWANTED = re.compile(
    r"^(?:[\w-]+\.)?(?P<name>PHOTO|LOGO|SOUND|KEY)[;:][^\r\n]*"
    r"(?:\r?\n[ \t][^\r\n]*|\r?\n[\w+/=]+$)*",
    re.IGNORECASE | re.MULTILINE,
)


def shortened(text: str) -> tuple[str, frozenset[int]]:
    """The text without what is too large, and the numbers of the cards that are."""
    if len(text) <= MEASURED:
        return text, frozenset()
    starts = _starts(text)
    parts, too_large = [text[: starts[0]] if starts else text], set()
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True), 1):
        card = text[start:end]
        if MEASURED < len(card) < LARGEST_PICTURED:
            card = UNWANTED.sub(r"\g<name>:", card)
        if len(card) > LONGEST:
            too_large.add(number)
            card = "BEGIN:VCARD\nEND:VCARD\n"
        parts.append(card)
    return "".join(parts), frozenset(too_large)


def rows(
    text: str, too_large: Collection[int], within: str = ""
) -> Iterator[tuple[int, list[str]]]:
    """What the reader of cards says, and of those too large that they are."""
    for number, cells in cards.rows(text, within):
        if number in too_large:
            reason = _("the card is too large, or has no END:VCARD")
            yield number, [*([""] * (len(cards.HEADER) - 1)), reason]
        else:
            yield number, cells


def _starts(text: str) -> list[int]:
    """Where each card begins; one within another (AGENT) is part of it."""
    found = []
    lowered = text.lower()
    if len(lowered) != len(text):
        # A letter became two: what is found in one does not stand there in the other.
        places = [match.start() for match in BEGINNING.finditer(text)]
    else:
        places = list(_lines_of(lowered))
    for place in places:
        above = text[max(0, place - 200) : place].rstrip().rpartition("\n")[2]
        if not above.upper().startswith("AGENT"):
            found.append(place)
    return found


def _lines_of(lowered: str) -> Iterator[int]:
    """Where each line stands that begins a card."""
    at = lowered.find("vcard")
    while at >= 0:
        start = max(
            lowered.rfind("\n", max(0, at - 100), at), lowered.rfind("\r", max(0, at - 100), at)
        )
        start = start + 1 if start >= 0 else 0
        if at - start < 100 and BEGINNING.match(lowered, start):
            yield start
        at = lowered.find("vcard", at + 5)
