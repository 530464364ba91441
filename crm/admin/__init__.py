"""Registers the business's pages; the contact page is the console's own (config)."""

from crm.admin import (
    accounts,
    deputies,
    duplicates,
    exports,
    follow_ups,
    imports,
    records,
    tags,
)

__all__ = [
    "accounts",
    "deputies",
    "duplicates",
    "exports",
    "follow_ups",
    "imports",
    "records",
    "tags",
]
