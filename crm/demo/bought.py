"""A list that was bought from a broker, through the steps of an import like any other."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.core.files.base import ContentFile
from django.utils import timezone

from crm import organisations, supplier_reviews
from crm.demo import names, reserved
from crm.demo.people import word
from crm.enums import ReviewOutcome, RoleKind, SourceType
from crm.imports import intake, steps, work
from crm.imports.work import Office
from crm.models import Contact, ImportBatch, Organisation
from privacy.enums import Basis

SIZE = 18
HEADER = (
    "Given Name,Family Name,E-mail,Telephone,Company,Job Title,Country,Birthday,Do Not Contact,"
    "Religion,Spouse"
)
# A tenth of a list is never good: nobody's name, no address, a child, a broken line.
TRAPS = (
    ",,nobody@example.com,,,,HK",
    "Una,Reachable,,,Example Deccan Textiles,,IN",
    "Rob,Broken,rob.broken-at-example,,,,GB",
    "Vera,Anywhere,vera@example.com,,,,Atlantis",
)


def write(
    *, first: int, known: Sequence[Contact], gone: str, on: date, by: Any, second: Any
) -> ImportBatch:
    """Upload, check, confirm by a second person, import; some rows are handed back."""
    supplier = _reviewed("Example Lists Ltd", ReviewOutcome.PASSED, by=second)
    _reviewed("Example Addresses Ltd", ReviewOutcome.FAILED, by=second)
    batch = intake.upload(
        by=by,
        file=ContentFile("\n".join(_lines(first, known, gone, on)).encode(), name="list.csv"),
        source_type=SourceType.BROKER,
        source_detail="list of the spring",
        supplier=supplier,
        obtained_on=on - timedelta(days=20),
        role=RoleKind.PROSPECT,
        basis=Basis.LEGITIMATE_INTERESTS,
        notice="demo 2",
        evidence="contract 12, invented",
        expires_on=on + relativedelta(years=10),
    )
    office = Office(dispose=lambda people, by: (), held=lambda people: ())
    steps.check(batch, by=by)
    work.do(str(batch.uuid), office=office)
    batch.refresh_from_db()
    steps.confirm(batch, by=second)
    work.do(str(batch.uuid), office=office)
    batch.refresh_from_db()
    return batch


def _reviewed(name: str, pdpo: ReviewOutcome, *, by: Any) -> Organisation:
    """A supplier of data, reviewed today: the doors of an import know no other day."""
    (firm,) = organisations.find_or_create([name], by=by).values()
    today = timezone.localdate()
    supplier_reviews.review(
        firm,
        gdpr=ReviewOutcome.PASSED,
        pdpo=pdpo,
        evidence="shelf 9, invented",
        reviewed_on=today,
        next_due_on=today + relativedelta(years=1),
        by=by,
    )
    return firm


def _lines(first: int, known: Sequence[Contact], gone: str, on: date) -> Iterable[str]:
    yield HEADER
    for n in range(first, first + SIZE):
        yield _line(n)
    one, other = (person.points.all()[0].value for person in known)
    name = f"{known[1].latin_given_name},{known[1].latin_family_name}"
    # The same address under another name; and one who is known, with more than we had.
    yield f"Known,Already,{one},,,,HK"
    yield f"{name},{other},{reserved.telephone(890)},Example Branch 7,,,1980-02-29"
    yield f"Was,Forgotten,{gone},,,,HK"
    yield f"Kim,Young,kim@example.com,,,,HK,{on.year - 12}-05-01"
    yield from TRAPS


def _line(n: int) -> str:
    named = names.person(n)
    name = named.names
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(
        (
            name.latin_given_name or name.native_given_name,
            name.latin_family_name or name.native_family_name,
            reserved.mailbox(word(named), n),
            reserved.telephone(n, named.country),
            f"Example Branch {n % 5}",
            "Buyer" if n % 2 else "Director",
            named.country,
            "",
            "yes" if n % 6 == 0 else "",
        )
    )
    return out.getvalue()
