"""What a version of a notice changes, and whether it may be published like that (S142; policy C7).

The policy says that it may change at any time and without prior notice; the law does not let a
purpose change like that. Whoever uses data that are already held for another purpose tells the
people beforehand (Art. 13(3), 14(4) GDPR), or asks for their consent (DPP3 PDPO). So nobody
approves a version before its changes are recorded, its purposes compared with those in use, and a
way named for each use of data already held that is new.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from privacy.enums import Basis, Extent, Way
from privacy.errors import PrivacyError, TransitionRefused
from privacy.models import Notice, Purpose

# Between approval and effect, so that everybody concerned can be told and can object first.
AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is other than in the version before; purposes by their keys."""

    extent: str
    added: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    recipients: bool = False
    periods: bool = False
    # Of each purpose added or changed: how data already held come under it.
    ways: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        named = self.added | self.changed | self.removed
        return not (named or self.recipients or self.periods or self.ways)


def of(notice: Notice) -> Changes:
    """What was recorded of this version."""
    return Changes(
        notice.extent,
        frozenset(notice.purposes_added),
        frozenset(notice.purposes_changed),
        frozenset(notice.purposes_removed),
        notice.recipients_changed,
        notice.periods_changed,
        notice.ways,
    )


def write(changes: Changes, *, to: Notice) -> None:
    """Fill the columns of a proposal; PrivacyError where what was said contradicts itself."""
    _refuse_contradictions(changes)
    to.extent = changes.extent
    to.purposes_added = sorted(changes.added)
    to.purposes_changed = sorted(changes.changed)
    to.purposes_removed = sorted(changes.removed)
    to.recipients_changed, to.periods_changed = changes.recipients, changes.periods
    to.ways = {key: str(way) for key, way in sorted(changes.ways.items())}


def refuse_unnoticed(notice: Notice, *, on: date) -> None:
    """TransitionRefused where a change was not noticed, or begins before people can be told."""
    before = before_it(notice)
    if before is None:
        return
    said = of(notice)
    if not said.extent:
        raise TransitionRefused(
            _("Nobody has said yet what changes against “%s”; record it first.") % before
        )
    added, removed = since(before)
    if unsaid := sorted((added - said.added - said.changed) | (removed - said.removed)):
        raise TransitionRefused(
            _("Since “%(version)s” other purposes are in use, and that is not recorded: %(keys)s.")
            % {"version": before, "keys": ", ".join(unsaid)}
        )
    if Way.TOLD in said.ways.values() and notice.effective_from < on + AHEAD:
        raise TransitionRefused(
            _("People are told before their data are used otherwise: no day before %s will do.")
            % (on + AHEAD)
        )


def before_it(notice: Notice) -> Notice | None:
    """The approved version with which this one is compared."""
    approved = Notice.objects.filter(name=notice.name, approved_at__isnull=False)
    return approved.exclude(pk=notice.pk).order_by("-effective_from", "-pk").first()


def since(before: Notice) -> tuple[frozenset[str], frozenset[str]]:
    """The purposes that came into use since this version was approved, and those that left.

    Nothing where it is older than this comparison: then what was recorded counts alone.
    """
    if before.purposes is None:
        return frozenset(), frozenset()
    then, now = frozenset(before.purposes), frozenset(in_use())
    return now - then, then - now


def purposes_of(keys: Iterable[str]) -> QuerySet[Purpose]:
    """The office's purposes of these keys."""
    return Purpose.objects.filter(key__in=list(keys)).order_by("pk")


def in_use() -> list[str]:
    """The keys of the purposes that may be used."""
    usable = Purpose.objects.filter(off_since__isnull=True)
    return sorted(usable.values_list("key", flat=True))


def _refuse_contradictions(changes: Changes) -> None:
    if changes.extent not in Extent.values:
        raise PrivacyError(_("Say whether the wording alone changes, or more than that."))
    is_wording = changes.extent == Extent.WORDING
    if is_wording and not changes.is_empty:
        raise PrivacyError(
            _("Where the wording alone changes, no purpose, recipient or period does.")
        )
    if not is_wording and changes.is_empty:
        raise PrivacyError(_("Say which purposes change, or that recipients or periods do."))
    named = [*changes.added, *changes.changed, *changes.removed]
    if len(named) != len(set(named)):
        raise PrivacyError(_("A purpose is added, changed or removed, one of the three."))
    bases: dict[str, Any] = dict(
        Purpose.objects.filter(key__in=named).values_list("key", "basis").order_by()
    )
    if unknown := sorted(set(named) - set(bases)):
        raise PrivacyError(
            _("The office has no such purpose: %s. Enter it first.") % ", ".join(unknown)
        )
    if set(changes.ways) != changes.added | changes.changed:
        raise PrivacyError(
            _(
                "For each purpose that is added or changed, and no other, say how data already"
                " held come under it: people are told before, or only those who agree."
            )
        )
    for key, way in sorted(changes.ways.items()):
        if way not in Way.values:
            raise PrivacyError(_("People are told beforehand, or agree; there is no third way."))
        if way == Way.CONSENT and bases[key] != Basis.CONSENT:
            raise PrivacyError(
                _("“%s” does not rest on consent; say that people are told before it begins.")
                % key
            )
