"""Whatever a row says of birth or age: read for the age gate, also where it is not stored (S113).

The youngest reading counts; what cannot be read keeps the row out, what is no date says nothing.
Stored is a whole date with one reading alone: never a year or an age, nor a year that stands for
none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.translation import gettext as _

from crm import age
from crm.imports import ages, days, headings, spans

# Columns that are read for the gate alone, beside `born_on` and `age`.
GATE, YEAR, MONTH, DAY, FLAG = "birth", "birth_year", "birth_month", "birth_day", "birth_minor"

BIRTH = re.compile(
    r"birth|\bborn\b|\bdob\b|\bd ?o ?b\b|\bbday\b|\bbdate\b|\byob\b|geburt|\bgeb\b|\bgeb ?(?:dat"
    r"|jahr|tag)"
    r"|\bjahrgang\b|naissance|\bn[eé]e?\b(?= le\b|\Z)|\banniversaire\b"
    r"|出生|生日|誕生|诞生|出世|生辰|\bnacimiento\b|\bnascimento\b|\bnascita\b"
    # As the programs of other countries call it.
    r"|\bcumpleaños\b|\baniversário\b|\bcompleanno\b|geboorte|\bgeboren\b|verjaardag"
    r"|urodz|narozen|születés|\bfødt\b|fødsel|\bfödd\b|födelse|syntymä|\bfæðing|nașter|naster|nascer|rođenj|rođen"
    r"|rojst|sünni|dzimšan|gimim|doğum|dogum|рожден|народжен|раждане|\bроден\b|γέννησ|γεννηθ"
    r"|γενέθλι|生年|생년|생일|출생|ngày sinh"
)
AGE = re.compile(
    r"\b(?:age|ages|aged|âge|edad|idade)\b|\bage ?(?:group|range|band|bracket|class|years)"
    r"|\balter\b|\balters(?!heim)\w*|lebensalter|lebensjahre|\byears old\b"
    r"|年齡|年龄|年歲|年岁|歲|岁|年紀|年纪"
    r"|\b(?:età|leeftijd|wiek|věk|vek|életkor|alder|ålder|ikä|aldur|vârsta|starost|vanus"
    r"|vecums|amžius|yaş|возраст|вік|възраст|ηλικία|tuổi)\b|年齢|나이|연령"
)
IS_MINOR = re.compile(
    r"\bis (?:an? )?(?:minor|child)\b|\bunder ?(?:16|18|age)\b|minderjährig|未成年|未滿|未满"
)
# What speaks of a birth or an age and is no date of this person's.
NO_DATE_OF_BIRTH = re.compile(
    r"\b(?:place|city|town|country|county|state|name|nation\w*|weight|order|certificate) (?:of"
    r"|at) birth\b"
    r"|birth ?(?:place|city|town|country|county|state|name|weight|order|right|certificate|stone)"
    r"|\bborn (?:in|at|name|as)\b|\bname born\b|geburts?[ -]?(?:name|ort|land|stadt|staat"
    r"|urkunde|ig)"
    r"|\bgeb ?(?:name|ort|land|ühr)|(?:lieu|nom|pays|ville) de naissance"
    r"|出生(?:地|國|国|城|名|證|证|省|縣|县|時間|时间)|生日(?:卡|禮|礼|會|会)"
    r"|\b(?:card|greetings?|reminders?|gift|party|club|wish\w*|voucher|sent)\b"
    r"|\balter (?:name|nachname|wert|kontakt)\b"
)
# Somebody else's, or some thing's.
OTHERS = re.compile(
    r"\b(?:spouse|partner|wife|husband|child(?:ren)?|kids?|son|daughter|mother|father|parent"
    r"|baby|pet|dog"
    r"|ehe\w*|kind(?:er)?|gatt\w*|mutter|vater|sohn|tochter|conjoint|enfants?|mari)\b"
    r"|配偶|子女|孩子|兒子|女兒|儿子|女儿|父|母"
)
THINGS = re.compile(
    r"\b(?:account|lead|company|firm|deal|vehicle|car|case|ticket|membership|building|property"
    r"|house|record"
    r"|domain|opportunity|invoice|debt|konto|firmen\w*|gebäude\w*|opt|consent|golden|new|middle"
    r"|end)\b"
    r" ?(?:s )?(?:age|alter)|\bage (?:of|in days|days)\b|帳齡|账龄|樓齡|楼龄"
)
WHOLE = re.compile(r"date|datum|\bdat\b|\bdob\b|年月|日期|年月日")
OF_YEAR = re.compile(r"year|\byob\b|\byr\b|jahr|année|年")
OF_MONTH = re.compile(r"month|monat|mois|月")
OF_DAY = re.compile(r"birth \| birth day|\bbirth day\b|\bday\b|\btag\b|\bjour\b|出生日\Z")


def meaning_in(header: Sequence[str], heading: str) -> str:
    """The same of a heading beside others: “birth day” is a part of a date where others are."""
    field = meaning_of(heading)
    if field == DAY and not {YEAR, MONTH} & set(map(meaning_of, header)):
        return "born_on"
    return field


@lru_cache(maxsize=4096)
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
        field = "" if position in taken else meaning_in(header, heading)
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
    judged = [_of_date(text, order=order, on=on) for text in (*dates, *_parts(cells))]
    judged += [_of_age(text, on=on) for text in cells.get("age", ())]
    if any(found.is_minor for found in judged) or _is_flagged(cells.get(FLAG, ())):
        return Birth(is_minor=True)
    for found in judged:
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
    number = spans.month_of(months[0])
    on_day = re.sub(r"\D", "", days_[0]) or "0"
    return [f"{year[0]} {number:02} {on_day:0>2}", *year[1:], *whole]


def _of_date(text: str, *, order: str, on: date) -> Birth:
    exact = days.readings(text, order=order)
    if not exact and ages.speaks(text):
        return _of_age(text, on=on)
    allowed = spans.read(text, on=on, order=order)
    if allowed is None:
        return Birth()
    if not allowed:
        return Birth(problem=_unread(to_come=bool(exact)))
    if any(age.is_under_age(min(last, on), on=on) for _first, last in allowed):
        return Birth(is_minor=True)
    return _stored([day for day in exact if day <= on], first=max(allowed)[0])


def _stored(exact: Sequence[date], *, first: date) -> Birth:
    """What is kept of an adult's; `first` is the latest day by which it may begin."""
    if len(exact) > 1:
        return Birth(
            problem=_("date of birth: day or month first? say it where columns are mapped")
        )
    if age.stands_for_none(first):
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


# An age column that holds a date: a year in it, three numbers, or a day without a year.
DATED = re.compile(r"\d{4}|\d+\D+\d+\D+\d|\A--")


def _of_age(text: str, *, on: date) -> Birth:
    """An age, or what stands in its place: a date or a year."""
    if days.is_blank(text) and text.strip() != "0":
        return Birth()
    allowed = spans.read(text, on=on) if DATED.search(text) else []
    if allowed is None:
        return Birth()
    if allowed:
        young = any(age.is_under_age(min(last, on), on=on) for _first, last in allowed)
        return Birth(is_minor=young)
    years = ages.youngest(text)
    if years is None:
        return Birth(problem=_("age: write it as a number of years"))
    return Birth(is_minor=years < age.LEAST)
