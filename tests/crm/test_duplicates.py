"""Which two records are offered as one person's, and which never are."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm import duplicates, merge
from crm.enums import PairState
from crm.models import DuplicatePair
from privacy import disposal
from privacy.enums import DisposalCause, PointKind
from tests.factories.crm import (
    ContactFactory,
    ContactPointFactory,
    OrganisationFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def person(latin="", native="", **points):
    family, _, given = latin.partition(", ")
    contact = ContactFactory(
        latin_family_name=family,
        latin_given_name=given,
        native_family_name=native[:1],
        native_given_name=native[1:],
    )
    for kind, value in points.items():
        ContactPointFactory(contact=contact, kind=PointKind(kind), value=value)
    return contact


def pairs():
    found = duplicates.waiting().order_by("pk")
    return [({p.first_id, p.second_id}, p.reasons) for p in found]


def test_a_shared_address_in_any_spelling_joins_two_records():
    one = person("Ashworth, Ida", email="Ida@Example.com")
    other = person("Ashworth, Ida", email="ida@EXAMPLE.com")
    person("Birch, Otto", email="otto@example.com")

    assert duplicates.refresh() == 1

    assert pairs() == [({one.pk, other.pk}, "email name")]
    assert DuplicatePair.objects.get().score == 90


def test_a_name_alone_is_never_identity():
    person("Wong, Mei")
    person("Wong, Mei")
    person(native="陳大文")
    person(native="陳大文")

    assert duplicates.refresh() == 0


def test_a_name_and_an_organisation_join_across_scripts_where_one_carries_both():
    firm = OrganisationFactory()
    han, both, latin = (
        person(native="陳大文"),
        person("Chan, Tai Man", "陳大文"),
        person("Chan, Tai Man"),
    )
    for contact in (han, both, latin):
        RoleFactory(contact=contact, organisation=firm)

    duplicates.refresh()

    # Nothing says that 陳大文 is Chan Tai Man where no record carries both names.
    assert [who for who, _why in pairs()] == [{han.pk, both.pk}, {both.pk, latin.pk}]


def test_a_han_name_and_a_romanised_one_meet_by_their_address():
    one = person(native="陳大文", email="tm.chan@example.com")
    other = person("Chan, Tai Man", email="tm.chan@example.com")

    duplicates.refresh()

    assert pairs() == [({one.pk, other.pk}, "email")]


def test_a_switchboard_joins_nobody():
    for number in range(duplicates.MOST_SHARING + 1):
        person(f"Person{number}, A", phone="+852 2345 6789")
    person("Ashworth, Ida", phone="+852 2345 6780")
    person("Quill, Zoltan", phone="+852 2345 6780")

    assert duplicates.refresh() == 0


def test_what_was_decided_is_remembered_and_a_pair_goes_with_either():
    by = UserFactory()
    ones = [person("Ashworth, Ida", email="ida@example.com") for _ in range(3)]
    duplicates.refresh()
    assert len(pairs()) == 3
    pair = DuplicatePair.objects.get(first=ones[0], second=ones[1])

    duplicates.decide(pair, PairState.DISTINCT, by=by)
    assert duplicates.refresh() == 2

    disposal.dispose([ones[2].pk], cause=DisposalCause.RETENTION, by=None, on=timezone.localdate())
    assert pairs() == []
    assert duplicates.refresh() == 0
    assert DuplicatePair.objects.get() == pair


def test_a_merge_ends_the_pairs_of_the_merged_away_and_one_person_is_looked_at_on_demand():
    by = UserFactory(is_superuser=True)
    ones = [person("Ashworth, Ida", email="ida@example.com") for _ in range(3)]
    duplicates.refresh()

    merge.merge(ones[0], ones[1], by=by)

    assert [who for who, _why in pairs()] == [{ones[0].pk, ones[2].pk}]
    DuplicatePair.objects.all().delete()
    assert duplicates.refresh(ones[2]) == 1


def test_an_open_pair_that_nothing_joins_any_more_goes():
    one = person("Ashworth, Ida", email="ida@example.com")
    person("Ashworth, Ida", email="ida@example.com")
    duplicates.refresh()
    DuplicatePair.objects.update(found_at=timezone.now() - timedelta(days=1))
    one.points.all().delete()

    assert duplicates.refresh() == 0
    assert not DuplicatePair.objects.exists()


def test_a_pair_holds_no_copy_of_a_value():
    person("Ashworth, Ida", email="ida@example.com")
    person("Ashworth, Ida", email="ida@example.com")
    duplicates.refresh()

    row = DuplicatePair.objects.values().get()

    assert "ida" not in str(row).casefold()
    assert "ashworth" not in str(row).casefold()
