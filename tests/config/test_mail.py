"""The mail page: what the server answered in one sentence, and an outbox that is read on record."""

import pytest
from django.contrib.auth.models import Group
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from config import mail, roles
from privacy.models import JournalEntry
from tests.crm import post as mail_server
from tests.factories.crm import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PAGE = reverse("admin:mail")
ADDRESS = "nora@office.example"


def signed_in(role, email=ADDRESS):
    user = UserFactory(email=email)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def outbox(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    EmailMessage("Zanzibar 密", "About Quillfeather <b>", to=["amara@example.com"]).send()
    return tmp_path


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_who_opens_the_page_and_who_reads_a_message(outbox, role):
    client = signed_in(role)
    (file,) = outbox.iterdir()
    message = reverse("admin:mail_message", args=[file.name])
    opens, reads = role in {roles.OFFICER, roles.SYSTEM}, role == roles.OFFICER

    assert client.get(PAGE).status_code == (200 if opens else 403)
    assert client.post(PAGE).status_code == (200 if role == roles.SYSTEM else 403)
    assert client.get(message).status_code == (200 if reads else 403)
    assert len(list(outbox.iterdir())) == (2 if role == roles.SYSTEM else 1)


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_page(client):
    assert client.get(PAGE)["Location"].startswith(reverse("admin:login"))


def test_a_message_is_read_on_record_and_its_address_names_nobody(outbox):
    client = signed_in(roles.OFFICER)

    listed = client.get(PAGE).content.decode()
    assert "Zanzibar" not in listed
    assert "amara" not in listed
    (file,) = mail.outbox()
    shown = client.get(reverse("admin:mail_message", args=[file.name])).content.decode()

    assert "Zanzibar 密" in shown
    assert "About Quillfeather &lt;b&gt;" in shown
    assert JournalEntry.objects.get(verb="mail.read").facts == {"messages": 1}


@pytest.mark.parametrize(
    "name", ["20260101-000000-1.log", "lethe.sqlite3", "..%2Flethe.sqlite3", "x.log"]
)
def test_no_other_file_is_opened(outbox, name):
    (outbox / "lethe.sqlite3").write_text("secret")

    assert signed_in(roles.OFFICER).get(f"{PAGE}{name}/").status_code == 404
    assert not JournalEntry.objects.exists()


def test_the_test_message_says_what_the_server_answered(settings):
    client = signed_in(roles.SYSTEM)
    with mail_server.running(settings) as post:
        assert "took the message" in client.post(PAGE).content.decode()
        assert post.taken[0][0] == [ADDRESS]
        post.refuses = True
        assert "answered: 451" in client.post(PAGE).content.decode()
    assert "took nothing" in client.post(PAGE).content.decode()
    entries = JournalEntry.objects.filter(verb="mail.test").order_by("number")
    facts = [entry.facts for entry in entries]
    assert facts == [{"taken": True}, {"taken": False}, {"taken": False}]


def test_without_a_server_or_an_address_it_says_so(outbox):
    assert "No mail server" in signed_in(roles.SYSTEM).post(PAGE).content.decode()
    assert "no address" in signed_in(roles.SYSTEM, email="").post(PAGE).content.decode()
