"""Mail that no rule understood: listed without a word of it, and settled once somebody read it."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from privacy import left_mail
from privacy.models import LeftMail
from privacy.operations import Operation, OperationsMixin, ViewOnlyAdmin


def _waits(left: Any) -> bool:
    return left.read_at is None


@admin.register(LeftMail)
class LeftMailAdmin(OperationsMixin, ViewOnlyAdmin):
    """The newest first; the message itself lies flagged in the mailbox."""

    list_display = ("seen_at", "cause", "size", "read_at", "reference")
    list_filter = ("cause", ("read_at", admin.EmptyFieldListFilter))
    fields = (("seen_at", "cause"), "size", ("read_at", "reader"), "reference")
    readonly_fields = ("reader",)
    operations = (
        Operation(
            "settle",
            _("Mark as read"),
            "privacy.settle_mail",
            left_mail.settle,
            explanation=_(
                "Read it in the mailbox, where it is flagged, and do what it asks first: a “no”, a"
                " complaint or a question counts from its receipt."
            ),
            applies=_waits,
        ),
    )

    @admin.display(description=_("read by"))
    def reader(self, left: LeftMail) -> str:
        return left.read_by.get_username() if left.read_by else "–"
