"""What the first page asks: due next, held, last run, failures. Counts with links."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from crm import follow_ups
from crm.admin.contacts import seen_by
from crm.models import Contact
from privacy import hold_reviews, informing, inventory, masking, suppression, weighing
from privacy.deadlines import calendars
from privacy.enums import Weighing
from privacy.inventory import Keep
from privacy.models import FileRemoval, Finding, LegalHold
from retention import sweep
from retention.enums import BatchState, Mode, RunState
from retention.models import SweepBatch, SweepRun

MOST_FOLLOW_UPS = 10


@dataclass(frozen=True, slots=True)
class Card:
    """One number with its meaning; `alert` where somebody must act."""

    title: str
    value: str
    note: str
    url: str = ""
    alert: bool = False


def cards(user: Any, *, on: date) -> list[Card]:
    """The cards whose lists this user may open."""
    shown: list[Card] = []
    if user.has_perm("crm.view_contact"):
        shown.append(_people(user))
    if user.has_perm("privacy.view_legalhold"):
        shown.append(_holds(on))
    if user.has_perm("privacy.view_noticegiven") and user.has_perm("crm.view_contact"):
        shown.append(_to_be_told(on))
    if user.has_perm("privacy.view_purpose"):
        shown.append(_weighings(on))
    if user.has_perm("privacy.view_suppressionentry"):
        shown.append(_suppression())
    if user.has_perm("retention.view_sweeprun"):
        shown += [_last_run(), _failures()]
        if missing := calendars.year_to_enter(on):
            shown.append(_holidays(missing))
    return shown


def due_next(user: Any, *, on: date, until: date) -> list[dict[str, Any]]:
    """Per class of people: how many are due now, and how many until this day."""
    if not user.has_perm("crm.view_contact"):
        return []
    people = seen_by(user, Contact.objects.usable())
    return [
        {
            "rule": _class_name(keep),
            "period": _("%(count)d years") % {"count": keep.years},
            "now": _due(people, keep, on),
            "soon": _due(people, keep, until),
            "url": f"{reverse('admin:crm_contact_changelist')}?retention_class={keep.name}",
        }
        for keep in inventory.holding(Contact).keeps
        if not keep.tombstones
    ]


def my_follow_ups(user: Any, *, on: date) -> dict[str, Any] | None:
    """What this user has to do next, and how much of it is overdue; nothing without the list."""
    if not user.has_perm("crm.view_followup"):
        return None
    mine = follow_ups.mine(user)
    rows = masking.for_user(user, mine.select_related("contact"))[:MOST_FOLLOW_UPS]
    return {
        "rows": [{"row": row, "when": follow_ups.when(row, on=on)} for row in rows],
        "count": mine.count(),
        "overdue": follow_ups.due(mine, "overdue", on=on).count(),
    }


def to_weigh(user: Any, *, on: date) -> list[dict[str, Any]]:
    """The purposes that this user can weigh or approve, each with what is to be done and why."""
    if not user.has_perm("privacy.change_purpose"):
        return []
    return [
        {
            "title": purpose.title,
            "stands": Weighing(purpose.weighing).label,
            "until": purpose.weighed_until,
            "has_ground": purpose.has_ground,
            "url": reverse("admin:privacy_purpose_change", args=[purpose.pk]),
        }
        for purpose in weighing.to_weigh(on=on)
    ]


def _due(people: Any, keep: Keep, on: date) -> int:
    """Under this class's period, and under the rules that shorten it on that day."""
    holding = inventory.holding(Contact)
    over = Q(pk__in=())
    for period, covered in inventory.effective_period(holding, keep, on=on):
        over |= covered & holding.is_over(period, on=on)
    return people.filter(over).count()


def _class_name(keep: Keep) -> str:
    labels = dict(Contact._meta.get_field("retention_class").flatchoices)
    return str(labels.get(keep.name, keep.name))


def _people(user: Any) -> Card:
    count = seen_by(user, Contact.objects.usable()).count()
    return Card(
        _("Contacts"),
        str(count),
        _("people you may work with"),
        reverse("admin:crm_contact_changelist"),
    )


def _holds(on: date) -> Card:
    holds = LegalHold.objects.filter(released_at__isnull=True)
    near = hold_reviews.to_review(on=on)
    reviews, late = near.count(), near.filter(review_on__lte=on).exists()
    url = reverse("admin:privacy_legalhold_changelist")
    if not reviews:
        return Card(_("On hold"), str(holds.count()), _("none awaits a review"), url)
    note = _("%(holds)d to review") % {"holds": reviews}
    return Card(_("On hold"), str(holds.count()), note, f"{url}?review=near", alert=late)


def _to_be_told(on: date) -> Card:
    """People from elsewhere who have been told nothing, by their day (Art. 14(3))."""
    counts = informing.counts(on=on)
    url = reverse("admin:untold_list")
    note = _("%(overdue)d overdue · %(soon)d within 7 days") % counts
    total = counts["overdue"] + counts["soon"]
    late = counts["overdue"] > 0
    return Card(_("To be told (Art. 14)"), str(total), note, f"{url}?clock=soon", alert=late)


def _weighings(on: date) -> Card:
    """Interests that somebody weighs or approves, so that they go on (S60)."""
    url = reverse("admin:privacy_purpose_changelist")
    grounds = list(weighing.to_weigh(on=on).values_list("has_ground", flat=True))
    if not grounds:
        return Card(_("To weigh"), "0", _("every interest is weighed"), url)
    without = grounds.count(False)
    note = _("%(without)d may not be used today") % {"without": without}
    return Card(_("To weigh"), str(len(grounds)), note, f"{url}?weighing=open", alert=without > 0)


def _suppression() -> Card:
    url = reverse("admin:privacy_suppressionentry_changelist")
    return Card(_("Suppressed"), str(suppression.cases_in_force()), _("cases in force"), url)


def _last_run() -> Card:
    run = SweepRun.objects.filter(mode=Mode.APPLY).first()
    if run is None:
        return Card(_("Last run"), "–", _("no night has run yet"))
    url = reverse("admin:retention_sweeprun_change", args=[run.pk])
    night = formats.date_format(run.night, "j M Y")
    missed = sweep.is_missed(at=timezone.now())
    needs_somebody = missed or run.state in {RunState.HALTED, RunState.FAILED}
    note = _("%(night)s; tonight's was missed") % {"night": night} if missed else night
    return Card(_("Last run"), str(run.get_state_display()), note, url, alert=needs_somebody)


def _holidays(year: int) -> Card:
    """From November: without the next year's table no deadline of that year can be named."""
    note = _("holidays of %(year)d are not in the tables") % {"year": year}
    return Card(_("Calendar"), str(year), note, alert=True)


def _failures() -> Card:
    batches = SweepBatch.objects.filter(state=BatchState.FAILED).count()
    findings = Finding.objects.filter(settled_at__isnull=True).count()
    files = FileRemoval.objects.count()
    note = _("%(batches)d batches · %(findings)d findings · %(files)d files to remove") % {
        "batches": batches,
        "findings": findings,
        "files": files,
    }
    url = reverse("admin:retention_sweeprun_changelist")
    return Card(_("Failures"), str(batches + findings), note, url, alert=batches + findings > 0)
