"""How likely a reading of bytes is: what its letters cost in the language that fits them best.

All readings of the same bytes are compared, so that costs are natural logarithms throughout. What
nobody writes costs much: Han that touches a Latin word, a capital within a word of small letters,
a symbol within a word, a control character.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache, lru_cache

from crm.imports import letters

WEST = ("de", "fr", "es", "pt", "it", "nl", "sv", "da", "fi", "is")
CENTRAL = ("pl", "cs", "sk", "hu", "hr", "sl", "ro")
BALTIC = ("lt", "lv", "et")
CYRILLIC = ("ru", "uk", "bg")
# What a pair of letters costs more than the second alone where the first is given.
GIVEN = 2.4
UNSEEN_PAIR, UNSEEN_LETTER = 3.0, 13.0
# Of letters beyond a language's own: a name from elsewhere.
FOREIGN = 9.0
SEVERAL_LANGUAGES = 1.5
MIXED_SCRIPTS, ODD_CASE, WITHIN_WORD, CONTROL = 9.0, 5.0, 9.0, 16.0
USUAL_SIGN, ODD_SIGN, FULL_WIDTH, HALF_KANA = 4.0, 7.5, 5.0, 7.0
BESIDE_A_SIGN, ALONE = 4.0, 4.0
STRANGE = frozenset("\\^`{}~")
# Beside Han a number is usual.
UNLIKELY = STRANGE | frozenset("[]|#$%*+=<>0123456789")
KNOWN_HAN, RARE_HAN = 9.5, 13.0
SIGNS = frozenset("€‚„…‘’“”•–—™«»°·©®§№\xa0")
QUOTES = frozenset("„‘’“”–«»·\xa0")
LIGATURES = frozenset("ßŉĸ")


def cost(text: str, languages: tuple[str, ...], common_han: str = "") -> float:
    """What all characters beyond ASCII cost, in the best of these languages or in all of them.

    `common_han`: the older set of characters that a font of that country holds.
    """
    found, fixed = _counted(text, common_han)
    if not found:
        return fixed
    by_language = [{key: _in_language(language, *key) for key in found} for language in languages]
    each = [sum(costs[key] * n for key, n in found.items()) for costs in by_language]
    together = sum(min(costs[key] for costs in by_language) * n for key, n in found.items())
    several = SEVERAL_LANGUAGES * found.total() if len(languages) > 1 else math.inf
    return fixed + min(*each, together + several, math.inf)


def _counted(text: str, common_han: str) -> tuple[Counter[tuple[str, str, str]], float]:
    """Letters between their neighbours, and what costs the same in every language."""
    found: Counter[tuple[str, str, str]] = Counter()
    fixed = 0.0
    last = len(text) - 1
    for place, letter in enumerate(text):
        if letter < "\x80":
            continue
        before = text[place - 1] if place else " "
        after = text[place + 1] if place < last else " "
        script = _script(letter)
        if not script:
            fixed += _of_a_sign(letter, before, after)
            continue
        fixed += _beside(script, before) + _beside(script, after)
        if script == "east":
            found["", letter, ""] += 1
            fixed += 0.0 if _is_known(letter, common_han) else RARE_HAN - KNOWN_HAN
        else:
            found[_small(before) or "^", _small(letter), _small(after) or "$"] += 1
            fixed += _dressed(text, place, before, letter, after)
    return found, fixed


def _beside(script: str, neighbour: str) -> float:
    """What a neighbour costs that nobody writes there."""
    if neighbour.isalpha():
        return MIXED_SCRIPTS if _script(neighbour) != script else 0.0
    return BESIDE_A_SIGN if neighbour in (STRANGE if script == "east" else UNLIKELY) else 0.0


def _dressed(text: str, place: int, before: str, letter: str, after: str) -> float:
    """Case: no capital behind a small letter, no small one among capitals or at the beginning."""
    if not before.isalpha() and not after.isalpha():
        return ALONE
    if letter.isupper():
        # Neither maÅ nor MÅl, but MÅL.
        return ODD_CASE if before.isalpha() and (before.islower() or after.islower()) else 0.0
    if letter in LIGATURES:
        return 0.0
    is_last = place > 1 and not after.isalpha() and text[place - 2].isupper()
    if after.isupper() or (before.isupper() and is_last):
        return ODD_CASE
    return 0.0 if before.isalpha() else 1.5


def _of_a_sign(letter: str, before: str, after: str) -> float:
    category = unicodedata.category(letter)
    if category in ("Cc", "Co", "Cn", "Cs"):
        return CONTROL
    if "\uff61" <= letter <= "\uff9f":
        return HALF_KANA
    if "\u3000" <= letter <= "\u303f" or "\uff00" <= letter <= "\uffef":
        return FULL_WIDTH
    if before.isalnum() and after.isalnum() and letter not in "’·‘\xa0–":
        return WITHIN_WORD + ODD_SIGN
    beside = before.isalpha() or after.isalpha() or before in UNLIKELY or after in UNLIKELY
    if letter in SIGNS:
        return USUAL_SIGN + (0.0 if not beside else 2.0 if letter in QUOTES else BESIDE_A_SIGN)
    return ODD_SIGN + (WITHIN_WORD / 2 if beside else 0.0)


@cache
def _script(letter: str) -> str:
    """Latin, another alphabet, a script of East Asia, or no letter at all."""
    if letter < "\x80":
        return "latin" if letter.isalpha() else ""
    if "\u3041" <= letter <= "\u30fe" or letter in "々〆ー":
        return "east"
    if not letter.isalpha() or "\uff61" <= letter <= "\uff9f":
        return ""
    name = unicodedata.name(letter, "")
    if name.startswith("LATIN"):
        return "latin"
    if name.startswith(("CJK", "HANGUL", "HIRAGANA", "KATAKANA")):
        return "east"
    return "other" if name.startswith(("CYRILLIC", "GREEK")) else ""


@cache
def _is_known(letter: str, common_han: str) -> bool:
    """Whether the country's first level of characters has it."""
    if not common_han:
        return True
    codec, _colon, span = common_han.partition(":")
    first, last = (int(number, 16) for number in span.split("-"))
    try:
        content = letter.encode(codec)
    except UnicodeEncodeError:
        return False
    return len(content) == 2 and first <= content[0] <= last and content[1] >= 0x40


def _small(letter: str) -> str:
    # İ small is two characters.
    if not letter.isalpha():
        return ""
    return letter if letter == "İ" else letter.lower()


@lru_cache(maxsize=65_536)
def _in_language(language: str, before: str, letter: str, after: str) -> float:
    alone = _table("LETTERS", language).get(letter)
    if not before:
        return min(alone or KNOWN_HAN, KNOWN_HAN)
    if alone is None:
        return UNSEEN_LETTER if language not in WEST else FOREIGN + 2.0
    backed_off = alone + UNSEEN_PAIR
    left = _table("BEHIND", language).get(before + letter)
    right = _table("BEFORE", language).get(letter + after)
    return (
        (backed_off if left is None else min(left - GIVEN, backed_off))
        + (backed_off if right is None else min(right - GIVEN, backed_off))
    ) / 2


@cache
def _table(name: str, language: str) -> dict[str, float]:
    """Each letter, or pair of letters, with its cost."""
    size = 1 if name == "LETTERS" else 2
    return {
        key: float(number)
        for number, keys in getattr(letters, name).get(language, {}).items()
        for key in _cut(keys, size)
    }


def _cut(keys: str, size: int) -> Iterable[str]:
    return (keys[at : at + size] for at in range(0, len(keys), size))
