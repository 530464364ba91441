"""The tables of time."""

from retention.models.run import SweepBatch, SweepRun

__all__ = ["SweepBatch", "SweepRun"]
