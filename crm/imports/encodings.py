"""From bytes to text, by plausibility: nothing in a file says in which encoding it was written.

UTF-8 proves itself, also where a few of its bytes were damaged, and UTF-16 shows by its zeros.
Between Big5, GB18030 and cp1252, in which nearly everything can be read, the reading wins whose
characters people really write; whoever looks at the first rows may say otherwise.
"""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

from crm.errors import ImportRefused

# What an operator may choose, in the order in which they are tried.
CHOICES = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "big5", "gb18030", "cp1252")
# Hong Kong's own characters are in no other Big5.
CODECS = {"big5": "big5hkscs", "utf-8": "utf-8-sig"}
LEAST_PLAUSIBLE = 0.5


def decode(content: bytes, encoding: str = "") -> tuple[str, str]:
    """The text and the name of its encoding; refused where it is none, or not in the one given."""
    if encoding:
        text = _in(content, encoding)
        if text is None and encoding == "utf-8":
            text = _damaged(content)
        if text is None:
            raise ImportRefused(
                _("The file cannot be read as %s; choose another encoding.") % encoding
            )
        return text, encoding
    for name in _certain(content):
        if (text := _in(content, name)) is not None:
            return text, name
    if (text := _damaged(content)) is not None:
        return text, "utf-8"
    readings = [
        (plausible(content, text), _common(text, name), -place, name, text)
        for place, (name, plausible) in enumerate(PLAUSIBLE.items())
        if (text := _in(content, name)) is not None
    ]
    # At the same score the everyday characters tell; then Big5 is before GB18030 before cp1252.
    score, _common_ones, _place, name, text = max(readings, default=(0.0, 0, 0, "", ""))
    if score < LEAST_PLAUSIBLE:
        raise ImportRefused(
            _("The encoding cannot be told; save the file as “CSV UTF-8”, or choose the encoding.")
        )
    return text, name


# What UTF-8 writes beyond ASCII; hardly any other encoding looks like it by chance.
UTF_8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
HIGH = re.compile(rb"[\x80-\xff]")


def _damaged(content: bytes) -> str | None:
    """The text of a file that is UTF-8 but for a few bytes, each of which is a �; else None."""
    whole = sum(len(found.group()) for found in UTF_8.finditer(content))
    bad = len(HIGH.findall(UTF_8.sub(b"", content)))
    if whole < 3 * bad:
        return None
    text = content.decode("utf-8-sig", "replace")
    return None if "\0" in text else text


def _certain(content: bytes) -> list[str]:
    """Encodings of which the bytes themselves tell."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    if b"\0" in content:
        even, odd = content[0::2].count(0), content[1::2].count(0)
        return ["utf-16-le" if odd >= even else "utf-16-be"]
    return ["utf-8"]


def _in(content: bytes, name: str) -> str | None:
    if name not in CHOICES:
        return None
    try:
        text = content.decode(CODECS.get(name, name))
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _pairs(content: bytes, leads: range, trails: Callable[[int], bool]) -> float:
    """Of all pairs with a high first byte: how many are among those that are common."""
    position, pairs, common = 0, 0, 0
    while position < len(content):
        byte = content[position]
        if byte < 0x80:
            position += 1
            continue
        trail = content[position + 1] if position + 1 < len(content) else 0
        pairs += 1
        common += byte in leads and trails(trail)
        position += 2
    return common / pairs if pairs else 0.0


def _big5(content: bytes, text: str) -> float:
    # The frequent characters, and punctuation of full width.
    score = _pairs(content, range(0xA1, 0xC7), lambda trail: trail >= 0x40)
    return score / 2 if WITHIN_WORDS.fullmatch(content) else score


# Each high byte stands alone in a word of Latin letters: Álvarez, MÜLLER.
WITHIN_WORDS = re.compile(
    rb"[\x00-\x7f]*(?:(?:[\x80-\xff](?=[A-Za-z]{2})|(?<=[A-Za-z]{2})[\x80-\xff](?![\x80-\xff]))"
    rb"[\x00-\x7f]*)+"
)


def _gb18030(content: bytes, text: str) -> float:
    # The first level of GB 2312, and its punctuation.
    return _pairs(content, range(0xA1, 0xD8), lambda trail: trail >= 0xA1)


# What stands in nearly every address file: frequent family names and the words of headers.
EVERYDAY = {
    "big5": frozenset(
        "陳李張黃王林何劉吳周楊梁鄭謝許鄧馮曾蔡潘葉郭蘇盧胡羅歐朱高徐馬趙孫宋余文大小明美麗玲偉"
        "強國華志家俊慧雅芳婷姓名公司有限電子郵件話地址職稱香港台臺北貿易先生小姐"
    ),
    "gb18030": frozenset(
        "陈李张黄王林何刘吴周杨梁郑谢许邓冯曾蔡潘叶郭苏卢胡罗欧朱高徐马赵孙宋余文大小明美丽玲伟"
        "强国华志家俊慧雅芳婷姓名公司有限电子邮件话地址职称香港北京上海广州深圳贸易先生小姐"
    ),
}


def _common(text: str, name: str) -> int:
    """How many everyday characters of its kind of writing this reading shows."""
    everyday = EVERYDAY.get(name, frozenset())
    return sum(character in everyday for character in text)


def _cp1252(content: bytes, text: str) -> float:
    """Letters of Western Europe stand between letters; elsewhere stand quotes and dashes."""
    high = [i for i, character in enumerate(text) if ord(character) > 0x7F]
    if not high:
        return 1.0
    plausible = 0
    for i in high:
        before, after = text[i - 1 : i], text[i + 1 : i + 2]
        if text[i].isalpha():
            plausible += any(c.isascii() and c.isalpha() for c in (before, after) if c)
        else:
            plausible += text[i] in "€‚„…†‡‰‹‘’“”•–—™›«»°·©®§£¥ \xa0"
    return plausible / len(high)


PLAUSIBLE: dict[str, Callable[[bytes, str], float]] = {
    "big5": _big5,
    "gb18030": _gb18030,
    "cp1252": _cp1252,
}
