"""Nothing of a disposed person remains anywhere; what a statute keeps is sealed (Art. 17, S99).

The values lie in every column that can hold text; the scanner reads tables, files, the dump and
the database's own bytes, and believes no declaration.
"""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone

from privacy import disposal
from privacy.enums import DisposalCause
from privacy.inventory import registry
from tests import canaries
from tests.journeys import scratch


@pytest.fixture
def office(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), scratch.database(tmp_path):
        yield tmp_path


@pytest.mark.both
def test_of_a_disposed_person_nothing_remains_but_what_a_statute_keeps_sealed(office):
    today = timezone.localdate()
    planter = canaries.Planter()
    free = planter.plant(on=today - timedelta(days=9 * 366))
    billed = planter.plant(on=today - timedelta(days=365))
    kept_places = canaries.remainder(billed, on=today)
    kept = {value for value, place in billed.values.items() if place in kept_places}
    planted = {*free.values, *billed.values}
    stored = {v for v, place in {**free.values, **billed.values}.items() if "file of" not in place}
    # Everything that was planted is there, in its own column, and the scanner sees it.
    assert canaries.remainder(free, on=today) == set()
    assert len(kept) >= 2
    before = canaries.found_in_tables(planted)
    assert {value for hits in before.values() for value in hits} == stored
    for value in stored:
        assert value in before[{**free.values, **billed.values}[value]]
    assert canaries.found_in(scratch.raw_bytes(office), stored) == stored
    # No stored document shows its text; whoever has the keys reads it.
    assert canaries.found_in_files(settings.VAR, planted - stored) == {}
    assert canaries.found_by_readers(planted) >= planted - stored

    disposal.dispose(
        [person.pk(settings.PRIVACY_SUBJECT_MODEL) for person in (free, billed)],
        cause=DisposalCause.ERASURE,
        by=get_user_model().objects.get(),
        on=today,
    )

    assert canaries.found_in_tables(planted) == {}
    assert canaries.found_in(scratch.raw_bytes(office), planted) == set()
    # The archive opens to the declared remainder of the second person, and to nothing else.
    (record,) = canaries.archived()
    invoice = registry.holding("crm.InvoiceReference")
    assert set(record) == {name for keep in invoice.keeps for name in keep.remainder}
    assert set(record.values()) == {*kept, (today - timedelta(days=365)).isoformat()}
    assert canaries.found_in_files(settings.VAR, planted) == {}
    assert canaries.found_by_readers(planted) == set()


def test_every_column_of_text_about_a_person_is_planted_or_a_closed_list(office):
    person = canaries.Planter().plant(on=timezone.localdate())

    left_out = [
        f"{model._meta.label}.{column.name}"
        for model in canaries.subject_models()
        for column in model._meta.local_concrete_fields
        if isinstance(column, canaries.TEXT)
        and f"{model._meta.db_table}.{column.column}"
        not in {*person.values.values(), *person.closed}
    ]
    assert left_out == []
    for model in canaries.subject_models():
        for column in model._meta.local_concrete_fields:
            if f"{model._meta.db_table}.{column.column}" in person.closed:
                assert column.choices


def test_every_column_of_text_about_nobody_says_why_nobody_stands_in_it():
    assert canaries.unspoken_text_columns() == []


def test_every_file_that_lethe_writes_lies_in_a_declared_store():
    folders = {store.folder for store in registry.stores.values()}

    strangers = {
        path.relative_to(settings.VAR).parts[0]
        for path in settings.VAR.rglob("*")
        if path.is_file() and not path.name.startswith("lethe.sqlite3")
    } - folders

    assert strangers == set()


@pytest.mark.parametrize("number", [7, 29_999])
@pytest.mark.parametrize("room", [None, 10])
def test_the_scanner_sees_through_every_disguise(number, room):
    value = canaries.token(number, room)

    for form in canaries.disguises(value):
        assert canaries.found_in(b"before " + form + b" after", [value]) == {value}
    assert canaries.found_in(b"nothing here", [value]) == set()
