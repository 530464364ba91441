"""Which column of whose export means what: Google (old and 2024), Outlook (English), plain.

A column that no alias names is dropped: what nobody asked for is not stored (Art. 5(1)(c)).
"""

import re
from collections.abc import Sequence

# Field -> headers, folded, with every number written as "#". The order decides which cell wins.
ALIASES = {
    "given": ("given name", "first name", "forename", "firstname", "given names"),
    "middle": ("additional name", "middle name"),
    "family": ("family name", "last name", "surname", "lastname"),
    "full": ("name", "full name", "display name", "contact name"),
    "latin_given": ("phonetic first name", "given name yomi", "latin given name"),
    "latin_family": ("phonetic last name", "family name yomi", "latin family name"),
    "native_given": ("native given name", "chinese given name"),
    "native_family": ("native family name", "chinese family name"),
    "email": (
        "e-mail # - value", "e-mail address", "e-mail # address", "email address", "email",
        "e-mail", "email #", "e-mail #",
    ),
    "phone": (
        "phone # - value", "mobile phone", "primary phone", "business phone", "business phone #",
        "home phone", "home phone #", "company main phone", "other phone", "phone",
        "phone number", "telephone", "mobile", "mobilephone", "tel",
    ),
    "link": ("linkedin", "linkedin url", "profile link", "profile url", "url"),
    "organisation": (
        "organization # - name", "organization name", "company", "company name",
        "organisation", "organization", "associated company",
    ),
    "job_title": (
        "organization # - title", "organization title", "job title", "title", "position",
    ),
    "born_on": ("birthday", "birthdate", "date of birth", "birth date"),
    "age": ("age",),
    "country": ("country", "country/region", "residence country", "country of residence"),
    "street": (
        "address # - street", "business street", "home street", "mailingstreet", "street",
        "address",
    ),
    "city": ("address # - city", "business city", "home city", "mailingcity", "city"),
    "region": ("address # - region", "business state", "home state", "state", "region"),
    "postcode": (
        "address # - postal code", "business postal code", "home postal code",
        "mailingpostalcode", "postcode", "postal code", "zip",
    ),
    "address_country": (
        "address # - country", "business country/region", "home country/region",
        "business country", "home country", "mailingcountry",
    ),
    "language": ("language",),
}  # fmt: skip
MEANING = {
    alias: (field, place)
    for field, aliases in ALIASES.items()
    for place, alias in enumerate(aliases)
}
NAMED_BY = {"given", "family", "full", "native_given", "native_family"}
REACHED_BY = {"email", "phone", "link"}
Columns = dict[str, list[int]]


def columns_of(header: Sequence[str]) -> Columns:
    """Field -> positions of its columns, the preferred first."""
    found: dict[str, list[tuple[int, int]]] = {}
    for position, cell in enumerate(header):
        plain = re.sub(r"\d+", "#", " ".join(cell.replace("_", " ").casefold().split()))
        if plain in MEANING:
            field, place = MEANING[plain]
            found.setdefault(field, []).append((place, position))
    return {field: [position for _, position in sorted(pairs)] for field, pairs in found.items()}


def is_header(columns: Columns) -> bool:
    """Whether these columns name people and reach them."""
    return bool(NAMED_BY & set(columns)) and bool(REACHED_BY & set(columns))
