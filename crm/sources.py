"""Sources: where a person's data came from, and what the source forbids (S29, S30)."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.enums import RestrictionKind
from crm.errors import EntryRefused
from crm.models import Contact, SourceRestriction
from privacy import journal


@transaction.atomic
def restrict(
    contact: Contact,
    *,
    kind: str,
    allows: str = "",
    expires_on: date | None = None,
    by: Any,
) -> SourceRestriction:
    """Note what the source of this person's data forbids, until a day or for good.

    `allows` names the one purpose, channel or region that remains; “no onward disclosure” has
    none. A term has nothing but its last day: it begins to forbid where the others end.
    """
    if kind == RestrictionKind.TERM:
        if allows or not expires_on:
            raise EntryRefused(_("Of a term say its last day alone."))
    elif bool(allows) == (kind == RestrictionKind.DISCLOSURE):
        raise EntryRefused(_("Say what remains allowed; “no onward disclosure” allows nothing."))
    if expires_on and expires_on < timezone.localdate():
        raise EntryRefused(_("This restriction would be over already."))
    restriction = SourceRestriction(
        source=contact.source, kind=kind, allows=allows, expires_on=expires_on
    )
    restriction.full_clean()
    restriction.save()
    journal.record("source.restrict", by=by, on=contact, facts={"type": str(kind)})
    return restriction
