"""Addresses and numbers that belong to nobody, by the word of whoever gives them out.

Mail and web: example.com, example.net, example.org (RFC 2606). Telephones: 020 7946 0000 to 0999
(Ofcom), 01 99 00 00 00 to 99 99 (Arcep), 030 23125 000 to 999 (Bundesnetzagentur), 555-0100 to
0199 (North American Numbering Plan). Hong Kong keeps no number for fiction, and neither does
Portugal: a number that merely looks right may ring at somebody's home, so that people there have
one of a London office.
"""

FRANCE = frozenset({"FR", "PT", "BG", "GR", "CY"})
GERMANY = frozenset({"DE", "AT", "PL", "CZ", "SK", "SE", "NO", "FI"})
AMERICA = frozenset({"US"})
AREAS = (212, 312, 415, 617)


def telephone(n: int, country: str = "") -> str:
    """The n-th number of a range; no two of the first thousand are alike."""
    if country in FRANCE:
        return f"+33 1 99 00 {n // 100 % 100:02d} {n % 100:02d}"
    if country in GERMANY:
        return f"+49 30 23125 {n % 1000:03d}"
    if country in AMERICA:
        return f"+1 {AREAS[n // 100 % len(AREAS)]}-555-01{n % 100:02d}"
    return f"+44 20 7946 {n % 1000:04d}"


def mailbox(name: str, n: int, *, private: bool = False) -> str:
    """A person's mailbox: the firm's, or one of their own."""
    return f"{name}.{n}@example.{'net' if private else 'com'}"


def profile(name: str, n: int) -> str:
    """The address of a profile page that is none."""
    return f"https://www.example.org/people/{name}-{n}"
