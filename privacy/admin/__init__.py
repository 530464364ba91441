"""Registers the privacy office's pages."""

from privacy.admin import (
    consent,
    disclosures,
    dispatches,
    evidence,
    holds,
    left_mail,
    notices,
    objections,
    opt_outs,
    quarantine,
    registers,
    removals,
    restrictions,
    suppression,
)

__all__ = [
    "consent",
    "disclosures",
    "dispatches",
    "evidence",
    "holds",
    "left_mail",
    "notices",
    "objections",
    "opt_outs",
    "quarantine",
    "registers",
    "removals",
    "restrictions",
    "suppression",
]
