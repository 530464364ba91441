"""The valid minimum of every model of the business; no randomness, no hidden side effect."""

import uuid
from datetime import UTC, date, datetime

import factory
from django.core.files.base import ContentFile
from factory import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from crm import models
from crm.enums import (
    Channel,
    CheckWay,
    Direction,
    EngagementState,
    ImportedTable,
    LinkBasis,
    RestrictionKind,
    ReviewOutcome,
    RoleKind,
    SourceType,
)
from privacy.enums import Basis, PointKind

OBTAINED = date(2024, 3, 1)


class TeamFactory(DjangoModelFactory):
    class Meta:
        model = models.Team

    name = Sequence(lambda n: f"Team {n}")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = models.User

    username = Sequence(lambda n: f"operator-{n}")
    is_staff = True


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = models.Organisation

    name = Sequence(lambda n: f"Firm {n}")
    name_key = Sequence(lambda n: f"firm{n}")


class SupplierReviewFactory(DjangoModelFactory):
    """A review that holds under both laws."""

    class Meta:
        model = models.SupplierReview

    organisation = SubFactory(OrganisationFactory)
    gdpr = pdpo = ReviewOutcome.PASSED
    evidence = "shelf 7"
    reviewed_on = date(2024, 3, 1)
    next_due_on = date(2099, 3, 1)
    reviewed_by = SubFactory(UserFactory)


class SourceFactory(DjangoModelFactory):
    class Meta:
        model = models.Source

    type = SourceType.PERSON
    obtained_on = OBTAINED


class SourceRestrictionFactory(DjangoModelFactory):
    class Meta:
        model = models.SourceRestriction

    source = SubFactory(SourceFactory)
    kind = RestrictionKind.DISCLOSURE


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = models.Contact

    latin_family_name = Sequence(lambda n: f"Family{n}")
    source = SubFactory(SourceFactory)
    anchor_on = LazyAttribute(lambda contact: contact.source.obtained_on)
    name_key = LazyAttribute(lambda contact: contact.latin_family_name.casefold())
    search_text = LazyAttribute(lambda contact: contact.latin_family_name.casefold())


class ContactPointFactory(DjangoModelFactory):
    class Meta:
        model = models.ContactPoint

    contact = SubFactory(ContactFactory)
    kind = PointKind.EMAIL
    value = Sequence(lambda n: f"person-{n}@example.com")


class PostalAddressFactory(DjangoModelFactory):
    class Meta:
        model = models.PostalAddress

    contact = SubFactory(ContactFactory)
    lines = Sequence(lambda n: f"{n} Example Street")


class DemographicsFactory(DjangoModelFactory):
    class Meta:
        model = models.Demographics

    contact = SubFactory(ContactFactory)
    date_of_birth = date(1980, 2, 29)


class RoleFactory(DjangoModelFactory):
    class Meta:
        model = models.Role

    contact = SubFactory(ContactFactory)
    kind = RoleKind.PROSPECT


class EngagementFactory(DjangoModelFactory):
    class Meta:
        model = models.Engagement

    code = Sequence(lambda n: f"engagement-{n}")
    title = "Review"
    state = EngagementState.ENQUIRY
    opened_on = OBTAINED


class ParticipationFactory(DjangoModelFactory):
    class Meta:
        model = models.Participation

    engagement = SubFactory(EngagementFactory)
    contact = SubFactory(ContactFactory)


class InvoiceReferenceFactory(DjangoModelFactory):
    class Meta:
        model = models.InvoiceReference

    engagement = SubFactory(EngagementFactory)
    contact = SubFactory(ContactFactory)
    number = Sequence(lambda n: f"invoice-{n}")
    billed_to = Sequence(lambda n: f"Billed Person {n}")
    issued_on = OBTAINED


class InteractionFactory(DjangoModelFactory):
    class Meta:
        model = models.Interaction

    contact = SubFactory(ContactFactory)
    channel = Channel.EMAIL
    direction = Direction.INBOUND
    occurred_at = datetime(2024, 3, 1, 12, tzinfo=UTC)
    summary = "Talked"


class FollowUpFactory(DjangoModelFactory):
    class Meta:
        model = models.FollowUp

    contact = SubFactory(ContactFactory)
    owner = SubFactory("tests.factories.crm.UserFactory")
    what = "Call back"
    due_on = OBTAINED


class AccuracyCheckFactory(DjangoModelFactory):
    """A colleague looked, just now."""

    class Meta:
        model = models.AccuracyCheck

    contact = SubFactory(ContactFactory)
    is_right = True
    way = CheckWay.ASKED
    checked_by = SubFactory(UserFactory)


class DocumentFactory(DjangoModelFactory):
    class Meta:
        model = models.Document

    contact = SubFactory(ContactFactory)
    title = "Letter"
    file = factory.LazyFunction(lambda: ContentFile(b"A letter.", name="letter.txt"))
    content_type = "text/plain"
    size = 9


class VisitorFactory(DjangoModelFactory):
    class Meta:
        model = models.Visitor

    first_seen_at = datetime(2024, 3, 1, 12, tzinfo=UTC)


class VisitorLinkFactory(DjangoModelFactory):
    class Meta:
        model = models.VisitorLink

    visitor = SubFactory(VisitorFactory)
    contact = SubFactory(ContactFactory)
    basis = LinkBasis.FORM


class WebActivityFactory(DjangoModelFactory):
    class Meta:
        model = models.WebActivity

    visitor = SubFactory(VisitorFactory)
    happened_at = datetime(2024, 3, 1, 12, tzinfo=UTC)


class UnderAgeRefusalFactory(DjangoModelFactory):
    class Meta:
        model = models.UnderAgeRefusal

    on = Sequence(lambda n: date.fromordinal(OBTAINED.toordinal() + n))
    entry_point = "form"


class ImportBatchFactory(DjangoModelFactory):
    class Meta:
        model = models.ImportBatch

    source_type = SourceType.CARD
    obtained_on = OBTAINED
    role = RoleKind.PROSPECT
    basis = Basis.LEGITIMATE_INTERESTS
    notice = "policy 1"
    created_by = SubFactory("tests.factories.crm.UserFactory")


class ImportRowFactory(DjangoModelFactory):
    class Meta:
        model = models.ImportRow

    batch = SubFactory(ImportBatchFactory)
    number = Sequence(lambda n: n + 2)
    verdict = "create"
    checked_at = datetime(2024, 3, 1, 12, tzinfo=UTC)


class ImportChangeFactory(DjangoModelFactory):
    class Meta:
        model = models.ImportChange

    batch = SubFactory(ImportBatchFactory)
    contact = SubFactory("tests.factories.crm.ContactFactory")
    table = ImportedTable.CONTACT
    row = 1
    at = datetime(2024, 3, 1, 12, tzinfo=UTC)


class DeputyFactory(DjangoModelFactory):
    class Meta:
        model = models.Deputy

    officer = SubFactory("tests.factories.crm.UserFactory")
    deputy = SubFactory("tests.factories.crm.UserFactory")
    named_on = until = OBTAINED


class MergeUndoFactory(DjangoModelFactory):
    class Meta:
        model = models.MergeUndo

    reference = factory.LazyFunction(uuid.uuid4)
    kept = SubFactory("tests.factories.crm.ContactFactory")
    before = LazyAttribute(lambda undo: {})


class ContactExportFactory(DjangoModelFactory):
    class Meta:
        model = models.ContactExport

    created_by = SubFactory("tests.factories.crm.UserFactory")


class ExportSelectionFactory(DjangoModelFactory):
    class Meta:
        model = models.ExportSelection

    reference = factory.LazyFunction(uuid.uuid4)
    people = LazyAttribute(lambda selection: [])


class HolderNoticeFactory(DjangoModelFactory):
    class Meta:
        model = models.HolderNotice

    export = SubFactory(ContactExportFactory)
    contact = SubFactory(ContactFactory)


class ExportedContactFactory(DjangoModelFactory):
    class Meta:
        model = models.ExportedContact

    export = SubFactory(ContactExportFactory)
    contact = SubFactory(ContactFactory)
