"""The columns of the two rows: what an operator chooses between, and what comes of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from crm import contacts
from crm.errors import MergeRefused
from crm.models import Contact

# What the two may differ in and an operator chooses between.
CHOICES = (*contacts.NAMES, "language", "residence_country", "owner", "team")
BLANK_NAMES = dict.fromkeys(contacts.NAMES, "")
BLANK_SOURCE = {"detail": "", "recommender": ""}


def values(person: Contact) -> dict[str, Any]:
    """What the row holds and a merge blanks or changes."""
    columns = (*contacts.NAMES, "language", "residence_country", "owner_id", "team_id")
    return {name: getattr(person, name) for name in columns}


def differing(kept: Contact, gone: Contact) -> dict[str, tuple[Any, Any]]:
    """The columns in which they differ, with the value of each."""
    pairs = {name: (getattr(kept, name), getattr(gone, name)) for name in CHOICES}
    return {name: (one, other) for name, (one, other) in pairs.items() if one != other}


def choose(
    kept: Contact, gone: Contact, choices: Mapping[str, str], *, by: Any
) -> dict[str, list[Any]]:
    """Give the kept what was chosen; returns column -> value before and after."""
    if unknown := sorted(set(choices) - set(CHOICES)):
        raise MergeRefused(_("This cannot be chosen in a merge: %s.") % ", ".join(unknown))
    old = values(kept)
    for name in CHOICES:
        if choices.get(name) == "gone" or not getattr(kept, name):
            setattr(kept, name, getattr(gone, name))
    if not any(getattr(kept, name) for name in contacts.NAMES):
        raise MergeRefused(_("A person needs at least one name."))
    new = values(kept)
    changed = {name: [old[name], new[name]] for name in old if old[name] != new[name]}
    if changed:
        _save(kept, changed, by=by)
    return changed


def line_of(kept: Contact) -> int | None:
    """The newest line of this person's history: after `choose`, the one that it wrote."""
    lines = Contact.history.filter(id=kept.pk).order_by("-history_id")
    return lines.values_list("history_id", flat=True).first()


def unwrite(
    kept: Contact, changed: Mapping[str, list[Any]], lines: Iterable[int | None], *, at: Any
) -> None:
    """Leave nothing of the other's values in the history of the kept: it never was theirs.

    The merge's own lines go, as a merge that was undone is no work on the record; in later ones
    the kept one's own values stand again.
    """
    Contact.history.filter(history_id__in=[one for one in lines if one], id=kept.pk).delete()
    since = Contact.history.filter(id=kept.pk, history_date__gte=at)
    for name, (old, new) in changed.items():
        since.filter(**{name: new}).update(**{name: old})


def unchoose(kept: Contact, changed: Mapping[str, list[Any]], *, by: Any) -> int | None:
    """Give the kept its own values back, but for what was changed again since.

    Returns the line of history that says so, if there is one.
    """
    back = [name for name, (_old, new) in changed.items() if getattr(kept, name) == new]
    for name in back:
        setattr(kept, name, changed[name][0])
    if back and any(getattr(kept, name) for name in contacts.NAMES):
        _save(kept, back, by=by)
        return line_of(kept)
    return None


def _save(person: Any, columns: Iterable[str], *, by: Any) -> None:
    """Store these columns, with a line of history."""
    person._history_user = by
    person.save(update_fields=sorted(columns))
