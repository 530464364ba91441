"""The backups' own key: an age identity, outside the database and in no backup (law P2)."""

from django.conf import settings
from django.utils.translation import gettext as _
from pyrage import IdentityError, x25519

from config.backups.errors import BackupRefused


def new() -> str:
    """A fresh key, as BACKUP_KEY takes it; the tool `age` takes it too."""
    return str(x25519.Identity.generate())


def identity() -> x25519.Identity:
    """The key of this office; refused where none is set or it is no key."""
    if not settings.BACKUP_KEY:
        raise BackupRefused(
            _("BACKUP_KEY is not set: type manage.py backup --new-key, set it, and keep a copy.")
        )
    try:
        return x25519.Identity.from_str(settings.BACKUP_KEY)
    except IdentityError:
        raise BackupRefused(
            _("BACKUP_KEY is not a key (AGE-SECRET-KEY-1…); restore it from the escrow copy.")
        ) from None
