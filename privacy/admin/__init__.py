"""Registers the privacy office's pages."""

from privacy.admin import evidence, holds, suppression

__all__ = ["evidence", "holds", "suppression"]
