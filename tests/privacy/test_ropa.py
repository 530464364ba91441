"""The record of processing: nothing in it is typed, nothing that is declared is missing."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command

from privacy import inventory, purposes, ropa
from privacy.enums import Basis
from privacy.inventory import Activity
from privacy.models import Office, Purpose
from tests.factories.crm import ContactExportFactory, OrganisationFactory, UserFactory
from tests.factories.privacy import LegalEntityFactory

pytestmark = pytest.mark.django_db


def printed(**options):
    out = io.StringIO()
    call_command("ropa", stdout=out, **options)
    return out.getvalue()


def test_every_activity_table_period_and_purpose_is_in_it():
    LegalEntityFactory(name="Example Consulting Ltd")
    Office.objects.create(id=1, privacy_contact="privacy@office.example.com")

    record = json.loads(printed(format="json"))

    assert record["controllers"][0]["name"] == "Example Consulting Ltd"
    assert record["contact"] == "privacy@office.example.com"
    registry = inventory.registry
    assert {one["name"] for one in record["activities"]} == set(registry.activities)
    tables = [table for one in record["activities"] for table in one["tables"]]
    declared = [one for one in registry.holdings.values() if not one.history_of]
    assert len(tables) == len(declared)
    periods = [period for table in tables for period in table["periods"]]
    with_account = [one for one in declared if one.account or one.account_name]
    assert len(periods) == sum(len(one.keeps) for one in declared) + len(with_account)
    assert with_account
    assert any("policy S98" in period for period in periods)
    assert {one["key"] for one in record["purposes"]} == set(
        Purpose.objects.values_list("key", flat=True)
    )
    assert {one["name"] for one in record["stores"]} == set(registry.stores)


def test_a_newly_declared_activity_and_a_purpose_switched_off_are_in_it_at_once(monkeypatch):
    new = Activity("stargazing", "looking at the stars", "consent (Art. 6(1)(a))")
    monkeypatch.setitem(inventory.registry.activities, new.name, new)
    purposes.switch_off(purposes.named("profiling"), by=UserFactory())

    record = ropa.record()

    assert "stargazing" in {one.name for one in record.activities}
    assert next(one for one in record.purposes if one.key == "profiling").since_when_off


@pytest.mark.clause("S39")
def test_whatever_a_law_demands_is_printed_with_its_statute_and_section():
    by_law = Purpose.objects.filter(basis=Basis.LEGAL_OBLIGATION)
    assert {purpose.key for purpose in by_law} == {"rights", "accounts"}

    printed_uses = {one["key"]: one for one in json.loads(printed(format="json"))["purposes"]}

    for key, statute in (("rights", "Cap 486 s.18 to 27"), ("accounts", "Cap 112 s.51C")):
        assert statute in printed_uses[key]["basis"]


def test_whoever_received_an_export_is_a_recipient_by_name():
    holder = OrganisationFactory(name="Example Auditors", country="PT")
    facts = {"state": "ready", "format": "csv", "reason": "audit", "destination": "auditor"}
    for downloads in (1, 2, 0):
        ContactExportFactory(
            holder=holder, country="PT", expires_on="2026-01-08", downloads=downloads, **facts
        )

    assert ropa.record().recipients == (
        {"class": "our auditors", "name": "Example Auditors", "country": "PT"},
    )


def test_it_is_printed_in_three_forms_and_two_languages(tmp_path):
    rows = list(csv.reader(io.StringIO(printed(format="csv"))))
    assert rows[0][0] == "Activity"
    assert all(len(row) == 7 for row in rows)
    assert not any(cell.startswith(ropa.FORMULA) for row in rows for cell in row)
    assert '<html lang="en">' in printed(format="html")
    chinese = printed(format="html", language="zh-hant")
    assert '<html lang="zh-Hant">' in chinese and "電子通訊及公司消息" in chinese
    assert "http" not in chinese

    file = tmp_path / "record.html"
    assert printed(format="html", out=file) == ""
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="name a new one"):
        printed(format="html", out=file)
