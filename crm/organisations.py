"""Organisations: one row however its name is spaced, cased or accented, and who acts for it."""

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import history
from crm.errors import EntryRefused
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


def named(text: str) -> Organisation:
    """The one organisation of this name or reference; refused for none and for several."""
    said = text.strip()
    try:
        found = Organisation.objects.filter(uuid=uuid.UUID(said))
    except ValueError:
        found = Organisation.objects.filter(name_key=name_key(said))
    firms = list(found[:2])
    if not firms:
        raise EntryRefused(_("No organisation is called so; enter it first."))
    if len(firms) > 1:
        raise EntryRefused(_("Several are called so; give the reference instead."))
    return firms[0]


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
