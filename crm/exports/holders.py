"""Holders of exports are told of a later “no” (DESIGN 19; Art. 7(3), 18, 19, s.35L).

A “no” after a file left, or a restriction, makes a row for each holder outside who still has it,
in the transaction of the “no”. One mail tells a holder of everybody in one file, by the references
that the file itself carried; no name stands in it. Who has no address, or received no references,
is told by letter or telephone, and that is written down.
"""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.enums import WITHOUT_HOLDER, ExportColumn
from crm.errors import ExportRefused
from crm.models import ContactExport, ExportedContact, HolderNotice
from privacy import journal
from privacy.enums import Announcement

CHUNK = 5_000


def hear(subject_pks: Collection[int]) -> None:
    """These people said “no” or were restricted: whoever holds a file with them is to be told."""
    today, wanted = timezone.localdate(), sorted(set(subject_pks))
    for first in range(0, len(wanted), CHUNK):
        held = (
            ExportedContact.objects.filter(
                Q(export__expires_on__isnull=True) | Q(export__expires_on__gte=today),
                contact__in=wanted[first : first + CHUNK],
                export__deleted_on__isnull=True,
                export__downloads__gt=0,
            )
            .exclude(export__destination__in=WITHOUT_HOLDER)
            .values_list("export", "contact")
        )
        pairs = set(held)
        waiting = HolderNotice.objects.filter(
            told_at__isnull=True, export__in={export for export, _contact in pairs}
        )
        new = pairs - set(waiting.values_list("export", "contact"))
        HolderNotice.objects.bulk_create(
            (
                HolderNotice(export_id=export, contact_id=contact)
                for export, contact in sorted(new)
            ),
            batch_size=500,
        )


def waiting() -> QuerySet[HolderNotice]:
    """Of whom holders have not been told yet."""
    return HolderNotice.objects.filter(told_at__isnull=True)


@transaction.atomic
def write(notice: HolderNotice, *, by: Any) -> int:
    """Mail the holder about everybody of this file who waits; returns how many people.

    Refused where the file carried no references, or the holder has no address: tell them by
    another way, and note it.
    """
    export, rows = _of_the_same(notice)
    if str(ExportColumn.REFERENCE) not in export.columns:
        raise ExportRefused(
            _("This file carried no references: tell the holder by letter, and note it.")
        )
    if export.holder is None or not export.holder.email:
        raise ExportRefused(_("The holder has no e-mail address; tell them by letter, note it."))
    references = [str(row.contact.uuid) for row in rows]
    with translation.override(settings.LANGUAGE_CODE):
        facts = {"export": export, "references": references}
        subject = render_to_string("crm/mail/holder_subject.txt", facts)
        body = render_to_string("crm/mail/holder.txt", facts)
    try:
        EmailMessage(" ".join(subject.split()), body, to=[export.holder.email]).send()
    except (OSError, ValueError) as error:
        # Either may quote an address.
        raise ExportRefused(
            _("The mail server did not take it (%s); try again.") % type(error).__name__
        ) from None
    return _note(export, rows, how=Announcement.EMAIL, by=by)


@transaction.atomic
def note_told(notice: HolderNotice, *, how: Announcement, by: Any) -> int:
    """Write down that the holder was told of everybody of this file who waits, and how."""
    export, rows = _of_the_same(notice)
    return _note(export, rows, how=Announcement(how), by=by)


def _of_the_same(notice: HolderNotice) -> tuple[ContactExport, list[HolderNotice]]:
    export = ContactExport.objects.select_for_update(of=("self",)).get(pk=notice.export_id)
    rows = list(waiting().filter(export=export).select_related("contact").order_by("pk"))
    if not rows:
        raise ExportRefused(_("This holder was told already."))
    return export, rows


def _note(
    export: ContactExport, rows: Collection[HolderNotice], *, how: Announcement, by: Any
) -> int:
    told = HolderNotice.objects.filter(pk__in=[row.pk for row in rows])
    told.update(told_at=timezone.now(), told_by=by, how=how)
    facts = {"people": len(rows), "how": str(how)}
    journal.record("holder.tell", by=by, on=export, facts=facts)
    return len(rows)
