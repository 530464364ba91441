"""The registers of the invented office: the firm, whose data it holds, who holds its data.

Companies and sites are as invented as the people: "Example" in each name, addresses under
example.com.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from crm.enums import EngagementState
from crm.models import Contact, Engagement
from privacy import disclosures, parties
from privacy.disclosures import Recipient, Terms
from privacy.enums import (
    DisclosureKind,
    FirmRole,
    HoldScope,
    Kind,
    PartyRole,
    RecipientBasis,
    RecipientClass,
    Safeguard,
    TrackerUse,
)
from privacy.models import LegalEntity, Processor, Tracker

PRIVACY_CONTACT = "privacy@example.com"
WHO = (Kind.IDENTITY, Kind.CONTACT)
K, B, C = DisclosureKind, RecipientBasis, RecipientClass
# Name, what they do, role, country, kinds, safeguard, review in so many days.
PROCESSORS = (
    (
        "Example Hosting Ltd",
        "keeps our servers",
        PartyRole.PROCESSOR,
        "HK",
        (*WHO, Kind.DEALING, Kind.CORRESPONDENCE, Kind.DOCUMENT),
        Safeguard.NONE_NEEDED,
        300,
    ),
    (
        "Example Post GmbH",
        "sends our messages",
        PartyRole.PROCESSOR,
        "DE",
        WHO,
        Safeguard.MODEL_CLAUSES,
        120,
    ),
    (
        "Example Rechenzentrum GmbH",
        "computing centre of Example Post GmbH",
        PartyRole.SUBPROCESSOR,
        "DE",
        WHO,
        Safeguard.MODEL_CLAUSES,
        120,
    ),
    (
        "Example Accounts LLP",
        "audits our accounts",
        PartyRole.CONTROLLER,
        "GB",
        (Kind.IDENTITY, Kind.FINANCE),
        Safeguard.ADEQUACY,
        25,
    ),
)
# Name, site or company, whether of a third party, use, days, whether set with consent alone.
TRACKERS = (
    ("demo_session", "www.example.com", False, TrackerUse.SIGN_IN, 1, False),
    ("demo_language", "www.example.com", False, TrackerUse.STORED, 365, False),
    ("_demo_count", "www.example.com", False, TrackerUse.ANALYTICS, 390, True),
    ("_demo_ad", "Example Advertising Ltd", True, TrackerUse.ADVERTISING, 90, True),
)
# To whom, on which occasion and basis, for which purpose, which data, so many days ago.
LAWYERS = Recipient("Example Thames Advisers LLP", C.ADVISER, "GB")
BANK = Recipient("Example Peak Capital Ltd", C.BANK, "HK")
AUDITORS = Recipient("Example Accounts LLP", C.AUDITOR, "GB")
POST = Recipient("Example Post GmbH", C.PROCESSOR, "DE")
TAX_OFFICE = Recipient("Example Tax Office", C.AUTHORITY, "HK")
GIVEN = (
    (POST, K.ORDINARY, B.PROCESSOR, "service-messages", WHO, 140),
    (BANK, K.ORDINARY, B.CONTRACT, "orders", (Kind.IDENTITY, Kind.FINANCE), 90),
    (AUDITORS, K.ORDINARY, B.INTERESTS, "accounts", (Kind.IDENTITY, Kind.FINANCE), 60),
    (TAX_OFFICE, K.LEGAL_DUTY, B.OBLIGATION, "accounts", (Kind.IDENTITY, Kind.FINANCE), 30),
    # The last one waits for its second person.
    (LAWYERS, K.ENFORCEMENT, B.INTERESTS, "fraud", (*WHO, Kind.DEALING), 3),
)
# So many clients' data go each time.
SIZE = 3


def found(*, on: date) -> None:
    """The company of the firm, and the registers that are about nobody on file."""
    company = LegalEntity(
        name="Example Consulting Ltd",
        address="1 Example Road\nHong Kong",
        country="HK",
        registration_number="0000000",
        representative="Example Representatives Lda, 1 Rua do Exemplo, Lisboa",
        protection_officer="Example Protection Officers Ltd, dpo@example.com",
    )
    parties.invent(entities=[company], privacy_contact=PRIVACY_CONTACT)
    since = on - timedelta(days=800)
    for name, service, role, country, kinds, safeguard, days in PROCESSORS:
        processor = Processor(
            name=name,
            service=service,
            role=role,
            country=country,
            kinds=sorted(map(str, kinds)),
            contract_on=None if role == PartyRole.CONTROLLER else since,
            contract_reference="" if role == PartyRole.CONTROLLER else "DEMO shelf 1",
            safeguard=safeguard,
            since=since,
            review_on=on + timedelta(days=days),
        )
        processor.full_clean()
        processor.save()
    for name, party, is_third_party, use, days, needs_consent in TRACKERS:
        tracker = Tracker(
            name=name,
            party=party,
            is_third_party=is_third_party,
            use=use,
            days=days,
            needs_consent=needs_consent,
            since=since,
        )
        tracker.full_clean()
        tracker.save()


def share(*, on: date, officers: Sequence[Any]) -> None:
    """For whom the firm holds data, and to whom data of clients went."""
    one, two = officers
    work = Engagement.objects.filter(state=EngagementState.CONTRACT, closed_on__isnull=True)
    works = list(work.exclude(organisation=None).select_related("organisation").order_by("code"))
    for place, role in zip(works, (FirmRole.PROCESSOR, FirmRole.JOINT), strict=False):
        client: Any = place.organisation
        parties.act_as(
            HoldScope.ENGAGEMENT,
            place.uuid,
            role=role,
            controller=client.name,
            kinds=WHO,
            since=place.opened_on,
            may_be_named=role == FirmRole.JOINT,
            contact=client.email if role == FirmRole.PROCESSOR else "",
            by=one,
        )
    clients = Contact.objects.usable().filter(participations__engagement__in=works)
    pks = list(clients.order_by("pk").values_list("pk", flat=True).distinct())
    for n, (recipient, kind, basis, purpose, kinds, days) in enumerate(GIVEN):
        first = n * SIZE % len(pks)
        asked = {"authority": recipient.name, "matter": f"DEMO-{n}"}
        made = disclosures.record(
            (pks * 2)[first : first + SIZE],
            recipient=recipient,
            terms=Terms(
                kind,
                basis,
                purpose,
                [str(one) for one in kinds],
                on - timedelta(days=days),
                **(asked if kind in disclosures.ON_DUTY else {}),
            ),
            by=one,
        )
        if kind == K.LEGAL_DUTY:
            disclosures.approve(made, by=two)
