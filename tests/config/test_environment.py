"""Fresh keys for an empty database only; they are random, one purpose each, and the owner's."""

import os
import re
import sqlite3
import stat
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.db import connection

from config import environment
from privacy.models import SealKey


@pytest.fixture(autouse=True)
def no_keys_in_the_environment(monkeypatch):
    for name in environment.SECRETS:
        monkeypatch.delenv(name, raising=False)


def used_database(folder):
    connection = sqlite3.connect(folder / "lethe.sqlite3")
    connection.execute("CREATE TABLE django_migrations (id integer)")
    connection.commit()
    connection.close()


def test_minting_writes_six_keys_that_only_the_owner_reads(tmp_path):
    path = tmp_path / ".env"

    environment.mint(path, database_url="", var=tmp_path)

    lines = dict(
        line.split("=", 1) for line in path.read_text().splitlines() if not line.startswith("#")
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len({lines[name] for name in (*environment.SECRETS, environment.ALSO)}) == 6
    assert len(bytes.fromhex(lines["PRIVACY_JOURNAL_KEY"])) == 32


def test_two_mints_share_no_key():
    assert not set(environment.text().split()) & {
        word for word in environment.text().split() if "KEY" in word
    }


def used_by_an_older_release(folder):
    path = folder / ".env"
    path.write_text("DJANGO_SECRET_KEY=mine")
    path.chmod(0o640)
    used_database(folder)
    return path


def knows_a_seal_key(folder):
    connection = sqlite3.connect(folder / "lethe.sqlite3")
    connection.execute("CREATE TABLE privacy_sealkey (key_id text)")
    connection.execute("INSERT INTO privacy_sealkey VALUES ('s1')")
    connection.commit()
    connection.close()


def test_minting_leaves_a_file_with_all_keys_alone(tmp_path):
    path = tmp_path / ".env"
    path.write_text("PRIVACY_SEAL_KEYS=mine\n")

    assert environment.mint(path, database_url="", var=tmp_path) == ""

    assert path.read_text() == "PRIVACY_SEAL_KEYS=mine\n"


def test_an_older_file_gets_a_key_for_stored_files_once_and_keeps_its_own(tmp_path):
    path = used_by_an_older_release(tmp_path)

    said = environment.mint(path, database_url="", var=tmp_path)
    first, _comment, line = path.read_text().splitlines()
    again = environment.mint(path, database_url="", var=tmp_path)

    assert "PRIVACY_SEAL_KEYS" in said and line.rpartition(":")[2] not in said
    assert first == "DJANGO_SECRET_KEY=mine"
    assert re.fullmatch("PRIVACY_SEAL_KEYS=s1:[0-9a-f]{64}", line)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert again == "" and path.read_text().splitlines()[2] == line


@pytest.mark.parametrize(
    ("written", "sealed", "sentence"),
    [
        ("DJANGO_SECRET_KEY=mine\n", True, "restore the key from your copy"),
        ("PRIVACY_SEAL_KEYS=\n", True, "restore the key from your copy"),
        ("PRIVACY_SEAL_KEYS=\n", False, "take the line out"),
    ],
)
def test_no_key_is_invented_where_files_are_sealed_or_the_line_is_empty(
    tmp_path, written, sealed, sentence
):
    path = used_by_an_older_release(tmp_path)
    path.write_text(written)
    if sealed:
        knows_a_seal_key(tmp_path)

    with pytest.raises(SystemExit, match=sentence):
        environment.mint(path, database_url="", var=tmp_path)

    assert path.read_text() == written


def test_keys_of_the_environment_without_that_of_stored_files_are_refused(tmp_path, monkeypatch):
    for name in environment.SECRETS:
        if name != environment.SEAL_KEYS:
            monkeypatch.setenv(name, "x")

    with pytest.raises(SystemExit, match="PRIVACY_SEAL_KEYS is missing"):
        environment.mint(tmp_path / ".env", database_url="", var=tmp_path)

    assert not (tmp_path / ".env").exists()


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_a_seal_key_is_seen_in_the_database_itself(tmp_path):
    if connection.vendor == "sqlite":
        # The suite's own lies in memory.
        knows_a_seal_key(tmp_path)
        assert environment.has_sealed("", tmp_path)
        return
    url = urlsplit(os.environ["DATABASE_URL"])._replace(
        path=f"/{connection.settings_dict['NAME']}"
    )
    assert not environment.has_sealed(url.geturl(), tmp_path)

    SealKey.objects.create(key_id="s1", check_value="0" * 64)

    assert environment.has_sealed(url.geturl(), tmp_path)


def test_minting_beside_a_used_database_is_refused_with_what_to_restore(tmp_path):
    used_database(tmp_path)

    with pytest.raises(SystemExit, match="Restore .env"):
        environment.mint(tmp_path / ".env", database_url="", var=tmp_path)

    assert not (tmp_path / ".env").exists()


def test_keys_of_the_environment_need_no_file(tmp_path, monkeypatch):
    for name in environment.SECRETS:
        monkeypatch.setenv(name, "x")

    environment.mint(tmp_path / ".env", database_url="", var=tmp_path)

    assert not (tmp_path / ".env").exists()


def test_an_unreachable_database_is_one_sentence_even_where_the_keys_are_there():
    command = [sys.executable, "-m", "config.environment"]
    env = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}

    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    assert done.returncode
    assert done.stderr.strip().count("\n") == 0
    assert "cannot be reached" in done.stderr


def test_an_address_of_nothing_is_the_embedded_database(tmp_path):
    asked = "from django.conf import settings; print(settings.DATABASES['default']['ENGINE'])"
    said = subprocess.run(
        [sys.executable, "-c", asked],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
            "DATABASE_URL": "",
            "LETHE_VAR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.strip() == "django.db.backends.sqlite3"


def test_it_begins_on_a_machine_without_any_key(tmp_path):
    """`make setup` runs before there is an `.env`: nothing that it loads may read the settings."""
    done = subprocess.run(
        [sys.executable, "-c", "import config.environment"],
        cwd=environment.ROOT,
        env={"PATH": os.environ["PATH"], "DJANGO_READ_DOT_ENV": "False"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
