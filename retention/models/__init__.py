"""The tables of time."""

from retention.models.rule import RetentionRule
from retention.models.run import SweepBatch, SweepRun

__all__ = ["RetentionRule", "SweepBatch", "SweepRun"]
