"""An export on its way, as the console takes it."""

from datetime import date

from crm import contacts
from crm.contacts import Entry, SourceFacts
from crm.enums import Channel, RoleKind, SourceType
from crm.exports import steps
from crm.models import Contact
from crm.names import Names
from privacy.enums import PointKind
from privacy.points import Point

SOURCE = SourceFacts(type=SourceType.CARD, obtained_on=date(2024, 3, 1))
COLUMNS = ["names", "organisation", "role", "email", "phone"]
OWN = {"format": "csv", "columns": COLUMNS, "reason": "accuracy", "destination": "own"}


def enter(count=1, *, first=0, team=None, role=RoleKind.CLIENT, **facts):
    entries = [
        Entry(
            names=facts.get("names") or Names("", "", f"Family{number}", f"Given{number}"),
            points=facts.get("points")
            or [
                Point(PointKind.EMAIL, f"person-{number}@example.com"),
                Point(PointKind.PHONE, f"+852{51_000_000 + number}"),
            ],
            role=role,
            organisation=facts.get("organisation", f"Firm{number // 50}"),
            country="HK",
        )
        for number in range(first, first + count)
    ]
    people = contacts.write(entries, source=SOURCE, by=None, came_by=Channel.OTHER)
    pks = [person.pk for person in people]
    Contact.objects.filter(pk__in=pks).update(team=team)
    return Contact.objects.filter(pk__in=pks).order_by("pk")


def described(people, *, by, **terms):
    return steps.describe(steps.choose(people, by=by), by=by, **{**OWN, **terms})


def fetched(export, *, by, **when):
    return b"".join(steps.hand_out(export, by=by, **when).pieces)


def exported(people, *, by, **terms):
    return fetched(described(people, by=by, **terms), by=by)
