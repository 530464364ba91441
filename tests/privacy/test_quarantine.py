"""What nobody asked for waits, covered, until somebody else decides or thirty days are over (S27)."""

from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import roles
from crm import interactions
from crm.enums import Channel, Direction, RoleKind
from crm.models import Document, Interaction, Role
from privacy import consent, disposal, masking, purposes, quarantine
from privacy.enums import (
    Condition,
    ConsentKind,
    ConsentMethod,
    DisposalCause,
    FalseAlarm,
    QuarantineState,
    SensitiveKind,
)
from privacy.errors import CardRefused, TransitionRefused
from privacy.models import FileRemoval, JournalEntry, Quarantine
from tests.crm import importing
from tests.crm.importing import member
from tests.factories.crm import ContactFactory, DocumentFactory, UserFactory
from tests.factories.privacy import NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]
ILL = "She was diagnosed with asthma last spring."
CARD = "Pay with 4111 1111 1111 1111, please."
DAY = timedelta(days=1)


@pytest.fixture
def staff():
    return member(roles.STAFF)


@pytest.fixture
def officer():
    return member(roles.OFFICER)


@pytest.fixture
def ann(staff):
    return ContactFactory(owner=staff)


def log(person, *, by, summary="Called", body=""):
    return interactions.log(
        person,
        channel=Channel.PHONE,
        direction=Direction.INBOUND,
        occurred_at=timezone.now(),
        summary=summary,
        body=body,
        by=by,
    )


@pytest.fixture
def waiting(ann, staff):
    log(ann, by=staff, body=ILL)
    return Quarantine.objects.get()


def page(name, *args):
    return reverse(f"admin:{name}", args=args)


def newsletter():
    return purposes.named("newsletter")


def kept(text, *, by, until=None, **facts):
    facts = {"condition": Condition.CLAIMS, "purpose": newsletter(), **facts}
    keep_until = until or timezone.localdate() + 90 * DAY
    return quarantine.keep(text, keep_until=keep_until, by=by, **facts)


@pytest.mark.clause("S25")
def test_a_note_about_health_is_stored_and_waits_thirty_days(ann, staff, waiting):
    assert Interaction.objects.get().body == ILL
    assert (waiting.subject, waiting.column, waiting.kinds) == (ann, "body", ["health"])
    assert waiting.decide_by == timezone.localdate() + 30 * DAY
    assert waiting.entered_by == staff


def test_the_number_of_a_card_is_refused_and_nothing_is_stored(ann, staff):
    with pytest.raises(CardRefused) as refused:
        log(ann, by=staff, body=CARD)

    assert "4111" not in str(refused.value)
    assert not Interaction.objects.exists()


def test_an_ordinary_note_does_not_wait(ann, staff):
    log(ann, by=staff, body="Talked about the health insurance market.")

    assert not Quarantine.objects.exists()


def test_its_text_is_nowhere_in_quarantine_or_journal(waiting):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM privacy_quarantine")
        stored = repr(cursor.fetchall())
    stored += repr(list(JournalEntry.objects.values()))

    assert "asthma" not in stored


@pytest.mark.clause("S28")
def test_staff_see_it_covered_on_every_page_and_cannot_find_it(client, staff, ann, waiting):
    client.force_login(staff)
    row = Interaction.objects.get()
    for address in (
        page("crm_contact_change", ann.pk),
        page("crm_interaction_changelist"),
        page("crm_interaction_change", row.pk),
        page("crm_interaction_changelist") + "?q=Called",
    ):
        shown = client.get(address).content.decode()
        assert "asthma" not in shown, address
    assert "covered" in client.get(page("crm_interaction_change", row.pk)).content.decode()
    found = client.get(page("crm_interaction_changelist") + "?q=Called").content.decode()
    assert page("crm_interaction_change", row.pk) not in found


def test_what_is_covered_cannot_be_saved_over(client, staff, waiting):
    client.force_login(staff)
    row = Interaction.objects.get()

    client.post(
        page("crm_interaction_change", row.pk),
        {"contact": row.contact_id, "summary": "new", "body": str(masking.WAITS)},
    )

    row.refresh_from_db()
    assert (row.summary, row.body) == ("Called", ILL)


def test_a_role_that_waits_is_in_no_form_and_keeps_its_words(client, staff, ann):
    ill = Role.objects.create(contact=ann, kind=RoleKind.PROSPECT, job_title="Bipolar disorder")
    well = Role.objects.create(contact=ann, kind=RoleKind.SUPPLIER, job_title="Buyer")
    quarantine.look([ill, well], by=staff)
    client.force_login(staff)

    page_of_ann = client.get(page("crm_contact_change", ann.pk))
    text = page_of_ann.content.decode()

    assert "Bipolar" not in text
    [formset] = [
        one.formset
        for one in page_of_ann.context["inline_admin_formsets"]
        if one.formset.model is Role
    ]
    assert [form.instance for form in formset.initial_forms] == [well]
    ill.refresh_from_db()
    assert ill.job_title == "Bipolar disorder"


def test_a_covered_list_costs_the_same_however_many_wait(client, staff, ann, waiting):
    client.force_login(staff)
    costs = []
    for more in (0, 20):
        for _number in range(more):
            log(ann, by=staff, body=ILL)
        client.get(page("crm_interaction_changelist"))
        with CaptureQueriesContext(connection) as queries:
            client.get(page("crm_interaction_changelist"))
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_whoever_decides_reads_it_and_sees_where_it_stands(client, officer, waiting):
    client.force_login(officer)

    shown = client.get(page("privacy_quarantine_change", waiting.pk)).content.decode()

    assert "asthma" in shown
    assert "health" in shown
    assert "asthma" not in client.get(page("privacy_quarantine_changelist")).content.decode()


def test_an_assistant_sees_the_queue_and_not_the_text(client, waiting):
    client.force_login(member(roles.ASSISTANT))

    shown = client.get(page("privacy_quarantine_change", waiting.pk))

    assert shown.status_code == 200
    assert "asthma" not in shown.content.decode()
    assert client.get(page("privacy_quarantine_keep", waiting.pk)).status_code == 403


def test_a_false_alarm_is_shown_again_and_waits_no_more(client, staff, officer, waiting):
    quarantine.dismiss(waiting, reason=FalseAlarm.OTHER_MEANING, by=officer)

    client.force_login(staff)
    row = Interaction.objects.get()
    assert "asthma" in client.get(page("crm_interaction_change", row.pk)).content.decode()
    assert quarantine.look([row]) == 0


def test_another_text_in_its_place_is_looked_at_anew(officer, waiting):
    quarantine.dismiss(waiting, reason=FalseAlarm.OTHER_MEANING, by=officer)
    row = Interaction.objects.get()
    row.body = "He has a criminal record."
    row.save()

    assert quarantine.look([row]) == 1
    assert Quarantine.objects.get().kinds == [SensitiveKind.CRIMINAL]
    row.body = "Nothing."
    row.save()
    assert quarantine.look([row]) == 0
    assert not Quarantine.objects.exists()


@pytest.mark.parametrize(
    ("body", "condition", "fits"),
    [
        (ILL, Condition.CLAIMS, True),
        (ILL, Condition.CRIMINAL_LAW, False),
        (ILL, Condition.OTHER_NUMBER, False),
        (ILL, Condition.EXPLICIT_CONSENT, False),
        ("He has a criminal record.", Condition.CLAIMS, False),
        ("He has a criminal record.", Condition.CRIMINAL_LAW, True),
        ("HKID A123456(3)", Condition.OTHER_NUMBER, True),
        (f"{ILL} He has a criminal record.", Condition.CLAIMS, False),
    ],
)
@pytest.mark.clause("S26")
def test_it_is_kept_on_a_condition_that_covers_all_of_it(
    ann, staff, officer, body, condition, fits
):
    log(ann, by=staff, body=body)
    text = Quarantine.objects.get()

    if fits:
        assert kept(text, by=officer, condition=condition).state == QuarantineState.KEPT
    else:
        with pytest.raises(TransitionRefused):
            kept(text, by=officer, condition=condition)


def test_explicit_consent_is_one_that_the_ledger_has(ann, officer, waiting):
    notice = NoticeFactory()
    consent.record(
        ann,
        purpose=newsletter(),
        channel="email",
        kind=ConsentKind.GIVEN,
        method=ConsentMethod.PAPER,
        wording_text="Yes",
        language="en",
        evidence="shelf 3",
        notice=notice,
        at=timezone.now(),
        by=officer,
    )

    text = kept(waiting, by=officer, condition=Condition.EXPLICIT_CONSENT)

    assert text.state == QuarantineState.KEPT


def test_whoever_entered_it_does_not_decide_and_the_database_says_so_too(staff, waiting):
    with pytest.raises(TransitionRefused):
        kept(waiting, by=staff)
    with pytest.raises(TransitionRefused):
        quarantine.dismiss(waiting, reason=FalseAlarm.NUMBER, by=staff)
    with pytest.raises(IntegrityError), transaction.atomic():
        Quarantine.objects.update(decided_by=staff)


@pytest.mark.parametrize("until", [-DAY, timedelta()])
def test_it_is_not_kept_until_a_day_that_is_over(officer, waiting, until):
    with pytest.raises(TransitionRefused):
        kept(waiting, by=officer, until=timezone.localdate() + until)


def test_deleting_leaves_the_row_and_no_word_of_the_text(officer, waiting):
    quarantine.delete(waiting, by=officer)

    row = Interaction.objects.get()
    assert (row.summary, row.body) == ("Called", "")
    with pytest.raises(TransitionRefused):
        quarantine.delete(waiting, by=officer)


def test_it_is_deleted_in_the_history_too(ann, staff, officer):
    role = Role.objects.create(contact=ann, kind=RoleKind.PROSPECT, job_title="Bipolar disorder")
    quarantine.look([role], by=staff)

    quarantine.delete(Quarantine.objects.get(), by=officer)

    assert set(Role.history.values_list("job_title", flat=True)) == {""}


@pytest.mark.parametrize(("days", "left"), [(29, ILL), (30, ILL), (31, "")])
@pytest.mark.clause("S27")
def test_after_thirty_days_without_a_decision_it_is_deleted(waiting, days, left):
    quarantine.end(on=timezone.localdate() + days * DAY)

    assert Interaction.objects.get().body == left


@pytest.mark.parametrize(("days", "left"), [(0, ILL), (1, "")])
def test_what_was_kept_goes_after_its_day(officer, waiting, days, left):
    until = timezone.localdate() + 90 * DAY
    kept(waiting, by=officer, until=until)

    quarantine.end(on=until + days * DAY)

    assert Interaction.objects.get().body == left
    assert quarantine.end(on=until + days * DAY) == 0


def test_a_document_is_read_and_not_handed_out_meanwhile(client, staff, officer, ann):
    document = DocumentFactory(
        contact=ann, file=ContentFile(b"The patient: HKID A123456(3)", name="letter.txt")
    )
    quarantine.look([document], by=staff)
    download = page("crm_document_download", document.pk)
    client.force_login(staff)
    assert client.get(download).status_code == 403
    client.force_login(officer)
    assert client.get(download).status_code == 200
    name = Document.objects.get().file.name

    quarantine.delete(Quarantine.objects.get(), by=officer)

    assert Document.objects.get().file.name == ""
    assert FileRemoval.objects.filter(name=name).exists()


def test_a_document_with_the_number_of_a_card_is_refused(client, staff, ann):
    client.force_login(staff)
    file = SimpleUploadedFile("note.txt", CARD.encode())

    shown = client.post(
        page("crm_document_add"), {"contact": ann.pk, "title": "Note", "file": file}
    )

    assert "payment card" in shown.content.decode()
    assert not Document.objects.exists()


@pytest.mark.parametrize("field", ["summary", "body"])
def test_the_consoles_own_form_refuses_a_card_and_keeps_what_was_typed(client, staff, ann, field):
    client.force_login(staff)
    values = {
        "contact": ann.pk,
        "channel": "phone",
        "direction": "inbound",
        "occurred_at_0": "2026-01-02",
        "occurred_at_1": "10:00",
        "summary": "Called",
        "body": "Long talk",
    }

    shown = client.post(page("crm_interaction_add"), {**values, field: CARD}).content.decode()

    assert "payment card" in shown
    assert not Interaction.objects.exists()


def test_what_the_consoles_own_form_stores_is_looked_at(client, staff, ann):
    client.force_login(staff)
    client.post(
        page("crm_interaction_add"),
        {
            "contact": ann.pk,
            "channel": "phone",
            "direction": "inbound",
            "occurred_at_0": "2026-01-02",
            "occurred_at_1": "10:00",
            "summary": "Called",
            "body": ILL,
        },
    )

    assert Quarantine.objects.get().entered_by == staff


def test_what_an_import_brings_is_looked_at(officer):
    NoticeFactory(version="1")
    content = "First Name,Last Name,E-mail,Job Title\nBo,Wong,bo@example.com,Trade union rep\n"

    importing.imported(content, by=officer)

    text = Quarantine.objects.get()
    assert (text.model, text.column, text.kinds) == ("crm.Role", "job_title", ["union"])


def test_it_goes_with_its_person(ann, waiting):
    disposal.dispose([ann.pk], cause=DisposalCause.RETENTION, by=None, on=timezone.localdate())

    assert not Quarantine.objects.exists()


def test_a_text_whose_row_is_gone_is_ended_all_the_same(waiting):
    Interaction.objects.all().delete()

    assert quarantine.end(on=waiting.decide_by + DAY) == 1
    assert Quarantine.objects.get().state == QuarantineState.DELETED


def test_the_console_keeps_dismisses_and_deletes(client, officer, ann):
    client.force_login(officer)
    for _number in range(3):
        log(ann, by=UserFactory(), body=ILL)
    first, second, third = Quarantine.objects.order_by("pk")
    asked = {
        "condition": Condition.CLAIMS,
        "purpose": "newsletter",
        "keep_until": date(2099, 1, 1),
    }

    client.post(page("privacy_quarantine_keep", first.pk), asked)
    client.post(page("privacy_quarantine_dismiss", second.pk), {"reason": "number"})
    client.post(page("privacy_quarantine_delete_text", third.pk))

    states = list(Quarantine.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["kept", "dismissed", "deleted"]
