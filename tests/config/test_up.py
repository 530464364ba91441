"""Web, worker and beat as one tree of real processes: they start, come back, and all end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

PATIENCE = 60
NAME = f"lethe_up_{os.getpid()}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def health(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)
    except OSError:
        return {}


def until(question):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if answer := question():
            return answer
        time.sleep(0.3)
    raise AssertionError("it did not happen in time")


def tree(folder):
    """Every live process that was started with this folder, by its command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if str(folder).encode() not in (entry / "environ").read_bytes():
                continue
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, ValueError):
            continue
        if entry.name.isdigit() and state != "Z":
            found[int(entry.name)] = command
    return found


def environment(folder, port, **extra):
    env = {**os.environ, "LETHE_VAR": str(folder), "PORT": str(port), **extra}
    env.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
    return env


def start(env):
    command = [sys.executable, "manage.py", "up"]
    return subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def the_offices(folder):
    """The worker of the office; what somebody waits for has one of its own beside it."""
    lines = tree(folder).items()
    assert any(" urgent" in line for _pid, line in lines)
    return {pid for pid, line in lines if " worker " in line and " urgent" not in line}


def lives_and_ends(folder, env, port):
    """Start, kill the worker and its pool, see it come back, stop; nothing is left."""
    up = start(env)
    try:
        until(lambda: health(port).get("status") == "ok")
        workers = the_offices(folder)
        assert workers
        assert os.getpid() not in workers
        beat = folder / "heartbeat" / "worker"
        beat.unlink()
        main = next(pid for pid in workers if os.getpgid(pid) == pid)
        os.kill(main, signal.SIGKILL)
        until(lambda: health(port).get("status") == "ok" and beat.exists())
        now = the_offices(folder)
        assert now
        assert not now & workers
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(timeout=PATIENCE)
        left = tree(folder)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
    assert up.returncode == 0
    assert not left


def test_the_embedded_tree_restarts_its_worker_and_leaves_no_process(tmp_path):
    port = free_port()
    url = f"sqlite:///{tmp_path / 'lethe.sqlite3'}"
    lives_and_ends(tmp_path, environment(tmp_path, port, DATABASE_URL=url, REDIS_URL=""), port)


@pytest.mark.services
def test_the_tree_lives_on_postgresql_and_redis(tmp_path):
    facts = connection.settings_dict
    parameters = {"host": facts["HOST"], "port": facts["PORT"] or 5432, "user": facts["USER"]}
    server = psycopg2.connect(dbname="postgres", password=facts["PASSWORD"], **parameters)
    server.autocommit = True
    port = free_port()
    url = "postgres://{user}@{host}:{port}/".format(**parameters) + NAME
    try:
        server.cursor().execute(f"CREATE DATABASE {NAME} TEMPLATE template0")
        lives_and_ends(tmp_path, environment(tmp_path, port, DATABASE_URL=url), port)
    finally:
        server.cursor().execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        server.close()


def test_a_taken_port_is_one_sentence_before_anything_starts(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "manage.py", "up"]
        env = environment(tmp_path, taken.getsockname()[1])

        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=False
        )

    assert done.returncode
    assert "is taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_with_another_key_does_not_start(tmp_path):
    url = f"sqlite:///{tmp_path / 'lethe.sqlite3'}"
    env = environment(tmp_path, 0, DATABASE_URL=url, REDIS_URL="")
    run = {"cwd": settings.BASE_DIR, "capture_output": True, "text": True}
    prepared = (
        "from config import startup; from django.core.management import call_command;"
        "call_command('migrate', verbosity=0); startup.prepare();"
        "from privacy import suppression; suppression.enter_keys('t1')"
    )
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", prepared]
    subprocess.run(command, env=env, timeout=PATIENCE, check=True, **run)

    command = [sys.executable, "-m", "celery", "--app", "config", "worker", "--pool", "solo"]
    env["PRIVACY_SUPPRESSION_KEYS"] = "t1:" + "99" * 32
    done = subprocess.run(command, env=env, timeout=PATIENCE, check=False, **run)

    assert done.returncode
    assert "key" in done.stderr.splitlines()[-1]
