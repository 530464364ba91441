"""Which column of whose export means what, and which are dropped.

Google (old, 2024, in Chinese), Outlook (English, German, Chinese), LinkedIn, HubSpot, Salesforce,
Thunderbird and plain lists. A column that no alias names is dropped: what nobody asked for is not
stored (Art. 5(1)(c), S9). What is dropped is named, sensitive data as such (S25).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.imports import births, optouts, vocabulary
from privacy.enums import Channel
from privacy.folding import fold

CHANNELS = ("", *(f"_{channel.value}" for channel in Channel))
# Field -> headers, folded, with every number written as "#". The order decides which cell wins.
ALIASES = {
    "given": (
        "given name", "first name", "forename", "firstname", "given names", "vorname", "名字",
        "名", "given",
    ),
    "middle": ("additional name", "middle name", "middlename", "weitere vornamen", "中間名"),
    "family": (
        "family name", "last name", "surname", "lastname", "nachname", "familienname", "姓氏",
        "姓", "family",
    ),
    "full": (
        "name", "full name", "fullname", "display name", "contact name", "anzeigename",
        "vollständiger name", "姓名", "全名", "顯示名稱", "名稱", "聯絡人",
    ),
    "latin_given": ("phonetic first name", "given name yomi", "latin given name", "英文名"),
    "latin_family": ("phonetic last name", "family name yomi", "latin family name", "英文姓"),
    "native_given": ("native given name", "chinese given name", "中文名字"),
    "native_family": ("native family name", "chinese family name", "中文姓氏"),
    "email": (
        "e-mail # - value", "e-mail address", "e-mail # address", "email address", "email",
        "e-mail", "email #", "e-mail #", "primary email", "secondary email", "e-mail-adresse",
        "e-mail # -adresse", "e-mail-adresse #", "電子郵件", "電子郵件地址", "電郵", "電郵地址",
        "電子郵件 # 地址", "電子郵件 # - 值", "work email", "e-mail #: adresse",
        "e-mail-adresse (privat)", "e-mail (privat)", "e-mail geschäftlich", "e-mail privat",
        "other email", "home email", "personal email", "alternate email",
    ),
    "phone": (
        "phone # - value", "mobile phone", "primary phone", "business phone", "business phone #",
        "home phone", "home phone #", "company main phone", "other phone", "phone",
        "phone number", "telephone", "mobile", "mobilephone", "tel", "mobile number",
        "work phone", "mobiltelefon", "telefon (geschäftlich)", "telefon geschäftlich",
        "telefon (privat)", "telefon privat", "telefon", "handy", "手機", "行動電話", "流動電話",
        "電話", "電話號碼", "商務電話", "公司電話", "住家電話", "電話 # - 值",
    ),
    "link": ("linkedin", "linkedin url", "profile link", "profile url", "url"),
    "organisation": (
        "organization # - name", "organization name", "company", "company name",
        "organisation", "organization", "associated company", "account name", "firma",
        "unternehmen", "公司", "公司名稱", "機構",
    ),
    "job_title": (
        "organization # - title", "organization title", "job title", "title", "position",
        "jobtitle", "berufsbezeichnung", "職稱", "職位",
    ),
    "born_on": (
        "birthday", "birthdate", "date of birth", "birth date", "geburtstag", "geburtsdatum",
        "生日", "出生日期",
    ),
    "age": ("age", "alter", "年齡"),
    "country": (
        "country", "country/region", "residence country", "country of residence", "land",
        "國家", "國家/地區", "居住國家",
    ),
    "street": (
        "address # - street", "business street", "home street", "mailingstreet", "street",
        "address", "work address", "home address", "straße geschäftlich", "straße", "strasse",
        "adresse", "地址", "街道", "商務街道", "商務 - 街",
    ),
    "city": (
        "address # - city", "business city", "home city", "mailingcity", "city", "work city",
        "ort geschäftlich", "ort", "stadt", "城市", "縣/市", "商務城市",
    ),
    "region": (
        "address # - region", "business state", "home state", "state", "region", "mailingstate",
        "work state", "bundesland",
    ),
    "postcode": (
        "address # - postal code", "business postal code", "home postal code",
        "mailingpostalcode", "postcode", "postal code", "zip", "work zipcode",
        "postleitzahl geschäftlich", "postleitzahl", "plz", "郵遞區號", "郵政編碼",
    ),
    "address_country": (
        "address # - country", "business country/region", "home country/region",
        "business country", "home country", "mailingcountry", "address country", "work country",
        "land/region geschäftlich",
    ),
    "language": ("language", "sprache", "語言"),
    # Known by their words, see `optouts`. The most restrictive of what a row says wins; a word
    # that nobody knows is an opt-out.
    **{f"opt_{way}{suffix}": () for way in ("out", "in") for suffix in CHANNELS},
    # Where the file comes from, this person is deleted already.
    "deleted": ("isdeleted", "deleted"),
    # What a reader of cards says of one that it could not read.
    "problem": ("reading problem",),
}  # fmt: skip


def plain(cell: str) -> str:
    """A header as it is compared: without case, accents of writing and the numbers of columns."""
    words = re.sub(r"[-_–()/.*]+", " ", unicodedata.normalize("NFKC", cell).casefold())
    return re.sub(r"\d+", "#", " ".join(words.replace(":", " : ").split()))


MEANING = {
    plain(alias): (field, place)
    for field, aliases in ALIASES.items()
    for place, alias in enumerate(aliases)
}
# Beside a job title, Outlook's “Title” is a salutation.
SALUTATION = "title"
NAMED_BY = {"given", "family", "full", "native_given", "native_family"}
REACHED_BY = {"email", "phone", "link"}
Columns = dict[str, list[int]]


class Why(models.TextChoices):
    """Why a column is dropped."""

    SENSITIVE = "sensitive", _("sensitive: not stored without a reason of its own")
    EXCESS = "excess", _("more than the firm needs")
    UNKNOWN = "unknown", _("not recognised")
    GATE = "gate", _("read for the age gate alone, not stored")
    NO = "no", _("read for a no to marketing alone, not stored")
    HAND = "hand", _("dropped by hand")
    BLANK = "blank", _("no heading")
    FORM = "form", _("of the card itself, not of the person")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A column that is not read; its position, -1 for a property of cards."""

    position: int
    name: str
    why: str


# Words within a folded header; the first kind that fits says why it is dropped.
DROPPED_FOR = {
    Why.SENSITIVE: (
        "relig", "faith", "konfession", "宗教", "health", "medical", "krank", "健康", "insur",
        "versicherung", "保險", "bank", "iban", "konto", "account number", "銀行", "passport",
        "reisepass", "護照", "hkid", "identity card", "id card", "id number", "ausweis", "身份證",
        "身分證", "social security", "tax id", "steuer", "稅", "union", "gewerkschaft", "工會",
        "politic", "政治", "ethnic", "race", "種族", "sexual", "orientation", "disab", "behinder",
        "criminal", "犯罪", "salary", "gehalt", "薪", "credit card", "信用卡", "government id",
    ),
    Why.EXCESS: (
        "spouse", "partner", "wife", "husband", "ehe", "配偶", "child", "kind", "子女", "anniver",
        "jahrestag", "週年", "hobb", "興趣", "gender", "geschlecht", "性別", "note", "notiz",
        "備註", "附註", "photo", "foto", "照片", "相片", "relation", "關係", "nickname",
        "spitzname", "暱稱", "assistant", "referred", "mother", "father", "marital",
        "familienstand", "agent", "location", "geo", "key", "sound", "initials", "keywords",
        "mileage", "title", "anrede", "稱謂",
    ),
}  # fmt: skip


def columns_of(header: Sequence[str]) -> Columns:
    """Field -> positions of its columns, the preferred first."""
    found: dict[str, list[tuple[int, int]]] = {}
    headings = [plain(cell) for cell in header]
    titles = {heading for heading in headings if MEANING.get(heading, ("",))[0] == "job_title"}
    for position, heading in enumerate(headings):
        if heading == SALUTATION and len(titles) > 1:
            continue
        field, place = MEANING.get(heading) or (_by_words(header, header[position]), 0)
        if field:
            found.setdefault(field, []).append((place, position))
    _part_names(found)
    return {field: [position for _, position in sorted(pairs)] for field, pairs in found.items()}


def _part_names(found: dict[str, list[tuple[int, int]]]) -> None:
    """“Name” beside “Vorname” is the family name, “Nombre” beside “Apellidos” the given one."""
    for known, meant in (("given", "family"), ("family", "given")):
        if known in found and meant not in found and "full" in found:
            found[meant] = found.pop("full")


def _by_words(header: Sequence[str], heading: str) -> str:
    """What no list of headings can hold: dates of birth, ages, a yes or no to marketing."""
    field = births.meaning_in(header, heading)
    # Parts of a date and the like are read for the age gate alone, see `births.watched`.
    if field:
        return field if field in {"born_on", "age"} else ""
    return optouts.meaning_of(heading) or vocabulary.field_of(heading)


def is_header(columns: Columns) -> bool:
    """Whether these columns name people and reach them."""
    return bool(NAMED_BY & set(columns)) and bool(REACHED_BY & set(columns))


def columns_by_hand(mapping: Mapping[int, str]) -> Columns:
    """The columns as somebody said them: position to field, "" for one that is dropped."""
    found: Columns = {}
    for position, name in sorted(mapping.items()):
        if name:
            found.setdefault(name, []).append(int(position))
    return found


def dropped_of(header: Sequence[str], columns: Columns) -> tuple[Dropped, ...]:
    """The columns of this header that are not read, each with the reason."""
    read = {at for field, places in columns.items() if field != "age" for at in places}
    for_the_gate = set(columns.get("age", ()))
    return tuple(
        Dropped(position, name, Why.GATE if position in for_the_gate else why_dropped(name))
        for position, name in enumerate(header)
        if position not in read and name.strip()
    )


def read_all_the_same(dropped: Sequence[Dropped], columns: Columns) -> tuple[Dropped, ...]:
    """The same, and of which the age gate or a no is read though nothing is stored."""
    gate, noes = (
        {at for name, places in columns.items() if name.startswith(prefix) for at in places}
        for prefix in ("birth", ("opt_label", "opt_cell"))
    )
    return tuple(
        replace(column, why=Why.GATE if column.position in gate else Why.NO)
        if column.position in gate | noes
        else column
        for column in dropped
    )


def why_dropped(name: str) -> str:
    """Of which kind the data under this header would be."""
    folded = fold(name)
    for why, words in DROPPED_FOR.items():
        if any(fold(word) in folded for word in words):
            return why
    return Why.UNKNOWN
