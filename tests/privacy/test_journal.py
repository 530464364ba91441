"""The journal: words of the program alone, and a chain that shows every change."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from privacy import journal
from privacy.errors import JournalBroken, PrivacyError
from privacy.models import JournalEntry, Permit


@pytest.mark.django_db
@pytest.mark.parametrize(
    "value",
    [
        "Zephyrine Quillfeather",
        "Quillfeather",
        "85251234567",
        1.5,
        "a@example.com",
        "ann.chan",
        "ann.chan:0123abcd",
        "quillfeather",
        "陳大文",
    ],
)
def test_the_journal_refuses_values(value):
    with pytest.raises(PrivacyError):
        journal.record("test.act", by=None, facts={"name": value})
    if isinstance(value, str):
        with pytest.raises(PrivacyError):
            journal.record("test.act", by=None, reference=value)


@given(st.text(min_size=1, max_size=40))
def test_no_word_passes_that_the_program_does_not_use_itself(word):
    if journal.knows(word) or journal.PLAIN.match(word):
        return

    with pytest.raises(PrivacyError):
        journal._refuse_values({"fields": [word]})
    with pytest.raises(PrivacyError):
        journal._refuse_values([{"fields": {"name": word}}])


@pytest.mark.parametrize(
    "fact",
    [
        {"rule": "crm.contact:client"},
        {"rule": "crm.contact:client:0123abcd"},
        {"fields": ["latin_family_name", "contactpoint.value"]},
        {"cause": "erasure", "people": 3, "halted": []},
        {"on": "2026-02-28", "head": "0" * 64, "state": ""},
    ],
)
def test_columns_rules_choices_days_and_counts_pass(fact):
    journal._refuse_values(fact)


@pytest.mark.both
@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE privacy_journalentry SET actor = 'user:7' WHERE number = 2",
        "DELETE FROM privacy_journalentry WHERE number = 2",
    ],
)
def test_an_entry_changed_or_taken_out_is_noticed(statement):
    for _act in range(3):
        journal.record("test.act")
    assert journal.verify() == 3
    Permit.objects.create(token="00000000-0000-4000-8000-000000000000")
    with connection.cursor() as cursor:
        cursor.execute(statement)

    with pytest.raises(JournalBroken, match="entry 2"):
        journal.verify()


@pytest.mark.both
@pytest.mark.django_db
def test_an_entry_names_its_actor_and_object_by_reference():
    entry = journal.record("test.act", reference="00000000-0000-4000-8000-000000000001")

    assert (entry.actor, entry.object_reference[-1]) == ("system", "1")
    assert JournalEntry.objects.get().previous_digest == journal.GENESIS
