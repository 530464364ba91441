"""The residue search: does anything, anywhere, still say who a disposed person was (DESIGN 11)?

The identifying columns give the needles; the haystack is the whole schema and every file, never
the declarations. What is left in the person's own rows stops the disposal; what stands in somebody
else's is a finding, which says where and never what.
"""

from privacy.residue.findings import (
    PEOPLE_AT_ONCE,
    Mention,
    look_unopened,
    mentions,
    note,
    settle,
    settle_gone,
    settle_rows,
)
from privacy.residue.needles import Needles, gather
from privacy.residue.own import refuse_if_left

__all__ = [
    "PEOPLE_AT_ONCE",
    "Mention",
    "Needles",
    "gather",
    "look_unopened",
    "mentions",
    "note",
    "refuse_if_left",
    "settle",
    "settle_gone",
    "settle_rows",
]
