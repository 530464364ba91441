"""Exports: people leave for a file with a reason, a destination and a holder, and on record."""
