"""A stored file shows nothing to whoever takes the disk, and everything to whoever may read it.

From upload to download, through the upgrade of an office whose files lie in clear, a run that is
killed in its middle, and a rotation of the keys (S91).
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from crm.enums import ImportState
from crm.imports import steps, uploads
from crm.models import Contact, Document
from privacy import disposal, files, residue, sealing, seals
from privacy.enums import DisposalCause, FindingCause
from privacy.inventory import registry
from privacy.models import FileRemoval, Finding, JournalEntry, SealKey
from tests.crm.importing import imported, member, people, uploaded, worked
from tests.factories.crm import ContactFactory, DocumentFactory
from tests.journeys import scratch
from tests.retention.test_kill import kill, start, until

CANARY = "Zephyrine Quillfeather owes nothing."
ROTATED = ["s2:" + "6f" * 32]
pytestmark = pytest.mark.both


@pytest.fixture(autouse=True)
def folders(settings):
    """Each begins with empty folders, and leaves no spoilt file to another test."""
    emptied(settings)
    yield
    emptied(settings)


def emptied(settings):
    for store in ("documents", "imports", "rejects"):
        for path in (settings.VAR / store).rglob("*"):
            if path.is_file():
                path.unlink()


@pytest.fixture
def by(db):
    return member()


def path_of(document):
    return Path(storages["documents"].path(document.file.name))


def in_clear(text=CANARY, **facts):
    """A document as the last release stored it."""
    document = DocumentFactory(**facts)
    path_of(document).write_bytes(text.encode())
    return document


def downloaded(client, document):
    answer = client.get(reverse("admin:crm_document_download", args=[document.pk]))
    return answer, b"".join(answer.streaming_content) if answer.streaming else b""


def warned():
    return [one for one in run_checks(databases=["default"]) if one.id == "privacy.W001"]


def test_what_is_uploaded_in_the_console_lies_sealed_and_comes_back_as_it_was(
    client, by, settings
):
    client.force_login(by)
    contact = ContactFactory(team=by.team)
    # Above what Django keeps in memory, so that it comes by a temporary file.
    text = (CANARY + "\n").encode() * 90_000
    for content in (CANARY.encode(), text):
        client.post(
            reverse("admin:crm_document_add"),
            {
                "contact": contact.pk,
                "title": "Letter",
                "file": SimpleUploadedFile("a.txt", content, content_type="text/plain"),
            },
        )
        document = Document.objects.latest("pk")
        raw = path_of(document).read_bytes()
        answer, received = downloaded(client, document)

        assert CANARY.encode() not in raw
        assert received == content
        assert answer["Content-Length"] == str(len(content)) == str(document.size)
        assert document.file.size == len(content)
    assert not warned()


def test_an_address_file_and_what_is_handed_back_lie_sealed(client, by, settings):
    client.force_login(by)
    batch = uploaded(people(2), by=by)
    assert b"example.com" not in uploads.path_of(batch).read_bytes()
    page = client.get(reverse("admin:crm_importbatch_change", args=[batch.pk]))
    assert "ann1@example.com" in page.content.decode()

    done = imported(people(2, start=5) + "Zephyrine,,quill,,,,\n", by=by)
    assert b"Zephyrine" not in uploads.rejects_of(done).read_bytes()
    answer = client.get(reverse("admin:crm_importbatch_rejects", args=[done.pk]))

    content = b"".join(answer.streaming_content)
    assert "Zephyrine" in content.decode("utf-8-sig")
    assert answer["Content-Length"] == str(len(content))


# --- an office of the last release --------------------------------------------------------------


def test_an_upgraded_office_works_before_its_files_are_sealed_and_after(client, by, settings):
    client.force_login(by)
    document = in_clear(contact__team=by.team)
    batch = uploaded(people(2), by=by)
    uploads.path_of(batch).write_bytes(people(3).encode())
    week_old = timezone.now().timestamp() - 6 * 86_400
    os.utime(uploads.path_of(batch), (week_old, week_old))
    assert downloaded(client, document)[1] == CANARY.encode()
    assert warned()[0].msg == "Stored files that lie in clear: 2."

    call_command("seal_files")

    assert CANARY.encode() not in path_of(document).read_bytes()
    assert downloaded(client, document)[1] == CANARY.encode()
    assert not warned()
    # Sealing makes no file younger: it still goes on its day.
    assert abs(uploads.path_of(batch).stat().st_mtime - week_old) < 1
    steps.check(batch, by=by)
    checked = worked(batch)
    assert (checked.state, checked.counts) == (ImportState.CHECKED, {"create": 3})


def test_the_command_says_counts_and_no_names(client, by, capsys, settings):
    document = in_clear(title="Quillfeather")
    DocumentFactory()

    call_command("seal_files")
    call_command("seal_files")

    said = capsys.readouterr().out.splitlines()
    assert said == [
        "Files sealed: 1 now, 1 before.",
        "Files sealed: 0 now, 2 before.",
    ]
    assert document.file.name not in "".join(said)
    (entry,) = JournalEntry.objects.filter(verb="files.seal")
    assert entry.facts == {"files": 1, "left": 0}


def test_after_a_rotation_every_file_is_sealed_under_the_new_key_on_demand(by, settings):
    documents = [DocumentFactory(file=ContentFile(CANARY.encode(), name="x")) for _ in range(3)]
    path_of(documents[0]).write_bytes(CANARY.encode())
    settings.PRIVACY_SEAL_KEYS = ROTATED + settings.PRIVACY_SEAL_KEYS

    call_command("seal_files")
    assert [seals.sealed_under(path_of(one)) for one in documents] == ["s2", "s1", "s1"]
    call_command("seal_files", reseal=True)

    assert [seals.sealed_under(path_of(one)) for one in documents] == ["s2"] * 3
    assert [one.file.open().read() for one in documents] == [CANARY.encode()] * 3
    assert set(SealKey.objects.values_list("key_id", flat=True)) == {"s1", "s2"}


def test_a_file_that_does_not_open_is_left_and_said(by, settings):
    document = DocumentFactory()
    raw = path_of(document).read_bytes()[:-1]
    path_of(document).write_bytes(raw)
    settings.PRIVACY_SEAL_KEYS = ROTATED + settings.PRIVACY_SEAL_KEYS

    with pytest.raises(CommandError, match="could not be sealed and stay as they are: 1"):
        call_command("seal_files", reseal=True)

    assert path_of(document).read_bytes() == raw


def test_of_two_runs_at_once_the_second_waits_to_be_asked_again(by):
    with sealing._alone(), pytest.raises(CommandError, match="already"):
        call_command("seal_files")


# --- killed -------------------------------------------------------------------------------------


def test_a_run_killed_in_its_middle_loses_nothing_and_the_next_one_finishes(
    tmp_path, settings, django_db_setup, django_db_blocker
):
    count, text = 40, CANARY.encode() * 20_000
    with django_db_blocker.unblock(), scratch.database(tmp_path):
        folder = tmp_path / "documents" / "ab"
        folder.mkdir(parents=True)
        paths = [folder / f"{number:032x}" for number in range(count)]
        for path in paths:
            path.write_bytes(text)
            DocumentFactory(file=f"ab/{path.name}")
        kills = 0
        for wanted in (1, 7, 20):
            process = start(tmp_path, "manage.py", "seal_files")
            until(lambda wanted=wanted: sum(map(seals.is_sealed, paths)) >= wanted)
            kills += process.poll() is None
            kill(process)
            # Each is whole, in clear or sealed, wherever the kill fell.
            assert all(seals.read(path, store="documents") == text for path in paths)
        assert kills >= 1
        assert start(tmp_path, "manage.py", "seal_files").wait(timeout=60) == 0

        assert all(map(seals.is_sealed, paths))
        assert all(seals.read(path, store="documents") == text for path in paths)
        assert sorted(folder.iterdir()) == paths
        assert SealKey.objects.count() == 1


def test_what_a_kill_left_beside_a_file_goes_with_it_or_with_the_next_run(by, settings):
    gone, stays = in_clear(), in_clear()
    parts = [path_of(one).with_name(f".{path_of(one).name}.sealing") for one in (gone, stays)]
    for part in parts:
        part.write_bytes(path_of(DocumentFactory()).read_bytes()[:40])

    files.name("documents", [gone.file.name])
    gone.delete()
    files.remove()
    assert not parts[0].exists()
    call_command("seal_files")

    assert not parts[1].exists()
    assert stays.file.open().read() == CANARY.encode()


def test_what_a_kill_left_of_a_file_that_is_gone_goes_an_hour_later(by, settings):
    folder = settings.VAR / "imports"
    part = folder / ".gone.sealing"
    part.write_bytes(b"\x93lethe\x00\x01")
    call_command("seal_files")
    assert part.exists()
    long_ago = timezone.now().timestamp() - 3_700
    os.utime(part, (long_ago, long_ago))

    call_command("seal_files")

    assert not part.exists()


def test_a_file_that_is_named_for_removal_is_not_brought_back(by):
    document = in_clear()
    FileRemoval.objects.create(storage="documents", name=document.file.name)
    raw = path_of(document).read_bytes()

    assert sealing.seal().sealed == 0

    assert path_of(document).read_bytes() == raw


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_nobody_disposes_of_a_document_while_it_is_sealed():
    document = in_clear()
    store = registry.stores["documents"]

    def take():
        try:
            with transaction.atomic():
                return Document.objects.select_for_update(nowait=True).get(pk=document.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:
        with sealing._held_still(store, path_of(document)) as is_here:
            assert is_here
            with pytest.raises(OperationalError):
                threads.submit(take).result()
        assert threads.submit(take).result() == document


# --- the residue search -------------------------------------------------------------------------


def findings():
    return set(
        Finding.objects.filter(cause=FindingCause.UNOPENED, settled_at=None).values_list(
            "place", "row_reference", "subject_reference"
        )
    )


def spoilt(document):
    path = path_of(document)
    path.write_bytes(path.read_bytes()[:-1])
    return document


def test_a_sealed_file_that_mentions_somebody_is_found(by, settings):
    gone = ContactFactory(latin_given_name="Zephyrine", latin_family_name="Quillfeather")
    document = DocumentFactory(file=ContentFile(CANARY.encode(), name="x"))
    seals.write(settings.VAR / "imports" / "left", [CANARY.encode()], store="imports")

    disposed(gone)

    found = set(Finding.objects.values_list("cause", "place", "row_reference"))
    assert found == {
        ("residue", "crm_document.file", str(document.pk)),
        ("residue", "store imports", ""),
    }


def disposed(*contacts):
    pks = [contact.pk for contact in contacts]
    cause = DisposalCause.RETENTION
    assert disposal.dispose(pks, cause=cause, by=None, on=timezone.localdate()).disposed


@pytest.mark.parametrize("spoil", ["cut", "key"])
def test_a_file_that_does_not_open_is_a_finding_and_never_nothing_found(by, settings, spoil):
    gone = ContactFactory(latin_given_name="Zephyrine", latin_family_name="Quillfeather")
    document = DocumentFactory(file=ContentFile(CANARY.encode(), name="x"))
    left = settings.VAR / "imports" / "left"
    seals.write(left, [CANARY.encode()], store="imports")
    spoilt(document)
    if spoil == "cut":
        left.write_bytes(left.read_bytes()[:-1])
    else:
        left.write_bytes(left.read_bytes().replace(b"\x02s1", b"\x02s9", 1))

    disposed(gone)

    assert findings() == {
        ("crm_document.file", str(document.pk), None),
        ("store imports", "", None),
    }


def test_every_night_finds_what_does_not_open_once_and_settles_what_does_again(by, settings):
    whole, document = DocumentFactory(), DocumentFactory()
    raw = path_of(document).read_bytes()
    spoilt(document)

    assert residue.look_unopened() == 1
    assert residue.look_unopened() == 1
    assert findings() == {("crm_document.file", str(document.pk), None)}
    assert Finding.objects.count() == 1

    path_of(document).write_bytes(raw)
    assert residue.look_unopened() == 0
    assert not findings()
    assert whole.file.open().read()


def test_a_file_that_does_not_open_is_one_sentence_to_whoever_asks_for_it(client, by, settings):
    client.force_login(by)
    document = spoilt(DocumentFactory(contact__team=by.team))
    answer = client.get(reverse("admin:crm_document_download", args=[document.pk]), follow=True)
    assert "does not open" in answer.content.decode()

    done = imported(people(1) + "Zephyrine,,quill,,,,\n", by=by)
    path = uploads.rejects_of(done)
    path.write_bytes(path.read_bytes()[:-1])
    answer = client.get(reverse("admin:crm_importbatch_rejects", args=[done.pk]), follow=True)
    assert "does not open" in answer.content.decode()

    batch = uploaded(people(1, start=9), by=by)
    uploads.path_of(batch).write_bytes(uploads.path_of(batch).read_bytes()[:-1])
    answer = client.get(reverse("admin:crm_importbatch_change", args=[batch.pk]))
    assert answer.status_code == 200
    assert not Contact.objects.filter(latin_given_name="Ann9").exists()
