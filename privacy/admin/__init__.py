"""Registers the privacy office's pages."""

from privacy.admin import (
    consent,
    dispatches,
    evidence,
    holds,
    notices,
    quarantine,
    restrictions,
    suppression,
)

__all__ = [
    "consent",
    "dispatches",
    "evidence",
    "holds",
    "notices",
    "quarantine",
    "restrictions",
    "suppression",
]
