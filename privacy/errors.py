"""The privacy office's refusals. Their text is for an operator and never quotes a person."""

from collections.abc import Sequence

from django.utils.translation import gettext as _


class PrivacyError(Exception):
    """An act was refused; `str()` says what to do."""


class IdentifierSuppressed(PrivacyError):
    """A contact point may not be entered. One sentence for every cause (law P8)."""

    def __init__(self, positions: Sequence[int] = ()) -> None:
        self.positions = tuple(positions)
        super().__init__(_("This contact detail cannot be entered; please see the privacy team."))


class IdentifierUnreadable(PrivacyError):
    """What was written is not one e-mail address, telephone number or link; nothing is stored."""

    def __init__(self, problem: str, positions: Sequence[int] = ()) -> None:
        self.positions = tuple(positions)
        super().__init__(_("This contact detail cannot be stored: %s.") % problem)


class SuppressionKeyInvalid(PrivacyError):
    """A suppression key is missing, malformed or not the one that this database knows."""


class SealKeyInvalid(PrivacyError):
    """A seal key is missing, malformed, shared or not the one that this database knows."""


class SealKeyAbsent(SealKeyInvalid):
    """A file was sealed under a key that is not there."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            _(
                "A stored file needs the seal key %r, which is not in PRIVACY_SEAL_KEYS; add it "
                "from the escrow copy."
            )
            % key_id
        )


class SealBroken(PrivacyError):
    """A sealed file does not open; it may hold anything."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "A stored file does not open: it was cut, altered or moved, or its seal key is "
                "not the one of its name; restore the key or the file."
            )
        )


class TransitionRefused(PrivacyError):
    """The act does not fit the present state."""


class AppendOnly(PrivacyError):
    """Rows of this table are never changed or deleted."""


class SubjectRestricted(PrivacyError):
    """Processing is restricted: the data are stored, and nothing else is done with them."""

    def __init__(self, references: Sequence[str] = ()) -> None:
        self.references = tuple(references)
        super().__init__(
            _("Processing is restricted (Art. 18): nothing can be changed; see the privacy team.")
        )


class CardRefused(PrivacyError):
    """A text holds the number of a payment card."""

    def __init__(self) -> None:
        super().__init__(
            _("This looks like the number of a payment card: take it out. Lethe stores none.")
        )


class MailNotTaken(PrivacyError):
    """No mail server took a message; the server's own words would quote the address."""

    def __init__(self) -> None:
        super().__init__(_("The mail server did not take the message; it is asked again."))


class InventoryIncomplete(PrivacyError):
    """Something asked the inventory about a model that nobody declared."""


class JournalBroken(PrivacyError):
    """The hash chain of the journal does not hold."""


class JournalKeyInvalid(PrivacyError):
    """The journal's key is malformed or not the one that this database knows."""


class LedgerUnreadable(PrivacyError):
    """The ledger outside the database cannot be read or written."""


class ResidueFound(PrivacyError):
    """After disposal a row about the person still says who they were; all was rolled back."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(
            _(
                "%(place)s still identifies the person; nothing was disposed of. Correct its "
                "declaration."
            )
            % {"place": place}
        )


class BehindLedger(PrivacyError):
    """The database was restored and its ledger has not been replayed yet."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This database is behind its ledger, as after a restore: type manage.py "
                "replay_ledger; nothing is sent, shown or entered before."
            )
        )


class ForeignFiles(PrivacyError):
    """The files of this database lie in another folder, on this host or another."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The files of this database lie in another folder: set LETHE_VAR to it, on the"
                " host where it is. If that folder is lost or was moved here, type manage.py"
                " take_files."
            )
        )


class OfficeRefused(PrivacyError):
    """The office cannot be opened as asked; `str()` says what to do."""


class MailboxUnreachable(PrivacyError):
    """The mailbox cannot be read; nothing was lost, and the next turn tries again."""

    def __init__(self, cause: str) -> None:
        super().__init__(
            _(
                "The mailbox of PRIVACY_MAILBOX_URL cannot be read (%s): check its address (imaps://,"
                " imap:// on this machine alone), name and password."
            )
            % cause
        )
