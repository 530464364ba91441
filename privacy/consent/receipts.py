"""What a person gets in hand: the receipt of a consent, and its record for other machines.

The receipt has the fields of Kantara's Consent Receipt 1.1, the record those of ISO/IEC TS
27560:2023; both name the person by reference alone, and no address of theirs. They are computed
from the ledger, so that they say what it says.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from privacy.enums import Basis, ConsentKind, ConsentMethod, Kind, Language, Nature
from privacy.errors import PrivacyError
from privacy.models import ConsentEvent, LegalEntity, Office, Purpose

KANTARA = "KI-CR-v1.1.0"
ISO = "ISO/IEC TS 27560:2023"
JURISDICTION = "HK"
# What each kind of event says of the consent, in the words of the W3C's vocabulary.
STATES: Mapping[str, str] = {
    ConsentKind.GIVEN: "ConsentGiven",
    ConsentKind.CONFIRMED: "ConsentGiven",
    ConsentKind.NOT_ANSWERED: "ConsentUnknown",
    ConsentKind.REFUSED: "ConsentRefused",
    ConsentKind.WITHDRAWN: "ConsentWithdrawn",
    ConsentKind.OBJECTED: "ConsentWithdrawn",
}
BASES: Mapping[str, str] = {
    Basis.CONSENT: "eu-gdpr:A6-1-a",
    Basis.CONTRACT: "eu-gdpr:A6-1-b",
    Basis.LEGAL_OBLIGATION: "eu-gdpr:A6-1-c",
    Basis.LEGITIMATE_INTERESTS: "eu-gdpr:A6-1-f",
}


@dataclass(frozen=True, slots=True)
class Controller:
    """Who answers for the data, as every letter and receipt names them (S146)."""

    name: str
    address: str
    email: str
    contact: str = "Privacy"
    phone: str = ""
    url: str = ""
    notice_url: str = ""


def controller_of(event: ConsentEvent, name: str = "") -> Controller:
    """The company with which it was agreed; for what names none, the one that is named here."""
    return _controller(event.entity) if event.entity else controller_named(name)


def controller_named(name: str = "") -> Controller:
    """The legal entity of this name, or the only one; refused where that is nobody or several."""
    entities = list(LegalEntity.objects.filter(**({"name": name} if name else {}))[:2])
    if len(entities) != 1:
        raise PrivacyError(_("Name one of the firm's legal entities, as its list spells it."))
    return _controller(entities[0])


def _controller(entity: LegalEntity) -> Controller:
    contacts = Office.objects.values_list("privacy_contact", flat=True)
    return Controller(entity.name, entity.address, contacts.first() or "")


def event_named(reference: str) -> ConsentEvent:
    """The event of this reference; PrivacyError where the ledger has none."""
    try:
        return ConsentEvent.objects.select_related("purpose", "notice", "subject", "entity").get(
            reference=uuid.UUID(reference)
        )
    except (ValueError, ConsentEvent.DoesNotExist):
        raise PrivacyError(_("The consent ledger has no event of this reference.")) from None


def kantara(event: ConsentEvent, *, controller: Controller) -> dict[str, Any]:
    """The receipt of one consent; refused for anything else that a person said."""
    if event.kind != ConsentKind.GIVEN:
        raise PrivacyError(
            _("Only a consent has a receipt; choose the event by which it was given.")
        )
    purpose, language = event.purpose, _language(event)
    return {
        "version": KANTARA,
        "jurisdiction": JURISDICTION,
        "consentTimestamp": int(event.occurred_at.timestamp()),
        "collectionMethod": _method(event),
        "consentReceiptID": str(event.reference),
        "language": language,
        "piiPrincipalId": str(_person(event)),
        "piiControllers": [
            {
                "piiController": controller.name,
                "onBehalf": False,
                "contact": controller.contact,
                "address": {"streetAddress": controller.address},
                "email": controller.email,
                "phone": controller.phone,
                "piiControllerUrl": controller.url,
            }
        ],
        "policyUrl": controller.notice_url,
        "services": [
            {
                "service": controller.name,
                "purposes": [
                    {
                        "purpose": _title(purpose, language),
                        "purposeCategory": [_category(purpose)],
                        "consentType": "EXPLICIT" if _is_written(event) else "EXPRESSED",
                        "piiCategory": _kinds(event),
                        "primaryPurpose": not purpose.is_marketing,
                        "termination": _termination(event),
                        "thirdPartyDisclosure": purpose.nature == Nature.PROVISION,
                        "thirdPartyName": event.recipients,
                    }
                ],
            }
        ],
        "sensitive": False,
        "spiCat": [],
    }


def iso27560(event: ConsentEvent, *, controller: Controller) -> dict[str, Any]:
    """The record of one consent with all that was said about it since, oldest first."""
    purpose, language = event.purpose, _language(event)
    told = ConsentEvent.objects.filter(
        subject=event.subject_id, purpose=purpose, channel=event.channel, topic=event.topic
    ).select_related("notice")
    return {
        "schemaVersion": ISO,
        "recordId": str(event.reference),
        "piiPrincipalId": str(_person(event)),
        "privacyNotice": _notice(event),
        "language": language,
        "purposes": [
            {
                "purpose": _title(purpose, language),
                "purposeType": _category(purpose),
                "lawfulBasis": BASES[purpose.basis],
                "channel": event.channel,
                "topic": event.topic,
                "piiInformation": [
                    {"piiType": kind, "specialCategory": False} for kind in _kinds(event)
                ],
                "piiControllers": ["controller"],
                "collectionMethod": _method(event),
                "storageLocations": [JURISDICTION],
                "retentionPeriod": f"P{purpose.months}M" if purpose.months else "",
                "jurisdiction": JURISDICTION,
                "recipientThirdParties": [event.recipients] if event.recipients else [],
                "withdrawalMethod": _withdrawal(controller, language),
                "evidenceDigest": event.evidence_digest,
            }
        ],
        "parties": [
            {
                "id": "controller",
                "name": controller.name,
                "address": controller.address,
                "contact": controller.contact,
                "type": "controller",
                "email": controller.email,
                "phone": controller.phone,
                "url": controller.url,
            }
        ],
        "events": [
            {
                "eventTime": timezone.localtime(row.occurred_at).isoformat(),
                "validityDuration": row.valid_until.isoformat() if row.valid_until else "",
                "entityId": str(_person(event)),
                "eventType": "explicit" if _is_written(row) else "expressed",
                "eventState": STATES[row.kind],
                "reference": str(row.reference),
                "privacyNotice": _notice(row),
            }
            for row in told.order_by("occurred_at", "pk")
        ],
    }


# What a consent may be written as.
FORMATS: Mapping[str, Callable[..., dict[str, Any]]] = {"kantara": kantara, "iso": iso27560}


def receipt(event: ConsentEvent) -> dict[str, str]:
    """The two mandatory fields of a receipt under ISO/IEC TS 27560."""
    return {"schemaVersion": ISO, "receiptId": str(event.reference)}


def _person(event: ConsentEvent) -> Any:
    return event.subject.uuid  # type: ignore[attr-defined]


def _language(event: ConsentEvent) -> str:
    return event.language or Language.ENGLISH.value


def _title(purpose: Purpose, language: str) -> str:
    return purpose.title_zh_hant if language == Language.CHINESE else purpose.title_en


def _kinds(event: ConsentEvent) -> list[str]:
    """What the person permitted; of an event from before they were kept, what the purpose has."""
    return [Kind(kind).name.lower() for kind in event.kinds or event.purpose.kinds]


def _category(purpose: Purpose) -> str:
    return {
        Nature.MARKETING: "dpv:DirectMarketing",
        Nature.PROVISION: "dpv:SellDataToThirdParties",
        Nature.SERVICE: "dpv:ServiceProvision",
        Nature.INTERNAL: "dpv:Purpose",
    }[Nature(purpose.nature)]


def _method(event: ConsentEvent) -> str:
    return str(ConsentMethod(event.method).value)


def _is_written(event: ConsentEvent) -> bool:
    return event.method != ConsentMethod.ORAL


def _notice(event: ConsentEvent) -> str:
    return f"{event.notice} sha256:{event.notice.digest}" if event.notice else ""


def _termination(event: ConsentEvent) -> str:
    return event.valid_until.isoformat() if event.valid_until else "on withdrawal"


def _withdrawal(controller: Controller, language: str) -> str:
    with override(language):
        return _("By any message to %(email)s, at any time and without reasons") % {
            "email": controller.email
        }
