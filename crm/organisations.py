"""Organisations by name: one row however its name is spaced, cased or accented."""

from collections.abc import Collection
from typing import Any

from crm.models import Organisation
from crm.names import name_key


def find_or_create(names: Collection[str], *, by: Any) -> dict[str, Organisation]:
    """The organisations of these names by `name_key`; the oldest row of a name is the one."""
    spelt = {name_key(name): name for name in reversed(list(names)) if name_key(name)}
    known = Organisation.objects.filter(name_key__in=spelt).order_by("-pk")
    found = {organisation.name_key: organisation for organisation in known}
    missing = [
        Organisation(name=name, name_key=key) for key, name in spelt.items() if key not in found
    ]
    Organisation.objects.bulk_create(missing)
    Organisation.history.bulk_history_create(missing, default_user=by)
    return found | {organisation.name_key: organisation for organisation in missing}
