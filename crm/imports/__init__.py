"""Imports of address files: reading, the verdict on each row, and the batch."""
