"""One change of many people: who is left out, and why, is said for each of them.

Safe verbs alone: an owner, a tag, a language. People are locked, asked again and changed in sets;
whoever may not be seen, was disposed of or is restricted stays as they are, and the others change.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm import history
from crm.enums import MassVerb, SkipReason
from crm.errors import EntryRefused
from crm.models import Contact, ContactTag, Tag
from crm.sight import seen_by
from privacy import journal

MOST = 5_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many were changed, and who was not, by primary key, with the reason."""

    changed: int = 0
    skipped: dict[int, SkipReason] = field(default_factory=dict)


@transaction.atomic
def change(
    people: QuerySet[Contact],
    *,
    verb: MassVerb,
    by: Any,
    owner: Any = None,
    tag: Tag | None = None,
    language: str = "",
) -> Outcome:
    """Do one thing to all of these people who can be changed; refused for more than 5,000."""
    asked = list(people.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if len(asked) > MOST:
        raise EntryRefused(_("Choose at most 5,000 people at a time; use a filter."))
    skipped = _who_stays(asked, by=by)
    able = [pk for pk in asked if pk not in skipped]
    match verb:
        case MassVerb.OWNER:
            so = Contact.objects.filter(pk__in=able, owner=owner)
        case MassVerb.LANGUAGE:
            so = Contact.objects.filter(pk__in=able, language=language)
        case MassVerb.TAG:
            so = Contact.objects.filter(pk__in=able, tags__tag=tag)
        case MassVerb.UNTAG:
            so = Contact.objects.filter(pk__in=able).exclude(tags__tag=tag)
    already = set(so.values_list("pk", flat=True))
    skipped |= dict.fromkeys(already, SkipReason.ALREADY)
    changing = [pk for pk in able if pk not in already]
    _act(changing, verb=verb, by=by, owner=owner, tag=tag, language=language)
    facts = {"verb": str(verb), "changed": len(changing), "skipped": len(skipped)}
    journal.record("contact.mass_edit", by=by, facts=facts)
    return Outcome(len(changing), skipped)


def _who_stays(asked: Iterable[int], *, by: Any) -> dict[int, SkipReason]:
    rows = Contact.objects.filter(pk__in=asked).order_by("pk")
    there = set(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
    usable = set(Contact.objects.usable().filter(pk__in=there).values_list("pk", flat=True))
    seen = set(seen_by(by, Contact.objects.filter(pk__in=there)).values_list("pk", flat=True))
    stays = dict.fromkeys(there - usable, SkipReason.NOT_USABLE)
    return stays | dict.fromkeys(there - seen, SkipReason.NOT_SEEN)


def _act(
    pks: list[int], *, verb: MassVerb, by: Any, owner: Any, tag: Tag | None, language: str
) -> None:
    match verb:
        case MassVerb.TAG:
            ContactTag.objects.bulk_create(
                [ContactTag(contact_id=pk, tag=tag, tagged_by=by) for pk in pks],
                ignore_conflicts=True,
                batch_size=500,
            )
        case MassVerb.UNTAG:
            ContactTag.objects.filter(contact__in=pks, tag=tag).delete()
        case MassVerb.OWNER:
            Contact.objects.filter(pk__in=pks).update(owner=owner)
            history.add(Contact, pks, by=by, kind="~")
        case MassVerb.LANGUAGE:
            Contact.objects.filter(pk__in=pks).update(language=language)
            history.add(Contact, pks, by=by, kind="~")
