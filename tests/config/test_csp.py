"""No page runs code or applies a style that is not a file of this host.

Unfold's Alpine evaluates its attributes. A build that does not stands before it, and the few
templates whose attributes that build cannot read are overridden: an upgrade of Unfold fails here.
"""

import hashlib
import re
from pathlib import Path

import pytest
import unfold
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.test import Client
from django.urls import path, reverse

from config import urls
from privacy import journal
from tests.factories.crm import UserFactory

THEIRS = Path(unfold.__file__).parent
OURS = settings.BASE_DIR / "templates"
ALPINE = "unfold/js/alpine/alpine.js"

# Unfold's originals as they were when ours were written: read the difference, then write the
# new digest.
ORIGINALS = {
    "templates/admin/actions.html": "b5332aace8e6919204a65b842e626bd8b1d5f8ed855dc290ab114b08526c5f15",
    "templates/admin/change_form_object_tools.html": "3238ce11ac58a883b006cd6ac68b30aa534bdce64dcff05fc1c08a5828206d31",
    "templates/admin/change_list_object_tools.html": "7263224f69d3db43e1e727e98fd6873ebefa67e24fe1a497a74a3e46769ddbcb",
    "templates/unfold/helpers/command.html": "ae6ce324d85366131fc82945b3c35c1b980829229508343993e6adcbee4c975d",
    "templates/unfold/helpers/pagination_default.html": "a6c793aea686e443a7fc8a42cb4197361b7789c912919609e2525aa1c65e23a0",
    "templates/unfold/helpers/welcomemsg.html": "e8eab02522ba2319b937086bbcb6bf2a2bbe1489d236ad90ff23edbe070a7d6b",
    "templates/unfold/layouts/skeleton.html": "66af9f0bb45f98ba4e16ba5e5a11f36d87b8e07430d19066d088b29548491c2e",
    # The functions that static/console/console.js names, and the build that is replaced.
    "static/unfold/js/app.js": "be01a34d18a89dc961f6d96e8f5a98c5fa53553ce35c8cebd19076c3b56a6be4",
    f"static/{ALPINE}": "3ed1eed252488921df65e363d6715deb04d7f92aaedb9e52199fdf73cb1e0ad3",
}


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def directives(response):
    parts = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/admin/login/", "/account/forgotten/", "/nowhere/"])
def test_a_page_may_only_run_files_of_this_host(client, page):
    policy = directives(client.get(page))

    assert policy["default-src"] == ["'self'"]
    assert policy["script-src"] == ["'self'"]
    assert policy["style-src"] == ["'self'"]
    assert policy["object-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]


def test_the_alpine_that_is_served_is_the_build_that_evaluates_nothing():
    served = finders.find(ALPINE)

    assert Path(served).is_relative_to(settings.BASE_DIR / "static")
    assert digest(served) in Path(served).with_name("README.txt").read_text()
    assert Path(served).with_name("LICENSE").is_file()


def test_each_original_that_is_overridden_is_the_one_that_was_read():
    overridden = {
        f"templates/{path.relative_to(OURS)}"
        for path in OURS.rglob("*.html")
        if (THEIRS / "templates" / path.relative_to(OURS)).is_file()
    }

    assert overridden == {name for name in ORIGINALS if name.startswith("templates/")}
    assert {name: digest(THEIRS / name) for name in ORIGINALS} == ORIGINALS


@pytest.mark.parametrize(
    "name", sorted(name.removeprefix("templates/") for name in ORIGINALS if name.endswith("html"))
)
def test_an_override_is_found_before_its_original(name):
    assert get_template(name).origin.name == str(OURS / name)


def test_no_template_of_ours_holds_code_or_style():
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:")

    found = [
        (str(path.relative_to(OURS)), match[0])
        for path in sorted(OURS.rglob("*.html"))
        # A mail is read by a mail programme, which takes no sheet of ours; the record of
        # processing is a file to keep and to print.
        if path.name not in {"message.html", "record.html"}
        for match in inline.finditer(path.read_text())
    ]

    assert found == []


@pytest.mark.django_db
def test_json_is_shown_without_a_style_of_its_own(client):
    entry = journal.record("test.act", facts={"counted": 1})
    client.force_login(UserFactory(is_superuser=True))

    page = client.get(reverse("admin:privacy_journalentry_change", args=[entry.pk]))

    assert "&quot;counted&quot;: 1" in page.content.decode()
    assert "style=" not in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "page", "said"),
    [
        (404, lambda client: client.get("/nowhere/"), "This page does not exist"),
        (403, lambda client: client.get("/admin/crm/contact/"), "not open to you"),
        (403, lambda client: client.post("/admin/login/"), "sent from another page"),
        (500, lambda client: client.get("/admin/fields/"), "Something went wrong"),
    ],
    ids=["nowhere", "refused", "forged", "broken"],
)
def test_an_error_has_a_page_that_says_what_to_do(settings, status, page, said):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(UserFactory())
    if status == 500:
        settings.ROOT_URLCONF = __name__

    response = page(client)

    assert response.status_code == status
    assert said in response.content.decode()
    assert '<a href="/admin/"' in response.content.decode()


def _broken(request):
    raise RuntimeError


# The address that breaks, for the test above.
urlpatterns = [path("admin/fields/", _broken), *urls.urlpatterns]
