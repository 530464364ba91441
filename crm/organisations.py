"""Organisations: one row however its name is spaced, cased or accented, and who acts for it."""

from collections.abc import Collection
from typing import Any

from django.db.models import F
from django.utils import timezone

from crm import history
from crm.models import Contact, Organisation, Role
from crm.names import name_key
from crm.sight import seen_by
from privacy import masking


def find_or_create(names: Collection[str], *, by: Any) -> dict[str, Organisation]:
    """The organisations of these names by `name_key`; the oldest row of a name is the one."""
    spelt = {name_key(name): name for name in reversed(list(names)) if name_key(name)}
    known = Organisation.objects.filter(name_key__in=spelt).order_by("-pk")
    found = {organisation.name_key: organisation for organisation in known}
    missing = [
        Organisation(name=name, name_key=key) for key, name in spelt.items() if key not in found
    ]
    Organisation.objects.bulk_create(missing)
    history.add(Organisation, [organisation.pk for organisation in missing], by=by)
    return found | {organisation.name_key: organisation for organisation in missing}


# People on an organisation's page; the list of people has all of them.
SHOWN = 50


def people_of(firm: Organisation, *, user: Any) -> tuple[list[Role], bool]:
    """Roles here of whom the user may see, the current ones first; and whether there are more."""
    usable = seen_by(user, Contact.objects.usable())
    roles = Role.objects.filter(organisation=firm, contact__in=usable)
    roles = roles.select_related("contact", "contact__owner")
    latest = F("ended_on").desc(nulls_first=True)
    found = list(masking.for_user(user, roles).order_by(latest, "-started_on", "pk")[: SHOWN + 1])
    today = timezone.localdate()
    for role in found:
        role.is_past = role.ended_on is not None and role.ended_on < today
    return found[:SHOWN], len(found) > SHOWN
