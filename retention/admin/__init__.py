"""Registers the pages of time."""

from retention.admin import archive, rules, runs

__all__ = ["archive", "rules", "runs"]
