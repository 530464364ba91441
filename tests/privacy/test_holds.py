"""Who is held: the person, and whoever falls under an organisation or engagement, when asked."""

from datetime import date

import pytest

from crm import dealings
from privacy import disposal, holds
from privacy.enums import DisposalCause, HoldReason, HoldScope
from privacy.errors import TransitionRefused
from retention import sweep
from retention.enums import Mode
from tests.factories.crm import (
    ContactFactory,
    EngagementFactory,
    OrganisationFactory,
    ParticipationFactory,
    RoleFactory,
    UserFactory,
)
from tests.retention import people

pytestmark = [pytest.mark.django_db, pytest.mark.both]
ON = date(2026, 1, 1)
LONG_AGO = date(2015, 6, 15)


def join_firm(person, firm):
    RoleFactory(contact=person, kind="prospect", organisation=firm)


def join_work_of_firm(person, firm):
    ParticipationFactory(
        contact=person,
        engagement=EngagementFactory(organisation=firm, opened_on=LONG_AGO, closed_on=LONG_AGO),
    )


def join_work(person, work):
    ParticipationFactory(contact=person, engagement=work)


WIDE = [
    (HoldScope.ORGANISATION, OrganisationFactory, join_firm),
    (HoldScope.ORGANISATION, OrganisationFactory, join_work_of_firm),
    (
        HoldScope.ENGAGEMENT,
        lambda: EngagementFactory(opened_on=LONG_AGO, closed_on=LONG_AGO),
        join_work,
    ),
]


def place(scope, thing):
    return _place(scope=scope, scope_reference=thing.uuid)


def _place(subject=None, **facts):
    officer = UserFactory()
    return holds.place(
        subject,
        matter="HCA-1",
        reason=HoldReason.CLAIM,
        owner=officer,
        review_on=date(2030, 1, 1),
        by=officer,
        **facts,
    )


@pytest.mark.parametrize(("scope", "make", "join"), WIDE)
def test_who_joins_after_the_hold_is_held_too(scope, make, join):
    thing, other = make(), make()
    before, after, stranger = (people.person(LONG_AGO) for _ in range(3))
    join(before, thing)
    hold = place(scope, thing)

    join(after, thing)
    join(stranger, other)

    found = holds.in_force([before.pk, after.pk, stranger.pk], on=ON)
    assert found == {pk: [str(hold.reference)] for pk in (before.pk, after.pk)}


@pytest.mark.parametrize(("scope", "make", "join"), WIDE)
def test_who_joined_later_outlives_the_night_until_the_release(scope, make, join):
    thing = make()
    hold = place(scope, thing)
    late, stranger = people.person(LONG_AGO), people.person(LONG_AGO)
    join(late, thing)

    sweep.run(on=ON, mode=Mode.APPLY)

    assert people.refreshed(late).disposed_at is None
    assert people.refreshed(stranger).disposed_at is not None

    holds.release(hold, by=UserFactory())
    sweep.run(on=date(2026, 1, 2), mode=Mode.APPLY)

    assert people.refreshed(late).disposed_at is not None


@pytest.mark.parametrize(("scope", "make", "join"), WIDE)
@pytest.mark.parametrize("before", [True, False])
def test_who_was_ever_covered_stays_so_until_the_release(scope, make, join, before):
    thing, person = make(), people.person(LONG_AGO)
    if before:
        join(person, thing)
    hold = place(scope, thing)
    if not before:
        join(person, thing)
        dealings.refresh([person.pk])

    person.roles.all().delete()
    person.participations.all().delete()
    dealings.refresh([person.pk])

    assert holds.in_force([person.pk], on=ON) == {person.pk: [str(hold.reference)]}
    holds.release(hold, by=UserFactory())
    assert holds.in_force([person.pk], on=ON) == {}


def test_a_hold_cannot_be_placed_on_a_tombstone():
    person, officer = ContactFactory(), UserFactory()
    disposal.dispose([person.pk], cause=DisposalCause.RETENTION, by=None, on=ON)

    with pytest.raises(TransitionRefused):
        holds.place(
            person,
            matter="HCA-1",
            reason=HoldReason.CLAIM,
            owner=officer,
            review_on=ON,
            by=officer,
        )


def test_a_missed_night_that_is_caught_up_spares_what_is_held_now():
    person = ContactFactory()
    _place(person)

    assert holds.in_force([person.pk], on=date(2020, 1, 1))


def test_two_matters_are_two_holds_and_one_release_leaves_the_other():
    person = ContactFactory()
    first, second = _place(person), _place(person)

    holds.release(first, by=first.owner)

    assert holds.in_force([person.pk], on=date(2099, 1, 1)) == {person.pk: [str(second.reference)]}
    with pytest.raises(TransitionRefused):
        holds.release(first, by=first.owner)


def test_more_people_than_a_statement_takes_are_asked_about_at_once():
    person = ContactFactory()
    _place(person)

    assert set(holds.in_force(range(300_000), on=ON)) == {person.pk}
