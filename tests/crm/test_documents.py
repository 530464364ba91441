"""Files are judged by their content; their stored names name nobody."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from crm import documents
from tests.factories.crm import DocumentFactory


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
