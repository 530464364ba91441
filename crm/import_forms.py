"""What the steps of an import ask."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from crm.enums import DateOrder, ImportStrategy, RoleKind, SourceType
from crm.errors import ImportRefused
from crm.imports import aliases, encodings, steps, uploads
from crm.imports.meanings import FIELDS
from crm.organisation_field import OrganisationField
from privacy import notices
from privacy.enums import Basis
from privacy.operations import DayInput, OperationForm

# So many columns can be mapped by hand.
MOST_COLUMNS = 200


class UploadForm(OperationForm):
    """The file, and what nobody can read from it: where it came from and why we may hold it."""

    file = forms.FileField(
        label=_("File"),
        # Unfold's script writes a file's name into the nearest line of text: this has its own.
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("An address file of up to 50 MB. It stays here until it is imported."),
    )
    source_type = forms.ChoiceField(label=_("Source"), choices=[("", "–"), *SourceType.choices])
    source_detail = forms.CharField(
        label=_("Detail of the source"),
        max_length=300,
        required=False,
        help_text=_("Which fair, shop or system; no name of a person."),
    )
    supplier = OrganisationField(
        label=_("Supplier"),
        required=False,
        help_text=_(
            "For a broker or partner: the organisation's name as on its page, or its reference."
        ),
    )
    obtained_on = forms.DateField(label=_("Obtained on"), widget=DayInput)
    role = forms.ChoiceField(
        label=_("Role of these people"), choices=[("", "–"), *RoleKind.choices]
    )
    basis = forms.ChoiceField(label=_("Legal basis"), choices=[("", "–"), *Basis.choices])
    notice = forms.ChoiceField(
        label=_("Notice"),
        help_text=_(
            "Version of the notice that they were given, or are sent within a month. It has to be"
            " among the approved ones."
        ),
    )
    evidence = forms.CharField(
        label=_("Licence or contract"),
        max_length=200,
        required=False,
        help_text=_("For a broker: where it is filed."),
    )
    expires_on = forms.DateField(
        label=_("Use allowed until"),
        widget=DayInput,
        required=False,
        help_text=_("For a broker: the last day of the licence."),
    )
    again = forms.BooleanField(label=_("Upload a file that was here before"), required=False)

    def prepare(self) -> None:
        field = self.fields["notice"]
        known = [str(notice) for notice in notices.approved()]
        field.choices = [("", "–"), *((name, name) for name in known)]  # type: ignore[attr-defined]


class ReadForm(OperationForm):
    """How the file is to be read, where the guess was wrong."""

    encoding = forms.ChoiceField(
        label=_("Encoding"),
        choices=[("", _("as recognised")), *((c, c) for c in encodings.CHOICES)],
        required=False,
    )
    delimiter = forms.ChoiceField(
        label=_("Cells are separated by"),
        choices=[
            ("", _("as recognised")),
            (",", _("comma")),
            (";", _("semicolon")),
            ("\t", _("tab")),
            ("|", _("bar")),
        ],
        required=False,
    )
    first_row_is_data = forms.BooleanField(label=_("The first row is data"), required=False)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)

    def prepare(self) -> None:
        try:
            sheets = uploads.open_table(self.obj).sheets
        except ImportRefused:
            sheets = ()
        if len(sheets) < 2:
            del self.fields["sheet"]
            return
        field = self.fields["sheet"]
        field.choices = [(str(place), f"{place} {title}") for place, title in sheets]  # type: ignore[attr-defined]
        field.initial = str(self.obj.sheet or sheets[0][0])


class ColumnsForm(OperationForm):
    """What each column is; none of our fields means that it is dropped."""

    dates = forms.ChoiceField(
        label=_("Dates that can be read in two ways"),
        choices=[("", _("not said: these rows stay out")), *DateOrder.choices],
        required=False,
    )

    def prepare(self) -> None:
        try:
            table = uploads.open_table(self.obj)
        except ImportRefused:
            return
        self.fields["dates"].initial = self.obj.dates
        chosen = {at: name for name, places in table.columns.items() for at in places}
        samples = first_values(table)
        choices = [("", _("drop")), *((name, FIELDS.get(name, name)) for name in aliases.ALIASES)]
        for position, heading in enumerate(table.header[:MOST_COLUMNS]):
            self.fields[f"column_{position}"] = forms.ChoiceField(
                label=heading.strip() or _("Column %s") % (position + 1),
                choices=choices,
                initial=chosen.get(position, ""),
                required=False,
                help_text=samples.get(position, ""),
            )

    def clean(self) -> dict[str, Any]:
        columns = super().clean() or {}
        dates = columns.pop("dates", "")
        found = {int(name.partition("_")[2]): field for name, field in columns.items()}
        return {"columns": found, "dates": dates}


def first_values(table: Any, *, among: int = 20) -> dict[int, str]:
    """The first cell of each column that is not empty, among the first rows."""
    found: dict[int, str] = {}
    for seen, (_number, cells) in enumerate(table.rows()):
        if seen >= among:
            break
        for position, cell in enumerate(cells):
            if cell.strip():
                found.setdefault(position, cell.strip()[:60])
    return found


class ConflictForm(OperationForm):
    """What becomes of rows that contradict what is stored."""

    strategy = forms.ChoiceField(label=_("Conflicts"), choices=ImportStrategy.choices)
    rows = forms.CharField(
        label=_("Only these rows"),
        required=False,
        max_length=500,
        help_text=_("Numbers of rows, e.g. 4, 17. Leave it empty to decide about all of them."),
    )


class ConfirmForm(OperationForm):
    """A large import is confirmed by typing how many rows go in."""

    def prepare(self) -> None:
        going = steps.going_in(self.obj)
        if going > steps.TYPED_ABOVE:
            self.fields["typed"] = forms.IntegerField(
                label=_("Rows that go in"),
                help_text=_("Type %s to confirm it.") % going,
            )
