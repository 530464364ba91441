"""Two web processes, two workers, one beat: the broker is away while people sign up and say no.

On PostgreSQL and Redis of the test's own. No page fails, nothing is lost, nothing is done twice.
"""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import psycopg2
import pytest
from django.conf import settings

from tests.crm import post
from tests.journeys import machines

pytestmark = pytest.mark.services

# How long the broker is away, in seconds; nobody has to wait longer to see what happens.
AWAY = int(os.environ.get("BROKER_AWAY_SECONDS", "20"))
PEOPLE = 12
SEED = f"""
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from config import startup
startup.prepare()
from django.utils import timezone, translation
from django.urls import reverse
from privacy import consent, links, notices
from privacy.enums import Channel, ConsentMethod
from privacy.links import Act
from privacy.models import LegalEntity, Office
from tests.factories.crm import ContactPointFactory
from tests.factories.privacy import NoticeFactory
translation.activate("en")
NoticeFactory()
Office.objects.update_or_create(id=1, defaults={{"privacy_contact": "privacy@example.com"}})
LegalEntity.objects.create(name="Example Consulting Ltd", address="1 Example Road")
for number in range({PEOPLE}):
    person = ContactPointFactory(value=f"reader-{{number}}@example.com").contact
    consent.record(person, purpose="newsletter", channel=Channel.EMAIL,
        method=ConsentMethod.ONLINE, wording_text="Yes.", evidence="form 12", by=None,
        notice=notices.in_force(on=timezone.localdate()))
    scope = {{"purpose": "newsletter", "channel": "email"}}
    act = Act.UNSUBSCRIBE if number % 2 else Act.PREFERENCES
    name = "public:unsubscribe" if number % 2 else "public:preferences"
    print("URL " + reverse(name, args=[links.token(act, person.uuid, **scope)]))
"""


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def send(self, path, **data):
        page = self.opener.open(self.base + path, timeout=10).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        shown = re.search(r'name="shown" value="([^"]+)"', page)
        if token:
            data["csrfmiddlewaretoken"] = token[1]
        if shown:
            data["shown"] = shown[1]
        body = urllib.parse.urlencode(data).encode()
        begun = time.monotonic()
        with self.opener.open(self.base + path, body, timeout=10) as answer:
            return answer.status, time.monotonic() - begun


def start(environment, *command):
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.mark.clause("S58", "S118")
def test_while_the_broker_is_away_no_page_fails_and_nothing_is_lost_or_done_twice(settings):
    with machines.servers() as (cluster, broker, var), post.running(settings) as taken:
        opened = cluster.connect()
        opened.cursor().execute("CREATE DATABASE office")
        opened.close()
        url = f"postgres://{machines.OWNER}@127.0.0.1:{cluster.port}/office"
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
            "DATABASE_URL": url,
            "REDIS_URL": broker.url,
            "LETHE_VAR": str(var),
            "EMAIL_URL": f"smtp://127.0.0.1:{settings.EMAIL_PORT}",
        }
        seeded = subprocess.run(
            [sys.executable, "-c", SEED],
            cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        urls = [line[4:] for line in seeded.stdout.splitlines() if line.startswith("URL ")]
        port = machines.free_port()
        celery = ["-m", "celery", "--quiet", "--app", "config"]
        processes = [
            start(
                environment,
                *("-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"),
                *("--workers", "2", "--threads", "2", "--no-control-socket"),
            ),
            start(environment, *celery, "worker", "--concurrency", "1", "-Q", "default,night"),
            start(
                environment,
                *celery,
                "worker",
                "--concurrency",
                "1",
                "-Q",
                "urgent",
                "-n",
                "urgent@%h",
            ),
            start(environment, *celery, "beat", "--pidfile="),
        ]
        try:
            machines.until(lambda: _answers(port), every=0.3, what="the web's start")
            broker.kill()
            stopped = time.monotonic()
            answers = []
            for number, path in enumerate(urls):
                answers.append(Visitor(port).send(path, everything="1"))
                answers.append(
                    Visitor(port).send(
                        "/en/sign-up/",
                        name=f"New {number}",
                        email=f"new-{number}@example.com",
                        age="16",
                        to_newsletter="on",
                    )
                )
                answers.append(
                    Visitor(port).send("/en/preferences/", email=f"reader-{number}@example.com")
                )
            assert {status for status, _seconds in answers} == {200}
            assert max(seconds for _status, seconds in answers) < 5
            time.sleep(max(0, AWAY - (time.monotonic() - stopped)))
            broker.start()

            look = psycopg2.connect(url)
            look.autocommit = True
            machines.until(
                lambda: not _count(look, "privacy_waitingtask"), every=1, what="the mails",
                patience=240,
            )  # fmt: skip
            assert _count(look, "privacy_pendingsignup") == PEOPLE
            noes = "privacy_consentevent WHERE kind IN ('withdrawn', 'objected')"
            assert _count(look, f"(SELECT DISTINCT subject_id FROM {noes}) s") == PEOPLE
            assert not _count(look, "privacy_waitingline")
            look.close()
            # Each mail once: a link for each reader, a button for each sign-up.
            to = sorted(to for to, _message in taken.taken)
            want = [[f"{who}-{n}@example.com"] for who in ("new", "reader") for n in range(PEOPLE)]
            assert to == sorted(want)
        finally:
            for one in processes:
                one.terminate()
            for one in processes:
                try:
                    one.wait(20)
                except subprocess.TimeoutExpired:
                    one.kill()


def _answers(port):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/en/privacy/", timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False
    return True


def _count(look, what):
    with look.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {what}")
        return cursor.fetchone()[0]
