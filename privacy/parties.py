"""The firm: whether its office is invented or real, and the legal entities it consists of."""

import uuid
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy import journal, subjects
from privacy.enums import FirmRole, HoldScope, Kind
from privacy.errors import OfficeRefused, PrivacyError
from privacy.models import LegalEntity, Office, RoleOfFirm


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


@transaction.atomic
def act_as(
    scope: HoldScope,
    scope_reference: uuid.UUID,
    *,
    role: FirmRole,
    controller: str,
    kinds: Iterable[str],
    since: date,
    may_be_named: bool = False,
    contact: str = "",
    by: Any,
) -> RoleOfFirm | None:
    """Say in which role the firm holds the data of an organisation or engagement (S145).

    One role at a time: an earlier one ends the day before. As a controller of its own the firm
    needs no entry. Refused for one person, without a kind of data, and for a processor without
    the mailbox to which requests are forwarded.
    """
    scope, role = HoldScope(scope), FirmRole(role)
    if scope == HoldScope.PERSON:
        raise PrivacyError(_("A role is that of an organisation or engagement."))
    said = sorted({str(Kind(one)) for one in kinds})
    if role != FirmRole.CONTROLLER and not (controller.strip() and said):
        raise PrivacyError(_("Name the client and the kinds of data."))
    if role == FirmRole.PROCESSOR and not contact:
        raise PrivacyError(_("Requests are forwarded: say to which mailbox of the client."))
    ever = RoleOfFirm.objects.select_for_update().filter(
        scope=scope, scope_reference=scope_reference
    )
    # Evaluated whole, so that every row is locked.
    if any(old.since >= since or (old.until and old.until >= since) for old in ever):
        raise PrivacyError(_("The role before it began on that day or later; take a later."))
    ever.filter(until__isnull=True).update(until=since - timedelta(days=1))
    facts = {"role": str(role), "scope": str(scope)}
    if role == FirmRole.CONTROLLER:
        journal.record("role.name", by=by, reference=str(scope_reference), facts=facts)
        return None
    made = RoleOfFirm(
        scope=scope,
        scope_reference=scope_reference,
        role=role,
        controller=controller.strip(),
        may_be_named=may_be_named,
        contact=contact,
        kinds=said,
        since=since,
    )
    made.full_clean()
    made.save()
    journal.record("role.name", by=by, on=made, facts=facts)
    return made


def roles_in_force(*, on: date) -> QuerySet[RoleOfFirm]:
    """Where the firm is a processor or joint controller on this day."""
    return RoleOfFirm.objects.filter(Q(until__isnull=True) | Q(until__gte=on), since__lte=on)


def roles_for(
    subject_pks: Collection[int], *, on: date | None = None
) -> dict[int, list[RoleOfFirm]]:
    """For whom of these people the firm works as a processor or with others; none: as controller.

    It decides the way of their requests: a processor forwards them (Art. 28(3)(e); DESIGN 16).
    """
    found: dict[int, list[RoleOfFirm]] = {pk: [] for pk in subject_pks}
    adapter = subjects.adapter()
    for role in roles_in_force(on=on or timezone.localdate()).order_by("pk"):
        covered = set(adapter.in_scope(HoldScope(role.scope), role.scope_reference))
        for pk in covered & found.keys():
            found[pk].append(role)
    return found


def is_open() -> bool:
    """Whether a real office works here."""
    return Office.objects.filter(opened_at__isnull=False).exists()


def note_invented() -> None:
    """Everybody who is on file now was invented."""
    Office.objects.update_or_create(id=1, defaults={"invented_at": timezone.now()})


@transaction.atomic
def invent(*, entities: Iterable[LegalEntity], privacy_contact: str) -> Office:
    """Give an invented office its companies and its privacy mailbox; refused in a real one."""
    if is_open():
        raise OfficeRefused(_("This office has begun already."))
    return _enter(entities, privacy_contact)


@transaction.atomic
def open_office(
    *, entities: Iterable[LegalEntity], privacy_contact: str, by: Any = None
) -> Office:
    """Begin the real office with these legal entities; refused where it has begun already."""
    if is_open():
        raise OfficeRefused(_("This office has begun already."))
    office = _enter(entities, privacy_contact)
    office.opened_at = timezone.now()
    office.save()
    journal.record(
        "office.open", by=by, on=office, facts={"entities": LegalEntity.objects.count()}
    )
    return office


def _enter(entities: Iterable[LegalEntity], privacy_contact: str) -> Office:
    for entity in entities:
        entity.full_clean()
        entity.save()
    office, _made = Office.objects.get_or_create(id=1)
    office.privacy_contact = privacy_contact
    office.full_clean()
    office.save()
    return office
