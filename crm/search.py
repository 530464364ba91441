"""Finding people: what is typed into the search box, and what it means (DESIGN 20).

Every word must be found in the folded text of names, points and organisations; one or two Han
characters begin a name; digits are those of a telephone number, however it is spaced. A
token in front narrows: `id:` the beginning of a reference, `org:` an organisation.
"""

import re
import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm import names
from crm.models import Role
from crm.models.contact import HAN

# Fewer digits are in everybody's number.
FEWEST_DIGITS = 4
FEWEST_OF_REFERENCE = 8
REFERENCE = re.compile(r"[0-9a-f]{8,32}")
# In +44 (0)20 the zero is dialled at home alone.
HOME_ZERO = re.compile(r"\(0\)")
NUMBER = re.compile(r"[+(]?[\d][\d\s().-]*\Z")


def find(people: QuerySet, term: str) -> QuerySet:
    """Those of the people whom the term means; all of them where it says nothing."""
    term = term.strip()
    key = names.name_key(term)
    if 0 < len(key) <= 2 and all(ord(letter) in HAN for letter in key):
        return people.filter(name_key__startswith=key)
    digits = re.sub(r"\D", "", HOME_ZERO.sub("", term))
    if NUMBER.match(term) and len(digits) >= FEWEST_DIGITS:
        # Also where the number was typed as at home, with a leading zero.
        typed = Q(search_text__contains=digits.lstrip("0") or digits)
        return people.filter(typed | Q(search_text__contains=names.fold(term)))
    for word in term.split():
        people = people.filter(_meant_by(word))
    return people


def _meant_by(word: str) -> Q:
    token, colon, rest = word.partition(":")
    if colon and token.casefold() == "id":
        return _with_reference(rest)
    if colon and token.casefold() == "org":
        return _at(rest)
    found = Q(search_text__contains=names.fold(word))
    # A reference is pasted without its token too.
    return found | _with_reference(word) if len(word) >= FEWEST_OF_REFERENCE else found


def _with_reference(text: str) -> Q:
    """Whose reference begins so; a range, so that the index of uuids answers on both databases."""
    digits = text.replace("-", "").casefold()
    if not REFERENCE.fullmatch(digits):
        return Q(pk__in=())
    first, last = uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))
    return Q(uuid__range=(first, last))


def _at(text: str) -> Q:
    key = names.name_key(text)
    if not key:
        # A name without a letter is nobody's.
        return Q(pk__in=())
    firms = Role.objects.filter(contact=OuterRef("pk"), organisation__name_key__contains=key)
    return Q(Exists(firms))
