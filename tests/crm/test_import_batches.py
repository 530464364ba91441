"""A batch goes through its steps once, whatever happens to its worker, and leaves no file behind."""

import csv
import stat
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from config import roles
from config.tasks import OFFICE
from crm.enums import AT_WORK, ImportState, ImportStrategy, RoleKind, SourceType
from crm.errors import ImportRefused
from crm.imports import batch as rows_in
from crm.imports import reading, steps, uploads, work
from crm.models import Contact, ContactPoint, ImportBatch, ImportChange, UnderAgeRefusal
from privacy import inventory, stores, suppression
from privacy.enums import PointKind, SuppressionScope
from privacy.models import JournalEntry
from privacy.suppression import Point
from tests.crm.importing import HEADER, checked, imported, member, people, uploaded, worked
from tests.factories.crm import ContactFactory, ContactPointFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def by():
    return member()


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(rows_in, "CHUNK", 2)


def test_every_state_says_what_may_follow():
    assert set(steps.FOLLOWS) == set(ImportState)
    assert all(ImportState.FAILED in steps.FOLLOWS[state] for state in AT_WORK)


def test_an_upload_is_read_and_kept_for_lethe_alone(by):
    batch = uploaded(people(3), by=by)

    path = uploads.path_of(batch)
    assert (batch.state, batch.rows) == (ImportState.READ, 3)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.name == str(batch.uuid)
    assert not Contact.objects.exists()


def test_a_check_gives_a_verdict_on_each_row_and_changes_nothing(by, small_parts):
    content = people(5) + "Ann0,Bee0,ann0@example.com,,,,\n,,broken,,,,\n"

    batch = checked(content, by=by)

    assert batch.state == ImportState.CHECKED
    # The sixth row is the first one again, two parts later.
    assert batch.counts == {"create": 5, "same": 1, "invalid": 1}
    assert list(batch.verdicts.values_list("number", "verdict"))[-2:] == [
        (7, "same"),
        (8, "invalid"),
    ]
    assert not Contact.objects.exists()
    assert not ImportChange.objects.exists()


def test_the_import_does_what_the_check_said(by, small_parts):
    known = ContactFactory(latin_family_name="Bee1", latin_given_name="Ann1")
    ContactPointFactory(contact=known, value="ann1@example.com")
    content = people(5) + "Ann4,Bee4,ann4@example.com,,Firm,,\nZoe,,zoe@example.com,,,,2\n"
    said = checked(content, by=by)
    steps.confirm(said, by=by)

    done = worked(said)

    assert done.state == ImportState.DONE
    assert done.counts == said.counts
    assert sum(done.counts.values()) == done.rows == 7
    assert Contact.objects.count() == 5
    sources = {person.source.import_reference for person in Contact.objects.exclude(pk=known.pk)}
    assert sources == {done.uuid}
    entry = JournalEntry.objects.get(verb="contacts.import")
    assert entry.object_reference == str(done.uuid)
    assert entry.facts["create"] == done.counts["create"] == 4


def test_the_file_is_gone_when_it_is_in_and_only_what_can_be_corrected_comes_back(by):
    suppression.suppress(
        [Point(PointKind.EMAIL, "gone@example.com")], scope=SuppressionScope.NO_REENTRY, by=by
    )
    content = HEADER + (
        "Ann,Bee,ann@example.com,,,,\n"
        "Cid,Dee,gone@example.com,,,,\n"
        "Kid,Young,kid@example.com,,,2024-01-01,\n"
        "=HYPERLINK(1),,broken,,,,\n"
    )

    batch = imported(content, by=by)

    assert not uploads.path_of(batch).exists()
    path = uploads.rejects_of(batch)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"verdict" not in path.read_bytes()
    with uploads.open_rejects(batch) as file:
        handed_back = file.read().decode("utf-8-sig")
    header, *rows = csv.reader(handed_back.splitlines())
    assert header[:3] == ["row", "verdict", "reason"]
    assert [row[:2] for row in rows] == [["3", "refused"], ["4", "refused"], ["5", "invalid"]]
    assert [len(row) for row in rows] == [3, 3, 10]
    assert rows[2][3] == "'=HYPERLINK(1)"
    assert "gone@" not in handed_back
    assert UnderAgeRefusal.objects.get().count == 1


def test_a_check_counts_no_minor(by):
    checked(HEADER + "Kid,Young,kid@example.com,,,2024-01-01,\n", by=by)

    assert not UnderAgeRefusal.objects.exists()


def emptied(settings):
    for folder in (settings.IMPORT_FOLDER, settings.REJECTS_FOLDER):
        for path in Path(folder).iterdir():
            path.unlink()


def test_both_stores_are_purged(by, settings):
    emptied(settings)
    batch = imported(people(1) + ",,x,,,,\n", by=by)
    waiting = uploaded(people(1, start=5), by=by)
    today = timezone.localdate()

    assert stores.purge("rejects", on=today + timedelta(days=1)) == 1
    assert stores.purge("imports", on=today + timedelta(days=6)) == 0
    assert stores.purge("imports", on=today + timedelta(days=7)) == 1
    assert not uploads.rejects_of(batch).exists()
    steps.check(waiting, by=by)
    stopped = worked(waiting)
    assert stopped.state == ImportState.FAILED
    assert "Upload it again" in stopped.failure
    assert {"imports", "rejects"} <= set(inventory.registry.stores)


def test_the_same_file_again_is_asked_about(by):
    first = uploaded(people(2), by=by)

    with pytest.raises(ValidationError, match=str(first.uuid)):
        uploaded(people(2), by=by)

    assert ImportBatch.objects.count() == 1
    assert uploaded(people(2), by=by, again=True).pk != first.pk


def test_a_refused_upload_leaves_no_file(by, monkeypatch, settings):
    emptied(settings)
    monkeypatch.setattr(reading, "LARGEST", 10)

    with pytest.raises(ValidationError, match="50 MB"):
        uploaded(people(2), by=by)

    assert not list(Path(settings.IMPORT_FOLDER).iterdir())
    assert not ImportBatch.objects.exists()


def test_a_brokers_file_needs_its_licence_and_its_end(by):
    with pytest.raises(ValidationError, match="licence or contract"):
        uploaded(people(1), by=by, source_type=SourceType.BROKER)
    with pytest.raises(ValidationError, match="has ended"):
        uploaded(
            people(1),
            by=by,
            source_type=SourceType.BROKER,
            evidence="shelf 4",
            expires_on=date(2020, 1, 1),
        )


def test_confirming_twice_imports_once(by):
    batch = checked(people(3), by=by)
    steps.confirm(batch, by=by)

    with pytest.raises(ImportRefused, match="being imported"):
        steps.confirm(batch, by=by)
    done = worked(batch)
    again = worked(batch)

    assert done.state == again.state == ImportState.DONE
    assert Contact.objects.count() == 3


def test_more_than_500_rows_are_confirmed_by_typing_their_number(by, monkeypatch):
    monkeypatch.setattr(steps, "TYPED_ABOVE", 2)
    batch = checked(people(3), by=by)

    for typed in (None, 2):
        with pytest.raises(ValidationError, match="Type the number"):
            steps.confirm(batch, by=by, typed=typed)

    steps.confirm(batch, by=by, typed=3)


def test_a_mapping_that_changes_after_the_check_is_checked_again(by):
    batch = checked(people(2), by=by)

    steps.assign(batch, by=by, columns={0: "family", 1: "given", 2: "email", 3: "", 4: ""})
    batch = ImportBatch.objects.get()

    assert batch.state == ImportState.MAPPED
    assert not batch.verdicts.exists()
    with pytest.raises(ImportRefused, match="columns mapped"):
        steps.confirm(batch, by=by)
    steps.check(batch, by=by)
    steps.confirm(worked(batch), by=by)
    worked(batch)
    assert set(Contact.objects.values_list("latin_family_name", flat=True)) == {"Ann0", "Ann1"}


def test_a_mapping_without_a_name_is_refused(by):
    batch = uploaded(people(2), by=by)

    with pytest.raises(ValidationError, match="column of names"):
        steps.assign(batch, by=by, columns={2: "email"})


@pytest.fixture
def known():
    contact = ContactFactory(
        latin_family_name="Bee", latin_given_name="Ann", residence_country="HK"
    )
    ContactPointFactory(contact=contact, value="ann@example.com")
    return contact


CONTRADICTS = HEADER + "Ann,Bee,ann@example.com,+85221234567,,,DE\n"


def test_a_conflict_stays_out_by_default(by, known):
    batch = imported(CONTRADICTS, by=by)

    known.refresh_from_db()
    assert batch.counts == {"conflict": 1}
    assert (known.residence_country, known.points.count()) == ("HK", 1)


@pytest.mark.parametrize(
    ("strategy", "country"), [(ImportStrategy.FILL, "HK"), (ImportStrategy.OVERWRITE, "DE")]
)
def test_a_conflict_is_filled_or_overwritten_where_somebody_says_so(by, known, strategy, country):
    batch = checked(CONTRADICTS, by=by)

    steps.decide(batch, by=by, strategy=strategy)
    batch = worked(batch)
    steps.confirm(batch, by=by)
    done = worked(batch)

    known.refresh_from_db()
    assert done.counts == {"update": 1}
    assert (known.residence_country, known.points.count()) == (country, 2)
    assert known.history.count() == 1 + (strategy == ImportStrategy.OVERWRITE)


def test_one_row_is_decided_about_and_the_others_stay(by, known):
    other = ContactFactory(latin_family_name="Dee", latin_given_name="Cid", residence_country="HK")
    ContactPointFactory(contact=other, value="cid@example.com")
    batch = checked(CONTRADICTS + "Cid,Dee,cid@example.com,,,,DE\n", by=by)

    steps.decide(batch, by=by, strategy=ImportStrategy.OVERWRITE, rows="3")
    batch = worked(batch)

    assert batch.counts == {"conflict": 1, "update": 1}
    steps.confirm(batch, by=by)
    worked(batch)
    other.refresh_from_db()
    known.refresh_from_db()
    assert (other.residence_country, known.residence_country) == ("DE", "HK")


def test_staff_propose_and_a_second_person_confirms():
    colleague, officer = member(roles.STAFF), member()
    batch = checked(people(2), by=colleague)
    assert batch.needs_second
    steps.propose(batch, by=colleague)

    with pytest.raises(ImportRefused, match="second person"):
        steps.confirm(batch, by=colleague)
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportBatch.objects.update(confirmed_by=colleague)
    steps.confirm(batch, by=officer)

    assert worked(batch).state == ImportState.DONE
    assert Contact.objects.count() == 2


@pytest.mark.parametrize(
    ("role", "kind", "may"),
    [
        (roles.OFFICER, RoleKind.EMPLOYEE, True),
        (roles.ASSISTANT, RoleKind.CLIENT, True),
        (roles.HR, RoleKind.EMPLOYEE, True),
        (roles.HR, RoleKind.CLIENT, False),
        (roles.STAFF, RoleKind.CLIENT, True),
        (roles.STAFF, RoleKind.EMPLOYEE, False),
        (roles.AUDITOR, RoleKind.CLIENT, False),
    ],
)
def test_who_may_enter_people_of_which_role(role, kind, may):
    user = member(role)

    if may:
        assert uploaded(people(1), by=user, role=kind).role == kind
    else:
        with pytest.raises(ValidationError, match="may not enter"):
            uploaded(people(1), by=user, role=kind)


class Killed(BaseException):
    """As when the worker is killed: nothing of ours runs any more."""


def test_a_worker_that_dies_leaves_whole_parts_and_the_next_goes_on(by, small_parts, monkeypatch):
    batch = checked(people(7), by=by)
    steps.confirm(batch, by=by)
    note, parts = work._note, []

    def dies(*arguments):
        note(*arguments)
        parts.append(1)
        if len(parts) == 2:
            raise Killed

    monkeypatch.setattr(work, "_note", dies)
    with pytest.raises(Killed):
        worked(batch)

    # The second part was rolled back with everything it wrote.
    left = ImportBatch.objects.get()
    assert (left.state, left.done_up_to) == (ImportState.RUNNING, 3)
    assert Contact.objects.count() == 2
    # Its lease runs: a second delivery finds it taken, and does nothing.
    assert worked(batch).done_up_to == 3
    assert work.abandoned() == []
    ImportBatch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert work.abandoned() == [str(batch.uuid)]

    done = worked(batch)

    assert done.state == ImportState.DONE
    assert done.counts == {"create": 7}
    assert Contact.objects.count() == ContactPoint.objects.count() == 7
    assert JournalEntry.objects.filter(verb="contacts.import").count() == 1


def test_a_worker_that_was_thought_dead_stops_at_its_next_part(by, small_parts, monkeypatch):
    batch = checked(people(6), by=by)
    steps.confirm(batch, by=by)
    note, parts = work._note, []

    def taken_over(*arguments):
        note(*arguments)
        parts.append(1)
        if len(parts) == 2:
            monkeypatch.setattr(work, "_note", note)
            ImportBatch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
            work._take(str(batch.uuid))

    monkeypatch.setattr(work, "_note", taken_over)
    slow = worked(batch)

    assert slow.state == ImportState.RUNNING
    assert slow.done_up_to == 5
    ImportBatch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert worked(batch).counts == {"create": 6}
    assert Contact.objects.count() == 6


def test_a_part_at_which_every_worker_dies_is_given_up(by, monkeypatch):
    batch = checked(people(2), by=by)
    steps.confirm(batch, by=by)

    def dies(*_arguments):
        raise Killed

    monkeypatch.setattr(work, "_note", dies)
    for _attempt in range(work.MOST_ATTEMPTS):
        with pytest.raises(Killed):
            worked(batch)
        ImportBatch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    stopped = worked(batch)

    assert stopped.state == ImportState.FAILED
    assert "Several workers" in stopped.failure
    assert not Contact.objects.exists()


def test_a_batch_of_which_no_worker_was_told_is_queued_again(by):
    batch = uploaded(people(1), by=by)
    steps.check(batch, by=by)
    assert work.abandoned() == []

    ImportBatch.objects.update(queued_at=timezone.now() - timedelta(minutes=3))

    assert work.abandoned() == [str(batch.uuid)]


def test_a_suppression_between_check_and_import_refuses_the_row(by):
    batch = checked(people(2), by=by)
    suppression.suppress(
        [Point(PointKind.EMAIL, "ann1@example.com")], scope=SuppressionScope.NO_REENTRY, by=by
    )
    steps.confirm(batch, by=by)

    assert worked(batch).counts == {"create": 1, "refused": 1}


def test_what_stopped_goes_on_when_it_can(by, monkeypatch):
    batch = checked(people(2), by=by)
    steps.confirm(batch, by=by)
    path = uploads.path_of(batch)
    content = path.read_bytes()
    path.unlink()
    assert worked(batch).state == ImportState.FAILED

    path.write_bytes(content)
    steps.retry(batch, by=by)

    assert worked(batch).state == ImportState.DONE
    assert Contact.objects.count() == 2


def test_a_file_that_vanished_cannot_be_confirmed(by):
    batch = checked(people(2), by=by)
    uploads.path_of(batch).unlink()

    with pytest.raises(ImportRefused, match="no longer here"):
        steps.confirm(batch, by=by)


def test_a_discarded_batch_takes_its_file_along(by, django_capture_on_commit_callbacks):
    batch = checked(people(2), by=by)

    with django_capture_on_commit_callbacks(execute=True):
        steps.discard(batch, by=by)

    assert not uploads.path_of(batch).exists()
    assert uploaded(people(2), by=by).state == ImportState.READ


def test_neither_batch_nor_verdict_holds_a_value_of_the_file(by):
    batch = checked(people(2) + "Quillfeather,,broken,,,,\n", by=by)

    texts = [str(list(ImportBatch.objects.values())), str(list(batch.verdicts.values()))]
    texts += [str(entry) for entry in JournalEntry.objects.values_list("facts", flat=True)]
    assert not any("ann0" in text.lower() or "Quillfeather" in text for text in texts)


def test_nothing_is_left_in_the_temp_folder(by, settings):
    imported(people(3), by=by)

    assert list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir()) == []


def test_the_office_is_the_privacy_offices_own_road():
    assert OFFICE.dispose([], None) == {}
    assert list(OFFICE.held([])) == []
