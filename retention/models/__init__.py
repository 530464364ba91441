"""The tables of time."""

from retention.models.archive import ArchivedRecord, ArchiveKey, ArchiveNote
from retention.models.rule import RetentionRule
from retention.models.run import SweepBatch, SweepRun

__all__ = [
    "ArchiveKey",
    "ArchiveNote",
    "ArchivedRecord",
    "RetentionRule",
    "SweepBatch",
    "SweepRun",
]
