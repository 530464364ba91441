"""People as the database knows them or an earlier row of the file brought them, to compare with.

A part of a file asks for all of its people at once. What a check has entered and taken back is
packed until the file speaks of the same person again, so that a long file needs little memory.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass, field
from datetime import date
from uuid import UUID

from crm.contacts import NAMES, Entry
from crm.models import Contact, ContactPoint, Demographics, PostalAddress, Role
from crm.names import Names, name_key
from privacy import restriction

Form = tuple[str, str]
# Stands for an address that is stored: it is asked whether there is one, never which.
STORED = {"lines": "stored"}


@dataclass(slots=True)
class Known:
    """A person as stored, or as an earlier row of this file will store them."""

    entry: Entry
    pk: int | None = None
    uuid: UUID | None = None
    is_new: bool = False
    forms: set[Form] = field(default_factory=set)
    roles: set[tuple[str, str]] = field(default_factory=set)
    new_roles: list[Entry] = field(default_factory=list)
    # A row of this part wrote, or will write, something of theirs.
    is_touched: bool = False
    # Processing is restricted: what is stored stays as it is (Art. 18).
    is_restricted: bool = False


def fetch(
    forms: Collection[str], *, but: Collection[int], references: Collection[UUID] = ()
) -> list[Known]:
    """The living people who have one of these forms or references, one statement a table."""
    reached = ContactPoint.objects.filter(
        normal_form__in=forms, contact__disposed_at__isnull=True
    ).values_list("contact", flat=True)
    called = Contact.objects.living().filter(uuid__in=references) if references else None
    pks = {*reached, *(called.values_list("pk", flat=True) if called else ())} - set(but)
    if not pks:
        return []
    people = Contact.objects.filter(pk__in=pks)
    found = {
        pk: Known(
            entry=Entry(names=Names(*names), language=language, country=country or ""),
            pk=pk,
            uuid=uuid,
        )
        for pk, uuid, language, country, *names in people.values_list(
            "pk", "uuid", "language", "residence_country", *NAMES
        ).order_by("pk")
    }
    for pk, kind, form in _rows(ContactPoint, pks, "kind", "normal_form"):
        found[pk].forms.add((kind, form))
    for pk, kind, firm in _rows(Role, pks, "kind", "organisation__name"):
        found[pk].roles.add((kind, name_key(firm or "")))
    for (pk,) in _rows(PostalAddress, pks):
        found[pk].entry.address = STORED
    for pk, born_on in _rows(Demographics, pks, "date_of_birth"):
        found[pk].entry.born_on = born_on
    for pk in restriction.restricted(pks):
        found[pk].is_restricted = True
    return list(found.values())


def _rows(model: type, pks: Collection[int], *columns: str) -> Iterable[tuple]:
    rows = model.objects.filter(contact__in=pks)  # type: ignore[attr-defined]
    return rows.values_list("contact", *columns)


class Imagined:
    """People whom a check changed or entered, and took back; packed, by their points."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        # By a hash of the point alone: the points themselves stand in what is packed.
        self._places: dict[int, int | tuple[int, ...]] = {}
        self._of: dict[int, int] = {}

    def keep(self, people: Iterable[Known]) -> None:
        """Pack these people, over what was packed of them before."""
        for known in people:
            place = self._of.pop(id(known), len(self._packed))
            if place == len(self._packed):
                self._packed.append(b"")
            self._packed[place] = _pack(known)
            for form in known.forms:
                at, before = hash(form), self._places.get(hash(form))
                if before is None:
                    self._places[at] = place
                elif isinstance(before, tuple):
                    self._places[at] = tuple({*before, place})
                elif before != place:
                    self._places[at] = (before, place)
        self._of = {}

    def meet(self, forms: Iterable[Form]) -> list[Known]:
        """Those of them who have one of these points."""
        wanted = set(forms)
        places: set[int] = set()
        for form in wanted:
            if (found := self._places.get(hash(form))) is not None:
                places.update(found if isinstance(found, tuple) else (found,))
        people = []
        for place in sorted(places):
            known = _unpacked(self._packed[place])
            if known.forms & wanted:
                self._of[id(known)] = place
                people.append(known)
        return people


def _pack(known: Known) -> bytes:
    entry = known.entry
    born_on = entry.born_on.isoformat() if entry.born_on else ""
    facts = (
        known.pk, known.is_new, astuple(entry.names), entry.language, entry.country, born_on,
        bool(entry.address), list(known.forms), list(known.roles),
    )  # fmt: skip
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


def _unpacked(packed: bytes) -> Known:
    pk, is_new, names, language, country, born_on, is_housed, forms, roles = json.loads(packed)
    entry = Entry(
        names=Names(*names),
        language=language,
        country=country,
        born_on=date.fromisoformat(born_on) if born_on else None,
        address=STORED if is_housed else {},
    )
    return Known(
        entry=entry,
        pk=pk,
        is_new=is_new,
        forms={(kind, form) for kind, form in forms},
        roles={(kind, firm) for kind, firm in roles},
    )
