"""Names of people who are nobody, put together from common parts; in their scripts.

Hong Kong names carry their Cantonese romanisation, others the one of their place. A person is
named in two scripts, or in one alone. No pair of parts is the name of somebody well known.
"""

from dataclasses import dataclass
from math import lcm

from crm.names import Names

# Family and given name: Han, and as Hong Kong spells it.
CANTONESE_FAMILY = (
    "陳 Chan|李 Lee|黃 Wong|張 Cheung|林 Lam|何 Ho|吳 Ng|梁 Leung|鄭 Cheng|劉 Lau|周 Chow|郭 Kwok|"
    "葉 Yip|馮 Fung|鄧 Tang|蔡 Choi|潘 Poon|謝 Tse|歐陽 Au Yeung|司徒 Szeto|"
    "余 Yu|蘇 So|盧 Lo|袁 Yuen"
)
CANTONESE_GIVEN = (
    "嘉琪 Ka Ki|志強 Chi Keung|美玲 Mei Ling|詠詩 Wing Sze|家俊 Ka Chun|大文 Tai Man|小美 Siu Mei|"
    "文傑 Man Kit|淑芬 Shuk Fan|俊業 Chun Yip|慧儀 Wai Yee|國強 Kwok Keung|曉彤 Hiu Tung|"
    "偉恆 Wai Hang|思敏 Sze Man|浩文 Ho Man|雅詩 Nga Sze|子軒 Tsz Hin|穎琳 Wing Lam|錦榮 Kam Wing|"
    "秀英 Sau Ying|啟賢 Kai Yin|樂怡 Lok Yi|永健 Wing Kin"
)
# As the mainland, Taiwan and Singapore spell theirs.
MANDARIN_FAMILY = "王 Wang|赵 Zhao|孙 Sun|许 Xu|沈 Shen|韩 Han|杨 Yang"
MANDARIN_GIVEN = "晓雯 Xiaowen|建国 Jianguo|丽华 Lihua|志远 Zhiyuan|雨桐 Yutong|明轩 Mingxuan"
JAPANESE_FAMILY = "佐藤 Sato|鈴木 Suzuki|高橋 Takahashi"
JAPANESE_GIVEN = "花子 Hanako|太郎 Taro|美咲 Misaki|葵 Aoi"
GREEK_FAMILY = "Παπαδόπουλος Papadopoulos|Νικολάου Nikolaou|Αναγνώστου Anagnostou"
GREEK_GIVEN = "Νίκος Nikos|Ελένη Eleni|Γιώργος Giorgos|Σοφία Sofia"
BULGARIAN_FAMILY = "Петров Petrov|Димитров Dimitrov|Иванов Ivanov"
BULGARIAN_GIVEN = "Иван Ivan|Георги Georgi|Николай Nikolay|Стефан Stefan"
PORTUGUESE_FAMILY = "Ferreira|Conceição|Magalhães|Simões|Araújo"
PORTUGUESE_GIVEN = "Inês|Duarte|Tomás|Beatriz|Gonçalo|Matilde"
GERMAN_FAMILY = "Müller|Schäfer|Groß|Jäger|Köhler"
GERMAN_GIVEN = "Jürgen|Anke|Björn|Käthe|Sören|Ulrike"
POLISH_FAMILY = "Żółć|Wiśniewska|Łukasik|Dąbek|Śliwa"
POLISH_GIVEN = "Łukasz|Małgorzata|Żaneta|Michał|Józef|Elżbieta"
NORDIC_FAMILY = "Sjöberg|Ødegaard|Mäkinen|Åkesson|Nygård"
NORDIC_GIVEN = "Åsa|Bjørn|Eeva|Søren|Linnéa|Øystein"
CZECH_FAMILY = "Novák|Dvořáková|Černý|Růžička|Šimek"
CZECH_GIVEN = "Tomáš|Jiřina|Ondřej|Ľubica|Štěpán|Žofie"
BRITISH_FAMILY = "O’Brien|Quillfeather|Hartley-Moss|MacAskill|Penhaligon"
BRITISH_GIVEN = "Ann|Rhys|Siobhán|Alastair|Imogen|Niamh"
WORLD_FAMILY = "Okonkwo|de la Cruz|Nguyễn|Iyer|van der Merwe|Haddad"
WORLD_GIVEN = "Amara|Mateo|Thuý|Arjun|Noor|Thandiwe"
ENGLISH_GIVEN = "Grace Kelvin Phoebe Jason Vivian Raymond Carmen Eric".split()


@dataclass(frozen=True, slots=True)
class Tongue:
    """How people of one place are named, where they live and how the firm writes to them."""

    family: str
    given: str
    countries: tuple[str, ...]
    language: str = "en"
    # How many of 40 people.
    share: int = 1
    # Whether each part stands in its own script and in the Latin one.
    is_romanised: bool = False
    is_cantonese: bool = False


TONGUES = (
    Tongue(
        CANTONESE_FAMILY,
        CANTONESE_GIVEN,
        ("HK", "HK", "HK", "HK", "HK", "MO"),
        "zh-hant",
        share=17,
        is_romanised=True,
        is_cantonese=True,
    ),
    Tongue(
        MANDARIN_FAMILY,
        MANDARIN_GIVEN,
        ("CN", "SG", "TW"),
        "zh-hant",
        share=3,
        is_romanised=True,
    ),
    Tongue(JAPANESE_FAMILY, JAPANESE_GIVEN, ("JP",), is_romanised=True),
    Tongue(GREEK_FAMILY, GREEK_GIVEN, ("GR", "CY"), is_romanised=True),
    Tongue(BULGARIAN_FAMILY, BULGARIAN_GIVEN, ("BG",), is_romanised=True),
    Tongue(PORTUGUESE_FAMILY, PORTUGUESE_GIVEN, ("PT", "PT", "MO"), share=3),
    Tongue(GERMAN_FAMILY, GERMAN_GIVEN, ("DE", "AT", "DE"), share=3),
    Tongue(POLISH_FAMILY, POLISH_GIVEN, ("PL",), share=2),
    Tongue(NORDIC_FAMILY, NORDIC_GIVEN, ("SE", "NO", "FI"), share=2),
    Tongue(CZECH_FAMILY, CZECH_GIVEN, ("CZ", "SK")),
    Tongue(BRITISH_FAMILY, BRITISH_GIVEN, ("GB", "IE", "GB"), share=3),
    # Of some people nobody knows where they live.
    Tongue(WORLD_FAMILY, WORLD_GIVEN, ("US", "AU", "", "IN", "ZA"), share=3),
)
TURNS = [tongue for tongue in TONGUES for _turn in range(tongue.share)]


@dataclass(frozen=True, slots=True)
class Named:
    """A name with where its bearer lives and the language in which they are written to."""

    names: Names
    country: str
    language: str


def person(n: int) -> Named:
    """The n-th name; no two of the first 400 are alike."""
    # Far steps, so that neighbours come from different places.
    turn = n * 17 % len(TURNS)
    tongue = TURNS[turn]
    families, givens = tongue.family.split("|"), tongue.given.split("|")
    place = n // len(TURNS) * tongue.share + (turn - TURNS.index(tongue))
    family = families[place % len(families)]
    given = givens[(place + place // lcm(len(families), len(givens))) % len(givens)]
    return Named(
        _names(family, given, place, tongue),
        tongue.countries[place % len(tongue.countries)],
        "en" if place % 5 == 4 else tongue.language,
    )


def _names(family: str, given: str, place: int, tongue: Tongue) -> Names:
    native_family, _space, latin_family = family.partition(" ")
    native_given, _space, latin_given = given.partition(" ")
    if not tongue.is_romanised:
        return Names("", "", family, given)
    if place % 7 == 3:
        return Names(native_family, native_given, "", "")
    if place % 7 == 5:
        return Names("", "", latin_family, latin_given)
    if tongue.is_cantonese and place % 3 == 1:
        latin_given = f"{ENGLISH_GIVEN[place % len(ENGLISH_GIVEN)]} {latin_given}"
    return Names(native_family, native_given, latin_family, latin_given)
