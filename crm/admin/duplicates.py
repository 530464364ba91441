"""The queue of possible duplicates, and the merges that were made."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm import duplicates, merge
from crm.enums import PairState
from crm.models import Contact, DuplicatePair, Merge
from crm.sight import seen_by
from privacy import masking
from privacy.operations import Operation, OperationForm, OperationsMixin, ViewOnlyAdmin, reference


def short(contact: Contact) -> str:
    """The beginning of a record's reference: what is typed to confirm."""
    return str(contact.uuid)[:8]


class MergeForm(OperationForm):
    """Which record stays, which value is right where they differ, and the typed confirmation."""

    keep = forms.ChoiceField(label=_("Record that stays"))
    digest = forms.CharField(widget=forms.HiddenInput, required=False)

    def prepare(self) -> None:
        first, second = self.obj.first, self.obj.second
        kept = self.fields["keep"]
        kept.choices = [
            (side, f"{person.display_name} · {short(person)}")
            for side, person in (("first", first), ("second", second))
        ]
        plan = merge.plan(first, second)
        self.initial["digest"] = plan.digest
        for name, (one, other) in plan.differs.items():
            if one and other:
                self.fields[name] = forms.ChoiceField(
                    label=_column(name).capitalize(),
                    choices=[("first", str(one)), ("second", str(other))],
                )
        self.fields["typed"] = forms.CharField(
            label=_("Reference of the record that goes"),
            max_length=36,
            help_text=_("Type the first eight characters of its reference."),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "keep" in values and "typed" in values:
            gone = self.obj.second if values["keep"] == "first" else self.obj.first
            if values["typed"].strip().lower()[:8] != short(gone):
                self.add_error("typed", _("This is not the reference of the record that goes."))
        return values


def merge_pair(
    pair: DuplicatePair, *, keep: str, typed: str, digest: str, by: Any, **values: str
) -> Merge:
    """Merge as chosen; the digest is that of the page which was confirmed."""
    kept, gone = (pair.first, pair.second) if keep == "first" else (pair.second, pair.first)
    choices = {name: "kept" if side == keep else "gone" for name, side in values.items()}
    return merge.merge(kept, gone, choices, by=by, digest=digest)


def consequences(pair: DuplicatePair) -> list[tuple[Any, Any]]:
    """What a merge would do, from the plan of the merge itself."""
    both = merge.plan(pair.first, pair.second), merge.plan(pair.second, pair.first)
    lines: list[tuple[Any, Any]] = [
        (_("Differences"), ", ".join(_column(name) for name in both[0].differs) or _("none"))
    ]
    for plan, gone in zip(both, (pair.second, pair.first), strict=True):
        moved = [f"{_table(label)}: {count}" for label, count in plan.moves.items()]
        same = [f"{_table(label)}: {count}" for label, count in plan.drops.items()]
        lines.append((_("If %s goes, these move") % short(gone), ", ".join(moved) or _("none")))
        if same:
            lines.append((_("Already there, not kept twice"), ", ".join(same)))
        noes = ngettext(
            "%d refusal, withdrawal or objection counts for the record that stays.",
            "%d refusals, withdrawals or objections count for the record that stays.",
            plan.noes,
        )
        lines.append((_("Consent"), noes % plan.noes))
    lines += [
        (_("Stays in force"), _("Every suppression entry, hold and restriction of the source.")),
        (_("No mail"), _("Nobody is told; the merge can be undone for 30 days.")),
    ]
    return lines


def later(pair: DuplicatePair, *, by: Any) -> None:
    duplicates.decide(pair, PairState.LATER, by=by)


def distinct(pair: DuplicatePair, *, by: Any) -> None:
    duplicates.decide(pair, PairState.DISTINCT, by=by)


def _column(name: str) -> str:
    column: Any = Contact._meta.get_field(name)
    return str(column.verbose_name)


def _table(label: str) -> str:
    model, _name = merge.relations()[label]
    return str(model._meta.verbose_name_plural)


class QueueFilter(admin.SimpleListFilter):
    """The undecided first; what was told apart is shown on demand."""

    title = _("decided")
    parameter_name = "decided"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("distinct", _("not duplicates"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "distinct":
            return queryset.filter(state=PairState.DISTINCT)
        # The list alone is narrowed: a pair's own page opens whatever was decided.
        return queryset.exclude(state=PairState.DISTINCT)


@admin.register(DuplicatePair)
class DuplicateAdmin(OperationsMixin, ViewOnlyAdmin):
    """Pairs of two people both of whom the operator sees, best score first."""

    list_display = ("score", "one", "other", "why", "state", "found_at")
    list_filter = (QueueFilter, "state")
    list_select_related = ("first", "second")
    fields = (("score", "state", "found_at"), "why", "comparison")
    readonly_fields = ("why", "comparison")
    operations = (
        Operation(
            "merge",
            _("Merge"),
            "crm.merge_contact",
            merge_pair,
            MergeForm,
            preview=consequences,
            dangerous=True,
            opens=True,
        ),
        Operation(
            "distinct",
            _("Not duplicates"),
            "crm.merge_contact",
            distinct,
            explanation=_("The pair is remembered as two people and not offered again."),
            applies=lambda pair: pair.state != PairState.DISTINCT,
        ),
        Operation(
            "later",
            _("Later"),
            "crm.view_duplicatepair",
            later,
            explanation=_("The pair stays in the queue, marked for later."),
            applies=lambda pair: pair.state == PairState.OPEN,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        pairs = super().get_queryset(request).select_related("first", "second")
        usable = Contact.objects.usable()
        for side in ("first", "second"):
            pairs = seen_by(request.user, pairs, path=f"{side}__")
            pairs = pairs.filter(**{f"{side}__in": usable})
        return pairs

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody compares what they see masked."""
        sees = request.user.has_perm(masking.PERMISSION)
        return sees and super().has_view_permission(request, obj)

    def page_of(self, obj: Any) -> str:
        if isinstance(obj, Merge):
            return reverse("admin:crm_contact_change", args=[obj.kept_id])
        return super().page_of(obj)

    @admin.display(description=_("one"), ordering="first__name_key")
    def one(self, pair: DuplicatePair) -> str:
        return pair.first.display_name

    @admin.display(description=_("other"), ordering="second__name_key")
    def other(self, pair: DuplicatePair) -> str:
        return pair.second.display_name

    @admin.display(description=_("reasons"))
    def why(self, pair: DuplicatePair) -> str:
        return ", ".join(duplicates.reasons_of(pair))

    @admin.display(description=_("side by side"))
    def comparison(self, pair: DuplicatePair) -> str:
        sides = zip(_facts(pair.first), _facts(pair.second), strict=True)
        rows = [(label, one, other, one != other) for (label, one), (_same, other) in sides]
        return render_to_string("crm/duplicate/_side_by_side.html", {"rows": rows})


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
        (_("entered at"), date_format(person.created_at)),
        (_("said no"), str(len(merge.noes_of(person)))),
    ]


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
