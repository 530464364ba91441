"""Cells in which nothing stands, whatever their program wrote there: placeholders and errors."""

import re
import unicodedata

EDGES = (
    " \t\r\n\f\v\0\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060"
    "\u3000\ufeff"
)
# Folded. “Null” and “Na” are family names, so that of names only what is no word is a blank.
SIGNS = re.compile(r"[\s\-–—_.,;:/\\?*#=~|'\"`()\[\]{}<>]*")
ERRORS = re.compile(
    r"#+(?:n/?[av]!?|ref!?|bezug!?|value!?|wert!?|valeur!?|name\??|div/0!?|null!?|num!?|zahl!?|"
    r"spill!?|calc!?|getting_data|error!?|fehler!?)",
    re.IGNORECASE,
)
WORDS = frozenset(
    "n/a|n.a.|n. a.|n/v|k.a.|k. a.|k/a|na|nan|nil|null|none|<null>|(null)|[null]|(none)|(blank)|"
    "(empty)|undefined|unknown|not available|not applicable|not known|not given|not provided|"
    "not set|not specified|no value|no email|no e-mail|no phone|no data|tba|tbc|tbd|empty|blank|"
    "unbekannt|keine|keine angabe|keine angaben|nicht bekannt|nicht vorhanden|leer|ohne|entfällt|"
    "néant|inconnu|aucun|desconocido|ninguno|無|无|沒有|没有|不詳|不详|未知|不明|未提供|無資料|"
    "无资料|不適用|不适用|暫無|暂无|空白|待定|なし|不明".split("|")
)
# Of names: what cannot be one.
WORDS_FOR_NAMES = frozenset(
    "n/a|n.a.|n. a.|n/v|k.a.|k. a.|k/a|nan|<null>|(null)|[null]|(none)|(blank)|(empty)|undefined|"
    "unknown|not available|not applicable|not known|not given|not provided|not set|not specified|"
    "no value|no data|no name|tba|tbc|tbd|unbekannt|keine angabe|keine angaben|nicht bekannt|"
    "nicht vorhanden|inconnu|desconocido|不詳|不详|未知|不明|未提供|無資料|无资料|不適用|不适用|"
    "暫無|暂无|空白|待定|なし".split("|")
)


def is_blank(cell: str, *, of_a_name: bool = False) -> bool:
    """Whether nothing is said here: no sign but punctuation, an error, or a word for “nothing”."""
    text = cell if cell.isascii() else unicodedata.normalize("NFKC", cell)
    text = text.strip()
    if not text or SIGNS.fullmatch(text) or (text[0] == "#" and ERRORS.fullmatch(text)):
        return True
    if of_a_name:
        # In capitals or small letters alone programs write them; a person is not called so.
        is_program = text in {"NULL", "null", "NONE", "none", "nil", "NIL"}
        return is_program or text.casefold() in WORDS_FOR_NAMES
    return text.casefold() in WORDS


def trimmed(cell: str) -> str:
    """A cell without blanks and what cannot be seen at its ends, or a spreadsheet's apostrophe."""
    text = cell.strip(EDGES)
    # A leading apostrophe says “this is text”; one that is paired is a quotation, or part of it.
    return text[1:].strip(EDGES) if text[:1] == "'" and "'" not in text[1:] else text
