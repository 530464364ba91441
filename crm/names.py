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
# Writing in which a name needs no space: Han, and the syllables of Japan and Korea.
EAST = re.compile(
    r"[\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    r"\U00020000-\U000323af·]+"
)
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
# Forms of address, offices and ranks before a name; compared without points.
TITLES = frozenset(
    "mr mrs ms miss mx mister dr doctor prof professor sir dame lord lady madam ma'am hon "
    "honourable honorable rt revd rev reverend pastor ir ts ar sr datuk dato dato' datin puan "
    "encik tuan capt captain col colonel gen general lt maj major sgt cmdr adm judge justice "
    "amb ambassador herr frau hr fräulein dipl-ing dipl-kfm dipl-kffr dipl-vw dipl-phys "
    "dipl-chem dipl-math dipl-psych dipl-betrw mag ing di dkfm univ-prof pd priv-doz dr-ing "
    "habil monsieur madame mademoiselle mme mlle mm maître señor señora señorita sra srta sig "
    "sigra signor signora dott dottssa avv geom rag arch dhr mevr mevrouw meneer pan pani".split()
)
# Two words that make one title.
DOUBLE_TITLES = frozenset(
    ("the hon", "the honourable", "rt hon", "tan sri", "the rev", "dato sri")
)
SALUTATIONS = frozenset(
    "mr mrs ms miss mx mister dr herr frau hr madam mme mlle 先生 小姐 女士 太太".split()
)
# Behind a name, compared without points: generations, degrees, honours, professions, orders.
SUFFIXES = frozenset(
    "jr sr jnr snr jun sen junior senior ii iii iv 2nd 3rd 4th esq esquire phd dphil dsc "
    "dsocsc dba edd jd jsd sjd md mbbs mbchb mbchir bds dds dmd dvm pharmd llm llb lld mba "
    "emba bba ma msc mphil mres med meng mfa mpa mph mpp mlitt msocsc msw mtech bsc ba bed "
    "beng bfa bcom btech bsocsc bns bn dipl diplom pgce pgde pcll aca acca fcca fca ca cpa "
    "fcpa acma cma fcma cfa cfp cisa cissp cia cams frm pmp prince2 rn rgn en rpn np pe peng "
    "ceng ieng mice fice mihe hkicpa fhkicpa hkie mhkie fhkie hkis mhkis fhkis hkia mhkia "
    "rics mrics frics riba aia cipd mcipd fcipd cips mcips shrm gbm gbs sbs bbs mh jp cbe obe "
    "mbe kbe dbe gbe kcmg cmg cvo lvo mvo gcmg qc kc sc frs fba freng frcp frcs mrcp mrcs "
    "fhkam fhkcp frsa fhea mp mep mla mlc ret usn usaf usmc ra rain stb wp fh dipl-ing "
    "dipl-kfm habil oct".split()
)
# These are family or given names besides: no suffix unless a comma, or points, say so.
AMBIGUOUS = frozenset(
    "ma ba do en sc mh jp ca ra kc qc md mp np pe di sr ar ts jun sen wp fh fca cma cia oct "
    "bn ret senior junior".split()
)
HAN_TITLES = (
    "先生|小姐|女士|太太|夫人|博士|教授|醫生|医生|律師|律师|大律師|老師|老师|經理|经理|總監|总监|"
    "主任|董事|議員|议员|"
    "校長|校长|牧師|牧师|神父|會計師|会计师|工程師|工程师|主席|總裁|总裁|院士|太平紳士|爵士|測量師|建築師|師傅|师傅|"
    "閣下|敬啟|様|さん|氏名|선생님|님|씨"
)
TITLE_BEHIND = re.compile(rf"(?<=.)[\s,，、(（]*(?:{HAN_TITLES})[\s)）]*$")
TITLE_BEFORE = re.compile(r"^(?:先生|小姐|女士|太太|夫人|博士|教授|致)\s+(?=\S)")
# What says that a name is a firm's: its legal form, or a word for such a body.
FIRMS = re.compile(
    r"\b(?:ltd|limited|inc|incorporated|llc|llp|gmbh|mbh|g\.m\.b\.h|plc|corp|corporation|pty|pte|"
    r"sdn|bhd|sarl|s\.a\.r\.l|s\.a|spa|s\.p\.a|srl|s\.r\.l|s\.r\.o|a\.s|sp\. ?z ?o\.?o|kft|zrt|"
    r"b\.v|n\.v|oyj?|aps|e\.v|ohg|ges(?:ellschaft)?\.?m\.?b\.?h|aktiengesellschaft|company|holdings?|"
    r"university|universität|ministry|department|association|foundation|stiftung|verein)\b\.?"
    r"|& ?co\b|公司|集團|集团|銀行|银行|基金會|基金会|大學|大学|學校|学校|醫院|医院|協會|协会|"
    r"商會|商会|株式会社|事務所|事务所|辦事處|办事处|委員會|委员会"
)
ENDS_LIKE_A_FIRM = re.compile(r"\w[\w .&-]* (?:AG|SE|KG|BV|NV|AB|SA)\Z")
# What says that a name is a function's, where it has no other word.
FUNCTIONS = frozenset(
    "reception receptionist front desk switchboard operator info information enquiries "
    "enquiry inquiries contact office admin administration administrator sales marketing "
    "accounts account accounting accountant payable receivable finance billing invoices "
    "purchasing procurement hr human resources personnel recruitment support helpdesk help "
    "service services customer customers client clients care team department dept division "
    "desk general manager managing director secretary secretariat assistant webmaster "
    "postmaster hostmaster noreply no-reply mail mailbox legal compliance privacy data "
    "protection officer it technical press media the of and for & buchhaltung einkauf "
    "vertrieb verkauf zentrale empfang sekretariat personalabteilung personal "
    "geschäftsführung geschäftsleitung kundendienst kundenservice rechnungswesen verwaltung "
    "abteilung technik pforte und der die des".split()
)
HAN_FUNCTION = re.compile(
    r"\A(?:接待處?|總機|总机|查詢|查询|客戶服務|客户服务|客服|秘書處?|秘书处?|前台|會計|会计|人事|行政|市場|市场|銷售|销售|"
    r"採購|采购|財務|财务|\w{1,6}(?:部門?|部门|處|组|組|中心|熱線|热线))\Z"
)


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
    family, given, full = _tidy(family), _tidy(given), _untitled(_tidy(full))
    family, given = (
        _untitled(family, besides=len(given.split())) or family,
        _untitled(given, besides=len(family.split())),
    )
    if not family and not given:
        return _split_full(full)
    if not family and (" " in given or EAST.fullmatch(given)):
        return _split_full(given)
    if not given and (" " in family or (EAST.fullmatch(family) and len(family) > 2)):
        return _split_full(family)
    native_family, other_family = _by_script(family)
    native_given, other_given = _by_script(given)
    return Names(native_family, native_given, other_family, other_given)


def is_no_person(names: Names) -> bool:
    """Whether what stands for a name is a firm's or a function's."""
    latin = _tidy(f"{names.latin_given_name} {names.latin_family_name}")
    latin_the_other_way = _tidy(f"{names.latin_family_name} {names.latin_given_name}")
    native = names.native_family_name + names.native_given_name
    if native and not latin:
        return bool(FIRMS.search(native) or HAN_FUNCTION.match(native))
    words = latin.casefold().replace("/", " ").split()
    return (
        bool(words)
        and not native
        and (
            all(word.strip(".,") in FUNCTIONS for word in words)
            or any(
                FIRMS.search(text.casefold()) or ENDS_LIKE_A_FIRM.match(text)
                for text in (latin, latin_the_other_way)
            )
        )
    )


def is_title(text: str) -> bool:
    """Whether this is a form of address and nothing else; a professor's is an office too."""
    return text.strip().rstrip(".").casefold() in SALUTATIONS


def agree(one: Names, other: Names) -> bool:
    """Whether these may be one person's: no script in which both are named says otherwise."""
    return all(
        not mine or not theirs or mine == theirs
        for mine, theirs in zip(_keys(one), _keys(other), strict=True)
    )


SCRIPTS = ("native", "latin")


def says_less(read: Names, stored: Names) -> bool:
    """Whether what was read is a part of the name on file, and nothing else: a blank is silent."""
    return bool(read) and all(
        not part or part in {name_key(getattr(stored, f"{script}_{of}_name")) for of in PARTS}
        for script in SCRIPTS
        for part in (name_key(getattr(read, f"{script}_{of}_name")) for of in PARTS)
    )


PARTS = ("family", "given")


def name_key(name: str) -> str:
    """A folded name without spaces: equal for every way of spacing, searched by its beginning."""
    return fold(name).replace(" ", "")


def search_text(parts: list[str]) -> str:
    """What the search box reads: each part once, folded."""
    return " ".join(dict.fromkeys(filter(None, map(fold, parts))))


def _tidy(text: str) -> str:
    return " ".join(text.replace("\u3000", " ").split())


def _untitled(text: str, *, besides: int = 0) -> str:
    """The text without what is no name at either end: titles before, suffixes behind.

    `besides`: how many words of the name stand elsewhere.

    Something always remains: whoever has no other name is called so.
    """
    if not text.isascii():
        text = TITLE_BEFORE.sub("", text)
        for _round in range(3):
            text = TITLE_BEHIND.sub("", text).strip(" ,，")
    words = _without_titles(text.split())
    parts = [part.split() for part in " ".join(words).replace("，", ",").split(",")]
    # Whatever stands between commas and is no name: “Smith, John, Jr.”, “CHAN Siu-ming, GBM”.
    named = [parts[0], *(part for part in parts[1:] if not _are_suffixes(part))]
    count = sum(map(len, named)) + besides
    named = [
        _without_suffixes(_without_titles(part), besides=count - len(part)) if part else part
        for part in named
    ]
    return ", ".join(" ".join(part) for part in named if part)


def _bare(word: str) -> str:
    return word.casefold().replace(".", "").strip(",;()")


def _without_titles(words: list[str]) -> list[str]:
    while words:
        two = " ".join(map(_bare, words[:2]))
        if two in DOUBLE_TITLES:
            words = words[2:]
        elif _bare(words[0]) in TITLES:
            words = words[1:]
        else:
            break
    return words


def _are_suffixes(words: list[str]) -> bool:
    bare = [_bare(word) for word in words]
    return bool(bare) and (
        all(word in SUFFIXES or word in SALUTATIONS for word in bare) or "".join(bare) in SUFFIXES
    )


# As Cantonese and Mandarin are written in Latin letters.
SYLLABLE = re.compile(
    r"(?:ng|gw|kw|ch|sh|zh|ts|[bpmfdtnlgkhjqxrzcswy])?(?:[aeiouü]{1,3}(?:ng|[mnptkh])?|ng)-?",
    re.IGNORECASE,
)


def _without_suffixes(words: list[str], *, besides: int = 0) -> list[str]:
    """The words without suffixes behind them; at least one word of a name stays before each.

    `besides`: how many words of the name stand elsewhere.
    """
    while len(words) > 1:
        last, count = words[-1], len(words) + besides
        bare = _bare(last)
        if count > 2 and f"{_bare(words[-2])}{bare}" in {"phd", "mphil", "msc", "bsc"}:
            words = words[:-2]
            continue
        is_plain = bare in AMBIGUOUS and "." not in last and last != "Sr"
        # “Wong KC” and “Tai Man MA” are names; “Chan Siu Ming JP” and “John Smith MA” have more.
        is_name = is_plain and (
            count < 3
            or not last.isupper()
            or (bare.upper() in ROMANISED and all(map(SYLLABLE.fullmatch, words[:-1])))
        )
        if not is_name and (bare in SUFFIXES or bare in SALUTATIONS):
            words = words[:-1]
        else:
            break
    return words


def _keys(names: Names) -> tuple[str, str]:
    native = name_key(names.native_family_name + names.native_given_name)
    latin = fold(f"{names.latin_given_name} {names.latin_family_name}")
    # Which word is the family name is often guessed: the words count, not their places.
    return native, " ".join(sorted(latin.split()))


def _by_script(text: str) -> tuple[str, str]:
    """(native, Latin) parts of a text: East Asian and other scripts are native."""
    if text.isascii():
        return "", text
    east = "".join(part for part in EAST.findall(text) if part != "·")
    if east:
        return east, _tidy(EAST.sub(" ", text).strip(" ()（）,"))
    words = text.split()
    latin = [word for word in words if _is_latin(word)]
    other = [word for word in words if not _is_latin(word)]
    return " ".join(other), " ".join(latin)


def _is_latin(word: str) -> bool:
    """Whether a word has a letter of the Latin alphabet, or none at all."""
    letters = [c for c in word if c.isalpha()]
    return not letters or any(unicodedata.name(c, "").startswith("LATIN") for c in letters)


def _split_full(full: str) -> Names:
    if parts := EAST.findall(full):
        latin = _split_latin(_tidy(EAST.sub(" ", full)).strip(" ()（）,"))
        family, given = (parts[0], "".join(parts[1:])) if len(parts) > 1 else _split_east(parts[0])
        return Names(family, given, *latin)
    native, latin_name = _by_script(full)
    return Names(*_split_latin(native), *_split_latin(latin_name.strip(" (),")))


def _split_east(name: str) -> tuple[str, str]:
    """(family, given) of a name without a space."""
    if name[:2] in COMPOUND:
        return name[:2], name[2:]
    han = HAN.match(name)
    if han and 0 < han.end() < len(name):
        # Characters before, syllables behind: 田中さくら.
        return name[: han.end()], name[han.end() :]
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
