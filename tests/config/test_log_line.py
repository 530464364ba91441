"""No line of the log holds an address of a page, its token, or what an exception quotes."""

import io
import logging
import subprocess
import sys
import uuid

import pytest
from django.conf import settings as office
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.handlers.base import BaseHandler
from django.db import IntegrityError
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import translation

from config.log_line import UNHANDLED, LogLine
from privacy import links
from privacy.errors import TransitionRefused
from privacy.links import Act
from privacy.models import LegalEntity, Office
from privacy.public.urls import urlpatterns

pytestmark = [pytest.mark.django_db, pytest.mark.both]

EMAIL = "zephyrine@example.com"
PAGES = [
    *(f"public:{page.name}" for page in urlpatterns if "<str:token>" in str(page.pattern)),
    "set_password",
]


@pytest.fixture(autouse=True)
def firm(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    Office.objects.create(id=1, privacy_contact="privacy@office.example.com")
    LegalEntity.objects.create(name="Example Consulting Ltd", address="1 Example Road")


@pytest.fixture
def written():
    """What the handler of the shipped settings writes."""
    (console,) = [h for h in logging.getLogger().handlers if isinstance(h.formatter, LogLine)]
    before = console.setStream(io.StringIO())
    try:
        yield console.stream
    finally:
        console.setStream(before)


@pytest.fixture(params=PAGES)
def page(request):
    return request.param


@pytest.fixture
def token(page):
    # The way to an operator's own password has a token of another kind; here any does.
    act = Act(page.removeprefix("public:")) if page != "set_password" else Act.PREFERENCES
    return links.token(act, uuid.uuid4(), purpose="newsletter", channel="email")


@pytest.fixture
def address(page, token):
    with translation.override("en"):
        url = reverse(page, args=[token] if page.startswith("public:") else ["a1", token])
    return f"{url}?of={EMAIL}"


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


def clean(written, token, *, line):
    text = written.getvalue()
    assert line in text
    for value in (token, token[:20], EMAIL, "@", "?of", "/en/", "/account/"):
        assert value not in text


def raising(monkeypatch, fault):
    """Every view raises this, after its page was found."""

    def view(*args, **kwargs):
        raise fault from IntegrityError(f"DETAIL: Key (value)=({EMAIL}) already exists.")

    monkeypatch.setattr(BaseHandler, "make_view_atomic", lambda self, found: view)


@pytest.mark.parametrize(
    ("fault", "status", "logger"),
    [
        (ValueError(f"no place for {EMAIL}"), 500, "django.request"),
        (Http404(EMAIL), 404, "django.request"),
        (PermissionDenied(EMAIL), 403, "django.request"),
        (BadRequest(EMAIL), 400, "django.request"),
        (SuspiciousOperation(EMAIL), 400, "django.security.SuspiciousOperation"),
    ],
)
def test_an_error_names_the_page_and_no_address(
    written, client, address, page, token, monkeypatch, fault, status, logger
):
    raising(monkeypatch, fault)

    assert client.get(address).status_code == status

    clean(written, token, line=f"{logger} {status} {page}\n")
    if status == 500:
        assert "\nIntegrityError\n" in written.getvalue()
        assert written.getvalue().endswith("\nValueError\n")
        assert f'File "{__file__}", line ' in written.getvalue()


def test_a_method_that_a_page_does_not_know(written, client, address, page, token):
    assert client.put(address).status_code == 405

    clean(written, token, line=f"django.request 405 {page}\n")


def test_a_form_from_elsewhere(written, address, page, token):
    client = Client(enforce_csrf_checks=True)

    response = client.post(address, headers={"origin": f"https://{EMAIL}", "referer": address})

    if response.status_code == 403:
        clean(written, token, line=f"django.security.csrf 403 {page}\n")
    else:
        assert page == "public:unsubscribe"


def test_a_page_that_is_not_there(written, client, address, token):
    assert client.get(f"/en/nowhere{address}").status_code == 404

    clean(written, token, line="django.request 404 (no page)\n")


def test_a_name_that_is_not_this_machines(written, client, address, token, settings):
    settings.ALLOWED_HOSTS = ["lethe.example.com"]

    assert client.get(address, headers={"host": f"x@{token[:20]}"}).status_code == 400

    clean(written, token, line="django.security.DisallowedHost 400 ")


@pytest.mark.parametrize("page", ["public:unsubscribe"], indirect=True)
def test_what_servers_write_of_a_request(written, address, token):
    request = f"GET {address} HTTP/1.1"
    error = logging.getLogger("gunicorn.error")
    error.error("Error handling request %s", address, exc_info=ValueError(EMAIL))
    error.error("Error handling request %s %s", "GET", address)
    error.warning(f"Invalid request from ip=10.0.0.1: {request}")  # noqa: G004 - as gunicorn does
    error.error(f"Traceback:\n{address}")  # noqa: G004 - as gunicorn does
    error.error(ValueError(address))
    error.error("Worker failed to boot.")
    atoms = {"r": request, "s": "404", "U": address}
    logging.getLogger("gunicorn.access").error('"%(r)s" %(s)s %(U)s', atoms)
    told = {"request": object(), "status_code": 404}
    logging.getLogger("django.server").warning('"%s" %s %s', request, "404", "9", extra=told)

    clean(written, token, line=f"gunicorn.error {UNHANDLED}\n")
    assert written.getvalue().count("answered 404\n") == 2
    assert "10.0.0.1" not in written.getvalue()
    assert "Worker failed to boot." in written.getvalue()


def test_what_a_task_raised(written):
    fault = IntegrityError(EMAIL)
    told = {"name": "crm.import", "id": "7", "exc": repr(fault)}
    task = logging.getLogger("celery.app.trace")
    task.error("Task %(name)s[%(id)s] raised: %(exc)s", told, exc_info=fault)
    logging.getLogger("django.db.backends.base").error("on_commit (%s)", fault)
    logging.getLogger("retention").error("%s, %s of it", TransitionRefused("Too late."), 3)

    text = written.getvalue()
    assert "Task crm.import[7] raised: IntegrityError\n" in text
    assert "on_commit (IntegrityError)\n" in text
    assert " Too late., 3 of it\n" in text
    assert EMAIL not in text


def test_faults_that_came_together_and_in_a_circle(written):
    first, second = ValueError(EMAIL), KeyError(EMAIL)
    first.__context__, second.__context__ = second, first

    logging.getLogger("crm").error("It failed.", exc_info=ExceptionGroup(EMAIL, [first]))

    text = written.getvalue()
    assert [text.count(f"\n{name}\n") for name in ("ExceptionGroup", "ValueError")] == [1, 1]
    assert EMAIL not in text


def test_nothing_but_the_console_of_the_settings_writes():
    asked = """
import logging
from config import app
app.loader.import_default_modules()
app.log.setup(loglevel="WARNING")
for name in ("", "celery.app.trace", "django", "django.request", "django.server", "gunicorn.error"):
    for handler in logging.getLogger(name).handlers:
        print(type(handler.formatter).__name__)
"""
    told = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=office.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "config.settings_test", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )

    assert set(told.stdout.split()) == {"LogLine"}
    assert len(told.stdout.split()) == 3
