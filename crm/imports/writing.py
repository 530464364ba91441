"""Writing what the rows of a part bring, set by set, and saying what was written.

The people of a part are entered through the one door (`crm.contacts`); what is said here is what
an undo needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model

from crm import contacts, dealings, organisations
from crm.contacts import Entry, SourceFacts
from crm.enums import Channel, ImportedTable
from crm.imports.known import Known
from crm.models import Contact, ContactPoint, Demographics, PostalAddress, Role
from crm.names import name_key


@dataclass(frozen=True, slots=True)
class Written:
    """One thing that was written about a person: a row, or one column of a row."""

    contact: int
    table: ImportedTable
    row: int
    column: str = ""
    before: str = ""
    after: str = ""


def create(made: Sequence[Known], *, source: SourceFacts, by: Any) -> list[Written]:
    """Enter these people; from now on they have a number."""
    if not made:
        return []
    people = contacts.write(
        [known.entry for known in made], source=source, by=by, came_by=Channel.IMPORT
    )
    for known, person in zip(made, people, strict=True):
        known.pk = person.pk
        # From now on an entry holds what is yet to be stored.
        known.entry.points = []
    written = [Written(person.pk, ImportedTable.CONTACT, person.pk) for person in people]
    more = {known.pk: known for known in made if known.pk is not None and known.new_roles}
    return written + update(more, by=by)


def update(changed: Mapping[int, Known], *, by: Any) -> list[Written]:
    """Add to these people, by primary key, what the file knows more of them."""
    if not changed:
        return []
    written: list[Written] = []
    people = list(Contact.objects.select_for_update().filter(pk__in=changed).order_by("pk"))
    firms = organisations.find_or_create(
        [new.organisation for known in changed.values() for new in known.new_roles], by=by
    )
    addresses = PostalAddress.objects.filter(contact__in=changed)
    housed = set(addresses.values_list("contact", flat=True))
    births = {row.contact_id: row for row in Demographics.objects.filter(contact__in=changed)}
    moved, born_anew = [], []
    added: dict[type[Model], list[Any]] = {
        model: [] for model in (ContactPoint, Role, PostalAddress, Demographics)
    }
    for person in people:
        entry = changed[person.pk].entry
        if filled := _fill(person, entry):
            moved.append(person)
            written += filled
        added[ContactPoint] += contacts.points_of(person, entry, Channel.IMPORT)
        added[Role] += [
            Role(
                contact_id=person.pk,
                kind=new.role,
                organisation=firms.get(name_key(new.organisation)),
                job_title=new.job_title,
            )
            for new in changed[person.pk].new_roles
        ]
        if entry.address and person.pk not in housed:
            added[PostalAddress].append(PostalAddress(contact=person, **entry.address))
        birth = births.get(person.pk)
        if entry.born_on and birth is None:
            added[Demographics].append(Demographics(contact=person, date_of_birth=entry.born_on))
        elif birth is not None and not birth.date_of_birth_declined and _differs(birth, entry):
            written.append(_rewritten(birth, entry.born_on))
            birth.date_of_birth = entry.born_on
            born_anew.append(birth)
        entry.points, changed[person.pk].new_roles = [], []
    contacts.change(moved, by=by)
    contacts.change_births(born_anew, by=by)
    for model, rows in added.items():
        contacts.create_rows(model, rows, by=by)
        table = ImportedTable(model._meta.label_lower)
        written += [Written(row.contact_id, table, row.pk) for row in rows]
    contacts.index(changed)
    dealings.refresh(changed)
    return written


def _fill(person: Contact, entry: Entry) -> list[Written]:
    """Give the person what the entry says; returns what differed."""
    wanted = {name: getattr(entry.names, name) for name in contacts.NAMES}
    wanted |= {"language": entry.language, "residence_country": entry.country}
    found = []
    for name, value in wanted.items():
        if (before := getattr(person, name)) != value:
            setattr(person, name, value)
            table = ImportedTable.CONTACT
            found.append(Written(person.pk, table, person.pk, name, before, value))
    return found


def _differs(birth: Demographics, entry: Entry) -> bool:
    return birth.date_of_birth != entry.born_on


def _rewritten(birth: Demographics, day: date | None) -> Written:
    before, after = (str(value or "") for value in (birth.date_of_birth, day))
    table = ImportedTable.DEMOGRAPHICS
    return Written(birth.contact_id, table, birth.pk, "date_of_birth", before, after)
