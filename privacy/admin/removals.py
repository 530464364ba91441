"""Removal of people under sixteen: proposed on their page or by an import, approved here."""

from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy import disposal, removals
from privacy.models import Removal
from privacy.operations import Operation, OperationsMixin, ViewOnlyAdmin

PROPOSES, APPROVES = "privacy.propose_removal", "privacy.approve_removal"


def propose(subject: Any, *, by: Any) -> Removal:
    """Ask for the removal of this person."""
    return removals.propose(subject, by=by)


def applies(subject: Any) -> bool:
    """Whether nobody has asked for it yet."""
    return not removals.waiting([subject.pk])


def approve(removal: Removal, *, by: Any) -> None:
    """Remove the person, and with them the proposal."""
    removals.approve(removal, by=by)


def what_goes(removal: Removal) -> list[tuple[Any, Any]]:
    """What disposal will do with each table, from its own planner; what keeps the person first."""
    kept = removals.obstacle(removal)
    lines = disposal.plan([removal.subject_id], on=timezone.localdate())  # type: ignore[attr-defined]
    shown = [(_("Kept"), kept)] if kept else []
    for line in lines:
        said = _("%(deleted)d deleted, %(blanked)d blanked, %(kept)d kept by law") % {
            "deleted": line.deleted,
            "blanked": line.blanked,
            "kept": line.kept,
        }
        shown.append((line.holding.model_class._meta.verbose_name_plural, said))
    return shown


@admin.register(Removal)
class RemovalAdmin(OperationsMixin, ViewOnlyAdmin):
    """Everybody who waits to be removed as under sixteen."""

    list_display = ("prepared_at", "person", "proposed_by")
    list_select_related = ("subject", "prepared_by")
    search_fields = ("reference__exact", "subject__uuid__exact")
    fields = (("reference", "person"), ("prepared_at", "proposed_by"))
    readonly_fields = ("person", "proposed_by")
    operations = (
        Operation(
            "approve",
            _("Remove: under 16"),
            APPROVES,
            approve,
            preview=what_goes,
            explanation=_(
                "A second person approves. The person and all that is about them go at once, and"
                " nothing brings them back; nobody is suppressed."
            ),
            dangerous=True,
            leaves=True,
        ),
        Operation(
            "withdraw",
            _("Withdraw"),
            APPROVES,
            removals.withdraw,
            explanation=_("The person is sixteen or older after all, and stays on file."),
            leaves=True,
        ),
    )

    @admin.display(description=_("person"))
    def person(self, removal: Removal) -> str:
        return str(removal.subject.uuid)  # type: ignore[attr-defined]

    @admin.display(description=_("proposed by"))
    def proposed_by(self, removal: Removal) -> str:
        return removal.prepared_by.get_username() if removal.prepared_by else _("an import")
