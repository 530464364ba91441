"""The finance-only archive: what a statute keeps leaves the business, sealed, and goes on its day."""

import json
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.checks import run_checks
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import roles, startup
from crm.models import Contact, InvoiceReference
from privacy import disposal, journal
from privacy.enums import DisposalCause
from privacy.models import Disposal, JournalEntry
from retention import archive, archive_keys, sweep, why
from retention.enums import Mode, ReadReason
from retention.errors import ArchiveKeyInvalid, NotArchived
from retention.models import ArchivedRecord, ArchiveKey, ArchiveNote
from tests import canaries
from tests.factories.crm import UserFactory
from tests.retention import people
from tests.retention.test_console import member

both = pytest.mark.both
database = pytest.mark.django_db
pytestmark = [both, database]
# In the financial year that ended on 31 March 2024.
ISSUED = date(2023, 6, 15)
LAST_DAY = date(2031, 3, 31)
DUE = date(2031, 4, 1)
TODAY = date(2026, 1, 5)
NEW_KEY = "a2:" + "77" * 32


def dispose(*contacts, **options):
    return disposal.dispose(
        [contact.pk for contact in contacts],
        cause=DisposalCause.ERASURE,
        by=None,
        on=TODAY,
        **options,
    )


@pytest.fixture
def billed():
    contact = people.person(ISSUED)
    people.invoice(contact, ISSUED)
    return contact


@pytest.fixture
def record(billed):
    dispose(billed)
    return ArchivedRecord.objects.get()


@pytest.fixture
def reader():
    user = UserFactory()
    user.groups.add(Group.objects.get(name=roles.FINANCE))
    return user


@pytest.mark.clause("S108")
def test_the_row_leaves_the_business_and_its_remainder_alone_is_sealed(billed):
    row = InvoiceReference.objects.get()

    outcome = dispose(billed)

    assert outcome.counts["crm.InvoiceReference"] == 1
    assert outcome.counts["retention.ArchivedRecord"] == 1
    assert not InvoiceReference.objects.exists()
    assert canaries.archived() == [
        {"number": row.number, "billed_to": row.billed_to, "issued_on": "2023-06-15"}
    ]


@pytest.mark.clause("S108")
def test_nothing_beside_the_seal_leads_to_a_person_or_a_day(billed):
    row = InvoiceReference.objects.get()
    dispose(billed)

    (stored,) = ArchivedRecord.objects.values()
    clear = json.dumps({name: str(value) for name, value in stored.items()})

    assert set(stored) == {
        "reference", "rule", "statute", "key_id", "payload", "digest", "due_on"
    }  # fmt: skip
    for telling in (row.number, row.billed_to, str(ISSUED), str(billed.uuid), str(TODAY)):
        assert telling not in clear
    # A Fernet token begins with the second of its making: here it is none.
    token = archive_keys.newest()._fernet()
    assert token.extract_timestamp(stored["payload"].encode()) == 0


def test_records_are_not_numbered_in_the_order_of_their_people():
    contacts = [people.person(ISSUED) for _ in range(12)]
    numbers = [people.invoice(contact, ISSUED).number for contact in contacts]

    dispose(*contacts)

    stored = [
        json.loads(archive_keys.newest().open(payload))["number"]
        for payload in ArchivedRecord.objects.order_by("reference").values_list(
            "payload", flat=True
        )
    ]
    assert sorted(stored) == sorted(numbers)
    assert stored != numbers


@pytest.mark.clause("S108")
def test_what_no_statute_keeps_any_more_is_not_archived():
    contact = people.person(ISSUED)
    people.invoice(contact, date(2018, 3, 31))
    kept = people.invoice(contact, date(2018, 4, 1)).number

    dispose(contact)

    assert [fields["number"] for fields in canaries.archived()] == [kept]
    assert not InvoiceReference.objects.exists()


def test_a_rehearsal_archives_nothing_and_counts_it(billed):
    outcome = dispose(billed, rehearse=True)

    assert outcome.counts["retention.ArchivedRecord"] == 1
    assert not ArchivedRecord.objects.exists()
    assert not ArchiveNote.objects.exists()
    assert InvoiceReference.objects.get().billed_to


def test_the_preview_says_what_the_archive_will_keep_and_until_when(billed):
    (line,) = [
        line
        for line in disposal.plan([billed.pk], on=TODAY)
        if line.holding.model == "crm.InvoiceReference"
    ]

    assert (line.kept, line.deleted, line.archived, line.until) == (1, 0, True, DUE)
    assert line.law.startswith("Cap 112 s.51C, Cap 622 s.377")


def test_the_archive_costs_as_many_statements_for_one_person_as_for_fifty():
    def cost(number):
        contacts = [people.person(ISSUED) for _ in range(number)]
        for contact in contacts:
            people.invoice(contact, ISSUED)
        with CaptureQueriesContext(connection) as queries:
            dispose(*contacts)
        tables = ("retention_archive", "crm_invoicereference")
        return sum(any(table in q["sql"] for table in tables) for q in queries)

    # The first record of all enters its key.
    cost(1)
    assert cost(1) == cost(50)


# --- without a key ------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [[], ["a1:" + "77" * 32], [NEW_KEY], ["a1:short"]])
def test_without_the_right_key_those_under_a_statute_wait_and_the_others_go(
    keys, billed, settings
):
    archive_keys.enter(archive_keys.newest())
    free = people.person(ISSUED)
    settings.RETENTION_ARCHIVE_KEYS = keys

    outcome = dispose(billed, free)

    assert outcome.disposed == (free.pk,)
    (sentence,) = outcome.held[billed.pk]
    assert "RETENTION_ARCHIVE_KEYS" in sentence or "archive key 'a1'" in sentence
    assert people.refreshed(billed).disposed_at is None
    assert InvoiceReference.objects.get().billed_to
    assert not ArchivedRecord.objects.exists()


def test_a_night_without_the_key_goes_on_and_the_next_one_takes_them(settings):
    night = date(2031, 1, 5)
    billed, free = people.person(ISSUED), people.person(ISSUED)
    people.invoice(billed, ISSUED)
    keys, settings.RETENTION_ARCHIVE_KEYS = settings.RETENTION_ARCHIVE_KEYS, []

    first = sweep.run(on=night, mode=Mode.APPLY)
    assert people.refreshed(free).disposed_at
    assert not people.refreshed(billed).disposed_at
    settings.RETENTION_ARCHIVE_KEYS = keys
    second = sweep.run(on=night + timedelta(days=1), mode=Mode.APPLY)

    assert sum(counts["held"] for counts in first.counts.values()) == 1
    assert sum(counts["held"] for counts in second.counts.values()) == 0
    assert people.refreshed(billed).disposed_at
    assert ArchivedRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ([], "is not in RETENTION_ARCHIVE_KEYS; add it"),
        ([NEW_KEY], "is not in RETENTION_ARCHIVE_KEYS; add it"),
        (["a1:" + "77" * 32], "is not the one that this database was made with"),
        (["a1:abcd"], "must be a list of id:hex"),
    ],
)
def test_a_start_is_refused_under_a_wrong_or_missing_key(record, settings, keys, sentence):
    settings.RETENTION_ARCHIVE_KEYS = keys

    with pytest.raises(ArchiveKeyInvalid, match=sentence):
        startup.prepare()


def test_a_key_is_known_from_its_first_record_and_never_by_a_look(billed, settings):
    settings.RETENTION_ARCHIVE_KEYS = [NEW_KEY, *settings.RETENTION_ARCHIVE_KEYS]
    startup.prepare()
    archive.ready()
    assert not ArchiveKey.objects.exists()

    del settings.RETENTION_ARCHIVE_KEYS[0]
    dispose(billed)

    assert list(ArchiveKey.objects.values_list("key_id", flat=True)) == ["a1"]


def test_a_start_is_refused_when_the_check_value_of_a_used_key_is_lost(record):
    ArchiveKey.objects.all().delete()

    with pytest.raises(ArchiveKeyInvalid, match="lost the check value of its archive key 'a1'"):
        startup.prepare()


def test_a_database_that_never_archived_starts_without_a_key(settings):
    settings.RETENTION_ARCHIVE_KEYS = []

    startup.prepare()

    assert not ArchiveKey.objects.exists()


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (["a1:" + "55" * 32], set()),
        ([], {"retention.W001"}),
        (["a1:abcd"], {"retention.E001"}),
        (["55" * 32], {"retention.E001"}),
        (["a1:" + "55" * 32, "a1:" + "77" * 32], {"retention.E001"}),
        (["a1:" + "11" * 32], {"retention.E001"}),
        (["a1:" + "22" * 32], {"retention.E001"}),
    ],
)
def test_a_bad_key_is_said_by_a_check_that_quotes_none(settings, keys, found):
    settings.PRIVACY_SUPPRESSION_KEYS = ["t1:" + "11" * 32]
    settings.PRIVACY_JOURNAL_KEY = "22" * 32
    settings.RETENTION_ARCHIVE_KEYS = keys

    messages = run_checks(tags=["retention"])

    assert {message.id for message in messages} == found
    assert not any("11111111" in f"{m.msg} {m.hint}" for m in messages)


def test_after_a_rotation_old_records_are_read_and_found_and_new_ones_sealed_anew(
    record, reader, settings
):
    number = canaries.archived()[0]["number"]
    settings.RETENTION_ARCHIVE_KEYS = [NEW_KEY, *settings.RETENTION_ARCHIVE_KEYS]
    other = people.person(ISSUED)
    people.invoice(other, ISSUED)

    dispose(other)

    assert archive.find(number, by=reader) == record
    assert archive.read(record, by=reader, reason=ReadReason.AUDIT)["number"] == number
    assert set(ArchivedRecord.objects.values_list("key_id", flat=True)) == {"a1", "a2"}


def test_a_record_under_another_key_id_is_refused_and_leaves_no_entry(record, reader):
    ArchivedRecord.objects.update(key_id="a9")
    record.refresh_from_db()

    with pytest.raises(ArchiveKeyInvalid, match="'a9' is not in RETENTION_ARCHIVE_KEYS"):
        archive.read(record, by=reader, reason=ReadReason.TAX)

    assert not JournalEntry.objects.filter(verb="archive.read").exists()


def test_an_altered_record_is_refused(record, reader):
    ArchivedRecord.objects.update(payload=record.payload[:-4] + "AAAA")
    record.refresh_from_db()

    with pytest.raises(ArchiveKeyInvalid, match="does not open this record"):
        archive.read(record, by=reader, reason=ReadReason.TAX)


# --- reading and finding ------------------------------------------------------------------------


def test_a_reading_leaves_who_which_and_why_and_never_what(record, reader):
    fields = archive.read(record, by=reader, reason=ReadReason.AUDIT)

    entry = JournalEntry.objects.get(verb="archive.read")
    assert fields["billed_to"] == "Quillfeather"
    assert entry.actor == f"user:{reader.pk}"
    assert entry.object_reference == str(record.reference)
    assert entry.facts == {"reason": "audit"}
    journal.verify()


@pytest.mark.parametrize("spell", [str, str.upper, lambda number: f"  {number} "])
def test_a_record_is_found_by_its_number_in_any_spelling(record, reader, spell):
    number = canaries.archived()[0]["number"]

    assert archive.find(spell(number), by=reader) == record
    entry = JournalEntry.objects.get(verb="archive.find")
    assert entry.object_reference == str(record.reference)


@pytest.mark.parametrize("number", ["", "inv", "another-1"])
def test_a_number_that_nobody_has_is_refused(record, reader, number):
    with pytest.raises(NotArchived, match="no record under this number"):
        archive.find(number, by=reader)


# --- the clock ----------------------------------------------------------------------------------


@pytest.mark.clause("S108")
@pytest.mark.parametrize(
    ("issued", "due"),
    [
        (date(2024, 3, 30), date(2031, 4, 1)),
        (date(2024, 3, 31), date(2031, 4, 1)),
        (date(2024, 4, 1), date(2032, 4, 1)),
        (date(2024, 2, 29), date(2031, 4, 1)),
    ],
)
def test_a_record_goes_with_the_sweep_on_its_day_and_no_day_before(issued, due):
    contact = people.person(ISSUED)
    people.invoice(contact, issued)
    dispose(contact)

    assert ArchivedRecord.objects.get().due_on == due
    for day in (due - timedelta(days=1), due):
        rehearsed = sweep.run(on=day, mode=Mode.REHEARSE)
        assert rehearsed.counts.get(archive.RECORDS, {}).get("disposed") == (
            1 if day == due else None
        )
        assert ArchivedRecord.objects.exists()
        assert ArchiveNote.objects.exists()
        sweep.run(on=day, mode=Mode.APPLY)
        assert ArchivedRecord.objects.exists() == (day < due)
        assert ArchiveNote.objects.exists() == (day < due)


def test_a_whole_financial_year_above_the_cap_waits_for_a_named_release(settings):
    contacts = [people.person(ISSUED) for _ in range(3)]
    for contact in contacts:
        people.invoice(contact, ISSUED)
    dispose(*contacts)
    settings.RETENTION_CAP_ROWS, settings.RETENTION_CAP_SHARE = 1, 0.0

    night = sweep.run(on=DUE, mode=Mode.APPLY)

    assert sweep.halted(night) == {archive.RECORDS: 3, archive.NOTES: 3}
    assert ArchivedRecord.objects.count() == 3
    sweep.work(sweep.release(night, rule=archive.RECORDS, by=member(roles.OFFICER)))
    assert not ArchivedRecord.objects.exists()
    assert ArchiveNote.objects.count() == 3


def test_a_hold_keeps_the_rows_in_the_business(billed):
    people.hold(billed)

    outcome = dispose(billed)

    assert outcome.disposed == ()
    assert InvoiceReference.objects.exists()
    assert not ArchivedRecord.objects.exists()


# --- why ----------------------------------------------------------------------------------------


def test_why_names_the_law_and_the_day_for_a_person_who_was_archived(record, billed):
    clause = (
        "invoice references stay until 1 April 2031 by statute, in the archive alone"
        " (Cap 112 s.51C, Cap 622 s.377"
    )
    assert clause in why.sentence(billed.uuid, TODAY)

    sweep.run(on=timezone.localdate() + timedelta(days=1), mode=Mode.APPLY)

    assert not Contact.objects.exists()
    assert why.sentence(str(billed.uuid), LAST_DAY).startswith("Was disposed of on ")
    assert clause in why.sentence(str(billed.uuid), LAST_DAY)
    assert "statute" not in why.sentence(str(billed.uuid), DUE)
    assert Disposal.objects.exists()


def test_a_note_says_until_when_and_not_which_record(billed):
    people.invoice(billed, ISSUED - timedelta(days=5))
    dispose(billed)

    (note,) = ArchiveNote.objects.values("person", "rule", "until")

    assert note == {"person": billed.uuid, "rule": "crm.InvoiceReference:invoice", "until": DUE}
    assert {column.name for column in ArchiveNote._meta.concrete_fields} == {
        "id", "person", "rule", "statute", "until"
    }  # fmt: skip
    assert ArchivedRecord.objects.count() == 2


# --- the console --------------------------------------------------------------------------------


def page(view="changelist", *args):
    return reverse(f"admin:retention_archivedrecord_{view}", args=args)


def test_the_list_shows_law_and_day_and_nothing_that_is_sealed(client, record, reader):
    client.force_login(reader)

    text = client.get(page()).content.decode()
    text += client.get(page("change", record.pk)).content.decode()

    assert str(record.reference) in text
    assert "Cap 622 s.377" in text
    for sealed in (*canaries.archived()[0].values(), record.payload, record.digest):
        assert sealed not in text


def test_a_record_is_shown_once_for_a_reason_and_kept_in_no_cache(client, record, reader):
    client.force_login(reader)
    asked = client.get(page("read", record.pk))
    assert "Quillfeather" not in asked.content.decode()
    refused = client.post(page("read", record.pk), {"reason": "curiosity"})
    assert "Quillfeather" not in refused.content.decode()
    assert not JournalEntry.objects.filter(verb="archive.read").exists()

    shown = client.post(page("read", record.pk), {"reason": "tax"})

    assert "Quillfeather" in shown.content.decode()
    assert "Billed to" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert "Quillfeather" not in json.dumps(dict(client.session))
    assert JournalEntry.objects.get(verb="archive.read").facts == {"reason": "tax"}


def test_records_of_a_table_that_the_code_has_lost_are_listed_read_and_explained(
    client, record, reader, billed
):
    ArchivedRecord.objects.update(rule="crm.Gone:bill")
    ArchiveNote.objects.update(rule="crm.Gone:bill")
    client.force_login(reader)

    assert "crm.Gone:bill" in client.get(page()).content.decode()
    shown = client.post(page("read", record.pk), {"reason": "tax"}).content.decode()
    assert "Billed_to" in shown
    assert "Quillfeather" in shown
    assert "crm.Gone:bill stay until 1 April 2031" in why.sentence(billed.uuid, TODAY)


def test_a_number_leads_to_the_page_of_its_record_and_into_no_address(client, record, reader):
    client.force_login(reader)
    number = canaries.archived()[0]["number"]

    found = client.post(page("find"), {"number": number})
    missed = client.post(page("find"), {"number": "another-1"}, follow=True)

    assert found["Location"] == page("change", record.pk)
    assert "The archive holds no record under this number." in missed.content.decode()


@pytest.mark.clause("S108")
@pytest.mark.parametrize("role", [roles.OFFICER, roles.AUDITOR])
def test_whoever_may_see_the_list_may_not_read(client, record, role):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)

    assert client.get(page()).status_code == 200
    assert page("read", record.pk) not in client.get(page("change", record.pk)).content.decode()
    assert client.post(page("read", record.pk), {"reason": "tax"}).status_code == 403
    assert client.post(page("find"), {"number": "x"}).status_code == 403


def test_a_missing_key_is_a_sentence_on_the_page(client, record, reader, settings):
    settings.RETENTION_ARCHIVE_KEYS = []
    client.force_login(reader)

    answer = client.post(page("read", record.pk), {"reason": "tax"}, follow=True)

    assert "add it from the escrow copy" in answer.content.decode()
