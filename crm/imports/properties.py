"""Which properties the cards of a file hold, what each becomes, or why it is left out."""

import re

from crm.imports import aliases, births, cards, optouts
from crm.imports.aliases import Why

# Property -> field; a name and an address come in several columns of the reader of cards.
MEANING = {
    "N": "full", "FN": "full", "NICKNAME": "full", "ORG": "organisation", "TITLE": "job_title",
    "TEL": "phone", "EMAIL": "email", "ADR": "address", "URL": "link", "LANG": "language",
    "ROLE": "job_title", "IMPP": "link", cards.BIRTHDAY: "born_on",
    **dict.fromkeys(("X-URL", "X-LINKEDIN", "X-LINKEDIN-URL"), "link"),
    **dict.fromkeys(("X-SOCIALPROFILE", "SOCIALPROFILE"), "link"),
}  # fmt: skip
# Of the card itself; nothing of it is about the person.
FORM = frozenset({"VERSION", "KIND", "UID", "REV", "PRODID"})
READ = cards.READ | {cards.BIRTHDAY}
# What of a no its value says, and never its name.
LABELS = frozenset({"CATEGORIES"})
# Texts and days that are asked about no birth, whatever their names say.
NO_BIRTH = frozenset({"NOTE", "ANNIVERSARY"})
# At the beginning of a line, however lines end.
NAMED = re.compile(r"(?<![^\r\n])(?:[\w-]+\.)?([A-Za-z][\w-]*)[;:]")


def held(text: str, dropped: list[str]) -> tuple[str, ...]:
    """Each property once, in the order of the file; `dropped` are those that the reader leaves.

    What looks like one within a text that goes on in the next line is none.
    """
    known = READ | FORM | set(dropped)
    names = dict.fromkeys(match[1].upper() for match in NAMED.finditer(text))
    return tuple(name for name in names if name in known)


def meaning_of(name: str) -> str | None:
    """The field that a property becomes; of one that nobody reads, none."""
    return MEANING.get(name) if name in READ else None


def why_dropped(name: str) -> str:
    """Why a property is not stored; some are read all the same for the age gate or for a no."""
    if name in FORM:
        return Why.FORM
    heading = name.removeprefix("X-")
    if name not in NO_BIRTH and births.meaning_of(heading):
        return Why.GATE
    if name in LABELS or optouts.meaning_of(heading):
        return Why.NO
    return aliases.why_dropped(name)
