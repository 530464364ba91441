"""Addresses that stay with the firm although their person goes.

What somebody gave to subscribe is used by the firm and its consultants alone (S17), what they gave
for an order serves the order (S49): neither leaves for another's own ends.
"""

from collections.abc import Collection

from crm.enums import Destination, ExportReason
from crm.models import ContactExport, ContactPoint
from privacy import consent, suppression
from privacy.suppression import Point

# Who may use a file for ends of their own, unless it is work that we ask of them.
OTHERS = (Destination.CLIENT, Destination.SUPPLIER)


def is_for_others(export: ContactExport) -> bool:
    """Whether the holder would write to these people as themselves."""
    return export.destination == Destination.PARTNER or (
        export.destination in OTHERS and export.reason != ExportReason.SERVICE
    )


def kept_back(export: ContactExport, pks: Collection[int]) -> set[int]:
    """The contact points of these people, by primary key, that do not leave with this export."""
    if not is_for_others(export):
        return set()
    given = consent.subscribed(pks)
    rows = ContactPoint.objects.filter(contact__in=pks)
    return {
        row.pk
        for row in rows.only("pk", "contact_id", "kind", "value", "given_for")
        if row.given_for
        or given.get(row.contact_id, set()).intersection(
            suppression.locks(Point(row.kind, row.value))
        )
    }
