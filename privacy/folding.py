"""One folding for whatever is searched as words: names in the search box, needles of residue.

It serves search alone; the identity of a contact point is another matter (`privacy.points`).
"""

import unicodedata
from functools import cache

# Letters of the Latin script that no decomposition takes apart.
PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'"}
)


def fold(text: str) -> str:
    """Case, width and Latin accents away, Han and all other letters kept; idempotent."""
    if text.isascii():
        return " ".join(text.casefold().split())
    text = unicodedata.normalize("NFKC", text).casefold().translate(PLAIN)
    kept: list[str] = []
    after_latin = False
    for letter in unicodedata.normalize("NFKD", text):
        is_invisible, is_mark, is_latin = _traits(letter)
        if is_invisible or (is_mark and after_latin):
            continue
        if not is_mark:
            after_latin = is_latin
        kept.append(letter)
    folded = unicodedata.normalize("NFKC", "".join(kept)).casefold().translate(PLAIN)
    return " ".join(folded.split())


@cache
def _traits(letter: str) -> tuple[bool, bool, bool]:
    """Whether it is invisible, a combining mark, and Latin; asked once for each letter."""
    category = unicodedata.category(letter)
    is_invisible = category in {"Cf", "Cc"} and not letter.isspace()
    is_latin = unicodedata.name(letter, "").startswith("LATIN")
    return is_invisible, category == "Mn", is_latin
