"""An invented office: deterministic people over ten years, for looking at, never for work.

Every address is under example.com and every number in a range reserved for fiction. Only the
pass-phrases are random, and they are returned once.
"""

import secrets
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from crm import contacts, dealings
from crm.contacts import Entry, SourceFacts
from crm.enums import Channel, Direction, EngagementState, RoleKind, SourceType
from crm.models import (
    Contact,
    Document,
    Engagement,
    Interaction,
    InvoiceReference,
    Participation,
    Role,
    Team,
    User,
)
from crm.names import split
from privacy import suppression
from privacy.enums import PointKind, SuppressionScope
from privacy.suppression import Point

PEOPLE = 120
ACCOUNTS = (
    ("officer-one", "Privacy officer"),
    ("officer-two", "Privacy officer"),
    ("assistant", "Privacy assistant"),
    ("staff-one", "Staff"),
    ("staff-two", "Staff"),
    ("hr", "HR"),
    ("auditor", "Auditor"),
    ("system", "System admin"),
    ("finance", "Finance reader"),
)
HAN_NAMES = "陳大文 李小美 黃志強 歐陽美玲 張嘉欣 司徒文傑 林詠詩 何家輝".split()
LATIN_GIVEN = "Ann Łukasz Inês Tomás Siobhán Jürgen Amara Noor Priya Mateo".split()
LATIN_FAMILY = "O’Brien Żółć Ferreira Novák Example Müller Okonkwo".split()
COUNTRIES = ("HK", "PT", "GB", "DE", "SG", "PL", "")
WORDS = "amber basil cedar delta ember fjord grove heron iris juniper kelp lotus maple nectar \
orchid pebble quartz reed saffron thistle umber velvet willow yarrow zephyr".split()


@transaction.atomic
def build(*, on: date) -> list[tuple[str, str]]:
    """Fill an empty office; returns each account with its pass-phrase."""
    accounts = [_account(name, group) for name, group in ACCOUNTS]
    operator = User.objects.get(username="staff-one")
    people = [_person(n, on=on, by=operator) for n in range(PEOPLE)]
    for n, person in enumerate(people):
        _dealings(n, person, on=on, by=operator)
    dealings.refresh([person.pk for person in people])
    Contact.objects.filter(pk__in=[person.pk for person in people]).update(
        owner=operator, team=operator.team
    )
    for n in range(3):
        points = [Point(PointKind.EMAIL, f"gone-{n}@example.com")]
        suppression.suppress(points, scope=SuppressionScope.NO_REENTRY, by=None)
    return accounts


def _account(name: str, group: str) -> tuple[str, str]:
    phrase = "-".join(secrets.choice(WORDS) for _ in range(5)) + f"-{secrets.randbelow(9000)}"
    team, _made = Team.objects.get_or_create(name="Front office")
    user = User.objects.create_user(name, password=phrase, is_staff=True, team=team)
    user.groups.add(Group.objects.get_or_create(name=group)[0])
    return name, phrase


def _person(n: int, *, on: date, by: User) -> Contact:
    latin = f"{LATIN_GIVEN[n % 10]} {LATIN_FAMILY[n // 10 % 7]}"
    native = HAN_NAMES[n % 8] if n % 3 == 0 else ""
    obtained = on - timedelta(days=30 * (n + 1))
    kind = list(RoleKind)[n % len(RoleKind)]
    entry = Entry(
        names=split(full=f"{native} {latin}".strip()),
        country=COUNTRIES[n % len(COUNTRIES)],
        points=[
            Point(PointKind.EMAIL, f"person-{n}@example.com"),
            # Ofcom keeps 020 7946 0000 to 0999 for fiction.
            Point(PointKind.PHONE, f"+44 20 7946 {n:04d}"),
        ],
        born_on=date(1960 + n % 40, 1 + n % 12, 1 + n % 28) if n % 5 == 0 else None,
        role=kind,
        organisation=f"Example Firm {n % 17}" if n % 4 else "",
        started_on=obtained,
    )
    source = SourceFacts(list(SourceType)[n % len(SourceType)], obtained, obtained_by=by)
    return contacts.write([entry], source=source, by=by, came_by=Channel.FORM)[0]


def _dealings(n: int, person: Contact, *, on: date, by: User) -> None:
    role = Role.objects.get(contact=person)
    begun = role.started_on
    if n % 2:
        role.ended_on = min(on, begun + timedelta(days=200))
        role.save()
    if n % 3 == 1:
        _engagement(n, person, role, begun=begun, on=on)
    Interaction.objects.create(
        contact=person,
        channel=Channel.EMAIL,
        direction=list(Direction)[n % 3],
        occurred_at=timezone.make_aware(datetime.combine(begun, time(12))),
        summary="An invented conversation",
        body="Nothing in this text is about anybody.",
        recorded_by=by,
    )
    if n % 20 == 0:
        content = b"An invented letter."
        Document.objects.create(
            contact=person,
            title="Invented letter",
            file=ContentFile(content, name="letter.txt"),
            content_type="text/plain",
            size=len(content),
            uploaded_by=by,
        )


def _engagement(n: int, person: Contact, role: Role, *, begun: date, on: date) -> Any:
    closed = None if n % 4 == 0 else min(on, begun + timedelta(days=120))
    work = Engagement.objects.create(
        code=f"demo-{n:03d}",
        title="Invented engagement",
        organisation=role.organisation,
        state=list(EngagementState)[n // 3 % 3],
        opened_on=begun,
        closed_on=closed,
    )
    Participation.objects.create(engagement=work, contact=person)
    if work.state == EngagementState.CONTRACT:
        InvoiceReference.objects.create(
            engagement=work,
            contact=person,
            number=f"demo-{n:03d}",
            billed_to=person.latin_name,
            issued_on=closed or begun,
        )
