"""Two records become one and two again; no "no", no hold and no disposal is ever lost by it."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm import dealings, merge
from crm.errors import MergeRefused
from crm.models import Contact, ContactPoint, Merge, MergeUndo
from privacy import consent, disposal, holds, inventory, suppression
from privacy.enums import (
    Channel,
    ConsentKind,
    ConsentMethod,
    DisposalCause,
    HoldReason,
    PointKind,
    SuppressionScope,
)
from privacy.points import Point
from tests.factories.crm import (
    ContactFactory,
    ContactPointFactory,
    DemographicsFactory,
    EngagementFactory,
    InteractionFactory,
    ParticipationFactory,
    RoleFactory,
    TeamFactory,
    UserFactory,
)
from tests.factories.privacy import NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]
TODAY = timezone.localdate()


@pytest.fixture
def officer():
    return UserFactory(is_superuser=True)


@pytest.fixture
def two():
    kept = ContactFactory(latin_family_name="Ashworth", latin_given_name="Ida")
    gone = ContactFactory(latin_family_name="Ashworth", latin_given_name="I.", language="en")
    return kept, gone


def hold(person, by):
    return holds.place(
        person,
        matter="HCA-1",
        reason=HoldReason.CLAIM,
        owner=by,
        review_on=TODAY + timedelta(days=90),
        by=by,
    )


def test_every_relation_to_a_person_is_spoken_for():
    assert set(merge.relations()) == set(merge.RULES)


def test_a_merge_moves_everything_and_leaves_a_tombstone_that_leads_on(two, officer):
    kept, gone = two
    ContactPointFactory(contact=kept, value="ida@example.com")
    ContactPointFactory(contact=gone, value="Ida@Example.com")
    ContactPointFactory(contact=gone, value="ashworth@example.com")
    role = RoleFactory(contact=gone)
    spoken = InteractionFactory(contact=gone)
    part = ParticipationFactory(contact=gone)
    DemographicsFactory(contact=gone)

    made = merge.merge(kept, gone, by=officer)

    kept.refresh_from_db()
    gone.refresh_from_db()
    assert (made.kept, made.gone) == (kept, gone)
    assert gone.disposed_at
    assert gone.display_name == ""
    assert sorted(kept.points.values_list("normal_form", flat=True)) == [
        "ashworth@example.com",
        "ida@example.com",
    ]
    assert list(kept.roles.all()) == [role]
    assert list(kept.interactions.all()) == [spoken]
    assert list(kept.participations.all()) == [part]
    assert kept.demographics
    assert kept.language == "en"
    assert "ashworth@example.com" in kept.search_text
    assert gone not in Contact.objects.usable()


def test_the_chosen_names_are_taken_and_one_participation_stays(two, officer):
    kept, gone = two
    work = EngagementFactory()
    mine = ParticipationFactory(contact=kept, engagement=work)
    ParticipationFactory(contact=gone, engagement=work)

    merge.merge(kept, gone, {"latin_given_name": "gone"}, by=officer)

    kept.refresh_from_db()
    assert kept.latin_given_name == "I."
    assert list(kept.participations.all()) == [mine]


def test_an_undo_makes_two_of_one_again_to_the_value(two, officer):
    kept, gone = two
    ContactPointFactory(contact=kept, value="ida@example.com")
    ContactPointFactory(contact=gone, value="ida@example.com")
    RoleFactory(contact=gone, started_on=date(2020, 1, 1))
    held = hold(gone, officer)

    def picture():
        for person in two:
            person.refresh_from_db()
        return [
            (
                merge.values(person),
                person.disposed_at,
                person.anchor_on,
                list(person.points.values_list("pk", "value", "normal_form")),
                list(person.roles.values_list("pk", flat=True)),
                person.source.detail,
            )
            for person in two
        ]

    dealings.refresh([kept.pk, gone.pk])
    before = picture()

    merge.undo(merge.merge(kept, gone, by=officer), by=officer)

    assert picture() == before
    assert not Merge.objects.exists()
    assert not MergeUndo.objects.exists()
    assert holds.in_force([kept.pk, gone.pk], on=TODAY) == {gone.pk: [str(held.reference)]}


def test_refused_are_oneself_the_disposed_and_a_stranger(two, officer):
    kept, gone = two
    with pytest.raises(MergeRefused, match="themselves"):
        merge.merge(kept, kept, by=officer)

    stranger = UserFactory(team=TeamFactory())
    with pytest.raises(MergeRefused, match="whom you see"):
        merge.merge(kept, gone, by=stranger)

    disposal.dispose([gone.pk], cause=DisposalCause.RETENTION, by=None, on=TODAY)
    with pytest.raises(MergeRefused, match="disposed"):
        merge.merge(kept, gone, by=officer)
    with pytest.raises(MergeRefused, match="disposed"):
        merge.merge(gone, kept, by=officer)


def test_two_operators_are_two_people(two, officer):
    kept, gone = two
    UserFactory(contact=kept)
    UserFactory(contact=gone)

    with pytest.raises(MergeRefused, match="account"):
        merge.merge(kept, gone, by=officer)

    assert not Merge.objects.exists()


def test_a_change_since_the_preview_is_refused(two, officer):
    kept, gone = two
    digest = merge.plan(kept, gone).digest
    ContactPointFactory(contact=gone, value="late@example.com")

    with pytest.raises(MergeRefused, match="preview"):
        merge.merge(kept, gone, by=officer, digest=digest)

    merge.merge(kept, gone, by=officer, digest=merge.plan(kept, gone).digest)
    assert kept.points.count() == 1


def test_disposal_of_the_kept_takes_the_merged_away_along_and_ends_the_undo(two, officer):
    kept, gone = two
    consent.refuse([gone.pk], method=ConsentMethod.ORAL, channels=["email"], by=officer)
    made = merge.merge(kept, gone, by=officer)

    disposal.dispose([kept.pk], cause=DisposalCause.RETENTION, by=None, on=TODAY)

    references = set(disposal.Disposal.objects.values_list("subject_reference", flat=True))
    assert references == {kept.uuid, gone.uuid}
    assert not MergeUndo.objects.exists()
    with pytest.raises(MergeRefused):
        merge.undo(made, by=officer)
    assert Contact.objects.living().filter(pk__in=[kept.pk, gone.pk]).count() == 0


def test_thirty_days_later_nothing_is_left_to_undo_with(two, officer):
    made = merge.merge(*two, by=officer)
    holding = inventory.holding(MergeUndo)
    (keep,) = holding.keeps

    def due(on):
        return MergeUndo.objects.filter(holding.is_over(keep, on=on)).exists()

    assert not due(TODAY + timedelta(days=29))
    assert due(TODAY + timedelta(days=31))
    MergeUndo.objects.update(stored_at=timezone.now() - timedelta(days=31))
    with pytest.raises(MergeRefused, match="thirty days"):
        merge.undo(made, by=officer)


def test_a_hold_placed_since_the_merge_stops_the_undo(two, officer):
    made = merge.merge(*two, by=officer)
    placed = hold(two[0], officer)
    with pytest.raises(MergeRefused, match="hold"):
        merge.undo(made, by=officer)

    holds.release(placed, by=officer)
    merge.undo(made, by=officer)
    assert Contact.objects.living().count() == 2


def test_a_no_said_after_the_merge_counts_for_both_after_its_undo(two, officer):
    kept, gone = two
    made = merge.merge(kept, gone, by=officer)
    consent.refuse([kept.pk], method=ConsentMethod.ORAL, channels=["email"], by=officer)

    merge.undo(made, by=officer)

    assert merge.noes_of(gone).keys() == merge.noes_of(kept).keys() != set()


def test_an_undo_does_not_bring_back_a_point_that_was_suppressed_since(two, officer):
    kept, gone = two
    ContactPointFactory(contact=kept, value="ida@example.com")
    ContactPointFactory(contact=gone, value="ida@example.com")
    made = merge.merge(kept, gone, by=officer)
    ContactPoint.objects.filter(contact=kept).delete()
    suppression.suppress(
        [Point(PointKind.EMAIL, "ida@example.com")],
        scope=SuppressionScope.NO_REENTRY,
        by=officer,
    )

    with pytest.raises(suppression.guard.IdentifierSuppressed):
        merge.undo(made, by=officer)

    gone.refresh_from_db()
    assert gone.disposed_at
    assert Merge.objects.exists()


PEOPLE = st.fixed_dictionaries(
    {
        "noes": st.sets(st.sampled_from(Channel.values)),
        "yes": st.sets(st.sampled_from(Channel.values)),
        "held": st.booleans(),
        "role": st.booleans(),
        "spoke": st.booleans(),
    }
)


def make(facts, number, by):
    person = ContactFactory()
    ContactPointFactory(contact=person, value=f"person-{number}-{person.pk}@example.com")
    for channel in sorted(facts["noes"]):
        consent.refuse([person.pk], method=ConsentMethod.ORAL, channels=[channel], by=by)
    if facts["held"]:
        hold(person, by)
    if facts["role"]:
        RoleFactory(contact=person)
    if facts["spoke"]:
        InteractionFactory(contact=person)
    return person


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(one=PEOPLE, other=PEOPLE, dispose=st.booleans())
def test_no_is_no_a_hold_holds_and_nobody_comes_back(one, other, dispose, officer):
    kept, gone = make(one, 1, officer), make(other, 2, officer)
    noes = {p.pk: set(merge.noes_of(p)) for p in (kept, gone)}
    held = holds.in_force([kept.pk, gone.pk], on=TODAY)
    entries = suppression.entries.SuppressionEntry.objects.filter(ended_at=None).count()
    points = list(
        ContactPoint.objects.filter(contact__in=[kept, gone]).values_list("kind", "value")
    )
    marketing = [
        suppression.marketing_refused([Point(*p) for p in points], channel=channel)
        for channel in Channel.values
    ]

    made = merge.merge(kept, gone, by=officer)

    assert noes[kept.pk] | noes[gone.pk] <= set(merge.noes_of(kept))
    assert bool(holds.in_force([kept.pk], on=TODAY)) == bool(held)
    assert suppression.entries.SuppressionEntry.objects.filter(ended_at=None).count() >= entries
    outcome = None
    if dispose:
        outcome = disposal.dispose([kept.pk], cause=DisposalCause.RETENTION, by=None, on=TODAY)
    if outcome and outcome.disposed:
        with pytest.raises(MergeRefused):
            merge.undo(made, by=officer)
        assert not Contact.objects.living().filter(pk__in=[kept.pk, gone.pk]).exists()
        return

    merge.undo(made, by=officer)

    assert noes[kept.pk] <= set(merge.noes_of(kept))
    assert noes[gone.pk] <= set(merge.noes_of(gone))
    assert holds.in_force([kept.pk, gone.pk], on=TODAY) == held
    for before, channel in zip(marketing, Channel.values, strict=True):
        now = suppression.marketing_refused([Point(*p) for p in points], channel=channel)
        assert all(after or not was for was, after in zip(before, now, strict=True))


def test_an_import_that_said_yes_after_a_no_does_not_lose_the_no_in_a_merge(two, officer):
    kept, gone = two
    earlier = timezone.now() - timedelta(days=2)
    consent.refuse(
        [gone.pk], method=ConsentMethod.ORAL, channels=["email"], by=officer, at=earlier
    )
    consent.record(
        gone,
        purpose="marketing",
        channel="email",
        kind=ConsentKind.GIVEN,
        method=ConsentMethod.IMPORT,
        by=officer,
        wording_text="yes",
        notice=NoticeFactory(),
        evidence="row 4",
    )

    merge.merge(kept, gone, by=officer)

    assert set(merge.noes_of(kept)) == {("marketing", "email", "")}


def test_an_earlier_merge_waits_for_the_undo_of_the_later_one(two, officer):
    kept, gone = two
    third = ContactFactory(residence_country="HK")
    Contact.objects.filter(pk=gone.pk).update(residence_country="HK")
    first = merge.merge(kept, Contact.objects.get(pk=gone.pk), by=officer)
    second = merge.merge(third, kept, by=officer)

    with pytest.raises(MergeRefused, match="merged on"):
        merge.undo(Merge.objects.get(pk=first.pk), by=officer)

    merge.undo(second, by=officer)
    merge.undo(Merge.objects.get(pk=first.pk), by=officer)
    third.refresh_from_db()
    assert third.residence_country == "HK"
    assert Contact.objects.living().count() == 3


def test_a_value_changed_since_the_preview_is_refused_too(two, officer):
    kept, gone = two
    point = ContactPointFactory(contact=gone, value="late@example.com")
    digest = merge.plan(kept, gone).digest
    point.value = "later@example.com"
    point.save()

    with pytest.raises(MergeRefused, match="preview"):
        merge.merge(kept, gone, by=officer, digest=digest)


@pytest.mark.parametrize("which", ["kept", "gone"])
def test_a_merge_hides_no_childs_birth_date_behind_the_others(which):
    people = {"kept": ContactFactory(), "gone": ContactFactory()}
    for name, contact in people.items():
        born = timezone.localdate() - timedelta(days=10 * 365)
        DemographicsFactory(
            contact=contact, date_of_birth=born if name == which else date(1980, 1, 1)
        )

    with pytest.raises(MergeRefused, match="under sixteen"):
        merge.merge(people["kept"], people["gone"], by=None)


@pytest.mark.clause("S51")
def test_an_address_that_one_of_the_two_gave_for_an_order_alone_stays_for_that_alone(two, officer):
    kept, gone = two
    mine = ContactPointFactory(contact=kept, value="ida@example.com")
    ContactPointFactory(contact=gone, value="Ida@example.com", given_for="order")

    made = merge.merge(kept, gone, by=officer)
    mine.refresh_from_db()
    assert mine.given_for == "order"

    merge.undo(made, by=officer)
    mine.refresh_from_db()
    assert mine.given_for == ""
    assert gone.points.get().given_for == "order"
