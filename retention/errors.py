"""Refusals of the sweep and of `why`. Their text is for an operator and never quotes a person."""

from datetime import date

from django.utils.translation import gettext as _

from privacy.errors import PrivacyError


class RecordUnknown(PrivacyError):
    """No table that knows references has a row under this one."""

    def __init__(self) -> None:
        super().__init__(_("No record has this reference."))


class RuleUnknown(PrivacyError):
    """The release names a rule that did not halt in this run."""

    def __init__(self) -> None:
        super().__init__(_("This rule did not halt in this run; nothing was released."))


class DayUnconfirmed(PrivacyError):
    """The clock shows a day that does not follow from what Lethe did last."""

    def __init__(self, day: date) -> None:
        super().__init__(
            _(
                "The clock says %(day)s, which does not follow from what Lethe did last; nothing "
                "was disposed of. If that is today, confirm it in the console under Runs, or type "
                "manage.py sweep --apply --confirm-day %(day)s --by USERNAME; if not, set the "
                "clock right."
            )
            % {"day": day}
        )


class DayNotToday(PrivacyError):
    """Somebody confirmed another day than the clock shows."""

    def __init__(self, today: date) -> None:
        super().__init__(
            _("The clock says %(day)s; only that day can be confirmed, and nothing was.")
            % {"day": today}
        )


class BatchLost(PrivacyError):
    """Another worker took the batch after this one's lease; all was rolled back."""

    def __init__(self) -> None:
        super().__init__(_("The lease of this batch has passed to another worker."))


class SecondPersonNeeded(PrivacyError):
    """Who started a run or proposed a rule does not release it."""

    def __init__(self) -> None:
        super().__init__(
            _("You started this run or proposed this rule; a second person must release it.")
        )


class WorkerUnreachable(PrivacyError):
    """The broker took no order, so nothing was started."""

    def __init__(self) -> None:
        super().__init__(_("The worker cannot be reached; nothing was started. See /healthz."))


class PeriodTooLong(PrivacyError):
    """A period that is longer than the ceiling in code."""

    def __init__(self) -> None:
        super().__init__(
            _("This is longer than the rule's ceiling; a period may only be shortened.")
        )


class RuleRefused(PrivacyError):
    """A rule cannot be proposed as it is; the sentence says what to change."""


class OwnProposal(PrivacyError):
    """Four eyes: who proposed a rule does not approve it."""

    def __init__(self) -> None:
        super().__init__(_("You proposed this rule; a second person must approve it."))


class ImpactChanged(PrivacyError):
    """What the rule would take is not what the approver saw."""

    def __init__(self) -> None:
        super().__init__(
            _("The numbers have changed since you looked; look at the preview again.")
        )


class ImpactNotConfirmed(PrivacyError):
    """The number that the approver typed is not the preview's."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The number you typed is not that of the preview; read it again. Nothing was "
                "approved."
            )
        )


class ArchiveKeyInvalid(PrivacyError):
    """A key of the archive is missing, malformed or not the one that this database knows."""


class NotArchived(PrivacyError):
    """No record of the archive answers to this number."""

    def __init__(self) -> None:
        super().__init__(_("The archive holds no record under this number."))


class CertificateBroken(PrivacyError):
    """The chain of certificates was altered."""

    def __init__(self, number: int) -> None:
        super().__init__(
            _("Certificate %(number)d is not what Lethe wrote, or one is missing.")
            % {"number": number}
        )


class EvidenceDisagrees(PrivacyError):
    """Certificate, database and ledger count different people."""

    def __init__(self, number: int, *, said: int, database: int, ledger: int) -> None:
        super().__init__(
            _(
                "Certificate %(number)d says %(said)d people, the database %(database)d, the "
                "ledger %(ledger)d."
            )
            % {"number": number, "said": said, "database": database, "ledger": ledger}
        )
