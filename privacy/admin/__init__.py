"""Registers the privacy office's pages."""

from privacy.admin import consent, evidence, holds, quarantine, restrictions, suppression

__all__ = ["consent", "evidence", "holds", "quarantine", "restrictions", "suppression"]
