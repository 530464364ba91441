"""Saved views: the filters of a list under a name, for whoever saved them, as an address to share.

What was typed into the search box is never part of one: it may be somebody's name (DESIGN 17).
"""

import re
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from crm.errors import EntryRefused
from crm.models import SavedView

# The search box, the page number, and what the console passes along of its own.
NEVER = {"q", "p", "e", "all", "_popup", "_to_field", "_changelist_filters"}
# How the address of a chosen filter ends, and what a choice looks like.
ENDS = ("", "__exact", "__id__exact", "__isnull")
VALUE = re.compile(r"[\w.,:-]{0,40}")
MOST = 20


@transaction.atomic
def save(*, name: str, listing: str, query: str, allowed: Collection[str], by: Any) -> SavedView:
    """Save these filters under a name; the same name again replaces them.

    Refused without a filter, with a name of nothing, and beyond twenty views of one list.
    """
    name, filters = " ".join(name.split()), clean(query, allowed)
    if not name or len(name) > SavedView.LONGEST_NAME:
        raise EntryRefused(_("Give the view a name of at most 40 characters."))
    if not filters:
        raise EntryRefused(_("Choose a filter or an order first; a search is not saved."))
    mine = of(by, listing)
    if mine.exclude(name=name).count() >= MOST:
        raise EntryRefused(_("You have twenty views of this list; remove one first."))
    view, _made = SavedView.objects.update_or_create(
        user=by, listing=listing, name=name, defaults={"query": filters}
    )
    return view


def remove(view: SavedView, *, by: Any) -> None:
    """Remove one's own view; refused for anybody else's."""
    if view.user_id != by.pk:
        raise EntryRefused(_("This view is somebody else's."))
    view.delete()


def of(user: Any, listing: str) -> QuerySet[SavedView]:
    """The views that this user saved of a list."""
    return SavedView.objects.filter(user=user.pk, listing=listing)


def clean(query: str, allowed: Collection[str]) -> str:
    """The filters and the order among these parameters, sorted; everything else is dropped."""
    asked = QueryDict(query)
    kept = QueryDict(mutable=True)
    for name in sorted(set(asked) - NEVER):
        is_known = name == "o" or any(name == one + end for one in allowed for end in ENDS)
        if is_known and all(VALUE.fullmatch(value) for value in asked.getlist(name)):
            kept.setlist(name, asked.getlist(name))
    text = kept.urlencode()
    return text if len(text) <= SavedView.LONGEST_QUERY else ""
