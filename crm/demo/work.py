"""Invented work: enquiries, consultations and contracts, open and closed, with invoices."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from crm import contacts
from crm.demo import people
from crm.demo.lives import Life
from crm.enums import EngagementState
from crm.models import Contact, Engagement, InvoiceReference, Organisation, Participation

TITLES = ("Review of a process", "Market study", "Training", "Audit of a system", "Relocation")
CHINESE_TITLES = ("流程檢討", "市場調查", "員工培訓", "系統審核", "搬遷計劃")
PARTS = ("lead contact", "sponsor", "", "reviewer")
Works = dict[int, Engagement]


def write(pairs: people.Pairs, firms: Sequence[Organisation], *, on: date, by: Any) -> Works:
    """An engagement of each person who has one; some share theirs. By the person's number."""
    works = {life.n: _work(life, firms) for life, _person in pairs if life.group.state is not None}
    contacts.create_rows(Engagement, works.values(), by=by)
    parts = list(_parts(pairs, works))
    Participation.objects.bulk_create(parts)
    InvoiceReference.objects.bulk_create(
        invoice
        for life, person in pairs
        if life.group.state == EngagementState.CONTRACT
        for invoice in _invoices(life, person, works[life.n], on)
    )
    return works


def _work(life: Life, firms: Sequence[Organisation]) -> Engagement:
    titles = CHINESE_TITLES if life.is_chinese else TITLES
    return Engagement(
        code=f"demo-{life.n:03d}",
        title=titles[life.n * 3 % len(titles)],
        organisation=people.firm_of(life, firms),
        state=life.group.state,
        opened_on=min(life.met_on + timedelta(days=7), life.last_on),
        closed_on=None if life.is_open else life.last_on,
    )


def _parts(pairs: people.Pairs, works: Works) -> Iterable[Participation]:
    """Every third open engagement has a second person, the next whose work is open too."""
    before: Engagement | None = None
    for life, person in pairs:
        if life.n not in works:
            continue
        part = PARTS[life.n % len(PARTS)]
        yield Participation(engagement=works[life.n], contact=person, part=part)
        if before is not None and life.is_open:
            yield Participation(engagement=before, contact=person)
            before = None
        elif life.is_open and life.n % 3 == 0:
            before = works[life.n]


def _invoices(
    life: Life, person: Contact, work: Engagement, on: date
) -> Iterable[InvoiceReference]:
    """At its end; of long work also at its beginning, before the seven years of the statutes."""
    days = [life.last_on]
    if on - life.met_on > timedelta(days=8 * 365 + 60) and life.is_open:
        days.append(life.met_on + timedelta(days=40))
    for number, day in enumerate(days, 1):
        yield InvoiceReference(
            engagement=work,
            contact=person,
            number=f"{work.code}-{number}",
            billed_to=person.latin_name or person.native_name,
            issued_on=day,
        )
