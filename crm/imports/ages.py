"""Ages as people write them: how young somebody may be by what a cell says.

A number among words, a range, a bound, the words for a child; the youngest reading counts.
"""

import re
import unicodedata

from crm.imports import days

ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
).split()
ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
GERMAN = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn"
    " fünfzehn sechzehn siebzehn achtzehn neunzehn"
).split()
GERMAN_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
FRENCH = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
    " dix-sept dix-huit dix-neuf vingt"
).split()
IN_WORDS = {
    word: number for words in (FRENCH, GERMAN, ENGLISH) for number, word in enumerate(words)
}
IN_WORDS |= {"trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "ein": 1, "une": 1}
for tens, (english, german) in enumerate(zip(ENGLISH_TENS, GERMAN_TENS, strict=True), start=2):
    IN_WORDS |= {english: tens * 10, german: tens * 10}
    for ones in range(1, 10):
        IN_WORDS |= {
            f"{english}{mark}{ENGLISH[ones]}": tens * 10 + ones for mark in ("-", " ", "")
        }
        IN_WORDS[f"{'ein' if ones == 1 else GERMAN[ones]}und{german}"] = tens * 10 + ones
IN_WORDS |= {
    form: number
    for word, number in IN_WORDS.items()
    for form in (word.casefold(), word.casefold().replace("ü", "ue").replace("ö", "oe"))
}
WORDS = re.compile(
    r"\b(?:" + "|".join(map(re.escape, sorted(IN_WORDS, key=len, reverse=True))) + r")"
    r"(?=\b|jährig|jaehrig)"
)

CHILD = re.compile(
    r"\b(?:minors?|child|children|childhood|kids?|infants?|bab(?:y|ies)|toddlers?|teens?"
    r"|teenagers?"
    r"|pre-?teens?|juveniles?|adolescents?|youths?|school ?child\w*|under ?-?age|newborn"
    r"|kind|kinder|kleinkind|jugendliche?r?|säugling|baby|minderjährige?r?|teenie|unmündig"
    r"|mineure?s?|enfants?|bébé|adolescente?)\b|未成年|兒童|儿童|小童|幼童|嬰|婴|幼兒|幼儿|少年"
    r"|孩子|小孩|未滿十六"
)
ADULT = re.compile(
    r"\b(?:adults?|of (?:full |legal )?age|grown ?-?up|seniors?|pensioner|retired|middle ?-?aged"
    r"|erwachsene?r?|volljährige?r?|rentner(?:in)?|majeure?|adulte)\b|成年|成人|長者|长者|老年"
    r"|中年"
)
NOT = re.compile(r"\b(?:not|no|non|kein\w*|nicht|pas)\b|非|不是")
UP_TO = re.compile(
    r"<|≤|\b(?:u|under|below|less|up to|younger|max|maximum|unter|bis|jünger|weniger|höchstens"
    r"|moins|jusqu)\b|\bu(?=\d)|未滿|未满|以下|不足|不到|小於|小于"
)
# Above it, what “under N” allows is no child's age by itself, and no answer.
UP_TO_AT_MOST = 25
AT_LEAST_FULL = re.compile(r"(?<!未)[滿满]\d")
NOMINAL = re.compile(r"虛|虚")
SHORTER = re.compile(
    r"(\d+(?:[.,]\d+)?) ?-?(?:(months?|mths?|mos?|mo|monate?n?|mois)\b|(個?月|个月)"
    r"|(?:weeks?|wks?|wochen?|semaines?|days?|tagen?|tage|jours?)\b|[週周]大|天)"
)
UNITS = re.compile(
    r"\d ?-?(?:years?|yrs?|yr|y/?o|y\.o\.|jahre?n?|jährige?r?|j\b|ans?\b|歲|岁|[週周][歲岁]"
    r"|months?|mths?"
    r"|monate?|mois|個月|个月|weeks?|wochen?|days? old)|[歲岁]|\b(?:ages?|aged|alter|âge|old)\b"
    r"|年齡|年龄"
)
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
OLDEST = 125


def speaks(text: str) -> bool:
    """Whether this names an age, where a date is asked for."""
    text = _plain(text)
    return bool(UNITS.search(text) or CHILD.search(text) or ADULT.search(text))


def youngest(text: str) -> float | None:
    """The fewest years that this allows; none where it cannot be read."""
    text = _plain(text)
    if CHILD.search(text):
        return None if NOT.search(text) else 0
    numbers = []
    for match in SHORTER.finditer(text):
        count = float(match[1].replace(",", "."))
        numbers.append(count / 12 if match[2] or match[3] else 0)
    # Twelve years and eight months are twelve years.
    whole = [float(number.replace(",", ".")) for number in NUMBER.findall(SHORTER.sub(" ", text))]
    numbers = whole or numbers
    if not numbers:
        return 18 if ADULT.search(text) and not NOT.search(text) else None
    fewest = min(numbers)
    if fewest > OLDEST:
        return None
    if len(numbers) == 1 and UP_TO.search(text) and not AT_LEAST_FULL.search(text):
        return 0 if fewest <= UP_TO_AT_MOST else None
    return fewest - 2 if NOMINAL.search(text) else fewest


def _plain(text: str) -> str:
    text = days.in_digits(" ".join(unicodedata.normalize("NFKC", text).casefold().split()))
    return WORDS.sub(lambda found: str(IN_WORDS[found[0]]), text)
