"""Countries as files write them, and the laws whose rights a person has by residence (S3)."""

from privacy.enums import Regime
from privacy.folding import fold

# The European Union and Iceland, Liechtenstein, Norway (Art. 3; EEA Agreement).
EEA = frozenset(
    (
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
    ).split()
)
NAMES = {
    "AE": "united arab emirates", "AR": "argentina", "AT": "austria|österreich|奧地利",
    "AU": "australia|澳洲|澳大利亞", "BE": "belgium|belgique|belgië|比利時", "BG": "bulgaria",
    "BR": "brazil|brasil|巴西", "CA": "canada|加拿大", "CH": "switzerland|schweiz|suisse|瑞士",
    "CL": "chile", "CN": "china|mainland china|people's republic of china|中國|中国",
    "CY": "cyprus", "CZ": "czechia|czech republic|česko", "DE": "germany|deutschland|德國",
    "DK": "denmark|danmark|丹麥", "EE": "estonia", "ES": "spain|españa|西班牙",
    "FI": "finland|suomi|芬蘭", "FR": "france|法國", "GB":
    "united kingdom|uk|great britain|england|scotland|wales|northern ireland|英國",
    "GR": "greece|希臘", "HK": "hong kong|hong kong sar|hksar|香港", "HR": "croatia",
    "HU": "hungary", "ID": "indonesia", "IE": "ireland|愛爾蘭", "IL": "israel",
    "IN": "india|印度", "IS": "iceland", "IT": "italy|italia|意大利", "JP": "japan|日本",
    "KR": "south korea|korea|republic of korea|韓國", "LI": "liechtenstein", "LT": "lithuania",
    "LU": "luxembourg", "LV": "latvia", "MO": "macau|macao|澳門", "MT": "malta", "MX": "mexico",
    "MY": "malaysia|馬來西亞", "NL": "netherlands|the netherlands|nederland|荷蘭",
    "NO": "norway|norge|挪威", "NZ": "new zealand|新西蘭", "PH": "philippines|菲律賓",
    "PL": "poland|polska|波蘭", "PT": "portugal|葡萄牙", "RO": "romania", "RU": "russia",
    "SE": "sweden|sverige|瑞典", "SG": "singapore|新加坡", "SI": "slovenia", "SK": "slovakia",
    "TH": "thailand|泰國", "TR": "turkey|türkiye", "TW": "taiwan|台灣|臺灣", "UA": "ukraine",
    "US": "united states|united states of america|usa|u.s.a.|美國", "VN": "vietnam|越南",
    "ZA": "south africa",
}  # fmt: skip
CODES = {fold(name): code for code, names in NAMES.items() for name in names.split("|")}


def code_of(text: str) -> str | None:
    """The ISO 3166-1 code of a country as written; "" of nothing, None of an unknown word."""
    word = fold(text)
    if len(word) == 2 and word.isascii() and word.isalpha() and word != "uk":
        return word.upper()
    return CODES.get(word) if word else ""


def regimes(residence_country: str) -> frozenset[Regime]:
    """The laws that apply; the controller is in Hong Kong, so the PDPO always does."""
    found = {Regime.HK_PDPO}
    if residence_country in EEA:
        found.add(Regime.EU_GDPR)
    if residence_country == "GB":
        found.add(Regime.UK_GDPR)
    return frozenset(found)
