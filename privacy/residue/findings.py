"""Mentions of disposed people elsewhere: sought before they go, noted once they are gone.

In somebody else's row a name is ignored where a name belongs, as that is a namesake; in free text
it is a mention. An e-mail address, a telephone number or a link is one anywhere (DESIGN 11).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import inventory, journal, subjects
from privacy.enums import About, FindingCause, Origin
from privacy.enums import Needle as Kind
from privacy.errors import TransitionRefused
from privacy.inventory import Holding
from privacy.models import Finding
from privacy.residue import haystack, needles
from privacy.residue.needles import Needle, Read

CHUNK = 5_000
# How many people one reading of the haystack seeks; their needles are held in memory.
PEOPLE_AT_ONCE = 15_000


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """Where a person is mentioned, and by what kind of identifier; never the words."""

    subject: int
    place: str
    row: str
    kind: str


def mentions(
    subject_pks: Collection[int], *, root: str | None = None, read: Read | None = None
) -> list[Mention]:
    """Where any row but their own, or any file, mentions one of these people.

    A file that does not open is a finding of its own: it may mention anybody.
    Reads everything once for each PEOPLE_AT_ONCE, so that no night needs more memory than another.
    """
    people = sorted(subject_pks)
    found: list[Mention] = []
    for first in range(0, len(people), PEOPLE_AT_ONCE):
        found += _mentions(people[first : first + PEOPLE_AT_ONCE], root=root, read=read)
    return sorted(found)


def _mentions(
    subject_pks: Collection[int], *, root: str | None, read: Read | None
) -> set[Mention]:
    sought = needles.gather(subject_pks, root=root, read=read)
    if not sought:
        return set()
    found: set[Mention] = set()
    hits: dict[str, dict[Any, set[Needle]]] = {}
    columns: dict[str, tuple[set[str], set[str]]] = {}
    table, seen = "", 0
    unopened: set[tuple[str, Any]] = set()
    for row in chain(haystack.tables(), haystack.files()):
        if row.unopened is not None:
            unopened.add((row.place, row.key))
            continue
        if row.table != table or seen >= CHUNK:
            # Most hits are in the people's own rows: what they are is asked before more is read.
            found.update(_noted(table, hits, root=root))
            table, seen, hits = row.table, 0, {}
        if row.table not in columns:
            columns[row.table] = _derived_and_names(row.table)
        derived, names = columns[row.table]
        cells = [cell for cell in row.cells if cell[0] not in derived]
        for column, needle in sought.found_among(cells):
            # A name where names belong is the person's own, or a namesake's.
            if column not in names or needle.kind is not Kind.NAME:
                rows = hits.setdefault(column, {})
                rows.setdefault(row.key, set()).add(needle)
                seen += 1
    found.update(_noted(table, hits, root=root))
    _note_unopened(unopened)
    return found


def look_unopened() -> int:
    """Note the stored files that do not open, settle those that do again; how many do not."""
    places = {(row.place, row.key) for row in haystack.unopened()}
    _note_unopened(places)
    there = {(place, _reference(key)) for place, key in places}
    for finding in Finding.objects.filter(cause=FindingCause.UNOPENED, settled_at__isnull=True):
        if (finding.place, finding.row_reference) not in there:
            Finding.objects.filter(pk=finding.pk).update(settled_at=timezone.now())
    return len(places)


def _note_unopened(places: Collection[tuple[str, Any]]) -> None:
    """A file that does not open is one in which nothing was found and nobody can be ruled out."""
    for place, key in sorted(places, key=str):
        Finding.objects.get_or_create(
            cause=FindingCause.UNOPENED,
            place=place,
            row_reference=_reference(key),
            settled_at=None,
            subject_reference=None,
        )


def _noted(
    table: str, hits: Mapping[str, Mapping[Any, set[Needle]]], *, root: str | None
) -> Iterator[Mention]:
    """The mentions among the hits in some rows of one table, by column."""
    for column, rows in hits.items():
        place = f"{table}.{column}" if column else table
        for key, needle in _of_others(table, rows, root=root):
            yield Mention(needle.subject, place, _reference(key), str(needle.kind))


def note(seen: Iterable[Mention], references: Mapping[int, Any]) -> int:
    """Note what mentions the people who have just gone, unless its row has gone as well.

    `references` takes their primary keys to their immutable uuids.
    """
    of_these = [mention for mention in seen if mention.subject in references]
    gone = _gone({(mention.place, mention.row) for mention in of_these})
    found = Finding.objects.bulk_create(
        Finding(
            subject_reference=references[mention.subject],
            place=mention.place,
            row_reference=mention.row,
            needle_kind=mention.kind,
        )
        for mention in of_these
        if (mention.place, mention.row) not in gone
    )
    return len(found)


@transaction.atomic
def settle(finding: Finding, *, by: Any) -> None:
    """Say that somebody has looked at the finding and done what was to do."""
    settled = Finding.objects.filter(pk=finding.pk, settled_at__isnull=True)
    if not settled.update(settled_at=timezone.now()):
        raise TransitionRefused(_("This finding has been settled already."))
    journal.record("finding.settle", by=by, on=finding)


def settle_gone() -> int:
    """Settle the findings whose row has gone since; returns how many."""
    unsettled = Finding.objects.filter(settled_at__isnull=True)
    places = set(unsettled.values_list("place", "row_reference").distinct())
    settled = 0
    for place, row in _gone(places):
        rows = unsettled.filter(place=place, row_reference=row)
        settled += rows.update(settled_at=timezone.now())
    return settled


def settle_rows(model: type[Model], pks: Collection[int]) -> int:
    """Settle the findings in rows that stay and no longer say what was found in them."""
    place = f"{model._meta.db_table}."
    rows = Finding.objects.filter(
        settled_at__isnull=True,
        place__startswith=place,
        row_reference__in=[str(pk) for pk in pks],
    )
    return rows.update(settled_at=timezone.now())


def _derived_and_names(table: str) -> tuple[set[str], set[str]]:
    """The columns of people's tables that say nothing new, and those in which names belong."""
    model = _model_of(table)
    holding = inventory.registry.holdings.get(model._meta.label_lower) if model else None
    if model is None or holding is None or holding.about is not About.SUBJECT:
        return set(), set()
    derived, names = set(), set()
    for field in model._meta.local_concrete_fields:
        column, datum = str(field.column), holding.data.get(field.name)
        if datum is None:
            continue
        if datum.origin is Origin.DERIVED:
            # What was derived says nothing that its own columns do not say.
            derived.add(column)
        elif datum.identifies and not datum.point:
            names.add(column)
    return derived, names


def _of_others(
    table: str, rows: Mapping[Any, set[Needle]], *, root: str | None
) -> Iterator[tuple[Any, Needle]]:
    """The hits that are not in a row about the person themselves."""
    model = _model_of(table)
    holding = inventory.registry.holdings.get(model._meta.label_lower) if model else None
    owners = _owners(holding, list(rows), root=root) if holding else {}
    for row, found in rows.items():
        yield from ((row, needle) for needle in found if owners.get(row) != needle.subject)


def _owners(holding: Holding, rows: list[Any], *, root: str | None) -> dict[Any, int]:
    """Row to person, for a table whose rows are about people under this root."""
    label = subjects.root_model(root)._meta.label_lower
    if holding.about is About.OPERATOR:
        return _own_accounts(holding, rows, root=root)
    if holding.about is not About.SUBJECT or inventory.root_of(holding).lower() != label:
        return {}
    owners: dict[Any, int] = {}
    for start in range(0, len(rows), CHUNK):
        table = holding.model_class._base_manager.filter(pk__in=rows[start : start + CHUNK])
        owners.update(table.values_list("pk", holding.path))
    return owners


def _own_accounts(holding: Holding, rows: list[Any], *, root: str | None) -> dict[Any, int]:
    """Account to person: an operator's own account has a period of its own and is no residue."""
    person = subjects.root_model(root)
    columns = holding.model_class._meta.local_concrete_fields
    found = [field.name for field in columns if field.related_model is person]
    owners: dict[Any, int] = {}
    for name in found:
        table = holding.model_class._base_manager.filter(pk__in=rows).exclude(**{name: None})
        owners.update(table.values_list("pk", name))
    return owners


def _gone(places: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those places whose row is not there any more; one question per table."""
    by_table: dict[str, set[str]] = {}
    for place, row in places:
        if row:
            by_table.setdefault(place.partition(".")[0], set()).add(row)
    left: dict[str, set[str]] = {}
    for table, rows in by_table.items():
        if model := _model_of(table):
            found = model._base_manager.filter(pk__in=rows).values_list("pk", flat=True)
            left[table] = {_reference(pk) for pk in found}
    return {
        (place, row)
        for place, row in places
        if row and row not in left.get(place.partition(".")[0], {row})
    }


def _reference(row: Any) -> str:
    """A row's number; other keys may be secrets, as a session's is, and are left out."""
    return str(row) if isinstance(row, int) else ""


def _model_of(table: str) -> type[Model] | None:
    models = apps.get_models(include_auto_created=True)
    return next((model for model in models if model._meta.db_table == table), None)
