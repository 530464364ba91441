"""The periods that the declarations name: the day after which a record goes, from its anchor.

One declaration says how long a row stays; the sweep, the forecast and this answer read it alike.
"""

from privacy import inventory
from privacy.inventory import Keep

# The archive of what statutes keep, whoever declares it: whole years of accounts.
ARCHIVE = "statute_archive"


def named(name: str) -> Keep | None:
    """The period of this name, as in “table:period”, or its second half where it is one alone."""
    wanted = name.strip().lower()
    found = [
        keep
        for holding in inventory.registry.holdings.values()
        for keep in holding.keeps
        if wanted in {f"{holding.model}:{keep.name}".lower(), keep.name}
        or (wanted == ARCHIVE and keep.statute and keep.year_ends_in)
    ]
    lengths = {(keep.years, keep.months, keep.days, keep.year_ends_in) for keep in found}
    return found[0] if len(lengths) == 1 else None


def names() -> list[str]:
    """Every period that has a length of its own, by its full name."""
    return sorted(
        f"{holding.model}:{keep.name}".lower()
        for holding in inventory.registry.holdings.values()
        for keep in holding.keeps
        if keep.years or keep.months or keep.days
    )
