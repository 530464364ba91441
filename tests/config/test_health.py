"""/healthz answers for each part by itself, and is red as soon as one part is silent."""

import os
import time

import pytest

from config import celery, health

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def beating(settings, tmp_path):
    settings.VAR = tmp_path
    for name in ("worker", "beat"):
        celery.heartbeat(name).touch()


def test_it_is_well_while_both_hearts_beat(client, beating):
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "broker": "ok",
        "worker": "ok",
        "beat": "ok",
        "ledger": "ok",
        "sweep": "ok",
        "last_sweep": None,
    }


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_a_heart_that_stopped_is_told(client, beating, name):
    past = time.time() - health.STALE_AFTER - 1
    os.utime(celery.heartbeat(name), (past, past))

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()[name] == "stale"


def test_a_process_that_never_ran_is_told(client, beating):
    celery.heartbeat("worker").unlink()

    assert client.get("/healthz").json()["worker"] == "not started"


def test_it_asks_the_database_few_small_questions(client, beating, django_assert_num_queries):
    # Is it there; the newest anchor, lines that wait; the newest night, the office's age; the last.
    with django_assert_num_queries(6):
        client.get("/healthz")


def test_a_broker_folder_that_is_gone_is_told(client, beating, settings, tmp_path):
    settings.REDIS_URL = ""
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(tmp_path / "gone")}

    assert client.get("/healthz").json()["broker"] == "unreachable"
