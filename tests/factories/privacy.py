"""The valid minimum of the privacy office's own rows; consent events come from their doors."""

import uuid
from datetime import UTC, date, datetime

import factory
from factory import Sequence, SubFactory
from factory.django import DjangoModelFactory

from privacy import models
from privacy.enums import (
    Article,
    Basis,
    DisclosureKind,
    DisclosureState,
    DispatchKind,
    FirmRole,
    HoldScope,
    Language,
    Outcome,
    PartyRole,
    RecipientBasis,
    RecipientClass,
    Safeguard,
    Told,
    TrackerUse,
)
from tests.factories.crm import ContactFactory, UserFactory


class NoticeFactory(DjangoModelFactory):
    """A version in force since the policy's own day."""

    class Meta:
        model = models.Notice

    version = Sequence(lambda n: f"v{n}")
    text_en = "What we do with your data."
    text_zh_hant = "我們如何處理您的資料。"
    digest = Sequence(lambda n: f"{n:064x}")
    effective_from = date(2018, 5, 23)
    prepared_by = SubFactory(UserFactory)
    approved_by = SubFactory(UserFactory)
    approved_at = datetime(2018, 5, 23, tzinfo=UTC)


class NoticeGivenFactory(DjangoModelFactory):
    """Told by letter, of data that the person gave."""

    class Meta:
        model = models.NoticeGiven

    subject = SubFactory(ContactFactory)
    notice = SubFactory(NoticeFactory)
    article = Article.ART_13
    how = Told.LETTER
    told_at = datetime(2024, 3, 1, 12, tzinfo=UTC)


class WordingFactory(DjangoModelFactory):
    class Meta:
        model = models.Wording

    key = Sequence(lambda n: f"form-{n}")
    version = 1
    language = Language.ENGLISH
    text = "Yes, send me the newsletter by e-mail."
    digest = factory.Sequence(lambda n: f"{n + 10**6:064x}")


class LegalEntityFactory(DjangoModelFactory):
    class Meta:
        model = models.LegalEntity

    name = Sequence(lambda n: f"Example Company {n} Ltd")
    address = "1 Example Road, Hong Kong"
    country = "HK"
    registration_number = Sequence(lambda n: f"{n:07d}")


class AssessmentFactory(DjangoModelFactory):
    """Passed, approved by a second person, and not to be looked at again for long."""

    class Meta:
        model = models.Assessment

    purpose = factory.LazyFunction(lambda: models.Purpose.objects.get(key="profiling"))
    interest = "To know what clients need."
    necessity = "Dealings alone tell it."
    impact = "Better offers; some feel watched."
    safeguards = "A pseudonym, and an objection at any time."
    outcome = Outcome.PASSED
    assessed_by = SubFactory(UserFactory)
    approved_by = SubFactory(UserFactory)
    approved_at = datetime(2026, 1, 5, tzinfo=UTC)
    review_on = date(2099, 12, 31)


def weigh(*keys, **facts):
    """Weigh these purposes, or each one on interests, as `facts` say; by two people for them all.

    Without it the gate answers `unweighed`.
    """
    resting = models.Purpose.objects.filter(basis=Basis.LEGITIMATE_INTERESTS)
    two = {"assessed_by": UserFactory(), "approved_by": UserFactory()}
    return [
        AssessmentFactory(purpose=purpose, **(two | facts))
        for purpose in (resting.filter(key__in=keys) if keys else resting)
    ]


class DispatchFactory(DjangoModelFactory):
    """A draft of a newsletter."""

    class Meta:
        model = models.Dispatch

    kind = DispatchKind.MAILING
    purpose = factory.LazyFunction(lambda: models.Purpose.objects.get(key="newsletter"))
    entity = SubFactory(LegalEntityFactory)
    subject_en = "News"
    body_en = "This is new. {unsubscribe}"
    subject_zh_hant = "消息"
    body_zh_hant = "這是新消息。{unsubscribe}"
    prepared_by = SubFactory(UserFactory)


class DeliveryFactory(DjangoModelFactory):
    class Meta:
        model = models.Delivery

    dispatch = SubFactory(DispatchFactory)
    subject = SubFactory(ContactFactory)


class DisclosureFactory(DjangoModelFactory):
    """An ordinary disclosure to a sub-contractor."""

    class Meta:
        model = models.Disclosure

    state = DisclosureState.MADE
    kind = DisclosureKind.ORDINARY
    recipient = Sequence(lambda n: f"Example Works {n} Ltd")
    recipient_class = RecipientClass.SUPPLIER
    country = "HK"
    basis = RecipientBasis.CONTRACT
    purpose = factory.LazyFunction(lambda: models.Purpose.objects.get(key="fraud"))
    kinds = factory.LazyFunction(lambda: ["identity"])
    disclosed_on = date(2026, 1, 5)
    prepared_by = SubFactory(UserFactory)


class DisclosedPersonFactory(DjangoModelFactory):
    class Meta:
        model = models.DisclosedPerson

    disclosure = SubFactory(DisclosureFactory)
    subject = SubFactory(ContactFactory)
    disclosed_on = date(2026, 1, 5)


class TrackerFactory(DjangoModelFactory):
    class Meta:
        model = models.Tracker

    name = Sequence(lambda n: f"_cookie{n}")
    party = "www.example.com"
    use = TrackerUse.ANALYTICS
    since = date(2026, 3, 1)


class ProcessorFactory(DjangoModelFactory):
    class Meta:
        model = models.Processor

    name = Sequence(lambda n: f"Example Hosting {n} Ltd")
    service = "hosting"
    role = PartyRole.PROCESSOR
    country = "SG"
    kinds = factory.LazyFunction(lambda: ["identity"])
    safeguard = Safeguard.CLAUSES
    contract_on = since = date(2026, 3, 1)
    review_on = date(2027, 3, 1)


class RoleOfFirmFactory(DjangoModelFactory):
    """The firm works for a client, with the data of an organisation that nobody knows."""

    class Meta:
        model = models.RoleOfFirm

    scope = HoldScope.ORGANISATION
    scope_reference = factory.LazyFunction(uuid.uuid4)
    role = FirmRole.PROCESSOR
    controller = "Example Client Ltd"
    contact = "privacy@client.example.com"
    kinds = factory.LazyFunction(lambda: ["identity"])
    since = date(2026, 3, 1)
