"""The letters of a value as they are compared: without the invisible, in one width and case."""

import unicodedata
from collections.abc import Callable

# No rule changes a text more often than it has layers; whoever nests deeper wraps no address.
MOST_ROUNDS = 10
LINE_ENDS = {ord(letter): " \u2028 " for letter in "\r\n\v\f\u0085\u2028\u2029\t"}


def settled(rule: Callable[[str], str], text: str) -> str:
    """Apply a rule until nothing changes: brackets within brackets, a scheme before a scheme."""
    for _round in range(MOST_ROUNDS):
        before, text = text, rule(text)
        if text == before:
            break
    return text


def without_invisible(text: str) -> str:
    """Drop format and control characters: zero-width, direction marks, soft hyphens."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cc"})


def plain(text: str) -> str:
    """Full-width and other compatible forms become plain; what cannot be seen goes."""
    return unicodedata.normalize("NFKC", without_invisible(text)).strip()


def lined(text: str) -> str:
    """The same, but that the end of a line still parts what stands on either side."""
    return plain(text.translate(LINE_ENDS))


def folded(text: str) -> str:
    """NFKC, casefold, NFKC until nothing changes: idempotent, full-width becomes plain."""
    before = None
    while text != before:
        before = text
        text = unicodedata.normalize("NFKC", without_invisible(text))
        text = unicodedata.normalize("NFKC", text.casefold())
    return text
