"""A receipt says what the ledger says, in the fields of two standards, and no address."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from privacy import consent
from privacy.consent import receipts
from privacy.enums import ConsentKind, ConsentMethod
from privacy.errors import PrivacyError
from privacy.models import LegalEntity, Office
from tests.factories.crm import ContactPointFactory
from tests.factories.privacy import NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

SPRING = datetime(2024, 3, 1, 4, tzinfo=UTC)
FIRM = receipts.Controller(
    "Example Limited",
    "1 Example Road, Hong Kong",
    "privacy@example.com",
    "Privacy officer",
    "+852 3611 0000",
    "https://example.com",
    "https://example.com/notice",
)
# The fields of Kantara's specification, 1.1.
KANTARA = {
    "version", "jurisdiction", "consentTimestamp", "collectionMethod", "consentReceiptID",
    "language", "piiPrincipalId", "piiControllers", "policyUrl", "services", "sensitive", "spiCat",
}  # fmt: skip
PURPOSE = {
    "purpose", "purposeCategory", "consentType", "piiCategory", "primaryPurpose", "termination",
    "thirdPartyDisclosure", "thirdPartyName",
}  # fmt: skip
# The mandatory fields of ISO/IEC TS 27560.
HEADER = {"schemaVersion", "recordId", "piiPrincipalId", "privacyNotice", "language"}
PROCESSING = {
    "purpose", "lawfulBasis", "piiInformation", "piiControllers", "storageLocations",
    "retentionPeriod", "jurisdiction", "recipientThirdParties", "withdrawalMethod",
}  # fmt: skip
PARTY = {"id", "name", "address", "contact", "type"}
EVENT = {"eventTime", "validityDuration", "entityId", "eventType", "eventState"}


@pytest.fixture
def event():
    person = ContactPointFactory(value="zephyrine@example.com").contact
    return consent.record(
        person,
        purpose="newsletter",
        channel="email",
        method=ConsentMethod.ONLINE,
        at=SPRING,
        wording_text="好的，請寄給我。",
        language="zh-hant",
        notice=NoticeFactory(version="2018-05-23"),
        evidence="form 12",
        by=None,
    )


def test_a_receipt_has_the_fields_of_kantara(event):
    receipt = receipts.kantara(event, controller=FIRM)

    ((purpose,),) = [service["purposes"] for service in receipt["services"]]
    assert receipt.keys() == KANTARA
    assert purpose.keys() == PURPOSE
    assert receipt["consentTimestamp"] == 1709265600
    assert receipt["piiPrincipalId"] == str(event.subject.uuid)
    assert purpose["purpose"] == "電子通訊及公司消息"
    assert (purpose["consentType"], purpose["thirdPartyDisclosure"]) == ("EXPLICIT", False)
    assert receipt["piiControllers"][0]["piiController"] == "Example Limited"


def test_a_record_has_the_mandatory_fields_of_iso_27560_and_tells_what_came_after(event):
    consent.withdraw(
        event.subject,
        purpose="newsletter",
        channels=["email"],
        method=ConsentMethod.EMAIL,
        at=SPRING + timedelta(days=1),
        by=None,
    )

    record = receipts.iso27560(event, controller=FIRM)

    assert record.keys() >= HEADER
    assert record["purposes"][0].keys() >= PROCESSING
    assert record["parties"][0].keys() >= PARTY
    assert all(told.keys() >= EVENT for told in record["events"])
    assert [told["eventState"] for told in record["events"]] == [
        "ConsentGiven",
        "ConsentWithdrawn",
    ]
    assert record["events"][0]["eventTime"] == "2024-03-01T12:00:00+08:00"
    assert record["purposes"][0]["lawfulBasis"] == "eu-gdpr:A6-1-a"
    assert receipts.receipt(event).keys() == {"schemaVersion", "receiptId"}


def test_both_are_json_and_name_no_address_of_the_person(event):
    text = json.dumps(
        [receipts.kantara(event, controller=FIRM), receipts.iso27560(event, controller=FIRM)]
    )

    assert event.subject.points.get().value == "zephyrine@example.com"
    assert "zephyrine" not in text


def test_a_no_has_no_receipt(event):
    refusal = consent.record(
        event.subject,
        purpose="newsletter",
        channel="email",
        kind=ConsentKind.REFUSED,
        method=ConsentMethod.EMAIL,
        by=None,
    )

    with pytest.raises(PrivacyError, match="Only a consent"):
        receipts.kantara(refusal, controller=FIRM)


def test_every_kind_of_event_has_its_state_in_the_standard():
    assert receipts.STATES.keys() == set(ConsentKind)


def entity(name="Example Limited"):
    return LegalEntity.objects.create(
        name=name, address="1 Example Road", country="HK", registration_number="1"
    )


@pytest.mark.parametrize(("form", "key"), [("kantara", "consentReceiptID"), ("iso", "recordId")])
def test_a_command_prints_either(event, form, key):
    entity()
    Office.objects.update_or_create(id=1, defaults={"privacy_contact": "privacy@example.com"})
    out = StringIO()

    call_command("consent_receipt", str(event.reference), format=form, stdout=out)

    answer = json.loads(out.getvalue())
    assert answer[key] == str(event.reference)
    assert "privacy@example.com" in out.getvalue()
    assert "Example Limited" in out.getvalue()


def test_the_command_refuses_no_entity_several_and_no_event(event):
    with pytest.raises(CommandError, match="legal entities"):
        call_command("consent_receipt", str(event.reference))
    entity()
    entity("Other Limited")
    with pytest.raises(CommandError, match="legal entities"):
        call_command("consent_receipt", str(event.reference))
    call_command(
        "consent_receipt", str(event.reference), entity="Other Limited", stdout=StringIO()
    )
    for reference in ("nonsense", str(uuid.uuid4())):
        with pytest.raises(CommandError, match="no event of this reference"):
            call_command("consent_receipt", reference)
