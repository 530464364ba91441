"""Registers the business's pages; the contact page is the console's own (config)."""

from crm.admin import accounts, deputies, duplicates, imports, records

__all__ = ["accounts", "deputies", "duplicates", "imports", "records"]
