"""The pages of an export: chosen from a list, described, fetched; each act by POST alone."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from config import roles
from crm.enums import RoleKind
from crm.models import Contact, ContactExport, ExportedContact
from privacy.models import JournalEntry
from tests.crm.exporting import COLUMNS, described, enter
from tests.crm.importing import member
from tests.factories.crm import OrganisationFactory, SupplierReviewFactory, TeamFactory

pytestmark = pytest.mark.django_db

EXPORTERS = (roles.OFFICER, roles.ASSISTANT, roles.STAFF, roles.HR, roles.AUDITOR)


@pytest.fixture
def by():
    return member()


@pytest.fixture
def signed_in(client, by):
    client.force_login(by)
    return client


def address(view, export):
    return reverse(f"admin:crm_contactexport_{view}", args=[export.pk])


def chosen(client, pks=(), *, model="contact", query="", across="0"):
    page = reverse(f"admin:crm_{model}_changelist") + query
    sent = {
        "action": "export_people",
        ACTION_CHECKBOX_NAME: [str(pk) for pk in pks],
        "index": "0",
        "select_across": across,
    }
    return client.post(page, sent)


TERMS = {"format": "csv", "columns": COLUMNS, "reason": "accuracy", "destination": "own"}


def test_from_the_list_to_the_file(signed_in, by):
    enter(3)

    answer = chosen(signed_in, Contact.objects.values_list("pk", flat=True)[:2])
    export = ContactExport.objects.get()
    assert answer["Location"] == address("describe", export)
    page = signed_in.get(answer["Location"])
    assert "People chosen" in page.content.decode()
    answer = signed_in.post(answer["Location"], TERMS)
    assert answer["Location"] == address("change", export)
    text = signed_in.get(answer["Location"]).content.decode()
    assert address("download", export) in text
    assert "checking and correcting the data" in text
    assert ExportedContact.objects.count() == 0
    answer = signed_in.post(address("download", export))

    assert answer.streaming
    assert answer["Content-Disposition"] == f'attachment; filename="{export.uuid}.csv"'
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"].startswith("text/csv")
    content = b"".join(answer.streaming_content).decode()
    assert content.count("@example.com") == 2
    assert ExportedContact.objects.count() == 2


def test_opening_a_page_changes_nothing(signed_in, by):
    enter(1)
    export = described(Contact.objects.all(), by=by)
    before = (JournalEntry.objects.count(), ContactExport.objects.values().get())

    for view in ("change", "describe", "download", "note_deletion"):
        assert signed_in.get(address(view, export)).status_code == 200

    assert (JournalEntry.objects.count(), ContactExport.objects.values().get()) == before
    assert ExportedContact.objects.count() == 0


def test_a_filter_and_a_search_are_kept_and_stand_in_no_address(signed_in):
    enter(2)
    enter(1, first=7, role=RoleKind.SUPPLIER)

    answer = chosen(signed_in, [0], query="?role=supplier", across="1")

    assert "?" not in answer["Location"]
    assert ContactExport.objects.get().chosen == 1

    answer = chosen(signed_in, [0], query="?q=Given1", across="1")

    assert "Given1" not in answer["Location"]
    assert "?" not in answer["Location"]
    assert ContactExport.objects.first().chosen == 1


@pytest.mark.parametrize("model", ["client", "supplier", "staff"])
def test_each_list_of_people_offers_it(signed_in, model):
    kinds = {"client": "client", "supplier": "supplier", "staff": "employee"}
    wanted = enter(1, role=RoleKind(kinds[model]))

    answer = chosen(signed_in, wanted.values_list("pk", flat=True), model=model)

    assert answer["Location"] == address("describe", ContactExport.objects.get())


def test_whoever_may_take_no_more_than_fifty_is_told_what_to_do(client):
    team = TeamFactory()
    client.force_login(member(roles.ASSISTANT))
    wanted = enter(51, team=team)

    page = client.post(
        reverse("admin:crm_contact_changelist"),
        {
            "action": "export_people",
            ACTION_CHECKBOX_NAME: [wanted[0].pk],
            "index": "0",
            "select_across": "1",
        },
        follow=True,
    )

    assert "at most 50 people" in page.content.decode()
    assert not ContactExport.objects.exists()


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_each_role_fetches_its_own_file_and_nobody_elses(client, by, role):
    team = TeamFactory()
    own = member(role)
    own.team = team
    own.save()
    enter(1, team=team, role=RoleKind.EMPLOYEE)
    theirs = described(Contact.objects.all(), by=by)
    client.force_login(own)

    for view in ("describe", "download"):
        assert client.get(address(view, theirs)).status_code == 403
        assert client.post(address(view, theirs), TERMS).status_code == 403
    theirs.refresh_from_db()
    assert theirs.downloads == 0
    if role in EXPORTERS:
        mine = described(Contact.objects.all(), by=own, columns=["uuid"])
        assert client.post(address("download", mine)).status_code == 200


def test_a_refusal_is_said_and_no_file_begins(signed_in, by):
    enter(1)
    export = described(Contact.objects.all(), by=by)
    ContactExport.objects.update(downloads=5)

    page = signed_in.post(address("download", export), follow=True)

    assert "five times" in page.content.decode()


def test_a_holder_is_found_by_its_name_or_its_reference(signed_in, by):
    enter(1)
    firm = OrganisationFactory(name="Harbour Mailings", name_key="harbourmailings", country="HK")
    SupplierReviewFactory(organisation=firm)
    export = described(Contact.objects.all(), by=by)
    outside = {**TERMS, "destination": "processor"}

    unknown = signed_in.post(address("describe", export), {**outside, "holder": "Nobody"})
    assert "No organisation is called so" in unknown.content.decode()
    for said in ("harbour mailings", str(firm.uuid)):
        signed_in.post(address("describe", export), {**outside, "holder": said})
        export.refresh_from_db()
        assert export.holder == firm
    OrganisationFactory(name="Harbour Mailings", name_key="harbourmailings")
    twice = signed_in.post(address("describe", export), {**outside, "holder": "Harbour Mailings"})
    assert "give the reference instead" in twice.content.decode()


def test_the_log_shows_ones_own_exports_and_everybodys_to_officers_and_auditors(client, by):
    team = TeamFactory()
    staff = member(roles.STAFF)
    staff.team = team
    staff.save()
    enter(1, team=team)
    described(Contact.objects.all(), by=by)
    described(Contact.objects.all(), by=staff)
    page = reverse("admin:crm_contactexport_changelist")

    for user, number in ((staff, 1), (by, 2), (member(roles.AUDITOR), 2)):
        client.force_login(user)
        assert client.get(page).context["cl"].result_count == number
