"""The invented office, put together: accounts first, then people, then what happened to them."""

import secrets
from datetime import date
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from crm import contacts, dealings, duplicates
from crm.demo import bought, consents, doubles, firms, lives, people, talk, told, weighed, work
from crm.enums import RoleKind
from crm.models import Contact, Team, User
from privacy import suppression
from privacy.enums import PointKind, SuppressionScope
from privacy.suppression import Point

ACCOUNTS = (
    ("officer-one", "Privacy officer", "Front office"),
    ("officer-two", "Privacy officer", "Front office"),
    ("assistant", "Privacy assistant", "Front office"),
    ("staff-one", "Staff", "Front office"),
    ("staff-two", "Staff", "Purchasing"),
    ("hr", "HR", "Personnel"),
    ("auditor", "Auditor", "Front office"),
    ("system", "System admin", "Front office"),
    ("finance", "Finance reader", "Front office"),
)
# Whoever is not named here belongs to the front office.
BELONGS = {RoleKind.SUPPLIER: "staff-two"} | dict.fromkeys(
    (RoleKind.EMPLOYEE, RoleKind.CONSULTANT, RoleKind.TEMPORARY, RoleKind.APPLICANT), "hr"
)
WORDS = "amber basil cedar delta ember fjord grove heron iris juniper kelp lotus maple nectar \
orchid pebble quartz reed saffron thistle umber velvet willow yarrow zephyr".split()
GONE = tuple(f"gone-{n}@example.com" for n in range(3))


@transaction.atomic
def build(*, on: date) -> list[tuple[str, str]]:
    """Fill an empty office; returns each account with its pass-phrase."""
    accounts = [_account(*facts) for facts in ACCOUNTS]
    users = {user.username: user for user in User.objects.select_related("team")}
    # Somebody who left: their account ended, and is named for a year.
    User.objects.create_user("former-colleague", is_staff=True, is_active=False)
    operator, officer = users["staff-one"], users["officer-one"]
    organisations = firms.write(by=operator)
    pairs = people.write(lives.all_of(on=on), organisations, by=operator)
    people.give(pairs, {kind: _of(users, kind) for kind in RoleKind})
    people.restrict(pairs, on=on, by=officer)
    works = work.write(pairs, organisations, on=on, by=operator)
    talk.write(pairs, works, on=on, by=operator)
    officers = officer, users["officer-two"]
    weighed.write(on=on, officers=officers)
    consents.write(pairs, on=on, officers=officers, by=operator)
    told.write(pairs, on=on, by=operator)
    told.propose(on=on, officers=officers)
    for gone in GONE:
        points = [Point(PointKind.EMAIL, gone)]
        suppression.suppress(points, scope=SuppressionScope.NO_REENTRY, by=officer)
    _bring_up_to_date()
    doubles.write(first=len(pairs) + bought.SIZE, on=on, by=operator, officer=officer)
    bought.write(
        first=len(pairs),
        known=[pairs[0][1], _unasked(pairs)],
        gone=GONE[0],
        on=on,
        by=users["assistant"],
        second=officer,
    )
    nobodys = Contact.objects.living().filter(team=None)
    nobodys.update(owner=operator, team=operator.team)
    duplicates.refresh()
    return accounts


def _bring_up_to_date() -> None:
    """Search text, retention class and clock, as after any act."""
    pks = list(Contact.objects.living().values_list("pk", flat=True))
    contacts.index(pks)
    dealings.refresh(pks)


def _unasked(pairs: people.Pairs) -> Contact:
    """Somebody at work with us whose birth date nobody has asked."""
    return next(
        person
        for life, person in pairs
        if life.group.kind == RoleKind.CLIENT and life.n % 6 and person.latin_given_name
    )


def _of(users: dict[str, Any], kind: RoleKind) -> tuple[Any, Team]:
    user = users[BELONGS.get(kind, "staff-one")]
    return user, user.team


def _account(name: str, group: str, team: str) -> tuple[str, str]:
    phrase = "-".join(secrets.choice(WORDS) for _ in range(5)) + f"-{secrets.randbelow(9000)}"
    own, _made = Team.objects.get_or_create(name=team)
    user = User.objects.create_user(name, password=phrase, is_staff=True, team=own)
    user.groups.add(Group.objects.get_or_create(name=group)[0])
    return name, phrase
