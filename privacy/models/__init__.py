"""The tables of the privacy office."""

from privacy.models.disposal import Disposal, FileRemoval, Permit
from privacy.models.hold import LegalHold
from privacy.models.journal import JournalEntry
from privacy.models.residue import Finding
from privacy.models.suppression import SuppressionEntry, SuppressionKey

__all__ = [
    "Disposal",
    "FileRemoval",
    "Finding",
    "JournalEntry",
    "LegalHold",
    "Permit",
    "SuppressionEntry",
    "SuppressionKey",
]
