"""The business's refusals. Their text is for an operator and never quotes a person."""

from django.utils.translation import gettext as _

from privacy.errors import PrivacyError


class EntryRefused(PrivacyError):
    """A person cannot be entered or changed as written; `str()` says what to do."""


class UnderAge(EntryRefused):
    """The person is under sixteen: nothing was stored but a count (S113)."""

    def __init__(self) -> None:
        super().__init__(_("This person is under 16; nothing about them was stored."))


class ImportRefused(PrivacyError):
    """A file cannot be imported at all; `str()` says why, nothing was changed."""


class ExportRefused(PrivacyError):
    """These people do not leave in this way; `str()` says what to do."""


class RoleRefused(PrivacyError):
    """These roles are not this operator's to give."""


class AccountRefused(PrivacyError):
    """This account cannot be made, changed or reached as asked; `str()` says what to do."""


class MergeRefused(PrivacyError):
    """These two cannot become one person, or not two again; `str()` says why."""


class ReviewRefused(PrivacyError):
    """A supplier of data is not reviewed so, or has no review that holds (S36)."""
