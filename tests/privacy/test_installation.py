"""One database, one folder of files; a file that a row names and that is not there is a finding."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from config import startup
from privacy import disposal, files, installation, residue
from privacy.enums import DisposalCause, FindingCause
from privacy.errors import ForeignFiles
from privacy.models import FileRemoval, Finding, Installation, JournalEntry
from tests.factories.crm import DocumentFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_a_second_folder_is_refused_at_the_start_and_by_every_command(settings, tmp_path):
    settings.VAR = tmp_path / "one"
    startup.prepare()
    startup.prepare()
    settings.VAR = tmp_path / "two"

    with pytest.raises(ForeignFiles):
        startup.prepare()
    for command in (["sweep"], ["verify_journal"], ["sweep", "--apply"]):
        with pytest.raises(CommandError, match="LETHE_VAR"):
            call_command(*command)

    settings.VAR = tmp_path / "one"
    startup.prepare()
    assert Installation.objects.count() == 1


def test_a_folder_that_was_moved_or_lost_is_taken_by_a_command_alone(settings, tmp_path):
    settings.VAR = tmp_path / "one"
    startup.prepare()
    settings.VAR = tmp_path / "two"
    with pytest.raises(CommandError, match="--yes"):
        call_command("take_files")
    with pytest.raises(ForeignFiles):
        startup.prepare()

    call_command("take_files", "--yes")

    startup.prepare()
    assert JournalEntry.objects.filter(verb="installation.take").count() == 1
    settings.VAR = tmp_path / "one"
    with pytest.raises(ForeignFiles):
        startup.prepare()


def test_one_folder_serves_two_databases(settings, tmp_path):
    settings.VAR = tmp_path
    (installation.folder() / "another").parent.mkdir(parents=True)
    (installation.folder() / "another").touch()

    startup.prepare()
    startup.prepare()


def dispose(document):
    disposal.dispose(
        [document.contact_id], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate()
    )


def test_a_file_that_lies_elsewhere_is_no_success(tmp_path):
    document = DocumentFactory(file=ContentFile(b"minutes", name="minutes.txt"))
    storage = document.file.storage
    path = storage.path(document.file.name)
    elsewhere = tmp_path / "host-a"
    elsewhere.write_bytes(Path(path).read_bytes())
    storage.delete(document.file.name)

    dispose(document)

    (waits,) = FileRemoval.objects.all()
    finding = Finding.objects.get(cause=FindingCause.MISSING)
    assert finding.row_reference == str(waits.pk)
    files.remove()
    assert Finding.objects.filter(cause=FindingCause.MISSING).count() == 1
    assert FileRemoval.objects.exists()
    # Somebody has seen to it.
    Finding.objects.update(settled_at=timezone.now())
    assert files.remove() == 0


def test_a_removal_that_was_interrupted_after_the_file_went_is_finished():
    document = DocumentFactory(file=ContentFile(b"minutes", name="minutes.txt"))
    FileRemoval.objects.create(
        storage="documents", name=document.file.name, begun_at=timezone.now()
    )
    document.file.storage.delete(document.file.name)

    assert files.remove() == 0
    assert not Finding.objects.filter(cause=FindingCause.MISSING).exists()


def test_a_document_whose_file_is_missing_is_found_by_the_nightly_look():
    document = DocumentFactory(file=ContentFile(b"minutes", name="minutes.txt"))
    assert residue.look_unopened() == 0
    document.file.storage.delete(document.file.name)

    assert residue.look_unopened() == 1

    (finding,) = Finding.objects.filter(cause=FindingCause.UNOPENED)
    assert (finding.place, finding.row_reference) == ("crm_document.file", str(document.pk))
