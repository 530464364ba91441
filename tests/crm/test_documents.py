"""Files are judged by their content; their stored names name nobody."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse

from config import roles
from crm import documents
from tests.crm.importing import member
from tests.factories.crm import (
    ContactExportFactory,
    DocumentFactory,
    ExportedContactFactory,
    OrganisationFactory,
    TeamFactory,
)


def test_a_type_is_read_from_the_content():
    assert documents.content_type_of(ContentFile(b"%PDF-1.7\n%...", name="x.txt")) == (
        "application/pdf"
    )
    assert documents.content_type_of(ContentFile("Grüße".encode(), name="x.exe")) == "text/plain"


@pytest.mark.parametrize(
    "content", [b"<html><script>alert(1)</script></html>", b"MZ\x90\0\x03\0\0\0"]
)
def test_what_a_browser_or_machine_would_execute_is_refused(content):
    with pytest.raises(ValidationError):
        documents.content_type_of(ContentFile(content, name="letter.pdf"))


def test_a_file_over_the_cap_is_refused(settings):
    settings.CRM_DOCUMENT_MAX_BYTES = 10

    with pytest.raises(ValidationError):
        documents.content_type_of(ContentFile(b"eleven byte", name="x.txt"))


@pytest.mark.django_db
def test_a_stored_file_has_a_random_name():
    document = DocumentFactory(file=ContentFile(b"Hello.", name="Okonkwo.txt"))

    assert "okonkwo" not in document.file.name.lower()
    assert not document.file.name.endswith(".txt")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "sees_title", "sees_holder"),
    [(roles.OFFICER, True, True), (roles.AUDITOR, False, True), (roles.STAFF, True, False)],
)
def test_a_persons_page_shows_their_files_and_who_received_their_data(
    client, role, sees_title, sees_holder
):
    operator = member(role)
    operator.team = TeamFactory()
    operator.save()
    document = DocumentFactory(title="Signed contract", contact__team=operator.team)
    export = ContactExportFactory(
        state="ready",
        format="csv",
        reason="audit",
        destination="auditor",
        holder=OrganisationFactory(name="Example Auditors"),
        country="HK",
        expires_on=date(2026, 1, 8),
    )
    ExportedContactFactory(export=export, contact=document.contact)
    client.force_login(operator)

    address = reverse("admin:crm_contact_change", args=[document.contact_id])
    page = client.get(address).content.decode()

    assert "documents-title" in page
    assert ("Signed contract" in page) is sees_title
    download = reverse("admin:crm_document_download", args=[document.pk])
    assert (download in page) is sees_title
    assert ("Example Auditors (HK)" in page) is sees_holder
