"""Why no day can be named; says what to do."""

from privacy.errors import PrivacyError


class DeadlineError(PrivacyError):
    """What was asked is no deadline of the law, or its calendar does not reach that far."""
