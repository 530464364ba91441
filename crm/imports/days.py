"""Dates as people write them: what has one reading is read, what has two is asked about.

03/04/1980 is the third of April or the fourth of March; which, somebody says once for the file.
Two digits of a year are no year that is stored. What the age gate reads besides stands in `spans`.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from crm.enums import DateOrder

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar jan jänner janvier janv", "february februar feb février fevrier",
            "march märz maerz mar mär mrz mars", "april apr avril avr", "may mai",
            "june juni jun juin", "july juli jul juillet", "august aug août aout",
            "september sep sept septembre", "october oktober oct okt octobre",
            "november nov novembre", "december dezember dec dez décembre decembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
# A time behind the day is midnight's, or nobody's business.
TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AP]M)?(?:Z|[+-]\d{2}:?\d{2})?)?"


def _ways(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern + TIME, re.IGNORECASE)


YEAR_FIRST = _ways(r"(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.)(\d{1,2})")
COMPACT = _ways(r"(\d{4})(\d{2})(\d{2})")
CHINESE = _ways(r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?[日號号]")
DOTTED = _ways(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")
NUMBERS = _ways(r"(\d{1,2})(?:/(\d{1,2})/|-(\d{1,2})-)(\d{4})")
DAY_NAMED = _ways(r"(\d{1,2})(?:st|nd|rd|th|\.)?[ -]([^\W\d]+)\.?,?[ -](\d{4})")
MONTH_NAMED = _ways(r"([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")


def readings(text: str, *, order: str = "") -> list[date]:
    """Every day that this may mean, each once; `order` is how the file writes its numbers."""
    text = in_western(text)
    found: list[date | None] = []
    for pattern, read in ORDERED:
        if match := pattern.fullmatch(text):
            found.append(read(*[part for part in match.groups() if part is not None]))
    if match := NUMBERS.fullmatch(text):
        first, second, year = [part for part in match.groups() if part is not None]
        if order != DateOrder.MONTH_FIRST:
            found.append(day_of(year, second, first))
        if order != DateOrder.DAY_FIRST:
            found.append(day_of(year, first, second))
    return sorted({day for day in found if day is not None})


def day_of(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _named(year: str, month: str, day: str) -> date | None:
    return day_of(year, MONTHS.get(month.casefold(), 0), day)


ORDERED: tuple[tuple[re.Pattern[str], Callable[..., date | None]], ...] = (
    (YEAR_FIRST, day_of),
    (COMPACT, day_of),
    (CHINESE, day_of),
    # Whoever writes points writes the day first.
    (DOTTED, lambda day, month, year: day_of(year, month, day)),
    (DAY_NAMED, lambda day, month, year: _named(year, month, day)),
    (MONTH_NAMED, lambda month, day, year: _named(year, month, day)),
)


# --- numerals -----------------------------------------------------------------------------------

DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "○": 0, "两": 2, "兩": 2,
}  # fmt: skip
TENS = {"廿": 20, "卅": 30}
NUMERAL = re.compile("[" + "".join([*DIGITS, *TENS, "十百"]) + "]+")
# Year 1 of the Republic of China is 1912.
REPUBLIC = re.compile(
    r"(?:中華)?(?:民國|民国|\broc\b|\bminguo\b)\s*(元|\d{1,3})\s*(?=\D|\Z)", re.IGNORECASE
)


def in_western(text: str) -> str:
    """In narrow Western digits, with one space between words and the years of our era."""
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    if text.isascii() and "c" not in text and "C" not in text and "guo" not in text:
        return text
    text = in_digits(text)
    return REPUBLIC.sub(lambda m: str(1911 + (1 if m[1] == "元" else int(m[1]))), text)


def in_digits(text: str) -> str:
    """Chinese numerals below a thousand, and digits one by one, as Western digits."""
    return NUMERAL.sub(lambda found: _number(found[0]), text)


def _number(signs: str) -> str:
    if not set(signs) & {"十", "百", *TENS}:
        return "".join(str(DIGITS[sign]) for sign in signs)
    total = current = 0
    for sign in signs:
        if sign in TENS:
            total += TENS[sign]
        elif sign in "十百":
            total += (current or 1) * (10 if sign == "十" else 100)
            current = 0
        else:
            current = DIGITS[sign]
    return str(total + current)


# --- no date ------------------------------------------------------------------------------------

# What stands in a cell of whom nobody knows the date.
NO_DATE = frozenset(
    """
    n/a|na|#n/a|n.a.|n. a.|nan|nat|none|null|nil|nul|void|unknown|not known|unspecified
    undefined|not set|not given|not available|not applicable|not provided|not specified
    not stated|not disclosed|not recorded|no date|no data|no entry|no birthday|no dob|blank
    empty|missing|tba|tbc|tbd|false|no|private|secret|confidential|prefer not to say
    invalid date|#ref!|#value!|#name?|#null!|#num!|#div/0!|(none)|(null)|(blank)|(empty)
    [null]|<null>|(not set)|\\n|unbekannt|nicht bekannt|nicht angegeben|nicht verfügbar
    nicht gesetzt|keine|keines|keins|kein|keine angabe|keine angaben|kein datum
    kein geburtstag|k.a.|k. a.|k.a|ka|k/a|o.a.|ohne angabe|leer|fehlt|entfällt|offen|nein|ohne
    nicht vorhanden|#nv|#wert!|#bezug!|inconnu|inconnue|non renseigné|non communiqué
    non précisé|non spécifié|aucun|aucune|vide|s.o.|n.c.|無|无|沒有|没有|不詳|不详|未知|未填
    未填寫|未填写|未提供|未設定|未设定|不明|不知|不適用|不适用|空|空白|暫無|暂无|待補|待补
    保密|無資料|无资料|沒有資料|没有资料|否
    """.strip()
    .replace("\n    ", "|")
    .split("|")
)
TEMPLATE = re.compile(
    r"(?:d{1,2}|m{1,4}|y{1,4}|t{1,2}|j{2,4}|a{2,4}|x+|[日月年號号]+|mon|day|month|year|tag|monat"
    r"|jahr)\Z"
)
CLOCK = re.compile(
    r"(?:(?<=\d)t|(?<=\d) |\A|\b)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"
    r"(?: ?(?:[ap]\.?m\b\.?|uhr|上午|下午))?"
    r" ?(?:z\b|utc|gmt|cest|cet|hkt)?(?: ?[+-]\d{2}:?\d{2}\b)?|(?<=\d{8})t\d{2,6}z?"
)


def is_blank(text: str) -> bool:
    """Whether it stands for no date at all: zeros and signs alone, a placeholder, a pattern."""
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if text in NO_DATE or text.strip(" .!?()[]{}<>-–—*\"'") in NO_DATE:
        return True
    text = without_clock(text)
    if not re.search(r"[^\W0_年月日號号]", text):
        return True
    words = re.findall(r"[^\W_]+", text)
    return (len(words) > 1 or len(text) > 1) and all(TEMPLATE.match(word) for word in words)


def without_clock(text: str) -> str:
    return CLOCK.sub(" ", text).strip()
