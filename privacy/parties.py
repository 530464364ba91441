"""The firm: whether its office is invented or real, and the legal entities it consists of."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import journal
from privacy.errors import OfficeRefused, PrivacyError
from privacy.models import LegalEntity, Office


def invented_at() -> datetime | None:
    """When the invented office was built; None where there is none, or a real one now."""
    office = Office.objects.filter(opened_at__isnull=True).first()
    return office.invented_at if office else None


def companies() -> list[LegalEntity]:
    """The companies of the group, the first that was entered first (S2)."""
    return list(LegalEntity.objects.order_by("pk"))


def company(named: LegalEntity | None = None) -> LegalEntity | None:
    """The company that is meant: the one named, or the only one; None before any is entered.

    Refused where there are several and none is named: what is agreed with one company is not
    agreed with another (S2).
    """
    if named is not None:
        return named
    found = companies()
    if len(found) > 1:
        raise PrivacyError(_("Say which company of the firm it is about; there are several."))
    return found[0] if found else None


def speaker() -> LegalEntity | None:
    """The company in whose name the public pages ask: the first that was entered."""
    return LegalEntity.objects.order_by("pk").first()


def is_open() -> bool:
    """Whether a real office works here."""
    return Office.objects.filter(opened_at__isnull=False).exists()


def note_invented() -> None:
    """Everybody who is on file now was invented."""
    Office.objects.update_or_create(id=1, defaults={"invented_at": timezone.now()})


@transaction.atomic
def open_office(
    *, entities: Iterable[LegalEntity], privacy_contact: str, by: Any = None
) -> Office:
    """Begin the real office with these legal entities; refused where it has begun already."""
    if is_open():
        raise OfficeRefused(_("This office has begun already."))
    for entity in entities:
        entity.full_clean()
        entity.save()
    office, _made = Office.objects.get_or_create(id=1)
    office.opened_at, office.privacy_contact = timezone.now(), privacy_contact
    office.full_clean()
    office.save()
    journal.record(
        "office.open", by=by, on=office, facts={"entities": LegalEntity.objects.count()}
    )
    return office
