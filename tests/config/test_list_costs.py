"""Each list of the console costs a literal number of queries, the same for 1, 3 and 50 rows."""

import uuid
from datetime import date

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import merge
from crm.enums import ExportState
from crm.models import Deputy, DuplicatePair, Tag
from privacy import (
    consent,
    holds,
    journal,
    left_mail,
    objections,
    opt_outs,
    removals,
    restriction,
    suppression,
)
from privacy.enums import (
    ConsentMethod,
    DisposalCause,
    HoldReason,
    Needle,
    ObjectionGround,
    OptOutWay,
    PointKind,
    RestrictionGround,
    SuppressionScope,
)
from privacy.models import Disposal, Finding, Purpose, Quarantine
from privacy.points import Point
from retention.models import ArchivedRecord, RetentionRule, SweepRun
from tests.factories.crm import (
    ContactExportFactory,
    ContactFactory,
    ContactPointFactory,
    DocumentFactory,
    EngagementFactory,
    FollowUpFactory,
    HolderNoticeFactory,
    ImportBatchFactory,
    InteractionFactory,
    OrganisationFactory,
    RoleFactory,
    SupplierReviewFactory,
    TeamFactory,
    UserFactory,
)
from tests.factories.privacy import (
    DeliveryFactory,
    DisclosedPersonFactory,
    LegalEntityFactory,
    NoticeFactory,
    NoticeGivenFactory,
    ProcessorFactory,
    RoleOfFirmFactory,
    TrackerFactory,
)

pytestmark = pytest.mark.django_db


def a_person(number, owner):
    contact = ContactFactory(owner=owner)
    ContactPointFactory(contact=contact)
    for kind in ("client", "supplier", "employee"):
        RoleFactory(contact=contact, kind=kind, organisation=OrganisationFactory())
    return contact


def a_hold(number, owner):
    holds.place(
        ContactFactory(),
        matter=f"HCA-{number}",
        reason=HoldReason.CLAIM,
        owner=UserFactory(),
        review_on=date(2027, 3, 1),
        by=owner,
    )


def an_entry(number, owner):
    point = Point(PointKind.EMAIL, f"z{number}@example.com")
    suppression.suppress([point], scope=SuppressionScope.NO_REENTRY, by=owner)


def a_deputy(number, owner):
    Deputy.objects.create(
        officer=UserFactory(),
        deputy=UserFactory(),
        named_on=date(2026, 1, 1),
        until=date(2026, 1, 2),
    )


def a_run(number, owner):
    SweepRun.objects.create(
        night=date.fromordinal(738000 + number),
        rule_set="0" * 64,
        mode="apply",
        state="done",
        started_by=owner,
        counts={"rule": {"due": 1, "held": 0, "halted": False}},
    )


def a_rule(number, owner):
    RetentionRule.objects.create(
        keep="crm.Contact:lead",
        years=1,
        scope={"country": ["DE"], "sector": ["Shipping"]},
        decision="DEC-2026-1",
        effective_on=date(2026, 1, 1),
        prepared_by=UserFactory(),
        approved_by=owner,
        approved_at=timezone.now(),
    )


def a_disposal(number, owner):
    Disposal.objects.create(
        intent=uuid.uuid4(),
        subject_reference=uuid.uuid4(),
        cause=DisposalCause.RETENTION,
        disposed_at=timezone.now(),
    )


def a_finding(number, owner):
    Finding.objects.create(subject_reference=uuid.uuid4(), place="t.c", needle_kind=Needle.NAME)


def an_archived_record(number, owner):
    ArchivedRecord.objects.create(
        rule="crm.InvoiceReference:invoice",
        statute="Cap 112 s.51C",
        key_id="a1",
        payload="sealed",
        due_on=date(2031 + number % 3, 4, 1),
    )


def a_refusal(number, owner):
    consent.refuse([ContactFactory().pk], method=ConsentMethod.EMAIL, channels=["sms"], by=owner)


def a_restriction(number, owner):
    restriction.place(
        ContactFactory(),
        ground=RestrictionGround.CLAIMS,
        received_on=date(2026, 1, 1),
        by=owner,
    )


def a_sensitive_text(number, owner):
    Quarantine.objects.create(
        subject=ContactFactory(),
        model="crm.Interaction",
        row=number,
        column="body",
        kinds=["health"],
        decide_by=date(2099, 1, 1),
    )


def a_purpose(number, owner):
    Purpose.objects.create(
        key=f"purpose-{number}",
        title_en="Purpose",
        title_zh_hant="目的",
        nature="marketing",
        basis="consent",
        channels=["email", "sms"],
    )


def a_pair(number, owner):
    DuplicatePair.objects.create(
        first=ContactFactory(), second=ContactFactory(), score=90, reasons="email"
    )


def an_export(number, owner):
    ContactExportFactory(
        state=ExportState.READY,
        format="csv",
        reason="audit",
        destination="auditor",
        holder=OrganisationFactory(),
        expires_on=date(2026, 1, 8),
        downloads=1,
        deleted_on=date(2026, 1, 9),
        deletion_noted_by=UserFactory(),
    )


def an_objection(number, owner):
    objections.receive(
        ContactFactory(),
        purpose="customer-history",
        ground=ObjectionGround.UNSAID,
        received_on=date(2026, 1, 1),
        method=ConsentMethod.EMAIL,
        by=owner,
    )


def a_merge(number, owner):
    merge.merge(ContactFactory(), ContactFactory(), by=owner)


# list -> who opens it, what makes a row, what it costs
LISTS = {
    # Six of them put on record who looked at the roles of whoever works here.
    "crm.contact": (roles.OFFICER, a_person, 21),
    "crm.client": (roles.OFFICER, a_person, 21),
    "crm.supplier": (roles.OFFICER, a_person, 21),
    "crm.staff": (roles.OFFICER, a_person, 21),
    "crm.organisation": (
        roles.OFFICER,
        lambda number, owner: RoleFactory(organisation=OrganisationFactory()),
        10,
    ),
    "crm.supplierreview": (roles.OFFICER, lambda number, owner: SupplierReviewFactory(), 7),
    "crm.engagement": (
        roles.OFFICER,
        lambda number, owner: EngagementFactory(organisation=OrganisationFactory()),
        7,
    ),
    "crm.importbatch": (roles.OFFICER, lambda number, owner: ImportBatchFactory(), 7),
    "crm.contactexport": (roles.OFFICER, an_export, 7),
    "crm.holdernotice": (roles.OFFICER, lambda number, owner: HolderNoticeFactory(), 7),
    "crm.followup": (roles.OFFICER, lambda number, owner: FollowUpFactory(owner=owner), 7),
    "crm.interaction": (roles.OFFICER, lambda number, owner: InteractionFactory(), 7),
    "crm.document": (roles.OFFICER, lambda number, owner: DocumentFactory(), 7),
    "crm.duplicatepair": (roles.OFFICER, a_pair, 7),
    "crm.merge": (roles.OFFICER, a_merge, 7),
    "privacy.suppressionentry": (roles.OFFICER, an_entry, 7),
    "privacy.legalhold": (roles.OFFICER, a_hold, 7),
    "privacy.restriction": (roles.OFFICER, a_restriction, 7),
    "crm.tag": (roles.OFFICER, lambda number, owner: Tag.objects.create(name=f"Tag {number}"), 7),
    "privacy.quarantine": (roles.OFFICER, a_sensitive_text, 7),
    "privacy.consentevent": (roles.OFFICER, a_refusal, 8),
    "privacy.dispatch": (roles.OFFICER, lambda number, owner: DeliveryFactory(), 7),
    "privacy.disclosure": (roles.OFFICER, lambda number, owner: DisclosedPersonFactory(), 7),
    "privacy.legalentity": (roles.OFFICER, lambda number, owner: LegalEntityFactory(), 7),
    "privacy.tracker": (roles.OFFICER, lambda number, owner: TrackerFactory(), 7),
    "privacy.processor": (roles.OFFICER, lambda number, owner: ProcessorFactory(), 7),
    "privacy.roleoffirm": (roles.OFFICER, lambda number, owner: RoleOfFirmFactory(), 7),
    "privacy.leftmail": (
        roles.OFFICER,
        lambda number, owner: left_mail.note(f"Subject: {number}".encode(), size=10),
        7,
    ),
    "privacy.optout": (
        roles.OFFICER,
        lambda number, owner: opt_outs.keep(OptOutWay.SMS, {"text": "STOP"}, about=[]),
        7,
    ),
    "privacy.objection": (roles.OFFICER, an_objection, 7),
    "privacy.removal": (
        roles.OFFICER,
        lambda number, owner: removals.propose(ContactFactory(), by=owner),
        7,
    ),
    "privacy.purpose": (roles.OFFICER, a_purpose, 7),
    "privacy.notice": (roles.OFFICER, lambda number, owner: NoticeFactory(), 8),
    "privacy.noticegiven": (roles.OFFICER, lambda number, owner: NoticeGivenFactory(), 8),
    "privacy.journalentry": (
        roles.OFFICER,
        lambda number, owner: journal.record("test.act", by=owner),
        9,
    ),
    "privacy.finding": (roles.OFFICER, a_finding, 7),
    "privacy.disposal": (roles.OFFICER, a_disposal, 7),
    "retention.sweeprun": (roles.OFFICER, a_run, 9),
    "retention.retentionrule": (roles.OFFICER, a_rule, 7),
    "retention.archivedrecord": (roles.FINANCE, an_archived_record, 10),
    "crm.user": (roles.SYSTEM, lambda number, owner: UserFactory(team=TeamFactory()), 9),
    "crm.deputy": (roles.OFFICER, a_deputy, 7),
    "crm.team": (roles.SYSTEM, lambda number, owner: TeamFactory(), 7),
    "auth.group": (
        roles.SYSTEM,
        lambda number, owner: Group.objects.create(name=f"Group {number}"),
        7,
    ),
}


def test_every_list_of_the_console_has_its_cost_here():
    assert set(LISTS) == {model._meta.label_lower for model in admin.site._registry}


@pytest.mark.parametrize("label", sorted(LISTS))
def test_a_list_costs_the_same_for_one_three_and_fifty_rows(client, label):
    role, make, cost = LISTS[label]
    reader = UserFactory()
    reader.groups.add(Group.objects.get(name=role))
    client.force_login(reader)
    address = reverse(f"admin:{label.replace('.', '_')}_changelist")

    costs = []
    for rows in (range(1), range(1, 3), range(3, 50)):
        for number in rows:
            make(number, reader)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        costs.append(len(queries))

    assert costs == [cost] * 3
