"""Refusals of the sweep and of `why`. Their text is for an operator and never quotes a person."""

from privacy.errors import PrivacyError


class RecordUnknown(PrivacyError):
    """No table that knows references has a row under this one."""

    def __init__(self) -> None:
        super().__init__("No record has this reference.")


class RuleUnknown(PrivacyError):
    """The release names a rule that did not halt in this run."""

    def __init__(self) -> None:
        super().__init__("This rule did not halt in this run; nothing was released.")


class BatchLost(PrivacyError):
    """Another worker took the batch after this one's lease; all was rolled back."""

    def __init__(self) -> None:
        super().__init__("The lease of this batch has passed to another worker.")
