"""The steps of an export: people are chosen, the export is described, the file is handed out.

Nothing is stored of the file: it is written as it is fetched, at most five times within seven days
and by whoever asked for it, and each time it is asked anew who may go. Before a part of it leaves,
it is on record whose data it holds. Serves Art. 5(1)(c), 15(1)(c), 19 and 32 GDPR, s.23 and
DPP 3 and 4 PDPO, policy S30, S83 to S89.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm import supplier_reviews
from crm.enums import (
    WITHOUT_HOLDER,
    Destination,
    ExportColumn,
    ExportFormat,
    ExportReason,
    ExportState,
)
from crm.errors import ExportRefused
from crm.exports import addresses, columns, notices, people, rows
from crm.exports.cards import Cards
from crm.exports.tables import CsvFile
from crm.exports.workbooks import Workbook
from crm.models import (
    ContactExport,
    Demographics,
    ExportedContact,
    ExportSelection,
    Organisation,
    Role,
)
from privacy import journal, looks, masking, purposes
from privacy.enums import Look, Nature

EXPORTS, EXPORTS_MANY = "crm.export_contact", "crm.export_many_contacts"
# More needs a permission of its own, and officers are told (screens 3.9, 3.17).
MOST = 50
# Lists of fifty one after the other are a large export too.
MOST_A_DAY = 100
DAYS = 7
MOST_DOWNLOADS = 5
File = CsvFile | Workbook | Cards
# Of which HR or demographic data a column shows something; the class tells who works here.
WATCHED = {
    Demographics: rows.DEMOGRAPHIC,
    Role: {*rows.AT_WORK, ExportColumn.CLASS},
}


@dataclass(frozen=True, slots=True)
class Handout:
    """A file on its way: its name says nothing about anybody."""

    name: str
    content_type: str
    pieces: Iterator[bytes]


@transaction.atomic
def choose(chosen: QuerySet, *, by: Any) -> ContactExport:
    """Remember whom somebody chose; refused where nobody is left, or there are too many."""
    pks = list(dict.fromkeys(chosen.order_by("pk").values_list("pk", flat=True)))
    seen = sum(people.pool(by).filter(pk__in=part).count() for part in people.parts(pks))
    if not seen:
        raise ExportRefused(_("Nobody is left to export; choose people whom you see."))
    _refuse_many(seen, by=by)
    export = ContactExport.objects.create(
        created_by=by, chosen=len(pks), masked=not by.has_perm(masking.PERMISSION)
    )
    ExportSelection.objects.create(reference=export.uuid, people=pks)
    return export


@transaction.atomic
def describe(
    export: ContactExport,
    *,
    by: Any,
    format: str,  # noqa: A002 - the column's own name
    columns: Collection[str],
    reason: str,
    destination: str,
    matter: str = "",
    purpose: str = "",
    channel: str = "",
    holder: Organisation | None = None,
    on: date | None = None,
) -> ContactExport:
    """Say what the file is for, and count who goes; nothing leaves yet.

    May be said again until the file was fetched. Refused without a matter where one is demanded,
    without a holder and its country for the outside, and where nobody is left.
    """
    on = on or timezone.localdate()
    export = _locked(export, by=by)
    if export.downloads:
        raise ExportRefused(_("The file was fetched already; choose the people anew."))
    export.format, export.reason, export.matter = format, reason, matter
    export.purpose, export.channel, export.destination = purpose, channel, destination
    export.holder = holder if export.is_outside else None
    export.country = export.holder.country if export.holder else ""
    export.masked = not by.has_perm(masking.PERMISSION)
    _refuse_terms(export)
    export.columns = _columns(export, columns, by=by)
    export.rows, export.left_out = people.count(export, _selected(export), by=by, on=on)
    _refuse_numbers(export, by=by)
    _refuse_a_day_of_many(export, by=by)
    export.state, export.expires_on = ExportState.READY, on + timedelta(days=DAYS)
    export.full_clean()
    export.save()
    journal.record("export.describe", by=by, on=export, facts=_facts(export))
    return export


def hand_out(export: ContactExport, *, by: Any, at: datetime | None = None) -> Handout:
    """Begin the file; its pieces are written as they are taken.

    Refused to anybody else than whoever asked for it, after its days, and a sixth time.
    """
    at = at or timezone.now()
    on = timezone.localdate(at)
    with transaction.atomic():
        export = _locked(export, by=by)
        if export.state != ExportState.READY:
            raise ExportRefused(_("Describe the export first."))
        if export.expires_on is None or on > export.expires_on:
            raise ExportRefused(_("The days of this export are over; choose the people anew."))
        if export.downloads >= MOST_DOWNLOADS:
            raise ExportRefused(_("This file was fetched five times; choose the people anew."))
        if export.deleted_on:
            raise ExportRefused(_("The holder has deleted this file; choose the people anew."))
        if not export.masked and not by.has_perm(masking.PERMISSION):
            raise ExportRefused(_("You see values masked now; describe a new export."))
        selected = _selected(export)
        if len(selected) <= people.PART:
            # A longer list is not asked twice at once: the file itself asks part by part.
            export.rows, export.left_out = people.count(export, selected, by=by, on=on)
        _refuse_numbers(export, by=by)
        export.downloads += 1
        export.save(update_fields=["downloads", "rows", "left_out"])
        if export.downloads == 1 and export.rows > MOST:
            transaction.on_commit(lambda: notices.tell_officers(export))
        facts = {"number": export.downloads, **_facts(export)}
        journal.record("export.hand_out", by=by, on=export, facts=facts)
    file = _file(export, at=at)
    pieces = _pieces(export, file, selected, by=by, on=on)
    return Handout(f"{export.uuid}.{file.suffix}", file.content_type, pieces)


@transaction.atomic
def note_deletion(export: ContactExport, *, deleted_on: date, by: Any) -> ContactExport:
    """Write down that the holder confirmed to have deleted the file."""
    export = ContactExport.objects.select_for_update().get(pk=export.pk)
    if not export.is_outside or not export.downloads:
        raise ExportRefused(_("Nobody outside holds this file."))
    if export.deleted_on:
        raise ExportRefused(_("Its deletion is on record already."))
    today = timezone.localdate()
    if not timezone.localdate(export.created_at) <= deleted_on <= today:
        raise ExportRefused(_("A day between the export and today is needed."))
    export.deleted_on, export.deletion_noted_by = deleted_on, by
    export.save(update_fields=["deleted_on", "deletion_noted_by"])
    facts = {"deleted_on": deleted_on.isoformat()}
    journal.record("export.note_deletion", by=by, on=export, facts=facts)
    return export


def holders_of(subject_pk: int) -> QuerySet[ContactExport]:
    """The exports in which this person's data went out, the newest first (Art. 15(1)(c))."""
    given = ExportedContact.objects.filter(contact=subject_pk)
    exports = ContactExport.objects.filter(pk__in=given.values("export"))
    return exports.select_related("holder")


# --- the file -----------------------------------------------------------------------------------


def _file(export: ContactExport, *, at: datetime) -> File:
    match ExportFormat(export.format):
        case ExportFormat.XLSX:
            return Workbook(export.columns)
        case ExportFormat.VCARD:
            return Cards(export.columns, at=at)
        case ExportFormat.CSV_EXCEL:
            return CsvFile(export.columns, mark=True)
        case ExportFormat.CSV:
            return CsvFile(export.columns)


def _pieces(
    export: ContactExport, file: File, selected: list[int], *, by: Any, on: date
) -> Iterator[bytes]:
    """A part of the people after the other, each on record before it leaves."""
    language = translation.get_language()
    digest, given = hashlib.sha256(), 0

    def counted(piece: bytes) -> bytes:
        digest.update(piece)
        return piece

    yield counted(file.begin())
    for part in people.parts(selected):
        # Another request may have spoken another language on this thread in the meantime.
        with translation.override(language):
            going, _out = people.sift(export, part, by=by, on=on)
            written = counted(
                file.add(
                    rows.read(
                        going,
                        export.columns,
                        by=by,
                        on=on,
                        kept_back=addresses.kept_back(export, list(going)),
                    )
                )
            )
        given += len(going)
        shown = [model for model, needed in WATCHED.items() if needed & set(export.columns)]
        looks.note(going, by=by, how=Look.FILE, shown=shown)
        _put_on_record(export, going)
        yield written
    last = counted(file.end())
    facts = {"rows": given, "digest": digest.hexdigest()}
    with transaction.atomic():
        ContactExport.objects.filter(pk=export.pk).update(rows=given, digest=facts["digest"])
        journal.record("export.handed_out", by=by, on=export, facts=facts)
    yield last


def _put_on_record(export: ContactExport, pks: Collection[int]) -> None:
    ExportedContact.objects.bulk_create(
        [ExportedContact(export=export, contact_id=pk) for pk in pks], ignore_conflicts=True
    )


# --- what is refused ----------------------------------------------------------------------------


def _locked(export: ContactExport, *, by: Any) -> ContactExport:
    locked = ContactExport.objects.select_for_update(of=("self",)).select_related("holder")
    export = locked.get(pk=export.pk)
    if export.created_by_id != by.pk:
        raise ExportRefused(_("Only whoever asked for this export may use it."))
    return export


def _selected(export: ContactExport) -> list[int]:
    selection = ExportSelection.objects.filter(reference=export.uuid).first()
    if selection is None:
        raise ExportRefused(_("The days of this export are over; choose the people anew."))
    return selection.people


def _refuse_many(number: int, *, by: Any) -> None:
    if number > MOST and not by.has_perm(EXPORTS_MANY):
        raise ExportRefused(
            _(
                "You may export at most %d people at a time; narrow the list, or ask a privacy"
                " officer to make the export."
            )
            % MOST
        )


def _refuse_a_day_of_many(export: ContactExport, *, by: Any) -> None:
    """Fifty people at a time add up to the exports that somebody asked for on one day."""
    if by.has_perm(EXPORTS_MANY):
        return
    # Two exports at the same moment are counted one after the other.
    type(by)._base_manager.select_for_update(of=("self",)).get(pk=by.pk)
    day = timezone.localdate(export.created_at)
    mine = ContactExport.objects.filter(created_by=by, state=ExportState.READY)
    others = mine.filter(created_at__date=day).exclude(pk=export.pk)
    taken = others.aggregate(rows=Sum("rows"))["rows"] or 0
    if taken + export.rows > MOST_A_DAY:
        raise ExportRefused(
            _(
                "You may export at most %d people a day; go on tomorrow, or ask a privacy officer"
                " to make the export."
            )
            % MOST_A_DAY
        )


def _refuse_numbers(export: ContactExport, *, by: Any) -> None:
    if not export.rows:
        raise ExportRefused(
            _("Nobody is left for this export: %s.") % "; ".join(map(str, reasons(export)))
        )
    _refuse_many(export.rows, by=by)
    if export.destination == Destination.SUBJECT and export.rows != 1:
        raise ExportRefused(
            _("To the person themselves goes their own record alone; choose one person.")
        )


def _refuse_holder(export: ContactExport) -> None:
    """Nobody in particular, nowhere in particular, or a supplier of data whom nobody reviewed."""
    if export.is_outside and export.holder is None:
        raise ExportRefused(_("Say which organisation holds the file; enter it if it is new."))
    if export.destination in supplier_reviews.DESTINATIONS:
        supplier_reviews.refuse_unreviewed(export.holder, on=timezone.localdate())
    if export.is_outside and not export.country:
        raise ExportRefused(_("Enter the holder's country on its page: where data go is kept."))


def _refuse_terms(export: ContactExport) -> None:
    """What does not fit together, with what to say instead."""
    _refuse_holder(export)
    purpose = purposes.named(export.purpose) if export.purpose else None
    if export.reason in (ExportReason.CLAIM, ExportReason.ORDER) and not export.matter:
        raise ExportRefused(_("A claim or an order has a number; enter it as the matter."))
    if export.reason == ExportReason.MESSAGES and not (purpose and purpose.channels):
        raise ExportRefused(_("Say for which purpose these people are written to."))
    if (export.reason == ExportReason.PARTNER) != (
        purpose is not None and purpose.nature == Nature.PROVISION
    ):
        raise ExportRefused(
            _("Giving data for others' own marketing has a reason and a purpose of its own.")
        )
    if export.reason == ExportReason.PARTNER and export.destination in WITHOUT_HOLDER:
        raise ExportRefused(_("Data given for another's marketing go to another; say to whom."))
    if purpose is not None and bool(purpose.channels) != bool(export.channel):
        raise ExportRefused(
            _("Choose a channel for a purpose that sends messages, and none for any other.")
        )
    if export.masked and export.format == ExportFormat.VCARD:
        raise ExportRefused(_("Masked values make no address cards; choose a table."))
    if export.masked and purpose is not None:
        raise ExportRefused(_("Nobody is written to with masked values; leave the purpose out."))


def _columns(export: ContactExport, wanted: Collection[str], *, by: Any) -> list[str]:
    """The columns that are left, less those that this operator may not see."""
    if not set(wanted) <= {str(column) for column in columns.offered_to(by)}:
        raise ExportRefused(_("You do not see demographic data, and cannot export them."))
    purpose = purposes.named(export.purpose) if export.purpose else None
    kept = columns.narrowed(wanted, purpose=purpose, channel=export.channel)
    if not kept:
        raise ExportRefused(_("The purpose needs none of these columns; choose others."))
    return kept


def reasons(export: ContactExport) -> Iterator[str]:
    """Who was left out, counted, in words."""
    for reason, number in export.left_out.items():
        yield f"{notices.WORDS.get(reason, reason)}: {number}"


def _facts(export: ContactExport) -> dict[str, Any]:
    return {
        "rows": export.rows,
        "left_out": export.left_out,
        "columns": export.columns,
        "format": export.format,
        "reason": export.reason,
        "destination": export.destination,
    }
