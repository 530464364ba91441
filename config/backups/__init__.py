"""Backups: database and documents as one encrypted file, and the way back from it (S91, S95)."""
