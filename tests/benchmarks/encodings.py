"""Write people of many languages in each encoding of theirs, and count how they are read.

    python -m tests.benchmarks.encodings [PEOPLE] [ROWS]

For each language and encoding: PEOPLE people (5,000) in files of ROWS rows (50), and how many
files came out right and proven, guessed and right, guessed and wrong, refused, or wrong with no
word about it. The last must be none: the script ends with 1 otherwise. No database is needed.
"""

import os
import sys
import unicodedata
from collections import Counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
django.setup()

from faker import Faker  # noqa: E402

from crm.errors import ImportRefused  # noqa: E402
from crm.imports import encodings  # noqa: E402

UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le")
WEST = ("cp1252", "iso8859-1", "iso8859-15", "mac-roman", "cp850")
CENTRAL = ("cp1250", "iso8859-2", "mac-latin2", "cp852")
CYRILLIC = ("cp1251", "iso8859-5", "koi8-r", "cp866", "mac-cyrillic")
LANGUAGES = {
    "pl_PL": CENTRAL,
    "cs_CZ": CENTRAL,
    "sk_SK": CENTRAL,
    "hu_HU": CENTRAL,
    "hr_HR": CENTRAL,
    "sl_SI": CENTRAL,
    "ro_RO": ("cp1250", "iso8859-2", "cp852"),
    "de_DE": WEST,
    "fr_FR": WEST,
    "es_ES": WEST,
    "pt_PT": WEST,
    "it_IT": WEST,
    "nl_NL": WEST,
    "sv_SE": WEST,
    "da_DK": WEST,
    "fi_FI": WEST,
    "tr_TR": ("cp1254", "iso8859-9", "mac-turkish"),
    "el_GR": ("cp1253", "iso8859-7", "mac-greek"),
    "ru_RU": CYRILLIC,
    "uk_UA": ("cp1251", "koi8-u", "mac-cyrillic"),
    "lt_LT": ("cp1257", "iso8859-13"),
    "ja_JP": ("cp932", "euc-jp", "iso2022_jp"),
    "ko_KR": ("cp949", "euc-kr"),
    "zh_TW": ("big5", "big5hkscs", "gb18030"),
    "zh_CN": ("gb18030", "gb2312"),
    "vi_VN": (),
}
# Encodings of Romanian have the cedilla alone.
CEDILLA = str.maketrans("șțȘȚ", "şţŞŢ")


def main() -> int:
    said = [int(number) for number in sys.argv[1:]]
    people, rows = (*said, *(5_000, 50)[len(said) :])
    total: Counter[str] = Counter()
    _say(f"{'':22}{'right':>8}{'guessed':>9}{'wrong':>7}{'refused':>9}{'silent':>8}")
    for locale, codecs in LANGUAGES.items():
        written = _people(locale, people)
        for codec in (*UNICODE, *codecs):
            found = _read(written, codec, rows)
            total += found
            _say(f"{locale} {codec:16}" + _line(found))
    _say(f"{'all':22}" + _line(total))
    return int(total["silent"] > 0)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _people(locale: str, count: int) -> list[str]:
    fake = Faker(locale)
    Faker.seed(sum(map(ord, locale)))
    names = [f"{fake.first_name()},{fake.last_name()}" for _n in range(count)]
    return [
        unicodedata.normalize("NFC", f"{name},p{n}@example.com").translate(CEDILLA)
        for n, name in enumerate(names)
    ]


def _read(people: list[str], codec: str, rows: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for first in range(0, len(people), rows):
        text = "\n".join(["First Name,Last Name,E-mail", *people[first : first + rows], ""])
        content = text.encode(codec, "ignore")
        meant = content.decode(codec)
        try:
            decoded = encodings.decode(content)
        except ImportRefused:
            found["refused"] += 1
            continue
        is_right = decoded.text == meant
        if decoded.is_guessed:
            found["guessed" if is_right else "wrong"] += 1
        else:
            found["right" if is_right else "silent"] += 1
    return found


def _line(found: Counter[str]) -> str:
    kinds = (("right", 8), ("guessed", 9), ("wrong", 7), ("refused", 9), ("silent", 8))
    return "".join(f"{found[kind]:>{width}}" for kind, width in kinds)


if __name__ == "__main__":
    sys.exit(main())
