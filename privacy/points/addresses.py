"""E-mail addresses: one spelling for each, and the addresses that a text holds.

No provider's tricks (dots, plus-tags): those may be two people.
"""

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from email_validator import EmailNotValidError, validate_email

from privacy.points.hosts import host_form, is_host
from privacy.points.spelling import folded, lined, plain, settled

# A local part as nearly all have it (RFC 5322, 3.2.3); any other is the library's to judge.
ATOMS = re.compile(r"(?=.{1,64}\Z)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
# What every rule leaves as it is.
AS_IT_IS = re.compile(r"[a-z0-9](?:[a-z0-9._+-]*[a-z0-9])?@(?!xn--)(?:[a-z0-9]+\.)+[a-z]+")
# An encoded sign of an address: name%40host, name&#64;host.
ENCODED = re.compile(r"%(?:40|2e|2b|3[ce]|22|2[0789]|5f|2d)", re.IGNORECASE)
ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|commat|lt|gt|quot|period);", re.IGNORECASE)
# What people write for the signs where a machine should not read them.
HIDDEN_AT = re.compile(
    r"\s*[\[({<]\s*(?:at|ät|ad|à|a|@)\s*[\])}>]\s*"
    r"|\s+(?:at|ät)\s+(?=[\w.-]+\s*(?:\.|[\[({ ]\s*(?:dot|punkt)))",
    re.IGNORECASE,
)
HIDDEN_DOT = re.compile(
    r"\s*[\[({<]\s*(?:dot|punkt|point|\.)\s*[\])}>]\s*|\s+(?:dot|punkt)\s+", re.IGNORECASE
)
COMMENT = re.compile(r"\([^()]*\)")
# "name"@host, "first"."last"@host; quotes that are needed hold a blank or a sign.
NEEDLESS = re.compile(
    r"[\"'`´‘’“”„«»]+((?:[^\s\"'`´‘’“”„«»@<>(),;:\\]|\\[^\s\"@])+)[\"'`´‘’“”„«»]+(?=\s*[@.])"
)
ESCAPED = re.compile(r"\\(?=\w)")
AROUND_SIGNS = re.compile(r"\s*([@.])\s*")
AROUND_AT = re.compile(r"\s*@\s*")
CANDIDATE = re.compile(
    r"[^\s@<>()\[\]{},;:|/\\\"“”„«»、，；：。]+@[^\s@<>()\[\]{},;:|/\\\"“”„«»、，；：。]+"
)
EDGES = "'\"`´‘’.-_=*!?‚…#&"


# As many as a part of an import or a sweep has in hand.
@lru_cache(maxsize=4_000)
def email_form(value: str) -> str:
    """Local part folded; domain by IDNA's UTS-46. Version 1: it never changes."""
    if AS_IT_IS.fullmatch(value):
        return value
    return settled(_unwrapped, value)


def _unwrapped(value: str) -> str:
    text = plain(value)
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") :]
    text = text.strip("<>[]() \t\"'")
    if text[:7].casefold() == "mailto:":
        text = text[7:].split("?", 1)[0]
    text = text.strip("<>[]() \t\"'")
    local, at, domain = text.rpartition("@")
    if not at:
        return folded(text).strip()
    domain = domain.strip().rstrip(".")
    return f"{folded(local).strip()}@{host_form(domain)}"


@lru_cache(maxsize=4_000)
def is_address(form: str) -> bool:
    """The one rule for what an e-mail address is, beyond ASCII too; asked of its normal form."""
    local, _at, domain = form.rpartition("@")
    if not local or not is_host(domain) or len(form) > 254:
        return False
    if ATOMS.fullmatch(local):
        return True
    try:
        validate_email(form, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return False
    return True


def addresses_in(text: str) -> list[str]:
    """Every address that this text holds, as it is to be written; each once."""
    if AS_IT_IS.fullmatch(text) and is_address(text):
        return [text]
    if text.isascii() and text.isprintable() and " " not in text and is_address(email_form(text)):
        bare = _bare(text)
        if is_address(bare.lower()):
            return [bare]
    found: dict[str, str] = {}
    for value in _candidates(lined(text)):
        if is_address(form := email_form(value)):
            found.setdefault(form, value)
    return list(found.values())


def asked_forms(text: str) -> list[str]:
    """Every form by which the suppression file is asked about this text."""
    found = [email_form(text), *map(email_form, addresses_in(text))]
    if "@" in text and " " in text:
        # Blanks around the signs of an address, as the oldest mails had them.
        found += map(email_form, addresses_in(AROUND_SIGNS.sub(r"\1", text)))
    return found


def _bare(text: str) -> str:
    """The address without what stands around it."""
    text = text.strip("<>[]() \t\"'`´‘’“”")
    if text[:7].casefold() == "mailto:":
        text = text[7:].split("?", 1)[0]
    return text.strip("<>[]() \t\"'`´‘’“”.")


def _candidates(text: str) -> Iterator[str]:
    if ENCODED.search(text):
        text = unquote(text)
    if ENTITY.search(text):
        text = html.unescape(text)
    if "@" not in text or "[" in text or "(" in text:
        text = HIDDEN_AT.sub("@", text)
        if "@" in text:
            text = HIDDEN_DOT.sub(".", text)
    text = settled(lambda t: COMMENT.sub("", t) if "@" in COMMENT.sub("", t) else t, text)
    text = AROUND_AT.sub("@", NEEDLESS.sub(lambda match: ESCAPED.sub("", match[1]), text))
    whole = _bare(text)
    if whole.count("@") == 1 and not re.search(r"[\s,;]", whole) and is_address(email_form(whole)):
        yield whole
        return
    for match in CANDIDATE.finditer(text):
        yield match.group().strip(EDGES)
