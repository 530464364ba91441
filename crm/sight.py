"""Whom an operator sees: their own team's people, or everybody's; nobody who is restricted."""

from typing import Any

from django.db.models import Q, QuerySet

from privacy import restriction


def seen_by(user: Any, people: QuerySet, *, path: str = "") -> QuerySet:
    """Narrow rows to the people of the user's own team, unless they may see everybody's.

    Rows about people, at whom `path` leads, are hidden while their processing is restricted.
    """
    if path:
        people = people.exclude(restriction.of_row(f"{path}pk"))
    if user.has_perm("crm.view_all_contacts"):
        return people
    mine = Q(**{f"{path}owner": user.pk})
    if user.team_id:
        mine |= Q(**{f"{path}team": user.team_id})
    return people.filter(mine)
