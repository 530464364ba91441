"""The steps of an import, from the upload to its undo: who may take which, and what follows.

A step that does not follow from where the batch stands is refused in one sentence, whoever came
first; whatever is changed after a check has to be checked again.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.enums import DateOrder, ImportState, ImportStrategy, SourceType
from crm.errors import ImportRefused
from crm.imports import aliases, intake, uploads
from crm.imports.rows import GOES_IN, Verdict
from crm.models import ImportBatch, ImportRow
from privacy import journal

S = ImportState
FOLLOWS: dict[str, tuple[ImportState, ...]] = {
    S.UPLOADED: (S.READ, S.MAPPED, S.DISCARDED),
    S.READ: (S.READ, S.MAPPED, S.CHECKING, S.DISCARDED),
    S.MAPPED: (S.READ, S.MAPPED, S.CHECKING, S.DISCARDED),
    S.CHECKING: (S.CHECKED, S.FAILED),
    S.CHECKED: (S.READ, S.MAPPED, S.CHECKING, S.PROPOSED, S.RUNNING, S.DISCARDED),
    S.PROPOSED: (S.RUNNING, S.CHECKING, S.DISCARDED),
    S.RUNNING: (S.DONE, S.FAILED),
    S.DONE: (S.UNDOING,),
    S.UNDOING: (S.UNDONE, S.FAILED),
    S.FAILED: (S.CHECKING, S.RUNNING, S.UNDOING, S.DISCARDED),
    S.UNDONE: (),
    S.DISCARDED: (),
}
UNDO_DAYS = 30
# Above it whoever confirms types the number of rows that go in.
TYPED_ABOVE = 500
PREPARES, CONFIRMS = "crm.propose_import", intake.CONFIRMS


@transaction.atomic
def read_as(
    batch: ImportBatch,
    *,
    by: Any,
    encoding: str = "",
    delimiter: str = "",
    first_row_is_data: bool = False,
    sheet: int | str = 0,
) -> None:
    """Say how the file is to be read; what was mapped or checked before is void."""
    batch = _locked(batch, to=S.READ)
    batch.encoding, batch.delimiter = encoding, delimiter
    batch.has_header = False if first_row_is_data else None
    batch.sheet = int(sheet or 0)
    batch.despite_doubts = False
    batch.mapping, batch.counts, batch.state = {}, {}, S.UPLOADED
    batch.verdicts.all().delete()
    intake.look(batch)
    journal.record("import.read", by=by, on=batch)


@transaction.atomic
def go_on(batch: ImportBatch, *, by: Any) -> None:
    """Take a file as it is, though something in it is doubtful."""
    batch = _locked(batch)
    if not is_in_doubt(batch):
        raise ImportRefused(_("There is nothing doubtful in this import to go on with."))
    batch.despite_doubts = True
    intake.look(batch)
    journal.record("import.go_on", by=by, on=batch)


def is_in_doubt(batch: ImportBatch) -> bool:
    """Whether it waits for somebody who looks at what is doubtful in it."""
    if batch.state != S.UPLOADED or batch.despite_doubts or not batch.failure:
        return False
    try:
        return bool(uploads.open_table(batch).doubts)
    except ImportRefused:
        return False


@transaction.atomic
def assign(
    batch: ImportBatch, *, by: Any, columns: Mapping[int, str], dates: str | None = None
) -> None:
    """Say which column is what, and how dates are written; no meaning drops a column."""
    mapping: dict[str, list[int]] = {}
    for position, name in sorted(columns.items()):
        if name:
            mapping.setdefault(name, []).append(position)
    if not aliases.is_header(mapping):
        raise ValidationError(
            _("Choose a column of names and one of e-mail addresses, phones or profile links.")
        )
    batch = _locked(batch, to=S.MAPPED)
    batch.mapping = mapping
    if dates is not None:
        batch.dates = DateOrder(dates) if dates else ""
    batch.verdicts.all().delete()
    batch.counts = {}
    intake.look(batch)
    journal.record("import.map", by=by, on=batch)


@transaction.atomic
def check(batch: ImportBatch, *, by: Any) -> None:
    """Have a worker give its verdict on each row; nothing is imported."""
    batch = _locked(batch, to=S.CHECKING)
    _hand_over(batch, S.CHECKING)
    journal.record("import.check", by=by, on=batch)


@transaction.atomic
def decide(batch: ImportBatch, *, by: Any, strategy: str, rows: str = "") -> None:
    """Say what becomes of conflicts, of all or of these rows; then all is checked again."""
    batch = _locked(batch, to=S.CHECKING)
    if rows.strip():
        numbers = _numbers(rows)
        found = batch.verdicts.filter(number__in=numbers).exclude(
            verdict__in=(Verdict.INVALID, Verdict.REFUSED)
        )
        if found.count() != len(numbers):
            raise ValidationError(_("Not each of these rows is one about which to decide."))
        found.update(choice=strategy)
    else:
        batch.strategy = ImportStrategy(strategy)
        batch.verdicts.update(choice="")
    _hand_over(batch, S.CHECKING)
    journal.record("import.decide", by=by, on=batch, facts={"strategy": str(strategy)})


def _numbers(text: str) -> set[int]:
    words = [word for word in re.split(r"[\s,;]+", text) if word]
    if not all(word.isdecimal() and len(word) < 9 for word in words):
        raise ValidationError(_("Write the numbers of rows, e.g. 4, 17."))
    return {int(word) for word in words}


@transaction.atomic
def propose(batch: ImportBatch, *, by: Any) -> None:
    """Ask a second person to confirm."""
    batch = _locked(batch, to=S.PROPOSED)
    batch.needs_second, batch.state = True, S.PROPOSED
    batch.save()
    journal.record("import.propose", by=by, on=batch)


@transaction.atomic
def confirm(batch: ImportBatch, *, by: Any, typed: int | None = None) -> None:
    """Have a worker import what the check found good; twice confirmed is imported once."""
    batch = _locked(batch, to=S.RUNNING)
    if not intake.may_give(by, batch.role):
        raise ImportRefused(_("You may not enter people of this role."))
    if batch.needs_second and by.pk == batch.created_by_id:
        raise ImportRefused(_("You prepared this import; a second person has to confirm it."))
    if (going := going_in(batch)) > TYPED_ABOVE and typed != going:
        raise ValidationError(_("Type the number of rows that go in, to confirm it."))
    if batch.source_type == SourceType.BROKER:
        intake.refuse_unlicensed(batch.evidence, batch.expires_on, on=timezone.localdate())
    # It may have ended, or failed, since the upload.
    intake.refuse_unreviewed(batch.source_type, batch.supplier, on=timezone.localdate())
    if not uploads.path_of(batch).is_file():
        raise ImportRefused(_("The file is no longer here; upload it again."))
    batch.confirmed_by, batch.confirmed_at = by, timezone.now()
    batch.done_up_to, batch.counts = 0, {}
    _hand_over(batch, S.RUNNING)
    journal.record("import.confirm", by=by, on=batch, facts={"rows": going})


@transaction.atomic
def confirm_unchecked(batch: ImportBatch, *, by: Any) -> None:
    """Import what was just planned on the command line; who may not confirm it may not here."""
    batch = _locked(batch)
    if batch.state not in {S.READ, S.MAPPED}:
        raise ImportRefused(batch.failure or _("This file cannot be imported as it is."))
    if batch.needs_second:
        raise ImportRefused(_("This account may only propose imports; name one that confirms."))
    batch.confirmed_by, batch.confirmed_at = by, timezone.now()
    _hand_over(batch, S.RUNNING)
    journal.record("import.confirm", by=by, on=batch, facts={"rows": batch.rows})


def going_in(batch: ImportBatch) -> int:
    """How many rows go in, as the check counted them."""
    return sum(batch.counts.get(str(verdict), 0) for verdict in GOES_IN)


@transaction.atomic
def retry(batch: ImportBatch, *, by: Any) -> None:
    """Go on where a worker stopped."""
    batch = _locked(batch)
    if batch.state != S.FAILED:
        raise ImportRefused(_("This import has not stopped."))
    _hand_over(batch, S(batch.stopped_at))
    journal.record("import.retry", by=by, on=batch)


@transaction.atomic
def discard(batch: ImportBatch, *, by: Any) -> None:
    """Put an import aside of which nothing has gone in; its file goes at once."""
    batch = _locked(batch, to=S.DISCARDED)
    if batch.state == S.FAILED and batch.stopped_at != S.CHECKING:
        raise ImportRefused(_("A part of this import has gone in; undo it instead."))
    batch.state = S.DISCARDED
    batch.save()
    batch.verdicts.all().delete()
    journal.record("import.discard", by=by, on=batch)
    transaction.on_commit(lambda: uploads.remove(batch))


@transaction.atomic
def undo(batch: ImportBatch, *, by: Any) -> None:
    """Have a worker take back what this import wrote, for 30 days."""
    batch = _locked(batch, to=S.UNDOING)
    if not is_undoable(batch):
        raise ImportRefused(_("An import can be undone for 30 days; this one no longer."))
    _hand_over(batch, S.UNDOING)
    journal.record("import.undo", by=by, on=batch)


def is_undoable(batch: ImportBatch) -> bool:
    """Whether something of it went in, not more than 30 days ago."""
    began = batch.finished_at or batch.confirmed_at
    stands = batch.state == S.DONE or (
        batch.state == S.FAILED and batch.stopped_at in (S.RUNNING, S.UNDOING)
    )
    return stands and began is not None and began + timedelta(days=UNDO_DAYS) > timezone.now()


def _locked(batch: ImportBatch, *, to: ImportState | None = None) -> ImportBatch:
    """The batch as it stands now, locked; refused where the step does not follow."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if to is not None and to not in FOLLOWS[batch.state]:
        raise ImportRefused(
            _("This import is “%s” now; that cannot be done.") % batch.get_state_display()
        )
    return batch


def _hand_over(batch: ImportBatch, state: ImportState) -> None:
    """From here on it is a worker's."""
    batch.state, batch.failure, batch.stopped_at = state, "", ""
    batch.lease, batch.lease_until, batch.attempts = None, None, 0
    batch.queued_at = timezone.now()
    if state == S.CHECKING:
        batch.done_up_to, batch.counts = 0, {}
    batch.save()


def conflicts(batch: ImportBatch) -> Any:
    """The rows about which somebody may decide."""
    return ImportRow.objects.filter(batch=batch, verdict=Verdict.CONFLICT)
