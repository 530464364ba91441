"""An import is taken back from whoever has it now, through any merges, and nobody is revived."""

import json
from itertools import permutations

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm import merge
from crm.errors import MergeRefused
from crm.imports import undo
from crm.models import Contact, ContactPoint, ImportBatch, ImportChange, Merge, MergeUndo
from tests.crm.importing import HEADER, imported, member, undone
from tests.factories.crm import ContactFactory, ContactPointFactory, InteractionFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


@pytest.fixture
def by():
    user = member()
    type(user).objects.filter(pk=user.pk).update(is_superuser=True)
    return type(user).objects.get(pk=user.pk)


def one(word, *, day="1980-02-03"):
    """A file of one person, each of whose values has this word."""
    return HEADER + f"{word}given,{word}family,{word}@example.com,,{word}firm,{day},HK\n"


def named(word):
    return Contact.objects.get(points__normal_form=f"{word}@example.com")


def stands(word):
    """The tables in which a value of this person stands, in whatever column."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            if any(
                word in json.dumps(row, cls=DjangoJSONEncoder, default=str).casefold()
                for row in cursor.fetchall()
            ):
                found.add(table)
    # An organisation is nobody's: the page counts those that stay.
    return found - {"crm_organisation", "crm_historicalorganisation"}


def test_what_came_with_somebody_who_was_merged_goes_from_whoever_has_it(by):
    imported(one("alder"), by=by)
    second = imported(one("birch"), by=by)
    kept, gone = named("alder"), named("birch")
    made = merge.merge(kept, gone, {"latin_given_name": "gone"}, by=by)
    assert stands("birch") >= {"crm_contactpoint", "crm_mergeundo", "crm_historicalcontact"}

    second = undone(second, by=by)

    assert stands("birch") == set()
    assert second.undone["people"] == 1
    assert second.undone["people_left"] == 0
    assert second.undone["organisations_left"] == 1
    kept.refresh_from_db()
    assert kept.latin_given_name == "aldergiven"
    assert [point.value for point in kept.points.all()] == ["alder@example.com"]
    with pytest.raises(MergeRefused):
        merge.undo(made, by=by)
    gone.refresh_from_db()
    assert gone.disposed_at


def test_the_kept_one_goes_and_whoever_was_merged_into_them_comes_back(by):
    first = imported(one("alder"), by=by)
    imported(one("birch"), by=by)
    kept, gone = named("alder"), named("birch")
    merge.merge(kept, gone, by=by)

    undone(first, by=by)

    assert stands("alder") == set()
    gone.refresh_from_db()
    assert (gone.disposed_at, gone.latin_given_name) == (None, "birchgiven")
    assert gone.points.count() == 1
    assert not Merge.objects.exists()


def test_whoever_was_known_before_and_merged_is_merged_again(by):
    known, other = (ContactFactory(latin_given_name=name) for name in ("Ann", "Bee"))
    ContactPointFactory(contact=known, value="alder@example.com")
    ContactPointFactory(contact=other, value="other@example.com")
    batch = imported(HEADER + "Ann,,alder@example.com,+85225550140,,,\n", by=by)
    made = merge.merge(other, known, by=by)

    batch = undone(batch, by=by)

    assert not ImportChange.objects.exists()
    assert Merge.objects.get().reference == made.reference
    assert set(other.points.values_list("normal_form", flat=True)) == {
        "alder@example.com",
        "other@example.com",
    }
    assert merge.undo(Merge.objects.get(), by=by).pk == known.pk


def test_somebody_with_whom_we_had_dealt_before_the_merge_is_left_and_named(by):
    imported(one("alder"), by=by)
    second = imported(one("birch"), by=by)
    kept, gone = named("alder"), named("birch")
    InteractionFactory(contact=gone)
    made = merge.merge(kept, gone, by=by)

    second = undone(second, by=by)

    assert second.undone["people_left"] == 1
    assert undo.left_people(second) == [kept.uuid]
    assert Merge.objects.get().pk == made.pk
    assert kept.points.count() == 2


def test_of_two_who_were_merged_into_one_whoever_is_not_taken_back_stays_merged(by):
    imported(one("alder"), by=by)
    second = imported(one("birch"), by=by)
    imported(one("cedar"), by=by)
    kept = named("alder")
    merge.merge(kept, named("cedar"), by=by)
    merge.merge(kept, named("birch"), by=by)

    undone(second, by=by)

    assert stands("birch") == set()
    assert Merge.objects.count() == 1
    assert kept.points.count() == 2


WORDS = ("alder", "birch", "cedar")


def living():
    return list(Contact.objects.living().order_by("pk"))


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(("merge", "part", "undo")),
            st.integers(0, 2),
            st.integers(0, 2),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_after_any_sequence_what_has_gone_is_nowhere_and_what_stands_is_named(acts, by):
    Merge.objects.all().delete()
    ImportBatch.objects.exclude(state="undone").update(state="discarded")
    run = f"x{timezone.now():%H%M%S%f}"
    words = [f"{word}{run}" for word in WORDS]
    batches = [imported(one(word), by=by, again=True) for word in words]
    mine = {named(word).pk for word in words}
    undone_ones = {}
    for act, this, other, takes in acts:
        people = [person for person in living() if person.pk in mine]
        if act == "merge" and len(people) > 1 and this != other:
            kept, gone = people[this % len(people)], people[other % len(people)]
            if kept.pk != gone.pk:
                side = "gone" if takes else "kept"
                merge.merge(kept, gone, dict.fromkeys(("latin_given_name",), side), by=by)
        elif act == "part" and (made := list(Merge.objects.order_by("-pk"))):
            try:
                merge.undo(made[this % len(made)], by=by)
            except MergeRefused:
                continue
        elif act == "undo" and this not in undone_ones:
            undone_ones[this] = undone(batches[this], by=by)
        for number, batch in undone_ones.items():
            assert batch.undone["people"] == 1
            assert stands(words[number]) == set()
        for number, word in enumerate(words):
            if number not in undone_ones:
                assert named(word).disposed_at is None


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_chain_of_merges_is_taken_back_in_any_order(order, by):
    batches = [imported(one(word), by=by) for word in WORDS]
    alder, birch, cedar = (named(word) for word in WORDS)
    merge.merge(birch, alder, {"latin_family_name": "gone"}, by=by)
    merge.merge(cedar, Contact.objects.get(pk=birch.pk), {"latin_family_name": "gone"}, by=by)

    for place, number in enumerate(order, start=1):
        undone(batches[number], by=by)
        assert stands(WORDS[number]) == set()
        assert len(living()) == (1 if place < 3 else 0)
    assert not MergeUndo.objects.exists()
    assert not ContactPoint.objects.exists()
