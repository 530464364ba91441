"""From the invented office to a real one: in one command, with a mail server that answers."""

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from config import opening, roles
from crm.demo import lives
from crm.models import Contact, ContactPoint, Engagement, ImportBatch, Organisation, User
from privacy import dispatch, ledger, parties, suppression, weighing
from privacy.dispatch import Text
from privacy.enums import DispatchKind
from privacy.models import (
    Assessment,
    ConsentEvent,
    DisclosedPerson,
    Disclosure,
    Dispatch,
    LegalEntity,
    LegalHold,
    Notice,
    Office,
    Processor,
    Purpose,
    RoleOfFirm,
    Tracker,
)
from retention.models import ArchivedRecord
from tests.crm import post as mail_server
from tests.factories.crm import ContactFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
FACTS = {
    "entities": [
        {
            "name": "Quillfeather Consulting Limited",
            "address": "1 Harbour Road",
            "country": "HK",
            "registration_number": "1234567",
        }
    ],
    "privacy_contact": "privacy@office.example",
    "officers": ["one@office.example", "two@office.example"],
    "system_admin": "machine@office.example",
}
PHRASE = "heron-quartz-velvet-41"


@pytest.fixture
def post(settings):
    with mail_server.running(settings) as handler:
        yield handler


@pytest.fixture
def people(monkeypatch):
    """Fewer invented people: what is shown here does not depend on how many there are."""
    few = [replace(group, size=9, swept=1) for group in lives.GROUPS]
    monkeypatch.setattr(lives, "GROUPS", few)
    monkeypatch.setenv("DEMO", "1")


def file(tmp_path, **changed):
    path = tmp_path / "office.json"
    path.write_text(json.dumps({**FACTS, **changed}))
    return str(path)


def start(tmp_path, *flags, **changed):
    out = io.StringIO()
    flags = ["--keys-written-down", *flags]
    call_command("start_office", f"--from={file(tmp_path, **changed)}", *flags, stdout=out)
    return out.getvalue()


def test_the_invented_people_go_and_three_real_ones_are_invited(people, post, tmp_path):
    call_command("demo_office", stdout=io.StringIO())
    invented = Contact.objects.living().count()
    assert parties.invented_at()
    assert invented
    registers = (Assessment, LegalEntity, Disclosure, Processor, RoleOfFirm, Tracker)
    assert all(model.objects.exists() for model in registers)
    prepared = dispatch.prepare(
        kind=DispatchKind.MAILING,
        purpose="newsletter",
        texts=dict.fromkeys(("en", "zh_hant"), Text("Hello", "Good day. {unsubscribe}")),
        by=User.objects.get(username="officer-one"),
    )
    people_on_file = Contact.objects.living().values_list("pk", flat=True)
    dispatch.address(prepared, people_on_file, by=prepared.prepared_by)

    said = start(tmp_path)

    assert "3 invitations" in said
    assert not Contact.objects.living().exists()
    gone = (ContactPoint, Engagement, Organisation, ConsentEvent, Notice, ImportBatch)
    kept = (Assessment, Disclosure, DisclosedPerson, Processor, RoleOfFirm, Tracker, Dispatch)
    for model in (*gone, *kept, ArchivedRecord):
        assert not model.objects.exists()
    assert not suppression.cases_in_force()
    assert not LegalHold.objects.filter(released_at=None).exists()
    assert not Purpose.objects.exclude(review_on=None).exists()
    assert {one.weighing for one in weighing.to_weigh(on=timezone.localdate())} == {"never"}
    assert ledger.verify() >= invented // opening.BATCH + 1
    assert parties.is_open()
    assert not parties.invented_at()
    assert LegalEntity.objects.get().name == FACTS["entities"][0]["name"]
    assert Office.objects.get().privacy_contact == "privacy@office.example"
    assert not User.objects.filter(username__startswith="officer").exists()
    active = User.objects.filter(is_active=True).order_by("email")
    assert [(user.email, user.groups.get().name) for user in active] == [
        ("machine@office.example", roles.SYSTEM),
        ("one@office.example", roles.OFFICER),
        ("two@office.example", roles.OFFICER),
    ]
    assert sorted(to for to, _message in post.taken) == [[user.email] for user in active]

    link = post.link()
    Client().post(link, {"new_password1": PHRASE, "new_password2": PHRASE})
    signing_in = Client().post(
        "/admin/login/", {"username": "machine@office.example", "password": PHRASE}
    )
    assert signing_in["Location"] == "/account/code/"

    # Again: nothing but the two invitations that nobody used yet.
    assert "2 invitations" in start(tmp_path)
    assert LegalEntity.objects.count() == 1
    assert User.objects.filter(is_active=True).count() == 3


def test_a_rehearsal_says_what_would_be_done_and_does_nothing(people, tmp_path):
    call_command("demo_office", stdout=io.StringIO())

    said = start(tmp_path, "--rehearse")

    assert f"Dispose of {Contact.objects.living().count()} invented people" in said
    assert "nothing was changed" in said
    assert not parties.is_open()


def test_whoever_was_entered_since_stops_it(people, post, tmp_path):
    call_command("demo_office", stdout=io.StringIO())
    invented = Contact.objects.living().count()
    ContactFactory()

    with pytest.raises(CommandError, match="0 accounts and 1 people who were not invented"):
        start(tmp_path)

    assert Contact.objects.living().count() == invented + 1
    assert post.taken == []


@pytest.mark.parametrize("factory", [ContactFactory, UserFactory])
def test_an_office_that_was_never_invented_must_be_empty(factory, post, tmp_path):
    factory()

    with pytest.raises(CommandError, match="not invented"):
        start(tmp_path)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"officers": ["one@office.example"]}, "three people"),
        ({"officers": ["one@office.example", "One@office.example"]}, "three people"),
        ({"system_admin": "one@office.example"}, "three people"),
        ({"privacy_contact": "nowhere"}, "e-mail address"),
        ({"entities": []}, "at least one legal entity"),
        ({"entities": [{"name": "X"}]}, "A legal entity has"),
        ({"entities": [{"title": "X"}]}, "A legal entity has"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(post, tmp_path, changed, said):
    with pytest.raises(CommandError, match=said):
        start(tmp_path, **changed)

    assert not parties.is_open()
    assert not User.objects.exists()


def test_a_file_that_is_none_is_said_in_a_sentence(tmp_path):
    for text in ("not json", "[]", "{}"):
        (tmp_path / "broken.json").write_text(text)
        with pytest.raises(CommandError, match="must be JSON"):
            call_command("start_office", f"--from={tmp_path / 'broken.json'}")


def test_without_a_mail_server_nothing_begins(tmp_path, settings):
    with pytest.raises(CommandError, match="set EMAIL_URL"):
        start(tmp_path)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with pytest.raises(CommandError, match="did not let Lethe in"):
        start(tmp_path)

    assert not parties.is_open()


def test_the_keys_are_shown_and_must_be_written_down(post, tmp_path, settings, monkeypatch):
    path = file(tmp_path)
    out = io.StringIO()
    with pytest.raises(CommandError, match="Nobody is here"):
        call_command("start_office", f"--from={path}", stdout=out)
    for name, value in opening.escrow():
        assert f"{name}={value}" in out.getvalue()

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda asked: "yes")
    with pytest.raises(CommandError, match="write the keys down"):
        call_command("start_office", f"--from={path}", stdout=io.StringIO())
    assert not parties.is_open()

    monkeypatch.setattr("builtins.input", lambda asked: "WRITTEN")
    call_command("start_office", f"--from={path}", stdout=io.StringIO())
    assert parties.is_open()


def test_an_interrupted_start_is_carried_on(people, post, tmp_path, monkeypatch):
    call_command("demo_office", stdout=io.StringIO())
    monkeypatch.setattr(opening, "BATCH", 5)
    opened = parties.open_office
    monkeypatch.setattr(parties, "open_office", lambda **facts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        start(tmp_path)
    monkeypatch.setattr(parties, "open_office", opened)

    assert "3 invitations" in start(tmp_path)


def test_the_options_do_what_the_file_does(post):
    call_command(
        "start_office",
        *("--name", "Firm", "--address", "1 Road", "--country", "HK"),
        *("--registration-number", "7", "--privacy-contact", "privacy@office.example"),
        *("--officer", "one@office.example", "--officer", "two@office.example"),
        *("--system-admin", "machine@office.example", "--keys-written-down"),
        stdout=io.StringIO(),
    )

    assert parties.is_open()
    assert timezone.now() - Office.objects.get().opened_at < timedelta(minutes=1)
