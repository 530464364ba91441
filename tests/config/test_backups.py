"""A backup comes back whole into an empty office, and nothing else does; the drill proves it."""

import json
import stat
import tarfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from shutil import copy, copyfile

import pyrage
import pytest
from django.contrib.sessions.models import Session
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from config.awaiting_replay import state
from config.backups import backup, containers, databases, drill, key
from config.backups.errors import BackupRefused
from config.backups.restore import restore
from crm.models import Contact, Document
from privacy import disposal, journal, ledger, replay, suppression
from privacy.enums import Channel, DisposalCause, PointKind, SuppressionScope
from privacy.models import JournalEntry, SuppressionEntry
from privacy.points import Point
from tests.factories import crm as factories
from tests.journeys import scratch

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

CANARY = "Zephyrine-Quillfeather-backup"


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    """Folders of the test's own."""
    settings.BACKUP_FOLDER = tmp_path / "backups"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "uploads"
    for folder in (settings.BACKUP_FOLDER, settings.FILE_UPLOAD_TEMP_DIR):
        folder.mkdir(mode=0o700)
    yield
    state.behind = False


@contextmanager
def office(folder, *, migrated=True):
    """A database and documents of its own; with `migrated` false, as empty as a new machine."""
    folder.mkdir()
    stores = {storages["documents"], Document._meta.get_field("file").storage}
    kept = [(store, store.location) for store in stores]
    for store in stores:
        store.__dict__["location"] = str(folder / "documents")
    try:
        with scratch.database(folder, migrated=migrated, library=True):
            yield
    finally:
        for store, location in kept:
            store.__dict__["location"] = location


def empty(tmp_path):
    return office(tmp_path / "new", migrated=False)


@pytest.fixture(scope="module")
def small_office(tmp_path_factory, django_db_setup, django_db_blocker):
    """A backup of an office that is gone since, and its ledger: made once, copied for each test."""
    folder = tmp_path_factory.mktemp("small")
    ledger_file = folder / "ledger.jsonl"
    folders = {"BACKUP_FOLDER": folder, "FILE_UPLOAD_TEMP_DIR": folder}
    with (
        django_db_blocker.unblock(),
        override_settings(PRIVACY_LEDGER_FILE=ledger_file, **folders),
        office(folder / "old"),
    ):
        person = factories.ContactFactory(latin_family_name=CANARY)
        factories.DocumentFactory(contact=person)
        Session.objects.create(session_key="k" * 32, expire_date=timezone.now())
        ledger.done(ledger.intend([], cause="erasure"))
        return backup.make(), ledger_file


@pytest.fixture
def made(settings, small_office):
    one, ledger_file = small_office
    settings.PRIVACY_LEDGER_FILE.parent.mkdir(parents=True, exist_ok=True)
    copyfile(ledger_file, settings.PRIVACY_LEDGER_FILE)
    return replace(one, path=Path(copy(one.path, settings.BACKUP_FOLDER)))


def tables():
    return {name: n for name, n in databases._counted().items() if n}


def members(path):
    with containers.opened(path) as found:
        return list(found)


def test_it_comes_back_whole(settings, tmp_path, made):
    with empty(tmp_path):
        restore(made.path)

        assert Contact.objects.get().latin_family_name == CANARY
        assert Document.objects.get().file.read()
        assert not Session.objects.exists()
        assert JournalEntry.objects.filter(verb="backup.restore").count() == 1
        journal.verify()
        # The numbers of new rows go on behind the old ones.
        factories.ContactFactory()


def test_it_is_encrypted_for_its_owner_alone_and_holds_no_key_and_no_ledger(settings, made):
    raw = made.path.read_bytes()
    clear = b"".join(content for _name, content in members(made.path))

    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert CANARY.encode() not in raw
    secrets = [
        settings.SECRET_KEY,
        settings.PRIVACY_JOURNAL_KEY,
        settings.BACKUP_KEY,
        *(entry.split(":")[1] for entry in settings.PRIVACY_SUPPRESSION_KEYS),
        *(entry.split(":")[1] for entry in settings.RETENTION_ARCHIVE_KEYS),
        *(entry.split(":")[1] for entry in settings.PRIVACY_SEAL_KEYS),
    ]
    for secret in secrets:
        assert secret.encode() not in clear
    assert settings.PRIVACY_LEDGER_FILE.read_bytes().splitlines()[0] not in clear
    names = [name for name, _content in members(made.path)]
    assert names[0] == backup.MANIFEST
    assert all(name.startswith((backup.DATABASE, backup.DOCUMENTS)) for name in names[1:])
    assert not list(settings.FILE_UPLOAD_TEMP_DIR.iterdir())


def test_a_document_without_a_row_stays_behind(settings, tmp_path):
    with office(tmp_path / "old"):
        factories.DocumentFactory()
        stray = backup.documents_folder() / "stray"
        stray.write_bytes(b"on its way in")
        made = backup.make()
    with empty(tmp_path):
        restore(made.path)

        assert list(backup.documents()) == [Document.objects.get().file.name]


def altered(path, change):
    """The same backup with other content, encrypted anew."""
    other = path.with_name("altered.age")
    containers.write(other, [change(*member) for member in members(path)])
    return other


def manifest_with(**facts):
    def change(name, content):
        if name != backup.MANIFEST:
            return name, content
        return name, json.dumps({**json.loads(content), **facts}).encode()

    return change


def cut(path):
    path.write_bytes(path.read_bytes()[:-200])
    return path


def flipped(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    return path


def no_archive(path):
    clear = path.with_name("clear.age")
    raw = pyrage.encrypt(b"anything at all", [key.identity().to_public()])
    clear.write_bytes(raw)
    return clear


BAD = {
    "cut": (cut, "cut or altered"),
    "altered": (flipped, "cut or altered"),
    "no archive": (no_archive, "no backup of Lethe"),
    "absent": (lambda path: path.with_name("nowhere.age"), "cannot be read"),
    "newer format": (lambda p: altered(p, manifest_with(format=99)), "newer version"),
    "newer schema": (
        lambda p: altered(p, manifest_with(migrations=["crm.9999_tomorrow"])),
        "newer version",
    ),
    "other server": (lambda p: altered(p, manifest_with(vendor="oracle")), "made on oracle"),
    "other archive key": (
        lambda p: altered(p, manifest_with(keys={"RETENTION_ARCHIVE_KEYS": {"a9": "0" * 64}})),
        "lacks the backup's key 'a9'",
    ),
    "newer than the ledger": (
        lambda p: altered(p, manifest_with(ledger_lines=99)),
        "older than the backup",
    ),
    "rows missing": (
        lambda p: altered(p, manifest_with(rows={"crm_contact": 2})),
        "does not hold what it says",
    ),
    "strange manifest": (lambda p: altered(p, manifest_with(made_at="soon")), "no backup"),
    "path that leads out": (
        lambda p: altered(p, lambda n, c: (n.replace("documents/", "documents/../../"), c)),
        "no backup of Lethe",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_in_one_sentence(settings, tmp_path, made, name):
    spoil, sentence = BAD[name]
    path = spoil(made.path)
    with empty(tmp_path):
        with pytest.raises(CommandError, match=sentence):
            call_command("restore", str(path))

        if name not in {"rows missing", "path that leads out"} or connection.vendor == "sqlite":
            assert name == "path that leads out" or not connection.introspection.table_names()
        assert not list(tmp_path.rglob("*outside*"))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BACKUP_KEY", "", "--new-key"),
        ("BACKUP_KEY", "secret", "is not a key"),
        ("BACKUP_KEY", key.new(), "another office's"),
        ("PRIVACY_SUPPRESSION_KEYS", ["t2:" + "77" * 32], "lacks the backup's key 't1'"),
        ("PRIVACY_SUPPRESSION_KEYS", ["t1:" + "77" * 32], "lacks the backup's key 't1'"),
        ("PRIVACY_JOURNAL_KEY", "33" * 32, "PRIVACY_JOURNAL_KEY lacks"),
        (
            "PRIVACY_SEAL_KEYS",
            ["s2:" + "77" * 32],
            "PRIVACY_SEAL_KEYS lacks the backup's key 's1'",
        ),
        (
            "PRIVACY_SEAL_KEYS",
            ["s1:" + "77" * 32],
            "PRIVACY_SEAL_KEYS lacks the backup's key 's1'",
        ),
    ],
)
def test_another_key_is_refused_before_anything_is_written(
    settings, tmp_path, made, name, value, sentence
):
    setattr(settings, name, value)
    with empty(tmp_path):
        with pytest.raises(BackupRefused, match=sentence):
            restore(made.path)

        assert not connection.introspection.table_names()


def test_an_office_in_use_is_never_overwritten(settings, tmp_path, made):
    with office(tmp_path / "used"), pytest.raises(BackupRefused, match="not empty"):
        restore(made.path)
    with empty(tmp_path):
        backup.documents_folder().mkdir(parents=True)
        (backup.documents_folder() / "one").write_bytes(b"x")
        with pytest.raises(BackupRefused, match="documents is not empty"):
            restore(made.path)


def test_a_backup_that_fails_leaves_no_file(settings, tmp_path, monkeypatch):
    with office(tmp_path / "old"):
        monkeypatch.setattr(tarfile.TarFile, "addfile", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            backup.make()

    assert not list(settings.BACKUP_FOLDER.iterdir())
    assert not list(settings.FILE_UPLOAD_TEMP_DIR.iterdir())


def email(number):
    return Point(PointKind.EMAIL, f"q{number}@example.com")


def alive():
    return set(Contact.objects.living().values_list("uuid", flat=True))


def test_after_a_real_dump_exactly_the_gone_are_gone_again(settings, tmp_path):
    """Point by point: 200 gone, one intent without an end, keys used again, every later "no"."""
    today = timezone.localdate()
    with office(tmp_path / "old"):
        people = factories.ContactFactory.create_batch(260)
        kept_no = suppression.suppress(
            [email(1)], scope=SuppressionScope.NO_REENTRY, by=None, channels=()
        )
        made = backup.make()

        gone, aborted = people[:200], people[200]
        disposal.dispose(
            [person.pk for person in gone], cause=DisposalCause.ERASURE, by=None, on=today
        )
        disposal.remove_tombstones([person.pk for person in gone], by=None, keep="rule")
        ledger.intend([aborted.uuid], cause="erasure")
        # New people under the keys of those who went; half of them go as well.
        new = [factories.ContactFactory(pk=person.pk) for person in gone[:50]]
        disposal.dispose(
            [person.pk for person in new[:25]], cause=DisposalCause.ERASURE, by=None, on=today
        )
        for scope, channels in (
            (SuppressionScope.NO_REENTRY, ()),
            (SuppressionScope.NO_MARKETING, (Channel.EMAIL,)),
        ):
            suppression.suppress([email(2)], scope=scope, by=None, channels=channels)
        suppression.lift(kept_no, by=None)
        noes = set(SuppressionEntry.objects.values_list("reference", "ended_at"))

    with empty(tmp_path):
        restore(made.path)
        assert alive() == {person.uuid for person in people}
        # Somebody who came in by raw SQL before the replay, under a key that was used meanwhile.
        late = factories.ContactFactory(pk=max(p.pk for p in people) + 1)
        assert replay.outstanding().people == 200

        first = replay.replay()

        assert first.people == 200
        assert alive() == {person.uuid for person in people[200:]} | {late.uuid}
        assert set(SuppressionEntry.objects.values_list("reference", "ended_at")) == noes
        assert suppression.refused([email(1), email(2)]) == [False, True]
        lines, entries = list(ledger.entries()), journal.verify()
        again = replay.replay()
        assert (again.people, again.suppressions, again.lifts) == (0, 0, 0)
        assert (list(ledger.entries()), journal.verify()) == (lines, entries)
        ledger.verify()


def test_the_drill_says_what_it_saw_and_touches_nothing(settings, tmp_path):
    with office(tmp_path / "old"):
        person, other = factories.ContactFactory.create_batch(2)
        made = backup.make()
        disposal.dispose(
            [person.pk], cause=DisposalCause.ERASURE, by=None, on=timezone.localdate()
        )
        before, lines = tables(), list(ledger.entries())
        out = StringIO()

        call_command("restore_drill", "--json", stdout=out)

        report = json.loads(out.getvalue())
        assert report["passed"]
        assert report["backup"] == made.path.name
        assert report["replay"]["people"] == 1
        assert set(report["seconds"]) == {"restore", "replay", "replay_again", "verify_journal"}
        # One line in the journal is all that the office itself keeps of it.
        after = tables()
        assert after.pop("privacy_journalentry") == before.pop("privacy_journalentry") + 1
        assert after == before
        assert list(ledger.entries()) == lines
        assert alive() == {other.uuid}
        assert not list(settings.FILE_UPLOAD_TEMP_DIR.iterdir())


def test_a_drill_that_fails_says_where(settings, tmp_path, made):
    with office(tmp_path / "old2"):
        with pytest.raises(CommandError, match=r"failed at restore.*cut or altered"):
            call_command("restore_drill", str(cut(made.path)))
        with pytest.raises(BackupRefused, match="no backup yet"):
            for path in settings.BACKUP_FOLDER.iterdir():
                path.unlink()
            drill.newest()


def test_old_backups_go_with_the_sweep(settings, tmp_path, made):
    from privacy import inventory, stores

    store = inventory.registry.stores["backups"]
    assert store.days == 35
    settings.VAR = tmp_path
    assert stores.due(timezone.localdate()).get("backups") is None
    due = stores.due(timezone.localdate() + timedelta(days=35))
    assert due["backups"] == 1


def test_the_command_prints_a_key_that_works(settings, tmp_path):
    out = StringIO()
    call_command("backup", "--new-key", stdout=out)
    settings.BACKUP_KEY = out.getvalue().strip()
    with office(tmp_path / "old"):
        said = StringIO()
        call_command("backup", "--json", stdout=said)

    facts = json.loads(said.getvalue())
    assert facts["rows"] > 0
    assert pyrage.decrypt(Path(facts["file"]).read_bytes(), [key.identity()])
