"""The finance-only archive: what a statute keeps when the business forgets a person (S108).

Rows under a statute leave the business at disposal; their remainder alone is kept here, sealed
under a key outside the database, until the statute's period is over, and goes with the ordinary
sweep. A hold keeps a living person's rows where they are; here nothing outlasts its day. Serves
Art. 17(3)(b), 25 and 32 GDPR, s.26 PDPO, Cap 112 s.51C, Cap 622 s.377.
"""

import json
import uuid
from collections.abc import Collection
from datetime import date
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Max, Model, Q
from django.utils.translation import gettext as _

from privacy import inventory, journal
from privacy.inventory import Holding, Keep
from privacy.statutes import Archiver, Leaving
from retention import archive_keys
from retention.enums import ReadReason
from retention.errors import ArchiveKeyInvalid, NotArchived
from retention.models import ArchivedRecord, ArchiveNote

# The rules under which the sweep removes what has had its time, as its plan names them.
RECORDS = "retention.ArchivedRecord:archive"
NOTES = "retention.ArchiveNote:note"


def take(holding: Holding, keep: Keep, rows: Collection[Leaving]) -> dict[str, int]:
    """Seal these rows, in the transaction in which the business loses them."""
    key, rule = archive_keys.newest(), f"{holding.model}:{keep.name}"
    records = [
        ArchivedRecord(
            rule=rule,
            statute=keep.citation,
            key_id=key.name,
            payload=key.seal(json.dumps(dict(row.remainder), cls=DjangoJSONEncoder)),
            digest=key.digest(str(row.remainder[keep.found_by])) if keep.found_by else "",
            due_on=row.until,
        )
        for row in rows
    ]
    archive_keys.enter(key)
    # In the order of their random references: that of the people would tell whose they are.
    ArchivedRecord.objects.bulk_create(sorted(records, key=lambda record: record.reference))
    notes = {(row.person, row.until) for row in rows}
    ArchiveNote.objects.bulk_create(
        (
            ArchiveNote(person=person, rule=rule, statute=keep.citation, until=until)
            for person, until in sorted(notes)
        ),
        ignore_conflicts=True,
    )
    return {ArchivedRecord._meta.label: len(records)}


def ready() -> None:
    """Refuse where nothing can be sealed now."""
    archive_keys.newest()


archiver = Archiver(ready=ready, take=take)


@transaction.atomic
def read(record: ArchivedRecord, *, by: Any, reason: ReadReason) -> dict[str, Any]:
    """The fields of one record; the journal says who read which one and why, before they are."""
    journal.record("archive.read", by=by, on=record, facts={"reason": str(reason)})
    key = archive_keys.verified().get(record.key_id)
    if key is None:
        raise ArchiveKeyInvalid(
            _(
                "The archive key %(name)r is not in RETENTION_ARCHIVE_KEYS; add it from the "
                "escrow copy."
            )
            % {"name": record.key_id}
        )
    return json.loads(key.open(record.payload))


@transaction.atomic
def find(number: str, *, by: Any) -> ArchivedRecord:
    """The record under this number, in any spelling; NotArchived where there is none."""
    under = Q(pk__in=[])
    for key in archive_keys.verified().values():
        under |= Q(key_id=key.name, digest=key.digest(number))
    record = ArchivedRecord.objects.filter(under).first()
    if record is None:
        raise NotArchived
    journal.record("archive.find", by=by, on=record)
    return record


def table_of(rule: str) -> type[Model] | None:
    """The table from which records under this rule came; None where the code has lost it since."""
    holding = inventory.registry.holdings.get(rule.partition(":")[0].lower())
    return holding.model_class if holding else None


def named(rule: str) -> str:
    """What is kept under this rule, in words while the code has any."""
    table = table_of(rule)
    return str(table._meta.verbose_name_plural) if table else rule


def kept_of(person: uuid.UUID, *, on: date) -> list[tuple[str, str, date]]:
    """What the archive keeps of a person disposed of, under which law and until when."""
    notes = ArchiveNote.objects.filter(person=person, until__gt=on).order_by("rule", "statute")
    found = notes.values_list("rule", "statute").annotate(last=Max("until"))
    return [(named(rule), statute, until) for rule, statute, until in found]
