"""Suppression: an erased person is never entered again by accident, a "no" is never forgotten.

Holds HMAC-SHA-256 over type, version and normal form, under dedicated keys outside the database
(S64, S65, S109 to S111; law P1 to P11). Only this module reads its table. A refusal is the same
sentence for every cause; no digest is ever shown. A hashed record is not an erased one: it is
declared as personal data with a basis of its own. It defends against a stolen dump and casual
re-entry, not against an insider who holds the key.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import Model
from django.utils import timezone

from privacy import inventory, journal, ledger
from privacy.enums import Channel, PointKind, SuppressionScope
from privacy.errors import IdentifierSuppressed, PrivacyError, SuppressionKeyInvalid
from privacy.models import SuppressionEntry, SuppressionKey
from privacy.points import NORM_VERSION, Point, normal_form, normal_forms

__all__ = [
    "Guard",
    "GuardedManager",
    "GuardedModel",
    "Point",
    "lift",
    "normal_form",
    "normal_forms",
    "refused",
    "suppress",
]

# SQLite's and PostgreSQL's limits on parameters are above this.
CHUNK = 10_000
# An entry is looked at again after this long; it is not removed by a clock (law P11, C9).
REVIEW_AFTER = relativedelta(years=6)
CHECK_CONSTANT = b"lethe suppression key check"


# --- keys ---------------------------------------------------------------------------------------


def parse_keys(entries: Sequence[str]) -> dict[str, bytes]:
    """Read "id:hex" settings, newest first; a short or malformed key is refused."""
    keys: dict[str, bytes] = {}
    for entry in entries:
        key_id, colon, text = entry.strip().partition(":")
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if not colon or not key_id or len(key) < 32:
            raise SuppressionKeyInvalid(
                "PRIVACY_SUPPRESSION_KEYS must be a list of id:hex with at least 64 hex digits "
                "each; restore it from the escrow copy."
            )
        if key_id in keys:
            raise SuppressionKeyInvalid("PRIVACY_SUPPRESSION_KEYS names one key id twice.")
        keys[key_id] = key
    if not keys:
        raise SuppressionKeyInvalid(
            "PRIVACY_SUPPRESSION_KEYS is empty; restore it from the escrow copy."
        )
    return keys


def verify_keys() -> None:
    """Refuse to start when a key is absent or is not the one this database was made with."""
    keys = parse_keys(settings.PRIVACY_SUPPRESSION_KEYS)
    known = dict(SuppressionKey.objects.values_list("key_id", "check_value"))
    used = SuppressionEntry.objects.order_by().exclude(key_id__in=known)
    if key_id := used.values_list("key_id", flat=True).first():
        raise SuppressionKeyInvalid(
            f"This database has lost the check value of its suppression key {key_id!r}; restore "
            "its table of suppression keys from the backup."
        )
    for key_id, check_value in known.items():
        if key_id not in keys:
            raise SuppressionKeyInvalid(
                f"The suppression key {key_id!r} of this database is not in "
                "PRIVACY_SUPPRESSION_KEYS; add it from the escrow copy (old keys stay, to verify)."
            )
        if not hmac.compare_digest(check_value, _check_value(keys[key_id])):
            raise SuppressionKeyInvalid(
                f"The suppression key {key_id!r} is not the one that this database was made with; "
                "restore it from the escrow copy."
            )
    SuppressionKey.objects.bulk_create(
        [
            SuppressionKey(key_id=key_id, check_value=_check_value(key))
            for key_id, key in keys.items()
            if key_id not in known
        ],
        ignore_conflicts=True,
    )


def _check_value(key: bytes) -> str:
    return hmac.new(key, CHECK_CONSTANT, hashlib.sha256).hexdigest()


def _digest(key: bytes, kind: str, form: str) -> str:
    message = b"\0".join((kind.encode(), str(NORM_VERSION).encode(), form.encode()))
    return hmac.digest(key, message, "sha256").hex()


# --- questions ----------------------------------------------------------------------------------


def refused(points: Sequence[Point]) -> list[bool]:
    """Which of these points may not be entered; one question for the whole set."""
    return _matched(
        points, SuppressionEntry.objects.filter(scope=SuppressionScope.NO_REENTRY, advisory=False)
    )


def advised(points: Sequence[Point]) -> list[bool]:
    """Which of these points a suppressed person shared: a hint for a human, no refusal."""
    return _matched(
        points, SuppressionEntry.objects.filter(scope=SuppressionScope.NO_REENTRY, advisory=True)
    )


def marketing_refused(points: Sequence[Point], channel: Channel) -> list[bool]:
    """Which of these points may not be used for marketing on this channel."""
    return _matched(
        points,
        SuppressionEntry.objects.filter(
            models.Q(scope=SuppressionScope.NO_REENTRY)
            | models.Q(scope=SuppressionScope.NO_MARKETING, channel__in=("", channel))
        ),
    )


def _matched(points: Sequence[Point], entries: models.QuerySet) -> list[bool]:
    keys = list(parse_keys(settings.PRIVACY_SUPPRESSION_KEYS).values())
    asked: dict[str, list[int]] = {}
    for position, point in enumerate(points):
        for form in normal_forms(point):
            for key in keys:
                asked.setdefault(_digest(key, point.kind, form), []).append(position)
    answer = [False] * len(points)
    digests = list(asked)
    live = entries.filter(ended_at__isnull=True)
    for start in range(0, len(digests), CHUNK):
        part = digests[start : start + CHUNK]
        for digest in live.filter(digest__in=part).values_list("digest", flat=True):
            for position in asked[digest]:
                answer[position] = True
    return answer


# --- acts ---------------------------------------------------------------------------------------


@transaction.atomic
def suppress(
    points: Iterable[Point],
    *,
    scope: SuppressionScope,
    by: Any,
    case: uuid.UUID | None = None,
    channel: str = "",
    shared: Callable[[Point], bool] = lambda _point: False,
) -> uuid.UUID:
    """Enter points into the file under one case; a point that others share is advisory only.

    Returns the case, which a lift ends as a whole.
    """
    verify_keys()
    case = case or uuid.uuid4()
    key_id, key = next(iter(parse_keys(settings.PRIVACY_SUPPRESSION_KEYS).items()))
    now = timezone.now()
    entries: dict[str, SuppressionEntry] = {}
    for point in points:
        advisory = scope == SuppressionScope.NO_REENTRY and shared(point)
        for form in normal_forms(point):
            digest = _digest(key, point.kind, form)
            entries[digest] = SuppressionEntry(
                case=case,
                kind=point.kind,
                scope=scope,
                channel=channel,
                advisory=advisory,
                key_id=key_id,
                norm_version=NORM_VERSION,
                digest=digest,
                review_on=timezone.localdate(now) + REVIEW_AFTER,
            )
    if not entries:
        raise PrivacyError("There is no contact point to suppress.")
    SuppressionEntry.objects.bulk_create(entries.values())
    for entry in entries.values():
        ledger.record(
            "suppression",
            reference=str(entry.reference),
            case=str(case),
            type=entry.kind,
            scope=entry.scope,
            channel=entry.channel,
            advisory=entry.advisory,
            key_id=key_id,
            norm_version=NORM_VERSION,
            digest=entry.digest,
        )
    journal.record(
        "suppression.suppress",
        by=by,
        reference=str(case),
        facts={"entries": len(entries), "scope": str(scope)},
    )
    return case


def suppress_subject(
    subject_pk: int,
    *,
    by: Any,
    scope: SuppressionScope = SuppressionScope.NO_REENTRY,
    channel: str = "",
) -> uuid.UUID:
    """Suppress every contact point that the inventory knows of this person, in one case."""
    points: list[Point] = []
    held: dict[Point, bool] = {}
    for _model, holding in _guarded_holdings():
        if not holding.path:
            continue
        for row in holding.rows_about([subject_pk]):
            points += [point for _guard, point in _points_of(row)]
    for point in points:
        held[point] = _others_hold(point, subject_pk)
    return suppress(points, scope=scope, by=by, channel=channel, shared=lambda point: held[point])


@transaction.atomic
def lift(case: uuid.UUID, *, by: Any) -> int:
    """End every entry of a case, on the person's own verified request (S111); returns how many."""
    entries = SuppressionEntry.objects.filter(case=case, ended_at__isnull=True)
    references = [str(r) for r in entries.values_list("reference", flat=True)]
    count = entries.update(ended_at=timezone.now())
    if not count:
        raise PrivacyError("Nothing is suppressed under this case any more.")
    for reference in references:
        ledger.record("lift", reference=reference, case=str(case))
    journal.record("suppression.lift", by=by, reference=str(case), facts={"entries": count})
    return count


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
            pairs = [(row.pk, point) for row in part for _guard, point in _points_of(row)]
            answers = refused([point for _pk, point in pairs])
            numbers |= {pk for (pk, _point), hit in zip(pairs, answers, strict=True) if hit}
        if numbers:
            found[model._meta.label] = sorted(numbers)
    return found


# --- the guard ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Guard:
    """One identifying point of a model: the column, its normal form's column, and its kind.

    `kind` is a PointKind or "@column"; `country` names the column that helps to read a number.
    """

    value: str
    form: str
    kind: str
    country: str = ""

    def columns(self) -> set[str]:
        """Every column on which the answer depends."""
        columns = {self.value, self.form}
        if self.kind.startswith("@"):
            columns.add(self.kind[1:])
        if self.country:
            columns.add(self.country)
        return columns

    def point(self, row: Model) -> Point | None:
        value = getattr(row, self.value)
        if not value:
            return None
        kind = getattr(row, self.kind[1:]) if self.kind.startswith("@") else self.kind
        if kind not in PointKind.values:
            return None
        return Point(kind, value, getattr(row, self.country) if self.country else "")


def _points_of(row: GuardedModel) -> list[tuple[Guard, Point]]:
    return [(guard, point) for guard in row.guards if (point := guard.point(row)) is not None]


def _refuse_expression(of: Any, name: str, value: Any) -> None:
    if hasattr(value, "resolve_expression"):
        raise PrivacyError(
            f"{of._meta.label}.{name} takes a plain value: the suppression file cannot be asked "
            "about an expression."
        )


def _check(rows: Sequence[GuardedModel]) -> None:
    """Fill the normal forms of these rows, then ask once for all of them."""
    positions: list[int] = []
    points: list[Point] = []
    for position, row in enumerate(rows):
        for guard in row.guards:
            for name in guard.columns():
                _refuse_expression(row, name, getattr(row, name))
            point = guard.point(row)
            setattr(row, guard.form, normal_form(point) if point else "")
            if point:
                positions.append(position)
                points.append(point)
    hits = refused(points) if points else []
    refusals = sorted({p for p, hit in zip(positions, hits, strict=True) if hit})
    if refusals:
        raise IdentifierSuppressed(refusals)


class GuardedQuerySet(models.QuerySet):
    """Every way in asks the suppression file first, once per batch."""

    def bulk_create(  # noqa: PLR0917 - Django's own signature
        self,
        objs: Iterable[Any],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[Any]:
        rows = list(objs)
        _check(rows)
        if update_fields:
            update_fields = self._with_forms(update_fields)
        return super().bulk_create(
            rows, batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields
        )

    def bulk_update(
        self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        rows = tuple(objs)
        names = self._with_forms(fields)
        if set(names) & self._guarded_columns():
            _check(rows)
        return self._unasked().bulk_update(rows, names, batch_size)

    def update(self, **kwargs: Any) -> int:
        """As Django's; a guarded column takes a plain value, which is asked about."""
        touched = set(kwargs) & self._guarded_columns()
        if not touched:
            return super().update(**kwargs)
        for name in touched:
            _refuse_expression(self.model, name, kwargs[name])
        with transaction.atomic(using=self.db):
            # Whole rows, whatever this set defers or selects: one query, locked.
            mine = self.order_by().values("pk")
            rows = list(
                self.model._base_manager.using(self.db).select_for_update().filter(pk__in=mine)
            )
            if not rows:
                return 0
            for row in rows:
                for name in touched:
                    setattr(row, name, kwargs[name])
            _check(rows)
            forms = {guard.form for guard in self.model.guards if guard.columns() & touched}
            plain = {name: value for name, value in kwargs.items() if name not in forms}
            for form in forms:
                values = {getattr(row, form) for row in rows}
                if len(values) > 1:
                    return self._update_each(rows, plain)
                plain |= {form: value for value in values}
            return super().update(**plain)

    def _update_each(self, rows: Sequence[Any], values: Mapping[str, Any]) -> int:
        """A changed kind or country gives each row a normal form of its own."""
        for row in rows:
            for name, value in values.items():
                setattr(row, name, value)
        return self._unasked().bulk_update(rows, self._with_forms(values))

    def _unasked(self) -> models.QuerySet:
        """The same rows without the guard: Django's bulk_update ends in update(expression)."""
        return models.QuerySet(self.model, self.query.chain(), self.db, self._hints)

    def _with_forms(self, names: Iterable[str]) -> list[str]:
        wanted = list(names)
        for guard in self.model.guards:
            if guard.columns() & set(wanted) and guard.form not in wanted:
                wanted.append(guard.form)
        return wanted

    def _guarded_columns(self) -> set[str]:
        return set().union(*(guard.columns() for guard in self.model.guards))


class GuardedManager(models.Manager.from_queryset(GuardedQuerySet)):  # type: ignore[misc]
    """The only manager that a model with an identifying point may have."""


class GuardedModel(models.Model):
    """Base of every model with an identifying point; `save()` goes through the guard too."""

    guards: ClassVar[tuple[Guard, ...]] = ()

    objects = GuardedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if (update_fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = type(self).objects.all()._with_forms(update_fields)
            if not set(kwargs["update_fields"]) & type(self).objects.all()._guarded_columns():
                super().save(*args, **kwargs)
                return
        _check([self])
        super().save(*args, **kwargs)
