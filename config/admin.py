"""Registers the people's pages as the console shows them."""

from config import contact_page

__all__ = ["contact_page"]
