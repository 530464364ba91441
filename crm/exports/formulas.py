"""Formulas: what a spreadsheet would run is written so that it shows it instead.

A cell of CSV has no type, so that one which begins like a formula gets an apostrophe in front, the
known compromise: the apostrophe stays visible. A telephone number is spared it: a plus sign and
digits with spaces between them name no function and no program, and with its spaces no
spreadsheet makes a number of it. In a workbook each cell is text by its type and stays as it is.
"""

import re
import unicodedata

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

# What begins a formula or a command; the minus sign of mathematics looks like one.
BEGINNINGS = frozenset("=+-@\u2212")
CONTROLS = frozenset("\t\r\n")
# A program that reads the cell may skip these before it looks.
SKIPPED = " \u00a0\u3000'\"\u2018\u2019\u201c\u201d\u00ab\u00bb`"
COLONS = re.compile(":{3,}")
NUMBER = re.compile(r"\+\d[\d ]*\Z")


def neutral(text: str) -> str:
    """The cell with an apostrophe in front, where it could be taken for a formula."""
    return f"'{text}" if is_formula(text) else text


def unparted(text: str) -> str:
    """The text without what reads like the mark between several values of a cell (`:::`)."""
    return COLONS.sub("::", text)


def restored(text: str) -> str:
    """The cell as it was before `neutral` wrote it."""
    return text[1:] if text[:1] == "'" and is_formula(text[1:]) else text


def is_formula(text: str) -> bool:
    """Whether a spreadsheet could take this for a formula, behind whatever it skips."""
    if not text or NUMBER.match(text):
        return False
    if text[0] in CONTROLS:
        return True
    # Full-width and small forms become plain.
    plain = unicodedata.normalize("NFKC", text)
    for letter in plain:
        if letter in CONTROLS:
            return True
        if letter in SKIPPED or unicodedata.category(letter) in {"Cf", "Cc", "Zs"}:
            continue
        return letter in BEGINNINGS
    return False


def dialled(text: str) -> str:
    """A telephone number that can be dialled and is no formula: +852 51234567."""
    if not text.startswith("+") or not re.fullmatch(r"[\d\s().-]+", text[1:]):
        return text
    groups = re.findall(r"\d+", text)
    if len(groups) > 1:
        return "+" + " ".join(groups)
    digits = groups[0] if groups else ""
    length = next(
        (n for n in (1, 2, 3) if digits[:n] and int(digits[:n]) in COUNTRY_CODE_TO_REGION_CODE), 0
    )
    rest = digits[length:]
    return f"+{digits[:length]} {rest}" if length and rest else text
