"""The person's own rows after disposal, read raw: what still identifies them stops everything."""

from collections.abc import Collection, Mapping
from typing import Any

from privacy.errors import ResidueFound
from privacy.inventory import Holding
from privacy.residue import haystack
from privacy.residue.needles import Needles


def refuse_if_left(
    needles: Needles,
    holding: Holding,
    owners: Mapping[Any, int],
    *,
    remainder: Mapping[Any, Collection[str]],
) -> None:
    """Read what is left of these rows; ResidueFound where one still says who its person was.

    `owners` takes each row to its person's primary key, `remainder` to the columns that a statute
    keeps in it. Rows that are gone say nothing.
    """
    model = holding.model_class
    columns = {field.column: field.name for field in model._meta.local_concrete_fields}
    for row in haystack.rows_of(model._meta.db_table, list(owners)):
        spared = remainder.get(row.key, ())
        cells = [cell for cell in row.cells if columns.get(cell[0]) not in spared]
        for column, needle in needles.found_among(cells):
            if needle.subject == owners[row.key]:
                raise ResidueFound(f"{row.table}.{column}")
