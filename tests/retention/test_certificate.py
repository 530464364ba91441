"""Certificates: one per closing, chained, and in agreement with database and ledger."""

import json
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import reverse

from config import roles
from privacy import ledger
from privacy.models import Disposal, Finding, JournalEntry, Permit
from retention import certificate, rehearsals, sweep
from retention.enums import Mode, RunState
from retention.errors import CertificateBroken, EvidenceDisagrees
from retention.models import Certificate
from tests.factories.crm import UserFactory
from tests.retention import people

EVENT = date(2018, 6, 15)
NIGHT = date(2026, 1, 1)
both = pytest.mark.both


def member(role):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=role))
    return user


@both
@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("S99")
def test_a_night_is_certified_and_certificate_database_and_ledger_agree():
    gone = [people.person(EVENT) for _ in range(3)]
    people.MAKERS["client"](date(2025, 1, 1))

    night = sweep.run(on=NIGHT, mode=Mode.APPLY, batch_size=2)

    sealed = night.certificates.get()
    assert sealed.content["state"] == night.state == RunState.DONE
    assert sealed.content["people"] == len(gone)
    assert sealed.content["rules"]["crm.Contact:lead"]["disposed"] == len(gone)
    assert len(sealed.content["intents"]) == 2
    assert certificate.reconcile(sealed) == len(gone)
    assert "Quillfeather" not in json.dumps(sealed.content)


@both
@pytest.mark.django_db(transaction=True)
def test_a_ledger_that_says_otherwise_is_noticed(settings):
    people.person(EVENT)
    sealed = sweep.run(on=NIGHT, mode=Mode.APPLY).certificates.get()
    settings.PRIVACY_LEDGER_FILE.unlink()

    with pytest.raises(EvidenceDisagrees, match="says 1 people, the database 1, the ledger 0"):
        certificate.reconcile(sealed)


@both
@pytest.mark.django_db(transaction=True)
def test_each_night_proves_all_certificates_and_a_disagreement_is_one_finding(settings):
    gone = people.person(EVENT)
    sealed = sweep.run(on=NIGHT, mode=Mode.APPLY).certificates.get()
    lines = settings.PRIVACY_LEDGER_FILE.read_bytes()
    assert not Finding.objects.exists()

    settings.PRIVACY_LEDGER_FILE.unlink()
    for days in (1, 2):
        sweep.run(on=NIGHT + timedelta(days=days), mode=Mode.APPLY)

    finding = Finding.objects.get()
    assert (finding.cause, finding.place) == ("broken", "certificate")
    assert finding.row_reference == str(sealed.uuid)
    assert finding.settled_at is None
    settings.PRIVACY_LEDGER_FILE.write_bytes(lines)
    sweep.run(on=NIGHT + timedelta(days=3), mode=Mode.APPLY)
    finding.refresh_from_db()
    assert finding.settled_at is not None

    permit = Permit.objects.create(token="0" * 32)
    evidence = Disposal.objects.filter(subject_reference=gone.uuid)
    evidence._raw_delete(evidence.db)
    permit.delete()
    sweep.run(on=NIGHT + timedelta(days=4), mode=Mode.APPLY)

    assert Finding.objects.get(settled_at=None).row_reference == str(sealed.uuid)


@both
@pytest.mark.django_db(transaction=True)
def test_a_broken_chain_of_certificates_is_a_finding():
    for day in (1, 2):
        sweep.run(on=date(2026, 1, day), mode=Mode.APPLY)
    permit = Permit.objects.create(token="0" * 32)
    first = Certificate.objects.filter(number=1)
    first._raw_delete(first.db)
    permit.delete()

    certificate.prove()
    certificate.prove()

    assert Finding.objects.get().place == "certificate"


@both
@pytest.mark.django_db
def test_a_released_rule_closes_its_run_with_a_second_certificate(settings):
    settings.RETENTION_CAP_ROWS, settings.RETENTION_CAP_SHARE = 1, 0.1
    for _person in range(2):
        people.person(EVENT)
    night = sweep.run(on=NIGHT, mode=Mode.APPLY)
    sweep.release(night, rule="crm.Contact:lead", by=member(roles.OFFICER))
    sweep.work(night)

    first, second = Certificate.objects.order_by("number")
    assert [first.content["state"], second.content["state"]] == ["halted", "done"]
    assert [first.content["people"], second.content["people"]] == [0, 2]
    assert second.previous_digest == first.digest
    assert certificate.verify() == 2


@both
@pytest.mark.django_db
def test_a_certificate_changed_or_taken_out_is_noticed():
    for day in (1, 2, 3):
        sweep.run(on=date(2026, 1, day), mode=Mode.APPLY)
    assert certificate.verify() == 3
    Permit.objects.create(token="00000000-0000-4000-8000-000000000000")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM retention_certificate WHERE number = 2")

    with pytest.raises(CertificateBroken, match="Certificate 2"):
        certificate.verify()


@pytest.mark.django_db
def test_a_rehearsal_has_no_certificate():
    people.person(EVENT)

    sweep.run(on=NIGHT, mode=Mode.REHEARSE)

    assert not Certificate.objects.exists()
    assert list(ledger.entries()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "kind", "start"),
    [("json", "application/json", b"{"), ("pdf?language=zh-hant", "application/pdf", b"%PDF")],
)
def test_a_certificate_is_handed_out_and_its_reading_journalled(client, form, kind, start):
    people.person(EVENT)
    sweep.run(on=NIGHT, mode=Mode.APPLY)
    form, _mark, query = form.partition("?")
    address = reverse("admin:retention_certificate", args=[1, form]) + f"?{query}"
    client.force_login(member(roles.OFFICER))

    answer = client.get(address)

    assert (answer["Content-Type"], answer.content[: len(start)]) == (kind, start)
    assert "no-store" in answer["Cache-Control"]
    assert JournalEntry.objects.filter(verb="certificate.read").count() == 1
    client.force_login(member(roles.STAFF))
    assert client.get(address).status_code == 403
    client.logout()
    assert client.get(address)["Location"].startswith("/admin/login/")


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["xml", "pdf?language=de"])
def test_another_form_or_language_is_not_there(client, form):
    sweep.run(on=NIGHT, mode=Mode.APPLY)
    form, _mark, query = form.partition("?")
    client.force_login(member(roles.OFFICER))

    assert client.get(f"/admin/retention/sweeprun/certificate/1.{form}?{query}").status_code == 404


@pytest.mark.django_db
def test_the_runs_page_shows_samples_what_stayed_and_the_rehearsal(client):
    gone, held = people.person(EVENT), people.person(EVENT)
    people.hold(held)
    officer = member(roles.OFFICER)
    rehearsals.carry_out(rehearsals.order(on=NIGHT, by=officer))
    night = sweep.run(on=NIGHT, mode=Mode.APPLY)
    client.force_login(officer)

    page = client.get(reverse("admin:retention_sweeprun_change", args=[night.pk])).content.decode()

    assert str(gone.uuid) in page
    assert str(held.uuid) not in page
    assert "1 on hold" in page
    assert "The rehearsal of" in page
    assert "Quillfeather" not in page
