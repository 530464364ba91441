"""Countries as files write them, and the laws whose rights a person has by residence (S3).

Names come from ISO 3166-1 and from Unicode's CLDR, in the languages of this office and in the
country's own. A spelling that two countries share stands for none of them.
"""

import gettext
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import pycountry
from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

from privacy.enums import Regime
from privacy.folding import fold

# The European Union and Iceland, Liechtenstein, Norway (Art. 3; EEA Agreement).
EEA = frozenset(
    (
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
    ).split()
)
# What no library lists and a desk in Hong Kong writes all the same.
USUAL = {
    "AE": "UAE|VAE|EAU|Emirates|阿聯酋|阿联酋",
    "AU": "澳洲|澳大利亞",
    "BA": "Bosnia",
    "BN": "Brunei|汶萊",
    "BY": "Belorussia|Byelorussia|White Russia|Weißrussland",
    "CD": "DRC|RDC|DR Congo|D R Congo|Congo Kinshasa|Congo DRC|Zaire|Democratic Republic of Congo"
    "|Congo, Democratic Republic|Dem. Rep. Congo|Congo, Dem. Rep.|Kongo-Kinshasa|DR Kongo",
    "CG": "Congo|Congo Brazzaville|Republic of Congo|Congo Republic|Congo, Rep.|Kongo-Brazzaville",
    "CI": "Ivory Coast|Cote d'Ivoire|Republic of Ivory Coast|Elfenbeinküste",
    "CN": "PRC|PR China|P R of China|VR China|RPC|China|Mainland China|China Mainland|Mainland"
    "|Red China|People's Republic of China|中國|中国|內地|内地|大陸|大陆"
    "|中國內地|中国内地|中國大陸|中国大陆|中華人民共和國|中华人民共和国",
    "CV": "Cape Verde|Kap Verde",
    "CZ": "Czech Republic|Czechia|Tschechei",
    "DE": "BRD|FRG|Federal Republic of Germany|West Germany",
    "FK": "Falklands|Falkland Islands|Malvinas",
    "FM": "Micronesia",
    "GB": "UK|Great Britain|Britain|England|Scotland|Wales|Northern Ireland|Ireland, Northern"
    "|United Kingdom|GBR|Großbritannien|Grande-Bretagne|Angleterre|Schottland|Nordirland|Cymru"
    "|英國|英国|英格蘭|英格兰|蘇格蘭|苏格兰|威爾斯|威尔士|北愛爾蘭|北爱尔兰|大不列顛|大不列颠",
    "GM": "Gambia|The Gambia",
    "HK": "Hong Kong|Hongkong|HKSAR|HK SAR|Hong Kong SAR|SAR Hong Kong|Hong Kong China"
    "|China Hong Kong|Hong Kong SAR China|Hong Kong SAR of China|Hong Kong SAR PRC"
    "|Hong Kong Special Administrative Region|Hong Kong Special Administrative Region China"
    "|Hong Kong Special Administrative Region of China|Hong Kong Island|Kowloon|New Territories"
    "|Hong Kong Special Administrative Region of the People's Republic of China|Xianggang"
    "|香港|中國香港|中国香港|香港特區|香港特区|香港特別行政區|香港特别行政区|中國香港特別行政區"
    "|中国香港特别行政区|中華人民共和國香港特別行政區|中华人民共和国香港特别行政区|九龍|九龙|新界",
    "IE": "Eire|Republic of Ireland|Irish Republic|Southern Ireland",
    "IR": "Persia",
    "KP": "DPRK|North Korea|DPR Korea|Nordkorea|朝鮮|北韓|北朝鮮|北朝鲜"
    "|Democratic People's Republic of Korea",
    "KR": "Korea|South Korea|S Korea|Republic of Korea|Korea Republic|ROK|Korea South|"
    "韓國|韩国|南韓|南韩|大韓民國|大韩民国",
    "KY": "Cayman|Caymans|Grand Cayman",
    "LA": "Laos|Lao|Lao PDR|Lao People's Democratic Republic",
    "LK": "Ceylon",
    "MK": "Macedonia|FYROM|FYR Macedonia|Former Yugoslav Republic of Macedonia|Mazedonien",
    "MM": "Burma|Myanmar|Birma|Birmanie",
    "MO": "Macau|Macao|MSAR|Macau SAR|Macao SAR|Macau China|Macao China|China Macau|China Macao"
    "|Macau SAR China|Macao Special Administrative Region|Macau Special Administrative Region"
    "|Macao Special Administrative Region of China|Aomen|澳門|澳门|中國澳門|中国澳门|澳門特區"
    "|澳门特区|澳門特別行政區|澳门特别行政区|中國澳門特別行政區|中国澳门特别行政区",
    "NL": "Holland|The Netherlands|荷蘭|荷兰",
    "NZ": "新西蘭|紐西蘭|新西兰|纽西兰|Aotearoa",
    "PS": "Palestine|State of Palestine|Palestinian Territories|Palestinian Territory"
    "|Occupied Palestinian Territory|Palestinian Authority|巴勒斯坦",
    "PG": "PNG",
    "RU": "Russia|Russian Federation|Rossija|Rossiya",
    "SA": "KSA|沙地阿拉伯|沙特|沙烏地阿拉伯",
    "SG": "Republic of Singapore|星加坡|新加坡",
    "ST": "Sao Tome",
    "SY": "Syria",
    "SZ": "Swaziland|Swasiland",
    "TL": "East Timor|Timor Leste|Osttimor|Timor Oriental",
    "TR": "Turkey|Türkiye|Republic of Turkey",
    "TW": "Taiwan|ROC|Taiwan ROC|Republic of China|China, Republic of|Chinese Taipei|Taiwan China"
    "|China Taiwan|Taiwan Republic of China|Republic of China Taiwan|Formosa|Taiwan Province of"
    " China|台灣|臺灣|台湾|中華民國|中华民国|中國台灣|中国台湾|中華台北",
    "TZ": "Tanzania",
    "US": "USA|America|United States|United States of America|US of America|The States|美國|美国"
    "|Vereinigte Staaten von Amerika|Etats-Unis d'Amérique|美利堅合眾國|美利坚合众国",
    "VA": "Vatican|Vatican City|Holy See|Vatican City State|Vatikan",
    "VC": "Saint Vincent",
    "VG": "BVI|British Virgin Islands|Virgin Islands British|Virgin Islands UK|UK Virgin Islands"
    "|英屬處女島|英屬維爾京群島|英屬維京群島",
    "VI": "USVI|US Virgin Islands|United States Virgin Islands|Virgin Islands US"
    "|Virgin Islands of the United States|American Virgin Islands",
    "VN": "Vietnam|Viet Nam|Socialist Republic of Vietnam",
    "WS": "Western Samoa",
    "ZA": "RSA|South Africa|S Africa",
}  # fmt: skip
# Whose territories ISO lists beside them: "Hong Kong, China" is Hong Kong.
TERRITORIES = {
    "AU": "CC CX HM NF",
    "CN": "HK MO TW",
    "DK": "FO GL",
    "FI": "AX",
    "FR": "BL GF GP MF MQ NC PF PM RE TF WF YT",
    "GB": "AI BM FK GG GI GS IM IO JE KY MS PN SH TC VG",
    "NL": "AW BQ CW SX",
    "NO": "BV SJ",
    "NZ": "CK NU TK",
    "US": "AS GU MP PR UM VI",
}
CODES = tuple(sorted(country.alpha_2 for country in pycountry.countries))
# In this order: what an earlier one calls a country no later one calls another.
LANGUAGES = ("en", "de", "fr", "zh_Hant", "zh_Hant_HK", "zh_Hans")
# As the catalogues of ISO's names call the same.
CATALOGUES = ("de", "fr", "zh_HK", "zh_TW", "zh_CN")
UNSAID = frozenset("the and und et y of de von".split())
WHOLE = {
    "st": "saint", "ste": "sainte", "rep": "republic", "dem": "democratic", "is": "islands",
    "isl": "islands", "isls": "islands", "fed": "federation", "terr": "territory", "n": "north",
    "s": "south",
}  # fmt: skip
ARTICLES = frozenset("die der das la le les l el los las il lo o".split())
POINTED = re.compile(r"\b((?:[^\W\d_]\s*[.．]\s*)+[^\W\d_])(?=[.．]|\b)[.．]?")
SIGNS = re.compile(r"[\s,，、;/()（）\[\]._\-–—‐‑・·*]+")
BRACKETS = re.compile(r"[(（\[]([^()（）\[\]]*)[)）\]]")
COMMAS = re.compile(r"\s*[,，、;/]\s*")
APOSTROPHES = str.maketrans(dict.fromkeys("'’‘`´ʼʻ＇", ""))


def code_of(text: str) -> str | None:
    """The ISO 3166-1 code of a country as written; "" of nothing, None of an unknown word."""
    if not fold(text):
        return ""
    if found := _named(text):
        return found
    for parts in _parted(text):
        if found := _named(" ".join(parts)) or _named(" ".join(reversed(parts))):
            return found
        codes = {_named(part) for part in parts}
        if len(parts) > 1 and None not in codes and (found := _one_of(codes)):
            return found
    return None


def _parted(text: str) -> Iterator[list[str]]:
    """What stands before and behind a bracket, and what between commas."""
    if inner := BRACKETS.findall(text):
        yield [part for part in (BRACKETS.sub(" ", text).strip(" ,"), *inner) if fold(part)]
    if COMMAS.search(text):
        yield [part for part in COMMAS.split(text) if fold(part)]


def _one_of(codes: set[str | None]) -> str | None:
    """The country that all of them mean; a territory goes before whose it is."""
    found = codes - {
        owner for owner, territories in TERRITORIES.items() if codes & set(territories.split())
    }
    return found.pop() if len(found) == 1 else None


def _named(text: str) -> str | None:
    word = _key(text)
    if len(word) <= 3 and word.isascii() and word.isalpha():
        # A code, or a shorthand in everybody's mouth; nothing else is so short.
        return _codes().get(word) or _usual().get(word)
    # 日本國 is 日本; 中國 is found as it stands.
    for spelling in dict.fromkeys((word, _without_article(word), word.rstrip("國国"))):
        if found := _usual().get(spelling) or _names().get(spelling) or _own().get(spelling):
            return found
    return None


def _key(text: str) -> str:
    """How a name is looked up: no accents, points, articles; what is written short is whole."""
    text = POINTED.sub(lambda match: re.sub(r"[\s.．]", "", match[1]) + " ", text.strip())
    folded = fold(text.translate(APOSTROPHES).replace("&", " and ").replace("+", " and "))
    words = [word for word in SIGNS.split(folded) if word]
    if len(words) > 1:
        words = [WHOLE.get(word, word) for word in words if word not in UNSAID] or words
    return " ".join(words)


def _without_article(word: str) -> str:
    first, _blank, rest = word.partition(" ")
    return rest if first in ARTICLES and len(rest) > 3 else word


@cache
def _codes() -> dict[str, str]:
    found = {"uk": "GB"}
    for country in pycountry.countries:
        found[country.alpha_2.lower()] = found[country.alpha_3.lower()] = country.alpha_2
    return found


@cache
def _usual() -> dict[str, str]:
    return {_key(name): code for code, names in USUAL.items() for name in names.split("|")}


@cache
def _names() -> dict[str, str]:
    """Names in the languages of this office; in each, what two countries share is dropped."""
    catalogues = [
        gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [name], fallback=True)
        for name in CATALOGUES
    ]
    official: list[tuple[str, str]] = []
    for country in pycountry.countries:
        names = {
            name
            for kind in ("name", "official_name", "common_name")
            if (name := getattr(country, kind, ""))
        }
        official += [(country.alpha_2, name) for name in names]
    found = _told_apart(official)
    for language in LANGUAGES:
        found = _told_apart(list(_territories(language).items())) | found
    for catalogue in catalogues:
        found = _told_apart([(code, catalogue.gettext(name)) for code, name in official]) | found
    # Behind whole names come beginnings: Tanzania, United Republic of.
    beginnings = [
        (code, parts[0]) for code, name in official for parts in _parted(name) if len(parts) > 1
    ]
    return _told_apart(beginnings) | found


@cache
def _own() -> dict[str, str]:
    """Names in the languages that are official there."""
    return _told_apart(
        [
            (code, name)
            for code in CODES
            for language in get_official_languages(code, regional=True, de_facto=True)
            if (name := _territories(language).get(code))
        ]
    )


@cache
def _territories(language: str) -> dict[str, str]:
    try:
        names = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return {}
    return {code: names[code] for code in CODES if code in names}


def _told_apart(names: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, set[str]] = defaultdict(set)
    for code, name in names:
        spellings = {_key(name)}
        for parts in _parted(name):
            spellings.add(_key(" ".join(reversed(parts))))
        for spelling in spellings:
            found[spelling].add(code)
    return {word: codes.pop() for word, codes in found.items() if len(codes) == 1}


def regimes(residence_country: str) -> frozenset[Regime]:
    """The laws that apply; the controller is in Hong Kong, so the PDPO always does."""
    found = {Regime.HK_PDPO}
    if residence_country in EEA:
        found.add(Regime.EU_GDPR)
    if residence_country == "GB":
        found.add(Regime.UK_GDPR)
    return frozenset(found)
