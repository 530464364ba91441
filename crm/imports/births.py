"""Whatever a row says of birth or age: read for the age gate, also where it is not stored (S113).

The youngest reading counts; what cannot be read keeps the row out, what is no date says nothing.
Stored is a whole date with one reading alone: never a year, an age, or a year that stands for none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from crm import age
from crm.imports import ages, days, headings

# Columns that are read for the gate alone, beside `born_on` and `age`.
GATE, YEAR, MONTH, DAY, FLAG = "birth", "birth_year", "birth_month", "birth_day", "birth_minor"

BIRTH = re.compile(
    r"birth|\bborn\b|\bdob\b|\bd ?o ?b\b|\bbday\b|\bbdate\b|\byob\b|geburt|\bgeb\b|\bgeb ?(?:dat|jahr|tag)"
    r"|\bjahrgang\b|naissance|\bn[eé]e?\b(?= le\b|\Z)|\banniversaire\b"
    r"|出生|生日|誕生|诞生|出世|生辰|\bnacimiento\b|\bnascimento\b|\bnascita\b"
)
AGE = re.compile(
    r"\b(?:age|ages|aged|âge|edad|idade)\b|\bage ?(?:group|range|band|bracket|class|years)"
    r"|\balter\b|\balters(?!heim)\w*|lebensalter|lebensjahre|\byears old\b"
    r"|年齡|年龄|年歲|年岁|歲|岁|年紀|年纪"
)
IS_MINOR = re.compile(
    r"\bis (?:an? )?(?:minor|child)\b|\bunder ?(?:16|18|age)\b|minderjährig|未成年|未滿|未满"
)
# What speaks of a birth or an age and is no date of this person's.
NO_DATE_OF_BIRTH = re.compile(
    r"\b(?:place|city|town|country|county|state|name|nation\w*|weight|order|certificate) (?:of|at) birth\b"
    r"|birth ?(?:place|city|town|country|county|state|name|weight|order|right|certificate|stone)"
    r"|\bborn (?:in|at|name|as)\b|\bname born\b|geburts?[ -]?(?:name|ort|land|stadt|staat|urkunde|ig)"
    r"|\bgeb ?(?:name|ort|land|ühr)|(?:lieu|nom|pays|ville) de naissance"
    r"|出生(?:地|國|国|城|名|證|证|省|縣|县|時間|时间)|生日(?:卡|禮|礼|會|会)"
    r"|\b(?:card|greetings?|reminders?|gift|party|club|wish\w*|voucher|sent)\b"
    r"|\balter (?:name|nachname|wert|kontakt)\b"
)
# Somebody else's, or some thing's.
OTHERS = re.compile(
    r"\b(?:spouse|partner|wife|husband|child(?:ren)?|kids?|son|daughter|mother|father|parent|baby|pet|dog"
    r"|ehe\w*|kind(?:er)?|gatt\w*|mutter|vater|sohn|tochter|conjoint|enfants?|mari)\b"
    r"|配偶|子女|孩子|兒子|女兒|儿子|女儿|父|母"
)
THINGS = re.compile(
    r"\b(?:account|lead|company|firm|deal|vehicle|car|case|ticket|membership|building|property|house|record"
    r"|domain|opportunity|invoice|debt|konto|firmen\w*|gebäude\w*|opt|consent|golden|new|middle|end)\b"
    r" ?(?:s )?(?:age|alter)|\bage (?:of|in days|days)\b|帳齡|账龄|樓齡|楼龄"
)
WHOLE = re.compile(r"date|datum|\bdat\b|\bdob\b|年月|日期|年月日")
OF_YEAR = re.compile(r"year|\byob\b|\byr\b|jahr|année|年")
OF_MONTH = re.compile(r"month|monat|mois|月")
OF_DAY = re.compile(r"birth \| birth day|\bbirth day\b|\bday\b|\btag\b|\bjour\b|出生日\Z")


def meaning_of(header: str) -> str:
    """What a header asks of birth or age: a field, "" for nothing of this person's."""
    words = headings.both_ways(header)
    if NO_DATE_OF_BIRTH.search(words) or OTHERS.search(words):
        return FLAG if IS_MINOR.search(words) and not OTHERS.search(words) else ""
    if IS_MINOR.search(words):
        return FLAG
    if BIRTH.search(words):
        return _part_of(words)
    return "age" if AGE.search(words) and not THINGS.search(words) else ""


def _part_of(words: str) -> str:
    if WHOLE.search(words):
        return "born_on"
    parts = [
        name
        for name, asks in ((YEAR, OF_YEAR), (MONTH, OF_MONTH), (DAY, OF_DAY))
        if asks.search(words)
    ]
    return parts[0] if len(parts) == 1 else "born_on"


def watched(header: Sequence[str], read: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """The columns that speak of it and that nobody reads for anything else."""
    taken = {position for positions in read.values() for position in positions}
    found: dict[str, list[int]] = {}
    for position, heading in enumerate(header):
        field = "" if position in taken else meaning_of(heading)
        if field:
            # What somebody dropped by hand is not stored, and read all the same.
            found.setdefault(GATE if field == "born_on" else field, []).append(position)
    return found


@dataclass(frozen=True, slots=True)
class Birth:
    """What the row says: a day to store, or a child, or why it stays out, or what was left out."""

    day: date | None = None
    is_minor: bool = False
    problem: str = ""
    note: str = ""


def read(cells: Mapping[str, Sequence[str]], *, order: str, on: date) -> Birth:
    """Ask every column that speaks of birth or age."""
    dates = [text for field in ("born_on", GATE) for text in cells.get(field, ())]
    problem = note = ""
    day: date | None = None
    judged = [(text, _of_date(text, order=order, on=on)) for text in (*dates, *_parts(cells))]
    for text in cells.get("age", ()):
        judged.append((text, _of_age(text, on=on)))
    if any(found.is_minor for _text, found in judged) or _is_flagged(cells.get(FLAG, ())):
        return Birth(is_minor=True)
    for _text, found in judged:
        problem = problem or found.problem
    for text in cells.get("born_on", ()):
        found = _of_date(text, order=order, on=on)
        day, note = day or found.day, note or found.note
    return Birth(day, problem=problem, note="" if day else note)


def _is_flagged(texts: Sequence[str]) -> bool:
    """Whether a column that asks for children says yes; a word that nobody knows says it too."""
    noes = {"0", "false", "no", "n", "nein", "non", "off", "否", "不是", "f"}
    return any(not days.is_blank(text) and text.strip().casefold() not in noes for text in texts)


def _parts(cells: Mapping[str, Sequence[str]]) -> list[str]:
    """Year, month and day out of their own columns as one date; what is whole, as it stands."""
    year, month, day = (
        [text for text in cells.get(field, ()) if not days.is_blank(text)]
        for field in (YEAR, MONTH, DAY)
    )
    whole = [text for text in (*month, *day) if re.search(r"\d\D+\d|\d{4}", text)]
    if not year:
        return whole
    months = [text for text in month if text not in whole] or ["0"]
    days_ = [text for text in day if text not in whole] or ["0"]
    if not re.fullmatch(r"\d{2,4}", year[0]):
        return [*year, *whole]
    number = days.month_of(months[0])
    on_day = re.sub(r"\D", "", days_[0]) or "0"
    return [f"{year[0]} {number:02} {on_day:0>2}", *year[1:], *whole]


def _of_date(text: str, *, order: str, on: date) -> Birth:
    if ages.speaks(text) and not days.readings(text, order=order):
        return _of_age(text, on=on)
    spans = days.spans(text, on=on, order=order)
    if spans is None:
        return Birth()
    if not spans:
        to_come = any(day > on for day in days.readings(text, order=order))
        return Birth(problem=_unread(to_come=to_come))
    if any(age.is_under_age(min(last, on), on=on) for _first, last in spans):
        return Birth(is_minor=True)
    exact = [day for day in days.readings(text, order=order) if day <= on]
    if len(exact) > 1:
        return Birth(
            problem=_("date of birth: day or month first? say it where columns are mapped")
        )
    if all(age.stands_for_none(first) for first, _last in spans):
        return Birth(
            note=_(
                "date of birth left out: before 1900, or the first day of a spreadsheet's calendar"
            )
        )
    if exact:
        return Birth(exact[0])
    return Birth(
        note=_("date of birth not stored: no whole date with one reading, e.g. YYYY-MM-DD")
    )


def _unread(*, to_come: bool) -> str:
    if to_come:
        return _("date of birth: it is still to come")
    return _("date of birth: write it as YYYY-MM-DD")


def _of_age(text: str, *, on: date) -> Birth:
    """An age, or what stands in its place: a date or a year."""
    if days.is_blank(text) and text.strip() != "0":
        return Birth()
    if re.search(r"\d{4}|\d+\D+\d+\D+\d", text) and (spans := days.spans(text, on=on)):
        young = any(age.is_under_age(min(last, on), on=on) for _first, last in spans)
        return Birth(is_minor=young)
    years = ages.youngest(text)
    if years is None:
        return Birth(problem=_("age: write it as a number of years"))
    return Birth(is_minor=years < age.LEAST)
