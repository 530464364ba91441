"""Sensitive data in a text: which kinds of the policy's list it seems to hold (S25, S28).

Numbers are believed by their check digits, words by whole phrases in English and Chinese, so that
an office's own talk ("health insurance", "European Union") raises no alarm. A text is read in one
pass for each rule; what was found is named by kind and never quoted. A detector misses things and
sometimes cries wolf: it asks for a human's look and decides nothing. Serves Art. 9 and 10 GDPR.
"""

import re
import unicodedata
from collections.abc import Iterable

from privacy.enums import SensitiveKind

# Letters count from 10 on, a missing first letter as 36; weights 9 to 2, then the check digit.
HKID = re.compile(r"(?<![A-Z0-9])([A-Z]{1,2}) ?(\d{6}) ?(?:\(([0-9A])\)|([0-9A]))(?![A-Z0-9])")
MAINLAND_ID = re.compile(r"(?<!\d)(\d{17})([0-9X])(?![0-9A-Z])")
MAINLAND_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
PASSPORT = re.compile(
    r"(?:\bPASSPORT\b(?: (?:NO|NR|NUMBER))?|護照(?:號碼|編號)?|护照(?:号码|编号)?)[ .:#]{0,4}"
    r"(?=[A-Z0-9]{6,9}(?![A-Z0-9]))[A-Z]{0,2}\d{5,9}"
)
# The first line of a passport's machine-readable zone.
MACHINE_READABLE = re.compile(r"(?<![A-Z0-9<])P[A-Z<][A-Z<]{3}[A-Z]{2}[A-Z<]{10,40}<<")
CARD = re.compile(r"(?<![\d.,])\d(?:[ -]?\d){12,18}(?![\d]|[.,]\d)")
# First digits and lengths of the schemes that issue payment cards.
ISSUERS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35\d{14}|62\d{14,17}"
)
IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Z0-9])")
ACCOUNT = re.compile(
    r"(?:\bBANK ACCOUNT(?: (?:NO|NUMBER))?|\bACCOUNT (?:NO|NUMBER)|銀行(?:戶口|帳戶|賬戶)(?:號碼)?"
    r"|银行(?:账户|帐户)(?:号码)?)[ .:#]{0,4}\d[\d -]{5,}"
)

ENGLISH: dict[SensitiveKind, tuple[str, ...]] = {
    SensitiveKind.HEALTH: (
        r"(?:was|been|is|be) diagnosed with",
        r"suffer(?:s|ed|ing)? from",
        r"(?:has|had|with|of|treated for|recover\w+ from) (?:breast |lung |prostate )?cancer",
        r"chemotherapy",
        r"diabetic|diabetes",
        r"(?:is|are|was) pregnant|pregnancy|miscarriage",
        r"HIV(?: positive)?|AIDS patient",
        r"depression and|(?:has|had|clinical|severe) depression|bipolar disorder|schizophreni\w+",
        r"mental (?:illness|breakdown)",
        r"sick leave|(?:is|was|called in) hospitali[sz]ed",
        r"heart attack|stroke patient|kidney failure",
        r"(?:is|registered) disabled|wheelchair user|disability (?:card|pension)",
        r"medical (?:record|history|certificate|condition)s?",
        r"alcoholic|drug addict\w*",
    ),
    SensitiveKind.RELIGION: (
        r"(?:is|a|devout|practi[sc]ing) (?:muslim|catholic|jew|jewish|hindu|sikh|mormon)",
        r"(?:is|devout|practi[sc]ing|born-again) (?:a )?(?:christian|buddhist)",
        r"jehovah'?s witness(?:es)?",
        r"religious beliefs?|converted to (?:islam|judaism|christianity|buddhism)",
    ),
    SensitiveKind.POLITICS: (
        r"political (?:opinion|view|belief|affiliation)s?",
        r"member of the (?:communist|conservative|labour|democratic|republican|green) party",
        r"votes? for the|voted for",
        r"(?:is|known) (?:as )?a? ?(?:political )?dissident",
    ),
    SensitiveKind.UNION: (
        r"trade[- ]union(?:ist| member\w*| rep\w*)?",
        r"union (?:member(?:ship)?|representative|dues)",
        r"works council member",
    ),
    SensitiveKind.ETHNICITY: (
        r"ethnic (?:origin|background|minority)|racial origin",
        r"of (?:african|asian|jewish|romani|arab|uyghur|tibetan) (?:descent|origin)",
    ),
    SensitiveKind.SEX_LIFE: (
        r"sexual (?:orientation|preference|life)",
        r"(?:is|openly) (?:gay|lesbian|bisexual|homosexual|transgender)",
        r"sex change|gender reassignment",
    ),
    SensitiveKind.BIOMETRIC: (
        r"(?:his|her|their) (?:fingerprint|iris scan|retina scan|dna|face template)s?",
        r"fingerprint(?:s)? (?:taken|on file|template)|dna (?:sample|test|profile)",
        r"genetic (?:test|data|condition)\w*",
    ),
    SensitiveKind.CRIMINAL: (
        r"criminal (?:record|conviction|offence|charge)s?",
        r"(?:was|been) (?:convicted|arrested|jailed|imprisoned)",
        r"(?:served|serving) (?:time|\w+ (?:months|years) in prison)",
        r"(?:under investigation|charged) (?:for|with) \w+",
    ),
}
CHINESE: dict[SensitiveKind, str] = {
    SensitiveKind.HEALTH: (
        "患有|確診|确诊|患癌|癌症|糖尿病|愛滋病|艾滋病|懷孕|怀孕|流產|流产|抑鬱症|抑郁症"
        "|精神病|病歷|病历|病假|住院|化療|化疗|殘疾|残疾|心臟病|心脏病|中風|中风|酗酒|吸毒"
    ),
    SensitiveKind.RELIGION: (
        "宗教信仰|基督徒|天主教徒|佛教徒|穆斯林|回教徒|道教徒|猶太教徒|犹太教徒|信奉"
    ),
    SensitiveKind.POLITICS: (
        "政治立場|政治立场|政治見解|政治见解|共產黨員|共产党员|黨員身份|党员身份|異見人士|异见人士"
    ),
    SensitiveKind.UNION: "工會會員|工会会员|工會代表|工会代表|加入工會|加入工会",
    SensitiveKind.ETHNICITY: "種族|种族|族裔|血統|血统",
    SensitiveKind.SEX_LIFE: (
        "性取向|性傾向|性倾向|同性戀|同性恋|雙性戀|双性恋|跨性別|跨性别|變性|变性"
    ),
    SensitiveKind.BIOMETRIC: (
        "指紋|指纹|虹膜|基因檢測|基因检测|DNA樣本|DNA样本|人臉特徵|人脸特征"
    ),
    SensitiveKind.CRIMINAL: (
        "刑事紀錄|刑事记录|犯罪紀錄|犯罪记录|案底|被捕|被判入獄|被判入狱|坐牢|定罪"
    ),
}
PHRASES = {
    kind: re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)
    for kind, words in ENGLISH.items()
}
HAN_PHRASES = {kind: re.compile(words) for kind, words in CHINESE.items()}


def kinds_in(*texts: str) -> frozenset[SensitiveKind]:
    """The kinds that these texts seem to hold, each text read for itself."""
    return frozenset(kind for text in texts for kind in _kinds(text))


def _kinds(text: str) -> Iterable[SensitiveKind]:
    if not text:
        return
    plain = unicodedata.normalize("NFKC", text)
    upper = plain.upper()
    if any(char.isdigit() for char in upper) or "<<" in upper:
        yield from _numbers(upper)
    yield from (kind for kind, rule in PHRASES.items() if rule.search(plain))
    yield from (kind for kind, rule in HAN_PHRASES.items() if rule.search(plain))


def _numbers(text: str) -> Iterable[SensitiveKind]:
    if any(_is_card(match[0]) for match in CARD.finditer(text)):
        yield SensitiveKind.CARD
    if (
        any(_is_hkid(match) for match in HKID.finditer(text))
        or any(_is_mainland(*match.groups()) for match in MAINLAND_ID.finditer(text))
        or PASSPORT.search(text)
        or MACHINE_READABLE.search(text)
    ):
        yield SensitiveKind.IDENTITY_NUMBER
    if ACCOUNT.search(text) or any(_is_iban(match[0]) for match in IBAN.finditer(text)):
        yield SensitiveKind.ACCOUNT


def _is_card(written: str) -> bool:
    digits = written.replace(" ", "").replace("-", "")
    if not ISSUERS.fullmatch(digits):
        return False
    # Luhn: every second digit from the right is doubled, its own digits summed.
    total = sum(
        digit if place % 2 == 0 else sum(divmod(2 * digit, 10))
        for place, digit in enumerate(map(int, reversed(digits)))
    )
    return total % 10 == 0


def _is_hkid(match: re.Match[str]) -> bool:
    letters, digits, bracketed, bare = match.groups()
    values = [36] * (2 - len(letters)) + [ord(letter) - 55 for letter in letters]
    values += [int(digit) for digit in digits]
    check = bracketed or bare
    total = sum(weight * value for weight, value in zip(range(9, 1, -1), values, strict=True))
    return (total + (10 if check == "A" else int(check))) % 11 == 0


def _is_mainland(digits: str, check: str) -> bool:
    total = sum(w * int(d) for w, d in zip(MAINLAND_WEIGHTS, digits, strict=True))
    return "10X98765432"[total % 11] == check


def _is_iban(written: str) -> bool:
    compact = written.replace(" ", "")
    # The pattern may run on into the next word: whatever beginning of it is right is one.
    for length in range(min(len(compact), 34), 14, -1):
        turned = compact[4:length] + compact[:4]
        if int("".join(str(int(char, 36)) for char in turned)) % 97 == 1:
            return len(compact[:length]) == LENGTHS.get(compact[:2], 0)
    return False


# Lengths of account numbers by country (ISO 13616), of those with whom the firm deals.
LENGTHS = {
    "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IT": 27,
    "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25,
    "RO": 24, "SE": 24, "SI": 19, "SK": 24,
}  # fmt: skip
