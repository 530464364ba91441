"""Exports: who may take whom out, why, for whom; what is left out, and what is on record after."""

import csv
import hashlib
import io
from datetime import timedelta
from types import GeneratorType

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import roles
from crm import merge
from crm.enums import RoleKind
from crm.errors import ExportRefused
from crm.exports import columns, notices, people, rows, steps
from crm.models import Contact, ContactExport, Demographics, ExportedContact, Role
from privacy import consent, disposal, journal, quarantine
from privacy import notices as notices_of_the_firm
from privacy.enums import ConsentMethod, DisposalCause
from privacy.models import JournalEntry
from tests.crm.exporting import described, enter, exported, fetched
from tests.crm.importing import member
from tests.factories.crm import (
    ContactExportFactory,
    DemographicsFactory,
    OrganisationFactory,
    SourceRestrictionFactory,
    SupplierReviewFactory,
    TeamFactory,
)
from tests.factories.privacy import NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def officer():
    return member()


@pytest.fixture
def holder():
    firm = OrganisationFactory(name="Harbour Mailings", name_key="harbourmailings", country="HK")
    SupplierReviewFactory(organisation=firm)
    return firm


def agree(person, *, by):
    consent.record(
        person,
        purpose="newsletter",
        channel="email",
        method=ConsentMethod.ONLINE,
        wording_text="Yes, write to me.",
        notice=notices_of_the_firm.in_force(on=timezone.localdate()),
        evidence="form 12",
        by=by,
    )


def table(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


@pytest.mark.clause("S84")
def test_an_export_says_who_why_and_to_whom_and_knows_its_file_again(officer, holder):
    wanted = enter(2)
    outside = {"reason": "audit", "destination": "auditor", "holder": holder}

    content = exported(wanted, by=officer, **outside)

    export = ContactExport.objects.get()
    assert [row["E-mail"] for row in table(content)] == [
        "person-0@example.com",
        "person-1@example.com",
    ]
    assert (export.rows, export.country, export.downloads) == (2, "HK", 1)
    assert export.digest == hashlib.sha256(content).hexdigest()
    assert set(steps.holders_of(wanted[0].pk)) == {export}
    verbs = list(JournalEntry.objects.order_by("number").values_list("verb", flat=True))
    assert verbs[-3:] == ["export.describe", "export.hand_out", "export.handed_out"]
    assert JournalEntry.objects.latest("number").facts == {"rows": 2, "digest": export.digest}
    journal.verify()


@pytest.mark.parametrize(
    ("role", "most"),
    [
        (roles.OFFICER, 51),
        (roles.AUDITOR, 51),
        (roles.HR, 51),
        (roles.ASSISTANT, 50),
        (roles.STAFF, 50),
    ],
)
def test_each_role_exports_up_to_its_cap(role, most):
    team = TeamFactory()
    by = member(role)
    by.team = team
    by.save()
    enter(most, team=team, role=RoleKind.EMPLOYEE)

    assert described(Contact.objects.all(), by=by, columns=["uuid"]).rows == most

    if most == steps.MOST:
        enter(1, first=most, team=team, role=RoleKind.EMPLOYEE)
        with pytest.raises(ExportRefused, match="at most 50 people"):
            steps.choose(Contact.objects.all(), by=by)


@pytest.mark.parametrize(("role", "is_refused"), [(roles.ASSISTANT, True), (roles.OFFICER, False)])
def test_fifty_at_a_time_add_up_to_a_hundred_a_day(role, is_refused):
    by = member(role)
    one, *_others = enter(3)
    today = timezone.now()
    terms = {"format": "csv", "reason": "audit", "destination": "own"}
    for many, at in ((50, today), (47, today), (50, today - timedelta(days=1))):
        ContactExportFactory(
            created_by=by,
            state="ready",
            rows=many,
            created_at=at,
            expires_on=today.date(),
            **terms,
        )
    assert described(Contact.objects.all(), by=by, columns=["uuid"]).rows == 3

    if is_refused:
        with pytest.raises(ExportRefused, match="at most 100 people a day"):
            described(Contact.objects.filter(pk=one.pk), by=by, columns=["uuid"])
    else:
        described(Contact.objects.filter(pk=one.pk), by=by, columns=["uuid"])


@pytest.mark.parametrize("role", [roles.SYSTEM, roles.FINANCE])
def test_whoever_sees_nobody_exports_nobody(role):
    enter(1)

    with pytest.raises(ExportRefused, match="Nobody is left"):
        steps.choose(Contact.objects.all(), by=member(role))


def test_staff_take_out_their_own_team_alone_and_hr_the_people_of_the_firm():
    ours, theirs = TeamFactory(), TeamFactory()
    staff, hr = member(roles.STAFF), member(roles.HR)
    staff.team = ours
    staff.save()
    enter(1, team=ours)
    enter(1, first=1, team=theirs, role=RoleKind.EMPLOYEE)

    mine = described(Contact.objects.all(), by=staff)
    of_the_firm = described(Contact.objects.all(), by=hr)

    assert (mine.rows, mine.left_out) == (1, {"unseen": 1})
    assert table(fetched(mine, by=staff))[0]["Last name"] == "Family0"
    assert table(fetched(of_the_firm, by=hr))[0]["Last name"] == "Family1"


def test_an_auditor_takes_out_no_value(officer):
    enter(1)

    content = exported(
        Contact.objects.all(),
        by=member(roles.AUDITOR),
        columns=["names", "email", "phone", "organisation", "source", "retention_class"],
    )

    (row,) = table(content)
    assert (row["Last name"], row["E-mail"], row["Phone"]) == ("•••", "•••", "•••")
    assert (row["Company"], row["Source"]) == ("Firm0", "business card")
    assert b"Family0" not in content
    assert b"person-0" not in content


@pytest.mark.clause("S15")
def test_demographic_data_leave_with_whoever_sees_them(officer):
    person = enter(1).get()
    DemographicsFactory(contact=person)
    wanted = Contact.objects.all()

    content = exported(wanted, by=officer, columns=["names", "date_of_birth"])
    with pytest.raises(ExportRefused, match="demographic"):
        described(wanted, by=member(roles.ASSISTANT), columns=["names", "date_of_birth"])

    assert table(content)[0]["Birthday"] == str(Demographics.objects.get().date_of_birth)


def test_whoever_was_disposed_of_since_is_left_out_of_the_file_and_said_so(officer):
    wanted = enter(3)
    export = described(wanted, by=officer)
    gone, merged = wanted[0], wanted[1]
    disposal.dispose([gone.pk], cause=DisposalCause.RETENTION, by=officer, on=timezone.localdate())
    merge.merge(enter(1, first=9).get(), merged, by=officer)

    content = fetched(export, by=officer)

    export.refresh_from_db()
    assert [row["Last name"] for row in table(content)] == ["Family2"]
    assert (export.rows, export.left_out) == (1, {"gone": 2})


def test_messages_leave_out_whoever_may_not_be_written_to_each_by_the_reason(officer, holder):
    NoticeFactory()
    willing, refusing, silent = enter(3)
    agree(willing, by=officer)
    consent.refuse([refusing.pk], method=ConsentMethod.EMAIL, by=officer)
    terms = {"reason": "messages", "purpose": "newsletter", "channel": "email"}

    export = described(
        Contact.objects.all(), by=officer, **terms, destination="processor", holder=holder
    )
    (row,) = table(fetched(export, by=officer))

    assert export.left_out == {"no_consent": 1, "refused": 1}
    # What the purpose does not need and its channel does not reach is no column.
    assert export.columns == ["names", "email"]
    assert row["E-mail"] == "person-0@example.com"
    assert silent.pk not in ExportedContact.objects.values_list("contact", flat=True)


def test_a_no_between_the_description_and_the_file_still_counts(officer, holder):
    NoticeFactory()
    changes_mind, stays = enter(2)
    for person in (changes_mind, stays):
        agree(person, by=officer)
    terms = {"reason": "messages", "purpose": "newsletter", "channel": "email"}
    export = described(Contact.objects.all(), by=officer, **terms)
    assert export.rows == 2
    handout = steps.hand_out(export, by=officer)
    next(handout.pieces)
    consent.withdraw(
        changes_mind, purpose="newsletter", channels=["email"], method=ConsentMethod.EMAIL,
        by=officer,
    )  # fmt: skip

    content = b"".join(handout.pieces)

    assert b"Family0" not in content
    assert b"Family1" in content
    assert ExportedContact.objects.get().contact_id == stays.pk


@pytest.mark.clause("S30")
def test_what_the_source_forbids_to_pass_on_stays_here_but_for_an_authority(officer, holder):
    wanted = enter(2)
    SourceRestrictionFactory(source=wanted[0].source)

    own = described(wanted, by=officer)
    outside = described(wanted, by=officer, destination="processor", holder=holder)
    ordered = described(
        wanted,
        by=officer,
        destination="authority",
        holder=holder,
        reason="order",
        matter="HCMP-2026-17",
    )

    assert (own.rows, own.left_out) == (2, {})
    assert (outside.rows, outside.left_out) == (1, {"source": 1})
    assert (ordered.rows, ordered.left_out) == (2, {})


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"destination": "processor"}, "which organisation holds"),
        ({"reason": "claim"}, "has a number"),
        ({"reason": "messages"}, "for which purpose"),
        ({"reason": "messages", "purpose": "newsletter"}, "Choose a channel"),
        ({"purpose": "provision"}, "a purpose of its own"),
        ({"reason": "partner"}, "a purpose of its own"),
        ({"reason": "partner", "purpose": "provision"}, "go to another"),
        ({"destination": "subject"}, "choose one person"),
    ],
)
def test_terms_that_do_not_fit_are_refused_with_what_to_say(officer, terms, says):
    enter(2)

    with pytest.raises(ExportRefused, match=says):
        described(Contact.objects.all(), by=officer, **terms)


def test_a_matter_is_a_number_and_never_a_name(officer):
    enter(1)

    with pytest.raises(Exception, match="not a name"):
        described(Contact.objects.all(), by=officer, matter="QUILLFEATHER")


@pytest.mark.clause("S84")
def test_a_file_is_fetched_by_whoever_asked_five_times_within_seven_days(officer):
    enter(1)
    export = described(Contact.objects.all(), by=officer)

    with pytest.raises(ExportRefused, match="Only whoever asked"):
        steps.hand_out(export, by=member())
    with pytest.raises(ExportRefused, match="days of this export are over"):
        steps.hand_out(export, by=officer, at=timezone.now() + timedelta(days=8))
    for _time in range(5):
        assert fetched(export, by=officer)
    with pytest.raises(ExportRefused, match="five times"):
        steps.hand_out(export, by=officer)
    with pytest.raises(ExportRefused, match="fetched already"):
        steps.describe(export, by=officer, format="csv", columns=["names"], reason="audit",
                       destination="own")  # fmt: skip


def test_whoever_lost_a_role_fetches_no_more_than_is_theirs(officer):
    enter(51)
    export = described(Contact.objects.all(), by=officer)
    officer.groups.set(Group.objects.filter(name=roles.ASSISTANT))
    reloaded = type(officer).objects.get(pk=officer.pk)

    with pytest.raises(ExportRefused, match="at most 50"):
        steps.hand_out(export, by=reloaded)


def test_officers_hear_of_a_large_export_once_and_of_nobody(officer):
    officer.email = "officer@example.com"
    officer.save()
    enter(51)
    export = described(Contact.objects.all(), by=officer)

    with TestCase.captureOnCommitCallbacks(execute=True):
        fetched(export, by=officer)
    with TestCase.captureOnCommitCallbacks(execute=True):
        fetched(export, by=officer)

    (message,) = mail.outbox
    assert message.bcc == ["officer@example.com"]
    assert "51 people" in message.subject
    assert str(export.uuid) in message.body
    assert "Family" not in message.body
    assert notices.HEARS == "crm.hear_of_exports"


def test_a_small_export_is_nobodys_news(officer):
    officer.email = "officer@example.com"
    officer.save()
    enter(50)

    with TestCase.captureOnCommitCallbacks(execute=True):
        exported(Contact.objects.all(), by=officer)

    assert mail.outbox == []


def test_the_file_is_written_as_it_is_taken_and_a_cut_one_has_no_digest(officer, monkeypatch):
    monkeypatch.setattr(people, "PART", 2)
    enter(5)
    export = described(Contact.objects.all(), by=officer)
    handout = steps.hand_out(export, by=officer)

    assert isinstance(handout.pieces, GeneratorType)
    header, first = next(handout.pieces), next(handout.pieces)
    handout.pieces.close()

    assert b"Last name" in header
    assert first.count(b"\r\n") == 2
    # On record before they left; whoever was not written is not.
    assert ExportedContact.objects.count() == 2
    assert ContactExport.objects.get().digest == ""


@pytest.mark.parametrize("role", [roles.OFFICER, roles.ASSISTANT])
def test_a_text_that_waits_for_a_decision_leaves_in_no_file(role):
    people = enter(2)
    ill = Role.objects.filter(contact=people[0])
    ill.update(job_title="Bipolar disorder")
    Role.objects.filter(contact=people[1]).update(job_title="Buyer")
    quarantine.look(Role.objects.all())

    content = exported(people, by=member(role), columns=["names", "job_title"]).decode()

    assert "Buyer" in content
    assert "Bipolar" not in content
    assert "covered" not in content


def test_the_cost_of_a_file_grows_with_its_parts_alone(officer):
    costs = {}
    for size, count in ((1, 1), (3, 2), (50, 47)):
        enter(count, first=Contact.objects.count())
        export = described(Contact.objects.all(), by=officer)
        with CaptureQueriesContext(connection) as queries:
            content = fetched(export, by=officer)
        assert len(table(content)) == size
        costs[size] = len(queries)

    assert len(set(costs.values())) == 1, costs
    # PostgreSQL takes the lock of the journal's head for each of the two entries.
    assert costs[1] == {"sqlite": 28, "postgresql": 30}[connection.vendor]


def test_a_person_is_read_once_for_each_table_that_a_column_needs(officer):
    going = dict.fromkeys(enter(3).values_list("pk", flat=True))
    today = timezone.localdate()
    assert officer.has_perm("privacy.see_values")

    with CaptureQueriesContext(connection) as queries:
        list(rows.read(going, ["names"], by=officer, on=today))
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        list(rows.read(going, list(columns.COLUMNS), by=officer, on=today))
    assert len(queries) == 6


def test_a_holder_who_deleted_the_file_is_on_record_and_it_leaves_no_more(officer, holder):
    enter(1)
    export = described(Contact.objects.all(), by=officer, destination="processor", holder=holder)
    today = timezone.localdate()
    with pytest.raises(ExportRefused, match="Nobody outside holds"):
        steps.note_deletion(export, deleted_on=today, by=officer)
    fetched(export, by=officer)
    with pytest.raises(ExportRefused, match="between the export and today"):
        steps.note_deletion(export, deleted_on=today + timedelta(days=1), by=officer)

    steps.note_deletion(export, deleted_on=today, by=officer)

    assert JournalEntry.objects.latest("number").verb == "export.note_deletion"
    with pytest.raises(ExportRefused, match="has deleted this file"):
        steps.hand_out(export, by=officer)


def test_who_received_a_person_stays_known_when_the_person_is_gone(officer, holder):
    person = enter(1).get()
    exported(Contact.objects.all(), by=officer, destination="processor", holder=holder)

    disposal.dispose([person.pk], cause=DisposalCause.ERASURE, by=officer, on=timezone.localdate())

    (export,) = steps.holders_of(person.pk)
    assert export.holder == holder
    assert person.pk not in disposal.bare_tombstones().values_list("pk", flat=True)


def test_who_received_one_of_two_received_the_merged_person(officer):
    kept, gone = enter(2)
    exported(Contact.objects.filter(pk=gone.pk), by=officer)
    exported(Contact.objects.all(), by=officer)

    made = merge.merge(kept, gone, by=officer)
    assert steps.holders_of(kept.pk).count() == 2

    merge.undo(made, by=officer)
    assert steps.holders_of(kept.pk).count() == 1
    assert steps.holders_of(gone.pk).count() == 2
