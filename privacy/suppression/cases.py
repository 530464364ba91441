"""Cases of suppression: entered together, lifted together, looked for in what is stored."""

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice, product
from typing import Any

from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import inventory, journal, ledger
from privacy.enums import Channel, FindingCause, PointKind, SuppressionScope
from privacy.errors import PrivacyError
from privacy.models import Finding, SuppressionEntry
from privacy.points import VERSIONS, Point, entered_forms, normal_forms
from privacy.suppression.bringing_back import said_in
from privacy.suppression.entries import CHUNK, digest_of, digests_of, refused
from privacy.suppression.guard import GuardedModel, points_of
from privacy.suppression.keys import enter_keys, parse_keys, verify_keys

# An entry is looked at again after this long; it is not removed by a clock (law P11, C9).
REVIEW_AFTER = relativedelta(years=6)


@transaction.atomic
def suppress(
    points: Iterable[Point],
    *,
    scope: SuppressionScope,
    by: Any,
    case: uuid.UUID | None = None,
    channels: Collection[str] = (),
    shared: Callable[[Point], bool] = lambda _point: False,
) -> uuid.UUID:
    """Enter points into the file under one case; a point that others share is advisory only.

    `channels` narrows “no marketing”; without any it is said for every channel. Returns the case,
    which a lift ends as a whole.
    """
    verify_keys()
    case = case or uuid.uuid4()
    entries = _entries(points, case=case, scope=scope, channels=channels, shared=shared)
    if not entries:
        raise PrivacyError(_("There is no contact point to suppress."))
    _enter(entries)
    journal.record(
        "suppression.suppress",
        by=by,
        reference=str(case),
        facts={"entries": len(entries), "scope": str(scope)},
    )
    return case


@transaction.atomic
def refuse_marketing(
    cases: Mapping[uuid.UUID, tuple[Iterable[Point], Collection[str]]], *, by: Any
) -> int:
    """Enter many cases of “no marketing” at once: points and channels of each; returns entries.

    A case without a point has none: its “no” stands in the consent ledger alone.
    """
    verify_keys()
    entries = [
        entry
        for case, (points, channels) in cases.items()
        for entry in _entries(
            points, case=case, scope=SuppressionScope.NO_MARKETING, channels=channels
        )
    ]
    if entries:
        _enter(entries)
        journal.record(
            "suppression.suppress",
            by=by,
            facts={"entries": len(entries), "scope": str(SuppressionScope.NO_MARKETING)},
        )
    return len(entries)


def _entries(
    points: Iterable[Point],
    *,
    case: uuid.UUID,
    scope: SuppressionScope,
    channels: Collection[str] = (),
    shared: Callable[[Point], bool] = lambda _point: False,
) -> list[SuppressionEntry]:
    """One entry for each reading of each point and each channel, under the newest key."""
    key_id, key = next(iter(parse_keys(settings.PRIVACY_SUPPRESSION_KEYS).items()))
    now = timezone.now()
    entries: dict[tuple[str, str], SuppressionEntry] = {}
    for point, channel in product(points, channels or ("",)):
        advisory = scope == SuppressionScope.NO_REENTRY and shared(point)
        version = VERSIONS[PointKind(point.kind)]
        for form in entered_forms(point):
            digest = digest_of(key, point.kind, version, form)
            entries[digest, channel] = SuppressionEntry(
                case=case,
                kind=point.kind,
                scope=scope,
                channel=channel,
                advisory=advisory,
                key_id=key_id,
                norm_version=version,
                digest=digest,
                review_on=timezone.localdate(now) + REVIEW_AFTER,
            )
    return list(entries.values())


def _enter(entries: Sequence[SuppressionEntry]) -> None:
    enter_keys(*{entry.key_id for entry in entries})
    SuppressionEntry.objects.bulk_create(entries, batch_size=500)
    ledger.record_all(("suppression", said_in(entry)) for entry in entries)


def suppress_subject(
    subject_pk: int,
    *,
    by: Any,
    scope: SuppressionScope = SuppressionScope.NO_REENTRY,
    channels: Collection[str] = (),
) -> uuid.UUID:
    """Suppress every contact point that the inventory knows of this person, in one case."""
    return suppress(
        points_about([subject_pk])[subject_pk],
        scope=scope,
        by=by,
        channels=channels,
        shared=lambda point: _others_hold(point, subject_pk),
    )


def points_about(subject_pks: Collection[int]) -> dict[int, list[Point]]:
    """Every contact point that the inventory knows of these people; a query for each table."""
    found: dict[int, list[Point]] = {pk: [] for pk in subject_pks}
    wanted = list(found)
    for _model, holding in _guarded_holdings():
        for first in range(0, len(wanted), CHUNK // 2):
            rows = holding.rows_about(wanted[first : first + CHUNK // 2])
            for row in rows.annotate(_of=F(holding.path)) if holding.path else ():
                found[row._of] += points_of(row)
    return found


@transaction.atomic
def lift(case: uuid.UUID, *, by: Any) -> int:
    """End every entry of a case, on the person's own verified request (S111); returns how many."""
    count = lift_all([case], by=by)
    if not count:
        raise PrivacyError(_("Nothing is suppressed under this case any more."))
    return count


@transaction.atomic
def lift_all(cases: Collection[uuid.UUID], *, by: Any) -> int:
    """End what is still in force of these cases; returns how many entries that were."""
    return _end(SuppressionEntry.objects.filter(case__in=cases, ended_at__isnull=True), by=by)


@transaction.atomic
def lift_for(point: Point, *, channel: Channel, by: Any) -> Counter[str]:
    """End what keeps this point from entry, and from marketing on this channel, alone (S111).

    On the verified request of whoever holds the point; returns how many entries of each scope
    ended. Other points of the same case stay suppressed, and so does this one on every other
    channel: a “no” that was said for all of them is said anew for the rest.
    """
    entries = SuppressionEntry.objects.filter(
        Q(scope=SuppressionScope.NO_REENTRY)
        | Q(scope=SuppressionScope.NO_MARKETING, channel__in=("", channel)),
        digest__in=digests_of(point),
        ended_at__isnull=True,
    )
    found = list(entries.select_for_update())
    _enter(
        [
            SuppressionEntry(
                case=entry.case,
                kind=entry.kind,
                scope=entry.scope,
                channel=other,
                advisory=entry.advisory,
                key_id=entry.key_id,
                norm_version=entry.norm_version,
                digest=entry.digest,
                review_on=entry.review_on,
            )
            for entry in found
            if entry.scope == SuppressionScope.NO_MARKETING and not entry.channel
            for other in Channel
            if other != channel
        ]
    )
    _end(SuppressionEntry.objects.filter(pk__in=[entry.pk for entry in found]), by=by)
    return Counter(str(entry.scope) for entry in found)


def _end(entries: QuerySet[SuppressionEntry], *, by: Any) -> int:
    """End these entries, here and in the ledger; a journal entry for each case."""
    ended = list(entries.order_by("pk").values_list("reference", "case"))
    now = timezone.now()
    entries.update(ended_at=now)
    ledger.record_all(
        (
            "lift",
            {"reference": str(reference), "case": str(case), "ended_at": now.isoformat()},
        )
        for reference, case in ended
    )
    for case, count in Counter(case for _reference, case in ended).items():
        journal.record("suppression.lift", by=by, reference=str(case), facts={"entries": count})
    return len(ended)


def cases_in_force() -> int:
    """How many cases are suppressed today."""
    live = SuppressionEntry.objects.filter(ended_at__isnull=True)
    return live.order_by().values("case").distinct().count()


def _others_hold(point: Point, subject_pk: int) -> bool:
    """Whether another living person, or an organisation, has this point too."""
    forms = normal_forms(point)
    for model, holding in _guarded_holdings():
        for guard in model.guards:
            rows = model._base_manager.filter(**{f"{guard.form}__in": forms})
            if guard.kind.startswith("@"):
                rows = rows.filter(**{guard.kind[1:]: point.kind})
            elif guard.kind != point.kind:
                continue
            if holding.path:
                rows = rows.exclude(**{holding.path: subject_pk})
            if rows.exists():
                return True
    return False


def _guarded_holdings() -> Iterable[tuple[type[GuardedModel], inventory.Holding]]:
    for model in apps.get_models():
        if issubclass(model, GuardedModel) and not model._meta.proxy:
            yield model, inventory.holding(model)


def find_smuggled() -> dict[str, list[int]]:
    """Row numbers, by model, of living rows that raw SQL let in although they are suppressed."""
    found: dict[str, list[int]] = {}
    for model, _holding in _guarded_holdings():
        numbers: set[int] = set()
        rows = model._base_manager.order_by("pk").iterator(chunk_size=CHUNK)
        while part := list(islice(rows, CHUNK)):
            pairs = [(row.pk, point) for row in part for point in points_of(row)]
            answers = refused([point for _pk, point in pairs])
            numbers |= {pk for (pk, _point), hit in zip(pairs, answers, strict=True) if hit}
        if numbers:
            found[model._meta.label] = sorted(numbers)
    return found


@transaction.atomic
def note_smuggled() -> int:
    """Make a finding of each row that raw SQL let in, once; returns how many are new."""
    found = {
        (apps.get_model(label)._meta.db_table, str(number))
        for label, numbers in find_smuggled().items()
        for number in numbers
    }
    smuggled = Finding.objects.filter(cause=FindingCause.SMUGGLED, settled_at__isnull=True)
    new = found - set(smuggled.values_list("place", "row_reference"))
    Finding.objects.bulk_create(
        Finding(cause=FindingCause.SMUGGLED, place=place, row_reference=row)
        for place, row in sorted(new)
    )
    if new:
        journal.record("suppression.smuggled", facts={"findings": len(new)})
    return len(new)
