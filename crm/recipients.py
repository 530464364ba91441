"""Organisations that receive data of people: by name, class and country (S36, S83, S88, S89)."""

from django.utils import timezone

from crm import supplier_reviews
from crm.models import Organisation
from privacy.disclosures import Recipient


def of(firm: Organisation, *, kind: str) -> Recipient:
    """The organisation as a recipient of this class; ReviewRefused for an unreviewed supplier."""
    if kind in supplier_reviews.DESTINATIONS:
        supplier_reviews.refuse_unreviewed(firm, on=timezone.localdate())
    return Recipient(firm.name, kind, firm.country, firm.uuid)
