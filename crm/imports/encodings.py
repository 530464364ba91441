"""From bytes to text, by plausibility: nothing in a file says in which encoding it was written.

UTF-8 proves itself, UTF-16 shows by its byte order mark or its zeros. Everything else is a guess:
of all readings the one wins whose characters people really write in a language of that encoding;
that it is guessed is said, and whoever looks at the first rows may say otherwise.
"""

import re
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _

from crm.errors import ImportRefused
from crm.imports import plausibility
from crm.imports.plausibility import BALTIC, CENTRAL, CYRILLIC, WEST

# What an operator may choose.
CHOICES = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "big5", "gb18030", "cp1252",
    "iso8859-1", "iso8859-15", "cp1250", "iso8859-2", "cp1251", "koi8-r", "koi8-u", "iso8859-5",
    "cp866", "cp1253", "iso8859-7", "cp1254", "iso8859-9", "cp1257", "iso8859-13", "shift_jis",
    "euc-jp", "iso2022_jp", "euc-kr", "mac-roman", "mac-latin2", "mac-cyrillic", "mac-greek",
    "mac-turkish", "cp850", "cp852", "cp437",
)  # fmt: skip
# Of each name the widest codec: Hong Kong's own characters are in no other Big5.
CODECS = {
    "big5": "big5hkscs",
    "utf-8": "utf-8-sig",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "iso2022_jp": "iso2022_jp_ext",
}
HAN_OF = {
    "big5": "big5:a1-c6",
    "gb18030": "gb2312:a1-d7",
    "shift_jis": "shift_jis:81-98",
    "euc-jp": "shift_jis:81-98",
    "euc-kr": "euc_kr:a1-c8",
}


@dataclass(frozen=True, slots=True)
class Guess:
    """An encoding that is tried, the languages written in it, and how rarely it is met."""

    name: str
    languages: tuple[str, ...]
    rarity: float = 0.0


# Several languages share one: what is asked for each is how its letters are written.
GUESSES = (
    Guess("big5", ("zh_TW",)),
    Guess("gb18030", ("zh_CN", "zh_TW"), 0.2),
    Guess("cp1252", WEST),
    Guess("cp1250", CENTRAL, 0.5),
    Guess("cp1251", CYRILLIC, 2.5),
    Guess("cp1253", ("el",), 2.5),
    Guess("cp1254", ("tr",), 0.5),
    Guess("cp1257", BALTIC, 0.5),
    Guess("shift_jis", ("ja",), 1.0),
    Guess("euc-kr", ("ko",), 1.0),
    Guess("euc-jp", ("ja",), 3.0),
    Guess("iso8859-15", WEST, 2.0),
    Guess("iso8859-2", CENTRAL, 1.5),
    Guess("iso8859-5", CYRILLIC, 4.5),
    Guess("iso8859-7", ("el",), 3.0),
    Guess("iso8859-9", ("tr",), 1.0),
    Guess("iso8859-13", BALTIC, 1.5),
    Guess("koi8-r", ("ru", "bg"), 3.5),
    Guess("koi8-u", ("ru", "uk", "bg"), 4.0),
    Guess("mac-roman", WEST, 2.0),
    Guess("mac-latin2", CENTRAL, 3.0),
    Guess("mac-cyrillic", CYRILLIC, 5.0),
    Guess("mac-greek", ("el",), 5.0),
    Guess("mac-turkish", ("tr",), 3.0),
    Guess("cp850", WEST, 2.5),
    Guess("cp852", CENTRAL, 2.5),
    Guess("cp866", CYRILLIC, 4.5),
    Guess("cp437", WEST, 3.0),
)
# Beyond it, for each byte that is not ASCII, a reading is refused.
MOST_PER_BYTE = 7.5
# So much of a file is looked at, in lines that hold anything beyond ASCII.
LOOKED_AT = 12_000
MARK = "\ufeff"
# Of all bytes: above it a file with zeros is no text.
MOST_ZEROS = 0.1


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, its encoding, and what was done to have it."""

    text: str
    name: str
    # Nothing in the bytes proves it.
    is_guessed: bool = False
    # Zeros (NUL) that were taken out.
    zeros: int = 0
    # UTF-8 but for a few bytes, each of which is a � now.
    is_damaged: bool = False


def decode(content: bytes, encoding: str = "") -> Decoded:
    """The text and how it was read; refused where it is none, or not in the encoding given."""
    if encoding:
        if (found := _as_said(content, encoding)) is not None:
            return found
        raise ImportRefused(
            _("The file cannot be read as %s; choose another encoding.") % encoding
        )
    if (name := _wide(content)) and (text := _in(content, name)) is not None:
        return _cleared(text, name)
    content, zeros = _without_zeros(content)
    if ESCAPED.search(content) and (text := _in(content, "iso2022_jp")) is not None:
        return _cleared(text, "iso2022_jp", zeros=zeros, is_guessed=True)
    text = _in(content, "utf-8")
    if text is not None and _proves_itself(content, text):
        return _cleared(text, "utf-8", zeros=zeros)
    if text is None and (text := _damaged(content)) is not None:
        return _cleared(text, "utf-8", zeros=zeros, is_guessed=True, is_damaged=True)
    name, text = _guessed(content, text)
    return _cleared(text, name, zeros=zeros, is_guessed=True)


def _cleared(
    text: str, name: str, *, zeros: int = 0, is_guessed: bool = False, is_damaged: bool = False
) -> Decoded:
    """Without byte order marks, wherever files were joined, and without the zeros of UTF-16."""
    if within := text.count("\0"):
        text = text.replace("\0", "")
    return Decoded(text.replace(MARK, ""), name, is_guessed, zeros + within, is_damaged)


def _as_said(content: bytes, name: str) -> Decoded | None:
    zeros = 0
    if not name.startswith(("utf-16", "utf-32")):
        content, zeros = _without_zeros(content)
    text, is_damaged = _in(content, name), False
    if text is None and name == "utf-8":
        text = _damaged(content)
        is_damaged = text is not None
    if text is None or text.count("\0") > len(text) * MOST_ZEROS:
        return None
    return _cleared(text, name, zeros=zeros, is_damaged=is_damaged)


# What UTF-8 writes beyond ASCII; hardly any other encoding looks like it by chance.
UTF_8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
HIGH = re.compile(rb"[\x80-\xff]")
LONG = re.compile(rb"[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# Fewer than these may be UTF-8 by chance: 羅 of Big5 is ù, Šťáva of an old DOS is 朠va.
FEW = 8
TOUCHING = re.compile(r"[A-Za-z][\u3041-\ud7a3\uf900-\ufaff]|[\u3041-\ud7a3\uf900-\ufaff][A-Za-z]")
ALPHABETS = (*WEST, *CENTRAL, *BALTIC, *CYRILLIC, "el", "tr")
# So many bytes tell whether a file is UTF-8 but for a few of them.
JUDGED = 4_000_000


def _damaged(content: bytes) -> str | None:
    """The text of a file that is UTF-8 but for a few bytes, each of which is a �; else None."""
    first = content[:JUDGED]
    whole = sum(len(found.group()) for found in UTF_8.finditer(first))
    bad = len(HIGH.findall(UTF_8.sub(b"", first)))
    if whole < 3 * bad:
        return None
    return content.decode("utf-8-sig", "replace")


def _proves_itself(content: bytes, text: str) -> bool:
    """Whether valid UTF-8 is no chance: plain, marked, of several letters, or likelier words."""
    if text.isascii() or content.startswith(b"\xef\xbb\xbf"):
        return True
    if len(list(islice(UTF_8.finditer(content), FEW))) == FEW:
        return True
    if LONG.search(content):
        return not TOUCHING.search(text)
    sample = _sample(content)
    here = plausibility.cost(_roughly(sample, "utf-8"), ALPHABETS)
    return all(
        plausibility.cost(other, guess.languages, HAN_OF[guess.name]) > here
        for guess in GUESSES
        if guess.name in HAN_OF and (other := _roughly(sample, guess.name))
    )


def _wide(content: bytes) -> str:
    """The encoding of two or four bytes a character of which mark or zeros tell."""
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    even, odd = content[0::2].count(0), content[1::2].count(0)
    most, least = max(even, odd), min(even, odd)
    # In one of two places; of Latin text nearly always, of Chinese in commas and addresses.
    if most * 2 > len(content) * 0.25 and least * 10 <= most:
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""


def _without_zeros(content: bytes) -> tuple[bytes, int]:
    zeros = content.count(0)
    if not zeros:
        return content, 0
    if zeros > max(1, len(content) * MOST_ZEROS):
        raise _untold()
    return content.replace(b"\0", b""), zeros


def _in(content: bytes, name: str) -> str | None:
    if name not in CHOICES:
        return None
    try:
        return content.decode(CODECS.get(name, name))
    except UnicodeDecodeError:
        return None


def _roughly(sample: bytes, name: str) -> str:
    """A sample in this encoding; a letter that was cut at its end is left out."""
    try:
        return sample.decode(CODECS.get(name, name))
    except UnicodeDecodeError as error:
        is_end = error.start > len(sample) - 4
        return sample[: error.start].decode(CODECS.get(name, name)) if is_end else ""


# The way of ISO 2022 to say which characters follow; to a reader of ASCII it is control.
ESCAPED = re.compile(rb"\x1b(?:\$[@B]|\$\([DOPQ])")
# Bytes below the blank that no text has; a file of few is damaged, of many is none.
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
MOST_CONTROLS = 0.01


def _guessed(content: bytes, as_utf_8: str | None) -> tuple[str, str]:
    """The most plausible reading, UTF-8 among them where it is one; refused where none is."""
    sample = _sample(content)
    if len(CONTROLS.findall(sample)) > len(sample) * MOST_CONTROLS:
        raise _untold()
    high = max(1, len(HIGH.findall(sample)))
    readings = [
        (cost + guess.rarity, place, guess.name)
        for place, guess in enumerate(GUESSES)
        if (text := _roughly(sample, guess.name))
        and (cost := plausibility.cost(text, guess.languages, HAN_OF.get(guess.name, "")))
        <= MOST_PER_BYTE * high
    ]
    if as_utf_8 is not None:
        everything = (*ALPHABETS, "zh_TW", "zh_CN", "ja", "ko")
        readings.append((plausibility.cost(_roughly(sample, "utf-8"), everything), -1, "utf-8"))
    for _cost, _place, name in sorted(readings):
        if (whole := _in(content, name)) is not None:
            return name, whole
    raise _untold()


def _untold() -> ImportRefused:
    return ImportRefused(
        _("The encoding cannot be told; save the file as “CSV UTF-8”, or choose the encoding.")
    )


def _sample(content: bytes) -> bytes:
    """Lines that hold anything beyond ASCII, each once, as many as tell."""
    found: dict[bytes, None] = {}
    size = 0
    for line in re.finditer(rb"[^\r\n]*[\x80-\xff][^\r\n]*", content):
        text = line.group()
        if text in found:
            continue
        if size + len(text) > LOOKED_AT:
            break
        found[text] = None
        size += len(text)
    return b"\n".join(found) if found else content[:LOOKED_AT]
