"""Names, split by script and folded for the search box; no script is mandatory.

Han names put the family name first and take no space. Latin names: a comma parts the family name
from the rest; else the one word in capitals is it (`CHAN Tai Man`, `Ann CHAN Tai Man`). Where all
is in capitals, as on a Hong Kong identity card, a first word that is a Cantonese or Mandarin
family name is it (`CHAN TAI MAN`, `LEE JOHN`); `JOHN LEE` and every other name end with it. Titles
(`Dr.`, `Ms`, `先生`) are no part of a name.
"""

import re
import unicodedata
from dataclasses import dataclass, fields

from privacy.folding import fold

HAN = re.compile(r"[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af·]+")
# Family names of two characters, in both forms of writing.
COMPOUND = frozenset(
    "歐陽 欧阳 司馬 司马 司徒 諸葛 诸葛 上官 東方 东方 端木 皇甫 尉遲 尉迟 公孫 公孙 慕容 夏侯 "
    "令狐 長孫 长孙 宇文 鍾離 钟离 軒轅 轩辕 澹臺 澹台 張簡 范姜".split()
)
# Romanised family names that may stand first in a name written in capitals.
ROMANISED = frozenset(
    "AU AU-YEUNG AUYEUNG CHAN CHANG CHAO CHAU CHEN CHENG CHEUNG CHIANG CHIN CHING CHIU CHO CHOI "
    "CHONG CHOW CHU CHUI CHUN CHUNG FAN FONG FU FUNG GAO GUO HE HO HU HUANG HUI HUNG IP JIANG KAM "
    "KAN KO KONG KOO KWAN KWOK KWONG LAI LAM LAU LAW LEE LEI LEUNG LI LIANG LIAO LIM LIN LIU LO "
    "LOK LUI LUK LUO MA MAK MOK MUI NG NGAI NGAN OU PANG POON PUN SETO SHEK SHUM SIN SIT SIU SO "
    "SUEN SUN SUNG SZE SZETO TAI TAM TAN TANG TO TONG TSANG TSE TSO TSOI TSUI TUNG WAN WANG WEI "
    "WEN WONG WOO WU XIE XU YAN YANG YAO YAU YE YEUNG YIM YIN YING YIP YIU YU YUAN YUEN YUNG "
    "ZENG ZHANG ZHAO ZHENG ZHONG ZHOU ZHU".split()
)
TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor sir dame madam revd rev hon ir herr frau dipl-ing "
    "mme mlle".split()
)
SALUTATIONS = frozenset("mr mrs ms miss mx dr herr frau 先生 小姐 女士 太太".split())
DEGREES = re.compile(r"[,\s]+(Ph\.?\s?D\.?|M\.?B\.?A\.?|Esq\.?|C\.?P\.?A\.?)$", re.IGNORECASE)
HAN_TITLES = re.compile(r"(先生|小姐|女士|太太|夫人|博士|教授|醫生|医生|律師|律师|老師|老师)$")


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one person as they are stored."""

    native_family_name: str = ""
    native_given_name: str = ""
    latin_family_name: str = ""
    latin_given_name: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def split(*, family: str = "", given: str = "", full: str = "") -> Names:
    """Put what was written into native and Latin names, by script."""
    family, given, full = _tidy(family), _untitled(_tidy(given)), _untitled(_tidy(full))
    family = _untitled(family) or family
    if not family and not given:
        return _split_full(full)
    if not family and (" " in given or HAN.fullmatch(given)):
        return _split_full(given)
    if not given and (" " in family or (HAN.fullmatch(family) and len(family) > 2)):
        return _split_full(family)
    native_family, other_family = _by_script(family)
    native_given, other_given = _by_script(given)
    return Names(native_family, native_given, other_family, other_given)


def is_title(text: str) -> bool:
    """Whether this is a form of address and nothing else; a professor's is an office too."""
    return text.strip().rstrip(".").casefold() in SALUTATIONS


def agree(one: Names, other: Names) -> bool:
    """Whether these may be one person's: no script in which both are named says otherwise."""
    return all(
        not mine or not theirs or mine == theirs
        for mine, theirs in zip(_keys(one), _keys(other), strict=True)
    )


def name_key(name: str) -> str:
    """A folded name without spaces: equal for every way of spacing, searched by its beginning."""
    return fold(name).replace(" ", "")


def search_text(parts: list[str]) -> str:
    """What the search box reads: each part once, folded."""
    return " ".join(dict.fromkeys(filter(None, map(fold, parts))))


def _tidy(text: str) -> str:
    return " ".join(text.replace("\u3000", " ").split())


def _untitled(text: str) -> str:
    """The text without forms of address before it, and degrees or Chinese titles behind."""
    words = text.split()
    while words and words[0].rstrip(".").casefold() in TITLES:
        words.pop(0)
    text = DEGREES.sub("", " ".join(words))
    return HAN_TITLES.sub("", text).strip()


def _keys(names: Names) -> tuple[str, str]:
    native = name_key(names.native_family_name + names.native_given_name)
    latin = fold(f"{names.latin_given_name} {names.latin_family_name}")
    # Which word is the family name is often guessed: the words count, not their places.
    return native, " ".join(sorted(latin.split()))


def _by_script(text: str) -> tuple[str, str]:
    """(native, Latin) parts of a text: Han and other scripts are native, the rest is Latin."""
    if text.isascii():
        return "", text
    han = "".join(part for part in HAN.findall(text) if part != "·")
    if han:
        return han, _tidy(HAN.sub(" ", text).strip(" ()（）,"))
    is_latin = any(unicodedata.name(c, "").startswith("LATIN") for c in text)
    return ("", text) if is_latin else (text, "")


def _split_full(full: str) -> Names:
    parts = HAN.findall(full)
    if parts:
        latin = _split_latin(_tidy(HAN.sub(" ", full)).strip(" ()（）,"))
        family, given = (parts[0], "".join(parts[1:])) if len(parts) > 1 else _split_han(parts[0])
        return Names(family, given, *latin)
    family, given = _split_latin(full)
    if _by_script(full)[0]:
        return Names(family, given, "", "")
    return Names("", "", family, given)


def _split_han(name: str) -> tuple[str, str]:
    if name[:2] in COMPOUND:
        return name[:2], name[2:]
    return name[:1], name[1:]


def _split_latin(name: str) -> tuple[str, str]:
    """(family, given), by the rule at the head of this module."""
    before, comma, after = name.partition(",")
    if comma:
        return before.strip(), after.strip()
    words = name.split()
    if len(words) < 2:
        return name, ""
    capitals = [word for word in words if len(word.rstrip(".")) > 1 and word.isupper()]
    on_a_card = len(capitals) == len(words) and words[0] in ROMANISED
    if len(capitals) == 1:
        family = words.index(capitals[0])
    elif on_a_card or (words[0] in capitals and words[-1] not in capitals):
        family = 0
    else:
        family = len(words) - 1
    return words[family], " ".join(words[:family] + words[family + 1 :])
