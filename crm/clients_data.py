"""Whose data the work for an organisation, or one engagement, is: the firm's own, or a client's.

It decides the way of people's requests (S145; DESIGN 16).
"""

from datetime import date
from typing import Any

from crm.models import Engagement, Organisation
from privacy import parties
from privacy.enums import FirmRole, HoldScope


def name_role(
    scope: Organisation | Engagement,
    *,
    role: str,
    controller: str = "",
    kinds: list[str],
    since: date,
    may_be_named: bool = False,
    contact: str = "",
    by: Any,
) -> None:
    """Say in which role the firm holds these people's data; the client is the organisation."""
    is_firm = isinstance(scope, Organisation)
    firm = scope if isinstance(scope, Organisation) else scope.organisation
    parties.act_as(
        HoldScope.ORGANISATION if is_firm else HoldScope.ENGAGEMENT,
        scope.uuid,
        role=FirmRole(role),
        controller=controller or (firm.name if firm is not None else ""),
        kinds=kinds,
        since=since,
        may_be_named=may_be_named,
        contact=contact,
        by=by,
    )
