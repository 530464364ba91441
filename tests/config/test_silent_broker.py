"""Redis down, or silent: every page answers in time, and nothing that was said is lost."""

import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from django.conf import settings

# A web process of its own: it prints what came of each page.
SCRIPT = """
import json, time
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from config import celery, startup
startup.prepare()
from django.test import Client
from django.urls import reverse
from django.utils import translation
from privacy import links
from privacy.links import Act
from privacy.models import ConsentEvent, LegalEntity, Office, PendingSignUp, WaitingTask
from tests.factories.crm import ContactPointFactory, UserFactory
from tests.factories.privacy import NoticeFactory

translation.activate("en")
NoticeFactory()
Office.objects.update_or_create(id=1, defaults={"privacy_contact": "privacy@example.com"})
LegalEntity.objects.create(name="Example Consulting Ltd", address="1 Example Road")
person = ContactPointFactory(value="amara@example.com").contact
user = UserFactory(email="officer@example.com")
for name in ("worker", "beat"):
    celery.heartbeat(name).touch()
scope = {"purpose": "newsletter", "channel": "email"}
pages = {
    "ask for the choices": (reverse("public:preferences_ask"), {"email": "amara@example.com"}),
    "sign up": (
        reverse("public:sign_up"),
        {"name": "Bea", "email": "bea@example.com", "age": "16", "to_newsletter": "on"},
    ),
    "choose": (
        reverse("public:preferences", args=[links.token(Act.PREFERENCES, person.uuid)]),
        {"everything": "1"},
    ),
    "unsubscribe": (
        reverse("public:unsubscribe", args=[links.token(Act.UNSUBSCRIBE, person.uuid, **scope)]),
        {},
    ),
    "forgotten password": (reverse("admin_password_reset"), {"email": user.email}),
    "health": ("/healthz", None),
}
said = {}
for name, (url, data) in pages.items():
    begun = time.monotonic()
    client = Client(raise_request_exception=False)
    answer = client.get(url) if data is None else client.post(url, data)
    said[name] = [answer.status_code, time.monotonic() - begun]
    if name == "health":
        said["broker"] = answer.json()["broker"]
said["waiting"] = sorted(WaitingTask.objects.values_list("task", flat=True))
said["noes"] = ConsentEvent.objects.count()
said["sign-ups"] = PendingSignUp.objects.count()
print("RESULT " + json.dumps(said))
"""


@contextmanager
def silent():
    """A server that takes every connection and never says a word."""
    taken = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(64)

        def listen():
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=listen, daemon=True).start()
        yield server.getsockname()[1]
    for one in taken:
        one.close()


@contextmanager
def down():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    yield port


@pytest.mark.parametrize("broker", [silent, down], ids=["silent", "down"])
def test_every_page_answers_in_five_seconds_and_nothing_is_lost(tmp_path, broker):
    with broker() as port:
        environment = {
            **os.environ,
            "LETHE_VAR": str(tmp_path),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'lethe.sqlite3'}",
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
        }
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=settings.BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert lines, done.stderr[-2000:]
    said = json.loads(lines[0].removeprefix("RESULT "))
    for name in ("ask for the choices", "sign up", "choose", "unsubscribe", "forgotten password"):
        status, seconds = said[name]
        assert status == 200, (name, done.stderr[-2000:])
        assert seconds < 5, name
    assert said["health"][0] == 503
    assert said["health"][1] < 5
    assert said["broker"] == "unreachable"
    # What workers are to do waits in rows that the watchdog finds.
    assert said["waiting"] == [
        "crm.send_forgotten",
        "privacy.send_preferences_link",
        "privacy.send_sign_up",
    ]
    assert said["sign-ups"] == 1
    assert said["noes"] > 0
