"""The office's list of tags: short words, none of which says what no list may say of people."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.errors import EntryRefused
from crm.models import Tag
from privacy import journal, quarantine

LONGEST = 40


@transaction.atomic
def add(name: str, *, by: Any) -> Tag:
    """Add a word to the list; refused where it is there, or tells of health, belief and the like.

    A tag on a person says that it is so of them: sensitive data are no tag (S25).
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST:
        raise EntryRefused(_("Give the tag a name of at most 40 characters."))
    if quarantine.seems_sensitive(name):
        raise EntryRefused(_("A tag says nothing of health, belief, origin and the like (S25)."))
    if Tag.objects.filter(name__iexact=name).exists():
        raise EntryRefused(_("There is a tag of this name already."))
    tag = Tag.objects.create(name=name)
    journal.record("tag.add", by=by, on=None, facts={"number": tag.pk})
    return tag


@transaction.atomic
def remove(tag: Tag, *, by: Any) -> None:
    """Take a word from the list, and from everybody who has it."""
    number = tag.pk
    tag.people.all().delete()
    tag.delete()
    journal.record("tag.remove", by=by, on=None, facts={"number": number})
