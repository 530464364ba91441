"""Hosts of addresses and links, in the one spelling in which they are compared."""

import re

import idna

# Two parts at least, of letters, digits and hyphens; the last is no number.
A_HOST = re.compile(
    r"(?=.{4,253}\Z)(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)+(?:xn--[a-z0-9-]{2,59}|[a-z]{2,63})\Z"
)


def host_form(domain: str) -> str:
    """The ASCII form of a domain by UTS-46, non-transitional, so that faß.de is not fass.de.

    One that is none by the rules is compared as written.
    """
    try:
        return idna.encode(domain, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        # Lower-cased, never casefolded: ß and ss are two domains.
        return domain.lower()


def is_host(form: str) -> bool:
    """Whether this form can be a host of the public internet."""
    return bool(A_HOST.match(form))
