"""Registers the pages of time."""

from retention.admin import rules, runs

__all__ = ["rules", "runs"]
