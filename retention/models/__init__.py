"""The tables of time."""

from retention.models.archive import ArchivedRecord, ArchiveKey, ArchiveNote
from retention.models.certificate import Certificate, NightNotice
from retention.models.rule import RetentionRule
from retention.models.run import SweepBatch, SweepRelease, SweepRun

__all__ = [
    "ArchiveKey",
    "ArchiveNote",
    "ArchivedRecord",
    "Certificate",
    "NightNotice",
    "RetentionRule",
    "SweepBatch",
    "SweepRelease",
    "SweepRun",
]
