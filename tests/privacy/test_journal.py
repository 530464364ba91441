"""The journal: words of the program alone, and a chain that shows every change."""

import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from config import startup
from privacy import evidence, journal, ledger
from privacy.errors import JournalBroken, JournalKeyInvalid, PrivacyError
from privacy.models import JournalEntry, JournalKey, Permit


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


# --- the key --------------------------------------------------------------------------------


def known():
    return list(JournalKey.objects.values_list("key_id", flat=True))


WRONG = "PRIVACY_JOURNAL_KEY is not the key that this database was made with"


@pytest.mark.both
@pytest.mark.django_db
def test_the_key_enters_with_the_first_entry_and_never_by_a_look(settings):
    startup.prepare()
    journal.verify()
    assert not known()

    journal.record("test.act")

    assert known() == ["journal"]
    startup.prepare()


@pytest.mark.django_db(transaction=True)
def test_the_key_enters_with_the_first_line_of_the_ledger_too(settings):
    ledger.record("suppression.test")
    settings.PRIVACY_JOURNAL_KEY = "33" * 32

    with pytest.raises(JournalKeyInvalid, match=WRONG):
        startup.prepare()


@pytest.mark.both
@pytest.mark.django_db
@pytest.mark.parametrize("upgraded", [False, True])
@pytest.mark.parametrize(
    ("key", "sentence"),
    [("33" * 32, WRONG), ("22" * 31, "must be 64 hex digits"), ("", "must be 64 hex digits")],
)
def test_a_wrong_key_is_named_at_the_start_instead_of_a_line_of_the_ledger(
    settings, upgraded, key, sentence
):
    for _act in range(3):
        journal.record("test.act")
    ledger.intend([uuid.uuid4()], cause="retention")
    if upgraded:
        # An older release kept no check value.
        JournalKey.objects.all().delete()
    settings.PRIVACY_JOURNAL_KEY = key

    with pytest.raises(JournalKeyInvalid, match=sentence):
        startup.prepare()
    with pytest.raises(CommandError, match="PRIVACY_JOURNAL_KEY"):
        call_command("verify_journal")

    assert known() == ([] if upgraded else ["journal"])


@pytest.mark.both
@pytest.mark.django_db
def test_in_an_upgraded_office_the_key_enters_when_the_journal_is_proved_under_it(settings):
    journal.record("test.act")
    JournalKey.objects.all().delete()
    startup.prepare()
    journal.record("test.act")
    # Nobody has walked the chain yet.
    assert not known()

    assert evidence.prove()

    assert known() == ["journal"]


@pytest.mark.django_db
def test_an_entry_that_was_altered_is_not_blamed_on_the_key():
    for _act in range(3):
        journal.record("test.act")
    JournalKey.objects.all().delete()
    Permit.objects.create(token="00000000-0000-4000-8000-000000000000")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE privacy_journalentry SET actor = 'user:7' WHERE number = 3")

    journal.verify_key()
    with pytest.raises(JournalBroken, match="entry 3"):
        journal.verify()
    assert not known()
