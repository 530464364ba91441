"""Registers the privacy office's pages."""

from privacy.admin import consent, evidence, holds, suppression

__all__ = ["consent", "evidence", "holds", "suppression"]
