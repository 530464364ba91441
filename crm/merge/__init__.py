"""Merging: two records of one person become one, and two again within thirty days.

One door each way, one transaction, no mail. Every relation to a person is spoken for in `RULES`;
a test fails when a new one is not. Nobody's "no" is lost: suppression entries know points and
are not touched, holds follow the person, restrictions of the source move, and each consent
refused by the one merged away is refused by the one who is kept, purpose × channel × topic. A
"yes" never moves: events of consent are append-only and stay with the tombstone, so that the
consent of the merged person is the most restrictive of both. A merge is no dealing: the clock
is derived anew from the rows (DESIGN 3). The one merged away becomes a tombstone that leads to
the one kept (`Merge`); disposal of the kept takes it along. The ledger outside the database
carries each merge and undo, and a restored database is made to know them again. Art. 5(1)(d),
s.26, S45, S64.
"""

from crm.merge.columns import CHOICES, values
from crm.merge.joining import merge
from crm.merge.noes import noes_of
from crm.merge.parting import UNDO_DAYS, undo
from crm.merge.preview import Difference, Plan, consents, plan
from crm.merge.rules import RULES, Relation, Rule, relations

__all__ = [
    "CHOICES",
    "RULES",
    "UNDO_DAYS",
    "Difference",
    "Plan",
    "Relation",
    "Rule",
    "consents",
    "merge",
    "noes_of",
    "plan",
    "relations",
    "undo",
    "values",
]
