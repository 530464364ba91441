"""Whom an operator sees: the people of their own team, unless they may see everybody's."""

from typing import Any

from django.db.models import Q, QuerySet


def seen_by(user: Any, people: QuerySet, *, path: str = "") -> QuerySet:
    """Narrow rows to the people of the user's own team, unless they may see everybody's."""
    if user.has_perm("crm.view_all_contacts"):
        return people
    mine = Q(**{f"{path}owner": user.pk})
    if user.team_id:
        mine |= Q(**{f"{path}team": user.team_id})
    return people.filter(mine)
