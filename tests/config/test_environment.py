"""Fresh keys for an empty database only; they are random, one purpose each, and the owner's."""

import os
import sqlite3
import stat
import subprocess
import sys

import pytest

from config import environment


@pytest.fixture(autouse=True)
def no_keys_in_the_environment(monkeypatch):
    for name in environment.SECRETS:
        monkeypatch.delenv(name, raising=False)


def used_database(folder):
    connection = sqlite3.connect(folder / "lethe.sqlite3")
    connection.execute("CREATE TABLE django_migrations (id integer)")
    connection.commit()
    connection.close()


def test_minting_writes_five_keys_that_only_the_owner_reads(tmp_path):
    path = tmp_path / ".env"

    environment.mint(path, database_url="", var=tmp_path)

    lines = dict(
        line.split("=", 1) for line in path.read_text().splitlines() if not line.startswith("#")
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len({lines[name] for name in (*environment.SECRETS, environment.ALSO)}) == 5
    assert len(bytes.fromhex(lines["PRIVACY_JOURNAL_KEY"])) == 32


def test_two_mints_share_no_key():
    assert not set(environment.text().split()) & {
        word for word in environment.text().split() if "KEY" in word
    }


def test_minting_leaves_an_existing_file_alone(tmp_path):
    path = tmp_path / ".env"
    path.write_text("mine\n")

    environment.mint(path, database_url="", var=tmp_path)

    assert path.read_text() == "mine\n"


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
