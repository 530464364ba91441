"""Who may do what: every page of the console × every role × GET and POST, against one table.

The words are those of the pages: L list, A add, V view, C change, H history; the operations by
their names. What is not in the table is refused, by the view itself (screens 3.17).
"""

import uuid
from datetime import date

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import merge
from crm.enums import SourceType
from crm.models import Contact, Deputy, DuplicatePair, Source, Tag, User
from privacy import (
    consent,
    holds,
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
    ObjectionGround,
    OptOutWay,
    PointKind,
    RestrictionGround,
    SuppressionScope,
)
from privacy.models import (
    Disposal,
    Finding,
    JournalEntry,
    LegalHold,
    Purpose,
    Quarantine,
    SuppressionEntry,
)
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

FILE = "L A V H C"
READ = "L V H"
IMPORTS = "upload read go_on columns check decide propose confirm retry discard undo"
TABLE = {
    roles.OFFICER: {
        "crm.contact": f"{FILE} log follow_up try_again consent told object suppress hold limit restrict disclose check introduce remove merge",
        "crm.client": f"{FILE} log follow_up try_again consent told object suppress hold limit restrict disclose check introduce remove merge",
        "crm.supplier": f"{FILE} log follow_up try_again consent told object suppress hold limit restrict disclose check introduce remove merge",
        "crm.staff": f"{FILE} log follow_up try_again consent told object suppress hold limit restrict disclose check introduce remove merge",
        "crm.organisation": f"{FILE} review whose_data",
        "crm.supplierreview": READ,
        "crm.tag": f"{READ} add_tag remove",
        "crm.duplicatepair": f"{READ} merge distinct later",
        "crm.merge": f"{READ} undo",
        "crm.engagement": f"{FILE} whose_data",
        "crm.followup": f"{READ} done postpone hand_over",
        "crm.interaction": FILE,
        "crm.document": FILE,
        "crm.importbatch": f"{READ} {IMPORTS}",
        # Somebody else's: it is theirs to describe and to fetch.
        "crm.contactexport": f"{READ} note_deletion",
        "crm.holdernotice": f"{READ} write note_told",
        "crm.user": f"{READ} roles forget_factor address",
        "crm.deputy": f"{READ} name end",
        "privacy.consentevent": READ,
        # Somebody else's draft, addressed to one person.
        "privacy.dispatch": f"{READ} prepare test approve start pause cancel",
        "privacy.disclosure": f"{READ} approve discard",
        "privacy.purpose": f"{READ} assess approve_weighing switch_off switch_on",
        # Somebody else's proposal: who prepared it says what it changes.
        "privacy.notice": f"{READ} propose changes approve tell letters",
        "privacy.noticegiven": READ,
        "privacy.legalentity": FILE,
        "privacy.tracker": FILE,
        "privacy.processor": FILE,
        "privacy.roleoffirm": READ,
        "privacy.leftmail": f"{READ} settle",
        "privacy.optout": f"{READ} read find",
        "privacy.objection": f"{READ} decide approve tell",
        "privacy.removal": f"{READ} approve withdraw",
        "privacy.journalentry": READ,
        "privacy.finding": f"{READ} settle",
        "privacy.disposal": READ,
        "privacy.legalhold": f"{READ} place review release",
        "privacy.restriction": f"{READ} announce lift",
        "privacy.quarantine": f"{READ} keep dismiss delete_text",
        "privacy.suppressionentry": f"{READ} suppress lift",
        "retention.sweeprun": f"{READ} rehearse start confirm_day release",
        "retention.retentionrule": f"{READ} propose approve withdraw",
        "retention.archivedrecord": READ,
    },
    roles.ASSISTANT: {
        "crm.contact": f"{FILE} log follow_up try_again consent told object restrict disclose check introduce remove merge",
        "crm.client": f"{FILE} log follow_up try_again consent told object restrict disclose check introduce remove merge",
        "crm.supplier": f"{FILE} log follow_up try_again consent told object restrict disclose check introduce remove merge",
        "crm.staff": f"{FILE} log follow_up try_again consent told object restrict disclose check introduce remove merge",
        "crm.organisation": FILE,
        "crm.supplierreview": READ,
        "crm.tag": f"{READ} add_tag remove",
        "crm.duplicatepair": f"{READ} merge distinct later",
        "crm.merge": f"{READ} undo",
        "crm.engagement": FILE,
        "crm.followup": f"{READ} done postpone hand_over",
        "crm.interaction": FILE,
        "crm.document": FILE,
        "privacy.consentevent": READ,
        "privacy.dispatch": f"{READ} prepare test start pause cancel",
        "privacy.disclosure": f"{READ} discard",
        "privacy.purpose": READ,
        "privacy.notice": f"{READ} propose changes tell letters",
        "privacy.noticegiven": READ,
        "crm.importbatch": f"{READ} {IMPORTS}",
        "crm.contactexport": "L",
        "privacy.legalentity": READ,
        "privacy.tracker": READ,
        "privacy.processor": READ,
        "privacy.roleoffirm": READ,
        "privacy.objection": READ,
        "privacy.removal": READ,
        "privacy.journalentry": READ,
        "privacy.finding": READ,
        "privacy.legalhold": READ,
        "privacy.restriction": READ,
        "privacy.quarantine": READ,
        "privacy.suppressionentry": READ,
        "retention.retentionrule": READ,
        "retention.sweeprun": READ,
    },
    roles.STAFF: {
        "crm.contact": f"{FILE} log follow_up try_again consent object restrict check introduce remove",
        "crm.client": f"{FILE} log follow_up try_again consent object restrict check introduce remove",
        "crm.supplier": f"{FILE} log follow_up try_again consent object restrict check introduce remove",
        "crm.tag": READ,
        "crm.organisation": "L A V C",
        "crm.duplicatepair": f"{READ} later",
        "crm.engagement": "L A V C",
        "crm.followup": f"{READ} done postpone hand_over",
        "crm.interaction": FILE,
        "crm.document": FILE,
        # A colleague's import is nowhere.
        "crm.importbatch": "L upload",
        "crm.contactexport": "L",
    },
    # The import among these rows brings clients: HR does not see it.
    roles.HR: {
        "crm.staff": f"{FILE} restrict remove",
        "privacy.removal": READ,
        "crm.organisation": "L V",
        "crm.importbatch": "L upload",
        "crm.contactexport": "L",
    },
    # Masked: see below. Histories hold values, so that they are not opened.
    roles.AUDITOR: {
        "crm.contact": "L V",
        "crm.client": "L V",
        "crm.supplier": "L V",
        "crm.staff": "L V",
        "crm.organisation": "L V",
        "crm.supplierreview": READ,
        "crm.engagement": "L V",
        "crm.followup": READ,
        "crm.interaction": READ,
        "crm.document": READ,
        "crm.contactexport": READ,
        "crm.user": READ,
        "crm.deputy": READ,
        "crm.team": READ,
        "privacy.consentevent": READ,
        "privacy.dispatch": READ,
        "privacy.disclosure": READ,
        "privacy.purpose": READ,
        "privacy.notice": READ,
        "privacy.noticegiven": READ,
        "privacy.legalentity": READ,
        "privacy.tracker": READ,
        "privacy.processor": READ,
        "privacy.roleoffirm": READ,
        "privacy.objection": READ,
        "privacy.removal": READ,
        "privacy.journalentry": READ,
        "privacy.finding": READ,
        "privacy.disposal": READ,
        "privacy.legalhold": READ,
        "privacy.restriction": READ,
        "privacy.quarantine": READ,
        "privacy.suppressionentry": READ,
        "retention.retentionrule": READ,
        "retention.sweeprun": READ,
        "retention.archivedrecord": READ,
    },
    roles.FINANCE: {"retention.archivedrecord": f"{READ} read find"},
    roles.SYSTEM: {
        "crm.user": "L V H C invite reset disable enable unlock",
        "crm.team": FILE,
        "auth.group": READ,
        "retention.sweeprun": READ,
    },
}


def member(role, **facts):
    user = UserFactory(**facts)
    user.groups.add(Group.objects.get(name=role))
    return user


def address(label, view, *args):
    return reverse(f"admin:{label.replace('.', '_')}_{view}", args=args)


@pytest.fixture
def rows():
    return one_of_each(TeamFactory(name="Ours"))


def one_of_each(team):
    """One row of every registered model, all about one person whom every role may see."""
    contact = ContactFactory(team=team, latin_family_name="Quillfeather")
    ContactPointFactory(contact=contact, value="zephyrine@example.com")
    for kind in ("client", "supplier", "employee"):
        RoleFactory(contact=contact, kind=kind)
    officer = UserFactory()
    suppression.suppress(
        [Point(PointKind.EMAIL, "x@example.com")], scope=SuppressionScope.NO_REENTRY, by=officer
    )
    holds.place(
        ContactFactory(),
        matter="HCA-1",
        reason=HoldReason.CLAIM,
        owner=officer,
        review_on=date(2027, 3, 1),
        by=officer,
    )
    refused, *_others = consent.refuse([contact.pk], method=ConsentMethod.EMAIL, by=officer)
    Disposal.objects.create(
        intent=uuid.uuid4(),
        subject_reference=uuid.uuid4(),
        cause=DisposalCause.RETENTION,
        disposed_at=timezone.now(),
    )
    return {
        "crm.contact": contact.pk,
        "crm.client": contact.pk,
        "crm.supplier": contact.pk,
        "crm.staff": contact.pk,
        "crm.organisation": OrganisationFactory().pk,
        "crm.supplierreview": SupplierReviewFactory().pk,
        "crm.engagement": EngagementFactory().pk,
        "crm.duplicatepair": DuplicatePair.objects.create(
            first=contact, second=ContactFactory(team=team), score=90, reasons="email"
        ).pk,
        "crm.merge": merge.merge(ContactFactory(team=team), ContactFactory(), by=None).pk,
        "crm.followup": FollowUpFactory(contact=contact).pk,
        "crm.interaction": InteractionFactory(contact=contact).pk,
        "crm.document": DocumentFactory(contact=contact).pk,
        "crm.importbatch": ImportBatchFactory(created_by=officer).pk,
        "crm.contactexport": ContactExportFactory(created_by=officer).pk,
        "crm.holdernotice": HolderNoticeFactory(contact=contact).pk,
        "crm.user": officer.pk,
        "crm.team": team.pk,
        "crm.tag": Tag.objects.create(name="Fair").pk,
        "crm.deputy": Deputy.objects.create(
            officer=officer,
            deputy=UserFactory(),
            named_on=date(2026, 1, 1),
            until=date(2026, 1, 2),
        ).pk,
        "auth.group": Group.objects.create(name="Night shift").pk,
        "privacy.suppressionentry": SuppressionEntry.objects.order_by("pk").first().pk,
        "privacy.legalhold": LegalHold.objects.get().pk,
        "privacy.restriction": restriction.place(
            ContactFactory(team=team),
            ground=RestrictionGround.ACCURACY,
            received_on=date(2026, 1, 1),
            by=officer,
        ).pk,
        "privacy.quarantine": Quarantine.objects.create(
            subject=contact,
            model="crm.Interaction",
            # Of a row that is gone: it covers nothing here.
            row=10**6,
            column="body",
            decide_by=date(2099, 1, 1),
        ).pk,
        "privacy.consentevent": refused.pk,
        "privacy.dispatch": DeliveryFactory().dispatch.pk,
        "privacy.disclosure": DisclosedPersonFactory(
            subject=contact, disclosure__state="prepared"
        ).disclosure.pk,
        "privacy.legalentity": LegalEntityFactory().pk,
        "privacy.tracker": TrackerFactory().pk,
        "privacy.processor": ProcessorFactory().pk,
        "privacy.roleoffirm": RoleOfFirmFactory().pk,
        "privacy.leftmail": left_mail.note(b"Subject: ?", size=10).pk,
        "privacy.optout": opt_outs.keep(
            OptOutWay.SMS, {"text": "STOP"}, about=[Point(PointKind.PHONE, "+85251234567")]
        ).pk,
        "privacy.removal": removals.propose(ContactFactory(), by=None).pk,
        "privacy.objection": objections.receive(
            contact,
            purpose="customer-history",
            ground=ObjectionGround.UNSAID,
            received_on=date(2026, 1, 1),
            method=ConsentMethod.EMAIL,
            by=officer,
        ).pk,
        "privacy.purpose": Purpose.objects.first().pk,
        "privacy.notice": NoticeFactory(approved_by=None, approved_at=None).pk,
        "privacy.noticegiven": NoticeGivenFactory(subject=contact).pk,
        "privacy.journalentry": JournalEntry.objects.first().pk,
        "privacy.finding": Finding.objects.create(place="t.c").pk,
        "privacy.disposal": Disposal.objects.get().pk,
        "retention.archivedrecord": ArchivedRecord.objects.create(due_on=date(2031, 4, 1)).pk,
        "retention.sweeprun": SweepRun.objects.create(
            night=date(2026, 1, 1), rule_set="0" * 64, mode="apply", state="done"
        ).pk,
        "retention.retentionrule": RetentionRule.objects.create(
            keep="crm.Contact:lead",
            years=1,
            decision="DEC-2026-1",
            effective_on=date(2026, 1, 1),
            prepared_by=officer,
        ).pk,
    }


def opened(client, rows):
    """What this client may open, as the table spells it."""
    found = {}
    for model, page in admin.site._registry.items():
        label = model._meta.label_lower
        pk = rows[label]
        words = []
        for word, view, args in (
            ("L", "changelist", ()),
            ("A", "add", ()),
            ("V", "change", (pk,)),
            ("H", "history", (pk,)),
        ):
            if client.get(address(label, view, *args)).status_code == 200:
                words.append(word)
        if client.post(address(label, "change", pk), {}).status_code == 200:
            words.append("C")
        for operation in getattr(page, "operations", ()):
            args = () if operation.on_list else (pk,)
            if client.get(address(label, operation.name, *args)).status_code == 200:
                words.append(operation.name)
        if words:
            found[label] = " ".join(words)
    return found


@pytest.fixture
def ours():
    return User._meta.get_field("team").related_model.objects


@pytest.mark.parametrize("role", sorted(roles.ROLES))
@pytest.mark.clause("S94")
def test_each_role_opens_its_pages_and_no_other(client, rows, ours, role):
    client.force_login(member(role, team=ours.get()))

    assert opened(client, rows) == TABLE[role]


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_what_is_not_in_the_table_is_refused_by_post_too_and_changes_nothing(
    client, rows, ours, role
):
    client.force_login(member(role, team=ours.get()))
    before = JournalEntry.objects.count()

    for model, page in admin.site._registry.items():
        label = model._meta.label_lower
        words = TABLE[role].get(label, "").split()
        tried = [
            address(label, view, *args)
            for word, view, args in (("A", "add", ()), ("C", "change", (rows[label],)))
            if word not in words
        ]
        tried += [
            address(label, operation.name, *(() if operation.on_list else (rows[label],)))
            for operation in getattr(page, "operations", ())
            if operation.name not in words
        ]
        for page_address in tried:
            response = client.post(
                page_address, {"rule": "x", "roles": [], "email": "taken@example.com"}
            )
            # Who may not even see the row is sent away by Django as if it were not there.
            assert response.status_code in {302, 403, 404}, page_address
            if response.status_code == 302:
                assert response["Location"] == "/admin/"
    assert JournalEntry.objects.count() == before


def test_another_teams_person_is_nowhere_for_staff(client, rows):
    client.force_login(member(roles.STAFF, team=TeamFactory()))
    pk = rows["crm.contact"]

    for label in ("crm.contact", "crm.client", "crm.supplier"):
        assert client.get(address(label, "changelist")).context["cl"].result_count == 0
        assert client.get(address(label, "change", pk)).status_code == 302
        assert client.get(address(label, "history", pk)).status_code == 404
    for label in ("crm.interaction", "crm.document"):
        assert client.get(address(label, "changelist")).context["cl"].result_count == 0
    offered = client.get(
        reverse("admin:autocomplete"),
        {
            "term": "quill",
            "app_label": "crm",
            "model_name": "interaction",
            "field_name": "contact",
        },
    )
    assert offered.json()["results"] == []


def test_an_auditor_sees_that_a_person_is_there_and_no_value(client, rows):
    contact = Contact.objects.get(pk=rows["crm.contact"])
    InteractionFactory(contact=contact, summary="Zanzibar", body="Zanzibar")
    client.force_login(member(roles.AUDITOR))

    pages = [
        address("crm.contact", "changelist"),
        address("crm.contact", "change", contact.pk),
        address("crm.interaction", "changelist"),
        address("crm.interaction", "change", rows["crm.interaction"]),
        address("crm.document", "changelist"),
    ]
    for page in pages:
        text = client.get(page).content.decode()
        assert "•••" in text
        for value in ("Quillfeather", "zephyrine", "Zanzibar"):
            assert value not in text
    assert client.get(pages[0], {"q": "quillfeather"}).context["cl"].result_count == 0
    assert client.get(address("crm.document", "download", rows["crm.document"])).status_code == 403


def test_an_auditor_reads_who_owns_a_person_and_what_kind_of_source_there_is(client, rows):
    owner = UserFactory(username="keeper")
    contact = Contact.objects.get(pk=rows["crm.contact"])
    Contact.objects.filter(pk=contact.pk).update(owner=owner)
    Source.objects.filter(contact=contact).update(
        type=SourceType.RECOMMENDATION, obtained_on=date(2024, 2, 29), detail="Zanzibar"
    )
    client.force_login(member(roles.AUDITOR))

    text = client.get(address("crm.contact", "change", contact.pk)).content.decode()

    assert "keeper" in text
    assert f"user {owner.pk}" not in text
    assert "personal recommendation" in text
    assert "Feb. 29, 2024" in text
    assert "Zanzibar" not in text


@pytest.mark.parametrize("label", ["crm.contact", "crm.client"])
def test_an_old_version_is_shown_and_never_written_back(client, rows, label):
    contact = Contact.objects.get(pk=rows["crm.contact"])
    old = contact.history.latest("history_date")
    contact.latin_family_name = "Corrected"
    contact.save()
    client.force_login(member(roles.OFFICER))
    version = address(label, "simple_history", contact.pk, old.history_id)

    shown = client.get(version)
    refused = client.post(version, {"latin_family_name": "Quillfeather"})

    contact.refresh_from_db()
    assert "Quillfeather" in shown.content.decode()
    assert refused.status_code == 403
    assert contact.latin_family_name == "Corrected"


def test_an_officer_sees_the_same_pages_unmasked(client, rows):
    client.force_login(member(roles.OFFICER))

    assert "Quillfeather" in client.get(address("crm.contact", "changelist")).content.decode()


def test_nobody_gives_roles_to_themselves(client):
    officer = member(roles.OFFICER)
    client.force_login(officer)

    page = client.post(address("crm.user", "roles", officer.pk), {"roles": []}, follow=True)

    assert "ask a second person" in page.content.decode()
    assert officer.groups.count() == 1


def test_an_officer_gives_roles_to_a_colleague_and_the_journal_says_so(client):
    colleague, staff = UserFactory(), Group.objects.get(name=roles.STAFF)
    client.force_login(member(roles.OFFICER))

    client.post(address("crm.user", "roles", colleague.pk), {"roles": [staff.pk]})

    assert list(colleague.groups.all()) == [staff]
    assert JournalEntry.objects.get(verb="user.give_roles").facts == {"roles": [staff.pk]}


def test_whoever_runs_the_machine_cannot_make_themselves_an_officer(client):
    system, officer = member(roles.SYSTEM), member(roles.OFFICER)
    group = Group.objects.get(name=roles.OFFICER)
    client.force_login(system)

    client.post(
        address("crm.user", "change", system.pk),
        {
            "username": system.username,
            "is_active": "on",
            "is_staff": "on",
            "is_superuser": "on",
            "groups": [group.pk],
            "user_permissions": [1],
        },
    )
    taken = client.post(
        reverse("admin:auth_user_password_change", args=[officer.pk]),
        {"password1": "x" * 20, "password2": "x" * 20},
    )

    system.refresh_from_db()
    assert {group.name for group in system.groups.all()} == {roles.SYSTEM}
    assert not system.is_superuser
    assert not system.user_permissions.exists()
    assert taken.status_code == 403
