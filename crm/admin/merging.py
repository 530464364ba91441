"""The three pages of a merge: which record stays, which values are right, what will happen.

Each page is asked for by POST and stores nothing; what was chosen goes along as words of the
program, never as a value. Only the last one acts. Where either record changed meanwhile, the
first page comes back with the new facts.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm import duplicates, merge, search
from crm.models import Contact, DuplicatePair, Merge, Role
from crm.sight import seen_by
from privacy import looks, purposes
from privacy.consent import Standing
from privacy.enums import Channel, Look
from privacy.operations import Operation, OperationForm, OperationsMixin, ViewOnlyAdmin, reference

SIDES = ("first", "second")
# So many people are offered at once; who is looked for by more of a name is among fewer.
MOST_OFFERED = 20
# What a merge does to holds is said in a sentence of its own.
HOLDS = "privacy.LegalHold.subject"


def short(contact: Contact) -> str:
    """The beginning of a record's reference: what is typed to confirm."""
    return str(contact.uuid)[:8]


class OtherForm(OperationForm):
    """Who the other record is: looked for by POST, so that no name stands in an address."""

    term = forms.CharField(
        label=_("Name, e-mail, number or reference of the other record"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    other = forms.ChoiceField(label=_("The other record"), required=False)

    def prepare(self) -> None:
        term = self.data.get("term", "").strip()
        if not term:
            del self.fields["other"]
            return
        people = seen_by(self.by, Contact.objects.usable()).exclude(pk=self.obj.pk)
        found = search.find(people, term).prefetch_related("points")[: MOST_OFFERED + 1]
        offered = [(str(person.pk), _called(person)) for person in found[:MOST_OFFERED]]
        self.fields["other"].choices = [("", _("– choose –")), *offered]
        if not offered:
            self.fields["other"].help_text = _("Nobody whom you see is found by this.")
        elif len(found) > MOST_OFFERED:
            self.fields["other"].help_text = _("More are found than are offered; write more.")

    def is_valid(self) -> bool:
        """A search alone is an answer to show, nothing to act upon."""
        return super().is_valid() and bool(self.cleaned_data.get("other"))


def _called(person: Contact) -> str:
    points = [point.value for point in person.points.all()]
    return " · ".join([person.display_name, *points[:1], short(person)])


def begin(contact: Contact, *, term: str, other: str, by: Any) -> DuplicatePair:
    """Put the two side by side, as a pair that was found would be."""
    return duplicates.pair_up(contact, Contact.objects.get(pk=other), by=by)


class MergeForm(OperationForm):
    """All three pages; `page` says which one is to be shown."""

    keep = forms.ChoiceField(choices=[(side, side) for side in SIDES])
    digest = forms.CharField()
    # The second page was answered.
    chosen = forms.CharField(required=False)
    typed = forms.CharField(
        label=_("Reference of the record that goes"),
        max_length=36,
        help_text=_("Type the first eight characters of its reference."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def prepare(self) -> None:
        first, second = self.obj.first, self.obj.second
        self.plan = merge.plan(first, second)
        self.columns = []
        for name, (one, other) in self.plan.differs.items():
            if one and other:
                sides = [("first", str(one)), ("second", str(other))]
                self.fields[name] = forms.ChoiceField(label=_column(name), choices=sides)
                self.initial[name] = self.data.get("keep")
                self.columns.append(name)
        self.is_stale = self.is_bound and self.data.get("digest") != self.plan.digest
        self.page = 1
        if self.data.get("keep") in SIDES and not self.is_stale:
            self.page = 3 if self.data.get("chosen") else 2
            answers = {name: self.data.get(name) for name in self.columns}
            if self.page == 3 and not set(answers.values()) <= set(SIDES):
                self.page = 2

    def is_valid(self) -> bool:
        """Only the last page acts, and only when its reference was typed."""
        return self.page == 3 and "typed" in self.data and super().is_valid()

    @property
    def kept(self) -> Contact:
        return self.obj.second if self.data.get("keep") == "second" else self.obj.first

    @property
    def gone(self) -> Contact:
        return self.obj.first if self.data.get("keep") == "second" else self.obj.second

    def clean_typed(self) -> str:
        typed = self.cleaned_data["typed"].strip().lower()
        if typed[:8] != short(self.gone):
            raise forms.ValidationError(_("This is not the reference of the record that goes."))
        return typed

    def context(self) -> dict[str, Any]:
        """What the page to be shown says."""
        kept, gone = self.kept, self.gone
        shown: dict[str, Any] = {
            "digest": self.plan.digest,
            "kept": _named(kept),
            "gone": _named(gone),
            "records": [(side, _named(getattr(self.obj, side))) for side in SIDES],
        }
        if self.page == 1:
            note_look(self.obj, by=self.by)
            shown["comparison"] = compared(self.obj)
            return shown
        shown["consents"] = said_differently(kept, gone)
        if self.page == 2:
            shown["columns"] = [self._select(name) for name in self.columns]
            shown["filled"] = [
                (_column(name), one or other)
                for name, (one, other) in self.plan.differs.items()
                if name not in self.columns
            ]
            return shown
        shown["answers"] = [(name, self.data[name]) for name in self.columns]
        shown["consequences"] = consequences(kept, gone)
        # Its errors are shown once something was typed.
        shown["typed"] = self["typed"] if "typed" in self.data else None
        shown["typed_input"] = self.fields["typed"].widget.render(
            "typed", self.data.get("typed", ""), attrs={"id": "id_typed"}
        )
        return shown

    def _select(self, name: str) -> Any:
        """The bound field as it is first shown: the value of the record that stays."""
        widget = self.fields[name].widget
        identifier = f"id_{name}"
        chosen = self.data.get(name) or self.data.get("keep")
        return {
            "label": self.fields[name].label,
            "id": identifier,
            "widget": widget.render(name, chosen, attrs={"id": identifier}),
        }


def merge_pair(
    pair: DuplicatePair,
    *,
    keep: str,
    typed: str,
    digest: str,
    chosen: str,
    by: Any,
    **values: str,
) -> Merge:
    """Merge as chosen; the digest is that of the page which was confirmed."""
    kept, gone = (pair.first, pair.second) if keep == "first" else (pair.second, pair.first)
    choices = {name: "kept" if side == keep else "gone" for name, side in values.items()}
    return merge.merge(kept, gone, choices, by=by, digest=digest)


def consequences(kept: Contact, gone: Contact) -> list[tuple[Any, list[str]]]:
    """What the merge will do, in counts, from the plan of the merge itself."""
    plan = merge.plan(kept, gone)
    moves = dict(plan.moves)
    held = moves.pop(HOLDS, 0)
    hidden = [label for label in moves if "Historical" in label]
    history = sum(moves.pop(label) for label in hidden)
    moved = [f"{_table(label)}: {count}" for label, count in moves.items()]
    if history:
        moved.append(_now("lines of history: %d") % history)
    lines = [(_("Moves to the record that stays"), moved or [_now("nothing")])]
    if plan.drops:
        dropped = [f"{_table(label)}: {count}" for label, count in plan.drops.items()]
        lines.append((_("Already there, kept once"), dropped))
    noes = len(plan.noes)
    said = ngettext(
        "%d refusal, withdrawal or objection of the record that goes counts from now on.",
        "%d refusals, withdrawals or objections of the record that goes count from now on.",
        noes,
    )
    lines.append((_("Consent"), [*said_differently(kept, gone), said % noes]))
    holds = ngettext("%d hold is carried over.", "%d holds are carried over.", held)
    lines += [
        (_("Holds"), [holds % held]),
        (
            _("Stays in force"),
            [_now("Every suppression entry, and every restriction by the source of either.")],
        ),
        (
            _("The record that goes"),
            [_now("It becomes an empty record; its old address leads to the one that stays.")],
        ),
        (
            _("For good"),
            [
                _now("Nobody is told by mail. For 30 days the merge can be undone."),
                _now("A “no” that counts for both goes on counting for both after an undo."),
            ],
        ),
    ]
    return lines


def said_differently(kept: Contact, gone: Contact) -> list[str]:
    """A sentence for each question that the two answered differently: whose answer wins."""
    found = []
    for said in merge.consents(kept, gone, on=timezone.localdate()):
        purpose = purposes.named(said.purpose).title
        channel = f", {Channel(said.channel).label}" if said.channel else ""
        found.append(
            _now("%(purpose)s%(channel)s: %(wins)s wins over %(loses)s")
            % {
                "purpose": purpose,
                "channel": channel,
                "wins": _standing(said.wins),
                "loses": _standing(said.loses),
            }
        )
    return found


def _standing(said: Standing) -> str:
    if said.since is None:
        return str(said.state.label)
    return f"{said.state.label} ({date_format(timezone.localtime(said.since).date())})"


def note_look(pair: DuplicatePair, *, by: Any) -> None:
    """Whoever reads what `compared` says is on record."""
    looks.note((pair.first_id, pair.second_id), by=by, how=Look.COMPARISON, shown=[Role])


def compared(pair: DuplicatePair) -> list[tuple[Any, str, str, bool]]:
    """Label, one, other, and whether they differ; what they agreed or refused comes first."""
    rows: list[tuple[Any, str, str, bool]] = []
    for said in merge.consents(pair.first, pair.second, on=timezone.localdate()):
        purpose = purposes.named(said.purpose).title
        label = f"{purpose}, {Channel(said.channel).label}" if said.channel else purpose
        rows.append((label, _standing(said.kept), _standing(said.gone), True))
    sides = zip(_facts(pair.first), _facts(pair.second), strict=True)
    return rows + [(label, one, other, one != other) for (label, one), (_same, other) in sides]


def _facts(person: Contact) -> list[tuple[Any, str]]:
    """What tells two people apart or together, each as one line."""
    points = sorted(person.points.values_list("value", flat=True))
    roles = person.roles.select_related("organisation")
    held = [
        f"{role.get_kind_display()} {role.organisation.name if role.organisation else ''}".strip()
        for role in roles
    ]
    return [
        (_("reference"), short(person)),
        (_("name"), person.native_name),
        (_("name in Latin script"), person.latin_name),
        (_("contact points"), ", ".join(points)),
        (_("roles"), ", ".join(sorted(held))),
        (_("language"), person.get_language_display()),
        (_("country of residence"), person.residence_country),
        (_("owner"), person.owner.get_username() if person.owner else ""),
        (_("source"), f"{person.source.get_type_display()}, {_day(person.source.obtained_on)}"),
        (_("interactions"), str(person.interactions.count())),
        (_("entered at"), date_format(person.created_at)),
        (_("said no"), str(len(merge.noes_of(person)))),
    ]


def _day(day: Any) -> str:
    return date_format(day)


def _named(person: Contact) -> str:
    return f"{person.display_name} · {short(person)}"


def _column(name: str) -> str:
    column: Any = Contact._meta.get_field(name)
    name = str(column.verbose_name)
    return name[:1].upper() + name[1:]


def _table(label: str) -> str:
    model, _name = merge.relations()[label]
    return str(model._meta.verbose_name_plural)


@admin.register(Merge)
class MergeAdmin(OperationsMixin, ViewOnlyAdmin):
    """Who became whom, by reference; for thirty days each can be undone."""

    list_display = ("merged_at", "kept_reference", "gone_reference", "operator")
    list_select_related = ("kept", "gone", "merged_by")
    fields = ("merged_at", "kept_reference", "gone_reference", "operator")
    readonly_fields = ("kept_reference", "gone_reference", "operator")
    operations = (
        Operation(
            "undo",
            _("Undo the merge"),
            "crm.merge_contact",
            merge.undo,
            explanation=_(
                "Two records again, each with what was its own; a “no” said since counts for both."
            ),
            dangerous=True,
            opens=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return seen_by(request.user, super().get_queryset(request), path="kept__")

    def page_of(self, obj: Model) -> str:
        if isinstance(obj, Contact):
            return reverse("admin:crm_contact_change", args=[obj.pk])
        return super().page_of(obj)

    @admin.display(description=_("kept"))
    def kept_reference(self, made: Merge) -> str:
        return reference(made.kept)

    @admin.display(description=_("merged away"))
    def gone_reference(self, made: Merge) -> str:
        return reference(made.gone)

    @admin.display(description=_("merged by"))
    def operator(self, made: Merge) -> str:
        return made.merged_by.get_username() if made.merged_by else "–"
