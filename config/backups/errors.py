"""Why a backup was not made, or not taken back; each says what to do."""

from privacy.errors import PrivacyError


class BackupRefused(PrivacyError):
    """The backup was not written, or not restored; nothing was changed."""
