"""How an address file comes in: who may bring it, what has to be said of it, and its first look.

Source, role, legal basis and the notice that its people are given are mandatory (S29, Art. 6,
Art. 14); what a broker sold has its licence (S31). A file that was here before is asked about.
"""

import hashlib
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import supplier_reviews
from crm.enums import STAFF_KINDS, ImportState, SourceType
from crm.errors import ImportRefused, ReviewRefused
from crm.imports import aliases, reading, uploads
from crm.models import ImportBatch, Organisation
from privacy import journal, notices

S = ImportState
CONFIRMS = "crm.import_contact"


def may_give(user: Any, role: str) -> bool:
    """People of the firm are entered by whoever keeps staff records, others by the rest."""
    return user.has_perm("crm.add_staff" if role in STAFF_KINDS else "crm.add_contact")


def upload(*, by: Any, file: Any, again: bool = False, **facts: Any) -> ImportBatch:
    """Take a file and read it; one that was here before is taken only when that is meant.

    The batch is kept even where nobody understands the file yet: it can be read by hand.
    """
    if not may_give(by, facts["role"]):
        raise ValidationError(_("You may not enter people of this role."))
    facts["notice"] = str(notices.named(facts["notice"]))
    today = timezone.localdate()
    if facts["obtained_on"] > today:
        raise ValidationError(_("The day on which the file was obtained lies in the future."))
    if facts["source_type"] == SourceType.BROKER:
        refuse_unlicensed(facts.get("evidence"), facts.get("expires_on"), on=today)
    refuse_unreviewed(facts["source_type"], facts.get("supplier"), on=today)
    if file.size > reading.LARGEST:
        raise ValidationError(_("The file is larger than 50 MB; split it."))
    content = file.read()
    digest = journal.seal(hashlib.sha256(content).hexdigest())
    earlier = ImportBatch.objects.filter(file_digest=digest).exclude(state=S.DISCARDED).first()
    if earlier and not again:
        raise ValidationError(
            _("This file was uploaded before, see import %s; tick the box to upload it again.")
            % earlier.uuid
        )
    batch = ImportBatch(
        file_digest=digest, created_by=by, needs_second=not by.has_perm(CONFIRMS), **facts
    )
    uploads.keep(batch, content)
    try:
        with transaction.atomic():
            batch.save()
            look(batch)
            journal.record("import.upload", by=by, on=batch, facts={"rows": batch.rows})
    except BaseException:
        uploads.remove(batch)
        raise
    return batch


def refuse_unlicensed(evidence: str | None, expires_on: date | None, *, on: date) -> None:
    """What a broker sold comes with its licence and its end (S31)."""
    if not evidence or not expires_on:
        raise ValidationError(
            _("A file of a broker needs its licence or contract and the day on which it ends.")
        )
    if expires_on <= on:
        raise ValidationError(_("The broker's licence has ended: this file may not be used."))


def refuse_unreviewed(source_type: str, supplier: Organisation | None, *, on: date) -> None:
    """What a broker or partner supplied comes from one whose review holds (S36)."""
    if source_type in supplier_reviews.SOURCES:
        try:
            supplier_reviews.refuse_unreviewed(supplier, on=on)
        except ReviewRefused as refusal:
            raise ValidationError({"supplier": str(refusal)}) from None
    elif supplier is not None:
        raise ValidationError(
            {"supplier": _("Only what a broker or partner supplied names its supplier.")}
        )


def look(batch: ImportBatch) -> None:
    """Look at the file as it is to be read; what cannot be read is said on the batch's page.

    What is doubtful in it is said there too, and waits until somebody goes on all the same.
    """
    try:
        table = uploads.open_table(batch)
        batch.rows = table.length
    except ImportRefused as refusal:
        batch.failure, batch.rows = str(refusal), 0
    else:
        batch.kind, batch.failure = table.kind, ""
        batch.state = S.MAPPED if batch.mapping else S.READ
        if not aliases.is_header(table.columns):
            batch.state = S.UPLOADED
            batch.failure = _("No header is known in this file: map its columns, or read it anew.")
        elif table.doubts and not batch.despite_doubts:
            batch.state = S.UPLOADED
            batch.failure = "\n".join(table.doubts)
    batch.save()
