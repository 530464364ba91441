"""Why is this record still here, and until when: one sentence, computed from the inventory.

It names the class, the last qualifying event, the period and its citation, a hold, an open
dealing and a statute; never a value of the record (Art. 5(2), 15(1)(d); S98).
"""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Model
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from privacy import disposal, holds, inventory
from privacy.inventory import Holding, Keep
from retention import plan
from retention.errors import RecordUnknown


def sentence(reference: UUID | str, on: date) -> str:
    """Say why the record under this reference is here on this day, and until when."""
    found = _find(reference)
    if isinstance(found, datetime):
        return _("Was disposed of on %(day)s; nothing is left but the evidence of it.") % {
            "day": _day(found)
        }
    holding, row = found
    if holding.model.lower() == settings.PRIVACY_SUBJECT_MODEL.lower():
        return _person(holding, row, on)
    return _row(holding, row, on)


def _find(reference: UUID | str) -> tuple[Holding, Model] | datetime:
    """The row of whatever table knows this reference, people first; or when its person went."""
    try:
        wanted = reference if isinstance(reference, UUID) else UUID(reference)
    except ValueError:
        raise RecordUnknown from None
    root = settings.PRIVACY_SUBJECT_MODEL.lower()
    for holding in sorted(
        inventory.registry.holdings.values(), key=lambda h: h.model.lower() != root
    ):
        if holding.history_of or "uuid" not in holding.columns:
            continue
        if row := holding.model_class._base_manager.filter(uuid=wanted).first():
            return holding, row
    if went_at := disposal.disposed_on(wanted):
        return went_at
    raise RecordUnknown


def _person(holding: Holding, row: Model, on: date) -> str:
    statutes, held = list(_statutes(row, on)), _held(row.pk, on)
    if row.disposed_at is not None:  # type: ignore[attr-defined]
        gone = _("Disposed of on %(day)s: only its artificial reference is left as evidence") % {
            "day": _day(row.disposed_at)  # type: ignore[attr-defined]
        }
        return _joined(gone, [*statutes, *held])
    keep = _keep(holding, row, on)
    if keep is None:
        return _joined(_("Stays: no rule covers this record"), [*held, *statutes])
    anchor = _anchor(row, keep)
    facts = {"rule": _label(row, keep), "period": period(keep), "citation": keep.citation}
    if anchor is None:
        reason = _(
            "Stays as “%(rule)s” while a role of work or an engagement is open; %(period)s"
            " from its end (%(citation)s)"
        )
        return _joined(reason % facts, [*held, *statutes])
    facts |= {"event": _day(anchor), "end": _day(keep.ends_on(anchor))}
    if keep.ends_on(anchor) > on:
        reason = _(
            "Stays until %(end)s as “%(rule)s”: %(period)s from the last qualifying event on"
            " %(event)s (%(citation)s)"
        )
    elif held:
        reason = _(
            "Its period as “%(rule)s” ended on %(end)s: %(period)s from the last qualifying"
            " event on %(event)s (%(citation)s)"
        )
    else:
        reason = _(
            "Is due since %(end)s as “%(rule)s”, %(period)s from the last qualifying event on"
            " %(event)s (%(citation)s), and goes with the next sweep"
        )
    return _joined(reason % facts, [*held, *statutes])


def _row(holding: Holding, row: Model, on: date) -> str:
    """A row goes at the earlier of its own period and its person's disposal (DESIGN 3)."""
    subject = plan.subjects_of(holding, [row.pk]).get(row.pk)
    owner = None
    if subject is not None:
        root = inventory.holding(settings.PRIVACY_SUBJECT_MODEL)
        owner = _person(root, root.model_class._base_manager.get(pk=subject), on)
    keep = _keep(holding, row, on)
    anchor = _anchor(row, keep) if keep else None
    if keep is None or anchor is None:
        return owner or _("Stays: it is not about a person, and no period of its own runs.")
    facts = {
        "rule": _label(row, keep),
        "period": period(keep),
        "event": _day(anchor),
        "end": _day(keep.ends_on(anchor)),
        "citation": keep.citation,
    }
    if keep.statute:
        own = _("Stays until %(end)s by statute: %(period)s from %(event)s (%(citation)s)")
        return _joined(own % facts, _held(subject, on) if subject else [])
    own = _("Stays until %(end)s at the latest: %(period)s from %(event)s (%(citation)s)")
    if keep.ends_on(anchor) <= on:
        own = _("Is due since %(end)s: %(period)s from %(event)s (%(citation)s)")
    if owner is None:
        return _joined(own % facts, [])
    with_person = _("it goes earlier if its person does, and of the person Lethe says: %(owner)s")
    return _joined(own % facts, [with_person % {"owner": owner.removesuffix(".")}])


def _keep(holding: Holding, row: Model, on: date) -> Keep | None:
    """The rule that ends first among those that cover this row; a statute goes before all."""
    table = holding.model_class._base_manager
    covering = [keep for keep in holding.keeps if table.filter(pk=row.pk, **keep.when).exists()]
    statutes = [keep for keep in covering if keep.statute]
    return min(
        statutes or covering, key=lambda keep: keep.ends_on(_anchor(row, keep) or on), default=None
    )


def _anchor(row: Model, keep: Keep) -> date | None:
    moment = getattr(row, keep.anchor)
    return timezone.localtime(moment).date() if isinstance(moment, datetime) else moment


def _held(subject: int, on: date) -> list[str]:
    """The references of the holds in force, as one clause."""
    references = [str(hold) for hold in holds.in_force([subject], on=on).get(subject, ())]
    if not references:
        return []
    clause = ngettext(
        "the hold %(holds)s keeps it until it is released",
        "the holds %(holds)s keep it until they are released",
        len(references),
    )
    return [clause % {"holds": ", ".join(references)}]


def _statutes(subject: Model, on: date) -> Iterator[str]:
    """One clause for each statute under which rows about this person outlive their disposal."""
    for holding in inventory.registry.about_subjects():
        for keep in (keep for keep in holding.keeps if keep.statute):
            rows = holding.rows_about([subject.pk]).filter(**keep.when)
            anchors = [_anchor(row, keep) for row in rows]
            ends = [keep.ends_on(anchor) for anchor in anchors if anchor is not None]
            if ends and max(ends) > on:
                yield _("%(rows)s stay until %(end)s by statute (%(citation)s)") % {
                    "rows": holding.model_class._meta.verbose_name_plural,
                    "end": _day(max(ends)),
                    "citation": keep.citation,
                }


def _label(row: Model, keep: Keep) -> str:
    """The class in words, where the rule depends on a column with choices."""
    labels = (getattr(row, f"get_{name}_display", None) for name in keep.when)
    return ", ".join(str(label()) for label in labels if label) or keep.name


def period(keep: Keep) -> str:
    """The length of a keep in words."""
    parts = (
        (keep.years, ngettext("%d year", "%d years", keep.years)),
        (keep.months, ngettext("%d month", "%d months", keep.months)),
        (keep.days, ngettext("%d day", "%d days", keep.days)),
    )
    return " ".join(words % number for number, words in parts if number) or _("at once")


def _day(moment: date | datetime) -> str:
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment).date()
    return formats.date_format(moment, "j F Y")


def _joined(reason: str, clauses: list[str]) -> str:
    return "; ".join([reason, *clauses]) + "."
