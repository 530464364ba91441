"""System checks: nothing is stored that nobody declared (DESIGN 2; Art. 5(2), 25, 30).

Each is an Error whose hint says what to type.
"""

from privacy.checks.configuration import bad_settings
from privacy.checks.database import check_letters, check_schema, check_triggers
from privacy.checks.declarations import TEXT, faults

__all__ = [
    "TEXT",
    "bad_settings",
    "check_letters",
    "check_schema",
    "check_triggers",
    "faults",
]
