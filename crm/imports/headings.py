"""A heading as its words: camel case, underscores and signs parted, initials put together."""

import re
import unicodedata
from functools import lru_cache

HUMPS = re.compile(
    r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])|(?<=[A-Z])(?=[A-Z][a-z])"
    r"|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])"
)
SIGNS = re.compile(r"[^\w:]+|_+")
INITIALS = re.compile(r"\b[a-z](?: [a-z])+\b")


@lru_cache(maxsize=4096)
def parted(text: str) -> str:
    """`DoNotEmail`, `do_not_email` and `Do-not-email` alike; `D.O.B.` as `dob`."""
    text = unicodedata.normalize("NFKC", text)
    words = SIGNS.sub(" ", HUMPS.sub(" ", text)).casefold().replace(":", " : ")
    return INITIALS.sub(lambda found: found[0].replace(" ", ""), " ".join(words.split()))


@lru_cache(maxsize=4096)
def both_ways(text: str) -> str:
    """The words as they stand and as they are parted: `DoB` is one word, `DoNotCall` three."""
    plain = SIGNS.sub(" ", unicodedata.normalize("NFKC", text)).casefold()
    plain, apart = " ".join(plain.split()), parted(text)
    return apart if plain == apart else f"{plain} | {apart}"
