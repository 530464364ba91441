"""Opt-outs as they arrived: listed without a word of them, read one by one and on record."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from privacy import opt_outs
from privacy.enums import PointKind
from privacy.errors import PrivacyError
from privacy.models import OptOut
from privacy.operations import Operation, OperationForm, OperationsMixin, ViewOnlyAdmin
from privacy.points import Point

READS = "privacy.read_opt_out"


class AddressForm(OperationForm):
    """The address or number that somebody names."""

    kind = forms.ChoiceField(
        label=_("Type"), choices=[one for one in PointKind.choices if one[0] != PointKind.LINK]
    )
    value = forms.CharField(label=_("Address or number"), max_length=320)


def read(opt_out: OptOut, *, by: Any) -> list[tuple[Any, Any]]:
    """What arrived, once."""
    return list(opt_outs.read(opt_out, by=by).items())


def find(*, kind: str, value: str, by: Any) -> OptOut:
    """The newest about this address."""
    newest = opt_outs.find(Point(kind, value)).first()
    if newest is None:
        raise PrivacyError(_("Nothing has arrived about this address in three years."))
    return newest


@admin.register(OptOut)
class OptOutAdmin(OperationsMixin, ViewOnlyAdmin):
    """Every unsubscribe message that arrived in the last three years."""

    list_display = ("received_at", "way", "reference")
    list_filter = ("way",)
    fields = (("received_at", "way"), "reference")
    operations = (
        Operation(
            "read",
            _("Read it"),
            READS,
            read,
            explanation=_("It is shown once. The journal says that you read it, and when."),
            shows=True,
        ),
        Operation(
            "find",
            _("Find by address"),
            READS,
            find,
            AddressForm,
            explanation=_("In whatever spelling; the newest is opened."),
            on_list=True,
            opens=True,
        ),
    )
