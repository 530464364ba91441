"""One folding for whatever is searched as words: names in the search box, needles of residue.

It serves search alone; the identity of a contact point is another matter (`privacy.points`).
"""

import unicodedata

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
        category = unicodedata.category(letter)
        if category in {"Cf", "Cc"} and not letter.isspace():
            continue
        if category == "Mn":
            if not after_latin:
                kept.append(letter)
            continue
        after_latin = unicodedata.name(letter, "").startswith("LATIN")
        kept.append(letter)
    folded = unicodedata.normalize("NFKC", "".join(kept)).casefold().translate(PLAIN)
    return " ".join(folded.split())
