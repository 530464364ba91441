"""Quarantine: a text that seems to hold sensitive data waits, covered, for somebody's decision.

The firm does not ask for such data (S25). What comes in unasked is covered on every page at once
and decided about within 30 days: kept on a real condition of Art. 9(2) or 10, for a purpose, until
a day, by somebody else than who typed it; or a false alarm; or deleted, as it is when nobody
decides. That S27 calls it consent makes it none (C5). Payment cards are refused at the door.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import consent, files, inventory, journal, readers, sensitive, subjects
from privacy.enums import About, Condition, FalseAlarm, Kind, QuarantineState, SensitiveKind
from privacy.errors import CardRefused, TransitionRefused
from privacy.inventory import Holding
from privacy.models import Purpose, Quarantine
from privacy.models.append_only import AppendOnlyModel

DAYS = 30
# Who reads a text in quarantine, and decides about it.
PERMISSION = "privacy.decide_sensitive"
# Columns in which people write what they like.
WRITTEN = {Kind.CORRESPONDENCE, Kind.DOCUMENT, Kind.PROFESSIONAL}
# Shorter columns hold codes.
SHORTEST = 50
# What stays covered: until a decision, and what is gone has nothing to show.
COVERED = (QuarantineState.WAITING,)


# Art. 9 knows no condition for criminal data, and numbers are none of its special categories.
ARTICLE_9 = frozenset(Condition) - {Condition.CRIMINAL_LAW, Condition.OTHER_NUMBER}
CONDITIONS = {
    **dict.fromkeys(SensitiveKind, ARTICLE_9),
    SensitiveKind.CRIMINAL: frozenset({Condition.CRIMINAL_LAW}),
    SensitiveKind.IDENTITY_NUMBER: frozenset(Condition),
    SensitiveKind.ACCOUNT: frozenset(Condition),
    SensitiveKind.CARD: frozenset(),
}


def columns_of(model: type[Model]) -> tuple[str, ...]:
    """The columns of this model in which somebody writes freely about a person."""
    holding = inventory.registry.holdings.get(model._meta.label_lower)
    if (
        holding is None
        or holding.about is not About.SUBJECT
        or holding.history_of
        or holding.path == "pk"
        or inventory.root_of(holding).lower() != subjects.root_model()._meta.label_lower
        or issubclass(model, AppendOnlyModel)
        or model._meta.app_label == Quarantine._meta.app_label
    ):
        return ()
    return tuple(name for name, datum in holding.data.items() if _is_written(model, name, datum))


def refuse_cards(*texts: str) -> None:
    """CardRefused where a text holds the number of a payment card: Lethe stores none."""
    if SensitiveKind.CARD in sensitive.kinds_in(*texts):
        raise CardRefused


def seems_sensitive(text: str) -> bool:
    """Whether the text seems to hold any of the kinds of the policy's list (S28)."""
    return bool(sensitive.kinds_in(text))


@transaction.atomic
def look(rows: Iterable[Model], *, by: Any = None) -> int:
    """Look at what was just written into these rows of one model; returns how many texts wait.

    A text about which somebody decided is left alone until it says something else.
    """
    written = list(rows)
    if not written or not (columns := columns_of(type(written[0]))):
        return 0
    holding = inventory.holding(type(written[0]))
    label, pks = holding.model, [row.pk for row in written]
    people = dict(
        holding.model_class._base_manager.filter(pk__in=pks).values_list("pk", holding.path)
    )
    known = {
        (one.row, one.column): one for one in Quarantine.objects.filter(model=label, row__in=pks)
    }
    decide_by = timezone.localdate() + timedelta(days=DAYS)
    found = []
    for row in written:
        for column in columns:
            texts = list(_texts(holding, row, column))
            kinds, digest = sensitive.kinds_in(*texts), _digest(texts)
            before = known.get((row.pk, column))
            if before is not None and before.text_digest == digest:
                continue
            if before is not None:
                before.delete()
            if kinds and people.get(row.pk):
                found.append(
                    Quarantine(
                        subject_id=people[row.pk],
                        model=label,
                        row=row.pk,
                        column=column,
                        text_digest=digest,
                        kinds=sorted(kinds),
                        entered_by=by,
                        decide_by=decide_by,
                    )
                )
    Quarantine.objects.bulk_create(found)
    for one in found:
        journal.record("sensitive.found", by=by, on=one, facts={"kinds": one.kinds})
    return len(found)


@transaction.atomic
def keep(
    text: Quarantine, *, condition: Condition, purpose: Purpose, keep_until: date, by: Any
) -> Quarantine:
    """Keep it for a purpose until a day, on a real condition; refused to whoever entered it."""
    text = _waiting(text, by=by)
    if keep_until <= timezone.localdate():
        raise TransitionRefused(
            _("Name a day after today until which it is needed, or delete it.")
        )
    if any(condition not in CONDITIONS[SensitiveKind(kind)] for kind in text.kinds):
        raise TransitionRefused(
            _("This condition does not cover all that the text seems to hold; see the kinds.")
        )
    if condition == Condition.EXPLICIT_CONSENT and not _agreed(text, purpose):
        raise TransitionRefused(
            _("The consent ledger has no consent of this person for this purpose (S27 is none).")
        )
    text.condition, text.purpose, text.keep_until = condition, purpose, keep_until
    return _decided(text, QuarantineState.KEPT, by=by, facts={"condition": str(condition)})


@transaction.atomic
def dismiss(text: Quarantine, *, reason: FalseAlarm, by: Any) -> Quarantine:
    """Say that it holds nothing sensitive; refused to whoever entered it."""
    text = _waiting(text, by=by)
    text.false_alarm = reason
    return _decided(text, QuarantineState.DISMISSED, by=by, facts={"reason": str(reason)})


@transaction.atomic
def delete(text: Quarantine, *, by: Any) -> Quarantine:
    """Delete the whole text where it stands, in the row's history too; its row stays."""
    text = Quarantine.objects.select_for_update().get(pk=text.pk)
    if text.state == QuarantineState.DELETED:
        raise TransitionRefused(_("This text has been deleted already."))
    _erase(text)
    return _decided(text, QuarantineState.DELETED, by=by)


def end(*, on: date) -> int:
    """Delete what nobody decided about in time, and what was kept until a day that is over."""
    undecided = Quarantine.objects.filter(state=QuarantineState.WAITING, decide_by__lt=on)
    over = Quarantine.objects.filter(state=QuarantineState.KEPT, keep_until__lt=on)
    due = list(undecided | over)
    for text in due:
        delete(text, by=None)
    return len(due)


def text_of(text: Quarantine) -> str:
    """What it says, for whoever decides; "" where its row is gone or it is a file."""
    model = apps.get_model(text.model)
    row = model._base_manager.filter(pk=text.row).first()
    return str(getattr(row, text.column)) if row and not _is_file(model, text.column) else ""


def place_of(text: Quarantine) -> str:
    """Table and column in words."""
    model = apps.get_model(text.model)
    column: Any = model._meta.get_field(text.column)
    return f"{model._meta.verbose_name}: {column.verbose_name}"


def covered(model: type[Model]) -> dict[int, set[str]]:
    """Row to the columns of this model that wait for a decision; few, so all are read."""
    waiting = Quarantine.objects.filter(
        model__iexact=model._meta.label, state__in=COVERED
    ).order_by()
    found: dict[int, set[str]] = {}
    for row, column in waiting.values_list("row", "column"):
        found.setdefault(row, set()).add(column)
    return found


def without_covered(rows: QuerySet) -> QuerySet:
    """Only the rows of which nothing waits for a decision: a search would tell what they say."""
    model = rows.model._meta.concrete_model
    if not columns_of(model):
        # Nothing of it can wait; its key need not be a number either.
        return rows
    waiting = Quarantine.objects.filter(
        model__iexact=model._meta.label, state__in=COVERED
    ).order_by()
    return rows.exclude(pk__in=waiting.values("row"))


def _agreed(text: Quarantine, purpose: Purpose) -> bool:
    on = timezone.localdate()
    return any(
        consent.state([text.subject_id], purpose, channel, on=on)[text.subject_id].is_usable
        for channel in (purpose.channels or [""])
    )


def _waiting(text: Quarantine, *, by: Any) -> Quarantine:
    text = Quarantine.objects.select_for_update().get(pk=text.pk)
    if text.state != QuarantineState.WAITING:
        raise TransitionRefused(_("Somebody has decided about this text already."))
    if text.entered_by_id == by.pk:
        raise TransitionRefused(_("You entered this text yourself; somebody else decides."))
    return text


def _decided(
    text: Quarantine, state: QuarantineState, *, by: Any, facts: dict[str, Any] | None = None
) -> Quarantine:
    text.state, text.decided_at = state, timezone.now()
    # Whoever entered it may take it out again; that is no decision in their own favour.
    text.decided_by = None if by is None or by.pk == text.entered_by_id else by
    text.save()
    verb = {
        QuarantineState.KEPT: "sensitive.keep",
        QuarantineState.DISMISSED: "sensitive.dismiss",
        QuarantineState.DELETED: "sensitive.delete",
    }[state]
    journal.record(verb, by=by, on=text, facts=facts or {})
    return text


def _erase(text: Quarantine) -> None:
    model = apps.get_model(text.model)
    rows: QuerySet[Any] = QuerySet(model).filter(pk=text.row)
    if _is_file(model, text.column):
        storage = inventory.holding(model).files[text.column]
        files.name(storage, rows.values_list(text.column, flat=True))
    rows.update(**{text.column: ""})
    for holding in inventory.registry.holdings.values():
        if holding.history_of.lower() == text.model.lower():
            key = model._meta.pk.name
            history = holding.model_class._base_manager.filter(**{key: text.row})
            history.update(**{text.column: ""})


def _texts(holding: Holding, row: Model, column: str) -> Iterator[str]:
    value = getattr(row, column)
    if not _is_file(holding.model_class, column):
        yield str(value or "")
    elif value:
        with value.open("rb") as file:
            yield from readers.texts(file.read())


def _is_file(model: type[Model], column: str) -> bool:
    return isinstance(model._meta.get_field(column), models.FileField)


def _is_written(model: type[Model], name: str, datum: Any) -> bool:
    column: Any = model._meta.get_field(name)
    is_text = isinstance(column, models.CharField | models.TextField | models.FileField)
    free = datum.kind in WRITTEN and not datum.identifies and not datum.point
    # A short code of the program is written by nobody.
    is_long = (column.max_length or SHORTEST) >= SHORTEST
    return is_text and free and is_long and column.editable and not column.choices


def _digest(texts: Sequence[str]) -> str:
    return journal.seal({"texts": list(texts)})
