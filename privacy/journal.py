"""The journal: who did what to which reference, append-only and hash-chained (S95, Art. 5(2)).

Names of columns and counts, never a value: a fact that is no word of the program itself is
refused. The chain is keyed, so that somebody who can write to the table still cannot forge an
entry unseen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from itertools import groupby
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import inventory
from privacy.errors import JournalBroken, JournalKeyInvalid, PrivacyError
from privacy.models import JournalEntry, JournalKey

GENESIS = "0" * 64
# The journal's verb for "the entries up to this number have had their time, the last of them with
# this digest": where the chain begins from then on.
CUT = "journal.cut"
# What a fact is called: written by a programmer, in the source.
NAME = re.compile(r"[a-z][a-z_]{0,39}\Z")
# A day, a keyed digest.
PLAIN = re.compile(r"(\d{4}-\d\d-\d\d|[0-9a-f]{64})?\Z")
# What stands before the short reference of a rule that shortens a period.
SHORTENED = re.compile(r"(?P<word>.+):[0-9a-f]{8}\Z")
# Any number: it names the lock of the chain's head on PostgreSQL.
HEAD_LOCK = 0x4C455448
CHECK_CONSTANT = b"lethe journal key check"
# Of the journal's keys there is one.
KEY_ID = "journal"


@transaction.atomic
def record(
    verb: str,
    *,
    by: Any = None,
    on: Model | None = None,
    reference: str = "",
    facts: dict[str, Any] | None = None,
) -> JournalEntry:
    """Add one entry to the chain; call it last in an act, as it locks the chain's head."""
    facts = facts or {}
    _refuse_values(facts)
    if reference:
        _refuse_reference(reference)
    _lock_head()
    last = head()
    if last is None:
        enter_key()
    entry = JournalEntry(
        number=last.number + 1 if last else 1,
        at=timezone.now(),
        actor=_actor(by),
        verb=verb,
        object_type=on._meta.label_lower if on is not None else "",
        object_reference=reference or _reference(on),
        facts=facts,
        previous_digest=last.digest if last else GENESIS,
    )
    entry.digest = _digest(entry)
    entry.save(force_insert=True)
    return entry


@transaction.atomic
def record_each(
    verb: str,
    entries: Sequence[tuple[str, dict[str, Any]]],
    *,
    by: Any = None,
    object_type: str,
) -> None:
    """Add an entry for each reference with its facts, in one statement; last in an act too."""
    for reference, facts in entries:
        _refuse_reference(reference)
        _refuse_values(facts)
    if not entries:
        return
    _lock_head()
    last = head()
    number, previous = (last.number, last.digest) if last else (0, GENESIS)
    made = []
    for reference, facts in entries:
        number += 1
        entry = JournalEntry(
            number=number,
            at=timezone.now(),
            actor=_actor(by),
            verb=verb,
            object_type=object_type,
            object_reference=reference,
            facts=facts,
            previous_digest=previous,
        )
        entry.digest = previous = _digest(entry)
        made.append(entry)
    JournalEntry.objects.bulk_create(made, batch_size=500)


def _lock_head() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [HEAD_LOCK])


def _actor(by: Any) -> str:
    return f"user:{by.pk}" if by is not None else "system"


def head() -> JournalEntry | None:
    """The last entry of the chain."""
    return JournalEntry.objects.order_by("-number").first()


def days_since(verb: str) -> list[date]:
    """The days on which entries were written after the newest of this verb, in the chain's order.

    The day of the chain's head alone where no entry has this verb; a day counts once in a row.
    """
    since = JournalEntry.objects.filter(verb=verb).order_by("-number").first()
    last = head()
    if since is None:
        return [timezone.localdate(last.at)] if last else []
    entries = JournalEntry.objects.filter(number__gt=since.number).order_by("number")
    moments = entries.values_list("at", flat=True).iterator()
    return [day for day, _same in groupby(timezone.localdate(at) for at in moments)]


def says(verb: str, **facts: Any) -> bool:
    """Whether an operator did this, with these facts."""
    said = {f"facts__{name}": value for name, value in facts.items()}
    return JournalEntry.objects.filter(verb=verb, actor__startswith="user:", **said).exists()


def verify() -> int:
    """Walk the whole chain; returns its length, raises JournalBroken at the first bad link.

    It begins where its newest cut says, and nowhere else.
    """
    before, previous = _beginning()
    number = before
    for entry in JournalEntry.objects.order_by("number").iterator():
        number += 1
        if (
            entry.number != number
            or entry.previous_digest != previous
            or not hmac.compare_digest(entry.digest, _digest(entry))
        ):
            raise JournalBroken(
                _("The journal was altered at entry %(number)d.") % {"number": number}
            )
        previous = entry.digest
    if number > before:
        # An office of an older release: the chain itself has proved the key.
        enter_key()
    return number - before


def verify_key() -> None:
    """Refuse a key that is malformed, or not the one under which this journal was written.

    A wrong key would make every line of journal and ledger look forged.
    """
    wrong = JournalKeyInvalid(
        _(
            "PRIVACY_JOURNAL_KEY is not the key that this database was made with; restore it from "
            "the escrow copy."
        )
    )
    if not re.fullmatch(r"[0-9a-fA-F]{64}", settings.PRIVACY_JOURNAL_KEY):
        raise JournalKeyInvalid(
            _("PRIVACY_JOURNAL_KEY must be 64 hex digits; restore it from the escrow copy.")
        )
    known = JournalKey.objects.filter(key_id=KEY_ID).values_list("check_value", flat=True).first()
    if known is not None:
        if not hmac.compare_digest(known, _check_value()):
            raise wrong
        return
    ends = [JournalEntry.objects.order_by(order).first() for order in ("number", "-number")]
    written = [entry for entry in ends if entry is not None]
    # Where only one of them does not hold, it was altered: `verify` says so.
    if written and not any(hmac.compare_digest(one.digest, _digest(one)) for one in written):
        raise wrong


def enter_key() -> None:
    """Keep the check value of the key, with the first line that is written or proved under it."""
    JournalKey.objects.bulk_create(
        [JournalKey(key_id=KEY_ID, check_value=_check_value())], ignore_conflicts=True
    )


def _check_value() -> str:
    key = bytes.fromhex(settings.PRIVACY_JOURNAL_KEY)
    return hmac.new(key, CHECK_CONSTANT, hashlib.sha256).hexdigest()


def cut(up_to: JournalEntry, *, by: Any = None) -> None:
    """Say that the chain begins behind this entry, in the transaction that removes it."""
    record(CUT, by=by, facts={"entries": up_to.number, "head": up_to.digest})


def _beginning() -> tuple[int, str]:
    """Number and digest of the entry before the oldest one."""
    newest = JournalEntry.objects.filter(verb=CUT).order_by("-number").first()
    return (newest.facts["entries"], newest.facts["head"]) if newest else (0, GENESIS)


def _reference(on: Model | None) -> str:
    if on is None:
        return ""
    for name in ("uuid", "reference"):
        if value := getattr(on, name, None):
            return str(value)
    return str(on.pk)


def _digest(entry: JournalEntry) -> str:
    return seal(
        [
            entry.number,
            _instant(entry.at),
            entry.actor,
            entry.verb,
            entry.object_type,
            entry.object_reference,
            entry.facts,
            entry.previous_digest,
        ]
    )


def seal(content: Any) -> str:
    """The keyed digest by which journal and ledger know what Lethe itself wrote."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    key = bytes.fromhex(settings.PRIVACY_JOURNAL_KEY)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _instant(at: datetime) -> str:
    return at.astimezone(tz=UTC).isoformat(timespec="microseconds")


def _refuse_reference(reference: str) -> None:
    try:
        uuid.UUID(reference)
    except ValueError:
        raise PrivacyError(_("The journal knows things by their artificial identifier.")) from None


def knows(word: str) -> bool:
    """Whether this is a word of the program: a table, a column, a rule, a store, a choice.

    A rule that an operator wrote is called by the period that it shortens and its own reference.
    """
    shortened = SHORTENED.match(word)
    return (shortened["word"] if shortened else word) in _words()


@cache
def _words() -> frozenset[str]:
    """Everything that models, declarations and choices are called; no person is among them."""
    words = set(inventory.registry.activities) | {
        f"store:{name}" for name in inventory.registry.stores
    }
    for model in apps.get_models(include_auto_created=True):
        name = model._meta.model_name or ""
        columns = {field.name for field in model._meta.get_fields(include_hidden=True)}
        words |= {model._meta.label_lower, name, *columns}
        words |= {f"{name}.{column}" for column in columns}
    for holding in inventory.registry.holdings.values():
        words |= {f"{holding.model}:{keep.name}".lower() for keep in holding.keeps}
    kinds = [models.Choices]
    for kind in kinds:
        kinds += kind.__subclasses__()
        words |= {str(value) for value in getattr(kind, "values", ())}
    return frozenset(words)


def _refuse_values(fact: Any) -> None:
    match fact:
        case bool() | int() | None:
            return
        case str() if PLAIN.match(fact) or knows(fact):
            return
        case list() | tuple():
            for item in fact:
                _refuse_values(item)
        case dict() if all(isinstance(name, str) and NAME.match(name) for name in fact):
            for item in fact.values():
                _refuse_values(item)
        case _:
            raise PrivacyError(_("The journal takes names of fields, references and counts only."))
