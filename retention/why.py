"""Why is this record still here, and until when: one sentence, computed from the inventory.

It names the class, the last qualifying event, the period and its citation, the criterion that
decided (S103 to S107), the rule that shortened, a hold, an open dealing and a statute; never a
value of the record (Art. 5(2), 15(1)(d); S98).
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
from retention import archive, plan
from retention.errors import RecordUnknown
from retention.plan import Rule


def sentence(reference: UUID | str, on: date) -> str:
    """Say why the record under this reference is here on this day, and until when."""
    found = _find(reference)
    if isinstance(found, datetime):
        gone = _("Was disposed of on %(day)s; nothing is left but the evidence of it") % {
            "day": _day(found)
        }
        return _joined(gone, list(_archived(UUID(str(reference)), on)))
    holding, row = found
    if holding.model.lower() == settings.PRIVACY_SUBJECT_MODEL.lower():
        return _person(holding, row, on)
    return _row(holding, row, on)


def whom(reference: UUID | str) -> list[int]:
    """Whom the sentence is about: one person, or nobody who is still on file."""
    found = _find(reference)
    if isinstance(found, datetime):
        return []
    holding, row = found
    return [pk for pk in plan.subjects_of(holding, [row.pk]).values() if pk is not None]


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
    archived = _archived(row.uuid, on)  # type: ignore[attr-defined]
    statutes, held = [*_statutes(row, on), *archived], _held(row.pk, on)
    if row.disposed_at is not None:  # type: ignore[attr-defined]
        gone = _("Disposed of on %(day)s: only its artificial reference is left as evidence") % {
            "day": _day(row.disposed_at)  # type: ignore[attr-defined]
        }
        return _joined(gone, [*statutes, *held])
    rule = _rule(holding, row, on)
    if rule is None:
        return _joined(_("Stays: no rule covers this record"), [*held, *statutes])
    if rule.ends_purpose:
        return _joined(_ended(rule), [*held, *statutes])
    keep, anchor, decided = rule.keep, _anchor(row, rule.keep), _decided(rule)
    facts = {"rule": _label(row, keep), "period": period(keep), "citation": keep.citation}
    if anchor is None:
        reason = _(
            "Stays as “%(rule)s” while a role of work, an engagement or an account of their own is"
            " open; %(period)s from its end (%(citation)s)"
        )
        return _joined(reason % facts, [*decided, *held, *statutes])
    end = _end(rule, row, on)
    facts |= {"event": _day(anchor), "end": _day(end)}
    if end > on:
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
    return _joined(reason % facts, [*decided, *held, *statutes])


def _row(holding: Holding, row: Model, on: date) -> str:
    """A row goes at the earlier of its own period and its person's disposal (DESIGN 3)."""
    subject = plan.subjects_of(holding, [row.pk]).get(row.pk)
    owner = None
    if subject is not None:
        root = inventory.holding(settings.PRIVACY_SUBJECT_MODEL)
        owner = _person(root, root.model_class._base_manager.get(pk=subject), on)
    rule = _rule(holding, row, on)
    if rule is not None and rule.ends_purpose:
        return _joined(_ended(rule), _held(subject, on) if subject else [])
    anchor = _anchor(row, rule.keep) if rule else None
    if rule is None or anchor is None:
        return owner or _("Stays: it is not about a person, and no period of its own runs.")
    end, decided = _end(rule, row, on), _decided(rule)
    facts = {
        "period": period(rule.keep),
        "event": _day(anchor),
        "end": _day(end),
        "citation": rule.keep.citation,
    }
    if rule.keep.statute:
        own = _("Stays until %(end)s by statute: %(period)s from %(event)s (%(citation)s)")
        return _joined(own % facts, [*decided, *(_held(subject, on) if subject else [])])
    own = _("Stays until %(end)s at the latest: %(period)s from %(event)s (%(citation)s)")
    if end <= on:
        own = _("Is due since %(end)s: %(period)s from %(event)s (%(citation)s)")
    if owner is None:
        return _joined(own % facts, decided)
    with_person = _("it goes earlier if its person does, and of the person Lethe says: %(owner)s")
    return _joined(own % facts, [*decided, with_person % {"owner": owner.removesuffix(".")}])


def _rule(holding: Holding, row: Model, on: date) -> Rule | None:
    """The rule that ends first among those that cover this row; a statute goes before all."""
    table = holding.model_class._base_manager.filter(pk=row.pk)
    covering = [
        rule
        for rule in plan.rules(on)
        if rule.holding is holding and table.filter(rule.covers(on)).exists()
    ]
    statutes = [rule for rule in covering if rule.keep.statute]
    return min(statutes or covering, key=lambda rule: _end(rule, row, on), default=None)


def _end(rule: Rule, row: Model, on: date) -> date:
    """The day on which this rule's period ends for the row: no earlier than the rule began."""
    if rule.ends_purpose and rule.row:
        return rule.row.effective_on
    end = rule.keep.ends_on(_anchor(row, rule.keep) or on)
    return max(end, rule.row.effective_on) if rule.row else end


def _decided(rule: Rule) -> list[str]:
    """The rule that shortened, if one did, and the criteria that decided (S103 to S107)."""
    clauses = []
    if rule.row is not None:
        clause = _("shortened by the rule %(rule)s (%(decision)s), in effect since %(day)s")
        facts = {
            "rule": rule.row.code,
            "decision": rule.row.decision,
            "day": _day(rule.row.effective_on),
        }
        clauses.append(clause % facts)
    criteria = ", ".join(str(criterion.label) for criterion in rule.criteria)
    return [*clauses, _("what decided: %(criteria)s") % {"criteria": criteria}]


def _ended(rule: Rule) -> str:
    row = rule.row
    assert row is not None  # noqa: S101 - only a row ends a purpose
    return _(
        "Is due since %(end)s, unless a statute or a hold keeps it: its last purpose,"
        " “%(purpose)s”, ended (S97; rule %(rule)s, %(decision)s)"
    ) % {
        "end": _day(row.effective_on),
        "purpose": row.activity,
        "rule": row.code,
        "decision": row.decision,
    }


def _anchor(row: Model, keep: Keep) -> date | None:
    moment = getattr(row, keep.anchor)
    return timezone.localtime(moment).date() if isinstance(moment, datetime) else moment


def _held(subject: int, on: date) -> list[str]:
    """The references of the holds and restrictions in force, as one clause."""
    references = [str(hold) for hold in holds.in_force([subject], on=on).get(subject, ())]
    if not references:
        return []
    clause = ngettext(
        "the hold or restriction %(holds)s keeps it until it ends",
        "the holds or restrictions %(holds)s keep it until they end",
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


def _archived(person: UUID, on: date) -> Iterator[str]:
    """One clause for each law under which the archive keeps something of this person."""
    for rows, statute, until in archive.kept_of(person, on=on):
        yield _("%(rows)s stay until %(end)s by statute, in the archive alone (%(citation)s)") % {
            "rows": rows,
            "end": _day(until),
            "citation": statute,
        }


def _label(row: Model, keep: Keep) -> str:
    """The class in words, where the rule depends on a column with choices."""
    labels = (getattr(row, f"get_{name}_display", None) for name in keep.when)
    return ", ".join(str(label()) for label in labels if label) or keep.name


def period(keep: Keep) -> str:
    """The length of a keep in words."""
    return length(years=keep.years, months=keep.months, days=keep.days)


def length(*, years: int, months: int, days: int) -> str:
    """A period in words."""
    parts = (
        (years, ngettext("%d year", "%d years", years)),
        (months, ngettext("%d month", "%d months", months)),
        (days, ngettext("%d day", "%d days", days)),
    )
    return " ".join(words % number for number, words in parts if number) or _("at once")


def _day(moment: date | datetime) -> str:
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment).date()
    return formats.date_format(moment, "j F Y")


def _joined(reason: str, clauses: list[str]) -> str:
    return "; ".join([reason, *clauses]) + "."
